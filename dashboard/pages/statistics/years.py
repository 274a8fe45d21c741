"""The cards by year. The light part of a bar is what came on the period's days of that year; a year without
records has a dash, not a zero; a jump whose reason nobody has written is marked as a break in the series, a
year with a note (`geo.statistics.year_notes`) has its number, in the chart, below it and in the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashboard.formats import number
from dashboard.pages.statistics import charts, notes
from dashboard.pages.statistics.card import ChartCard, DataTable, RowsLink, headline
from dashboard.wording.statistics import NONE, change, change_of, compared, day, formula_of, period
from dashboard.words import word
from geo.database import Connection
from geo.settings import City
from geo.statistics.year_notes import year_notes
from layers.statistics import counts
from layers.statistics.requests import FIGURE_OF_SUBJECT, SERVICE, StatisticsRequest

SHOWN_YEARS = 6
NUMBERS = "¹²³⁴⁵⁶"
"""The numbers of notes, one for each year that is shown."""
FIVE_DIGITS = 10_000
HIGH_PART = 0.3
"""The share of the highest bar from which on a light part has room for its number."""
JUMP = 1.5
"""The factor from one year to the next, up or down, that is more than a city changes without a reason."""


def inquiries(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    subject = "inquiry" if request.district is None else SERVICE
    return _card(connection, city, request, subject, lang, whole=True)


def police(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    return _card(connection, city, request, "police", lang, mark="square")


def emergencies(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    return _card(connection, city, request, "emergency", lang, mark="triangle")


def offences(connection: Connection, city: City, request: StatisticsRequest, lang: str) -> ChartCard:
    return _card(connection, city, request, "offence", lang, mark="diamond")


def _card(
    connection: Connection,
    city: City,
    request: StatisticsRequest,
    subject: str,
    lang: str,
    whole: bool = False,
    mark: str | None = None,
) -> ChartCard:
    figure = FIGURE_OF_SUBJECT[subject]
    found = counts.by_year(connection, city, request, [subject])[subject]
    now = counts.total(connection, city, request, subject)
    before = counts.total(connection, city, request.before(), subject)
    last = request.last.year
    years = range(last - SHOWN_YEARS + 1, last + 1)
    published = counts.published_to(connection)
    carried_on = _carried_on(request, years, published)
    noted = _noted(year_notes(connection, city, subject, lang), years)
    marks = _marks(years, carried_on, noted)
    link = RowsLink(figure, request, now)
    return ChartCard(
        title=word(f"statistics.figure.{figure.key}"),
        about=_about(request, found, years)
        if whole
        else word(
            "statistics.thousands_a_year" if _in_thousands(found, years) else "statistics.a_year",
            period=period(request),
        ),
        table=_table(found, years, subject, marks, _remarks(carried_on, noted, published)),
        link=link,
        chart=_chart(found, years, request, whole, marks, city.today()) if found else None,
        headline=headline(
            now,
            change_of(request, now, before),
            compared(request) if whole else "",
            word("statistics.a_day", count=number(now / request.days), before=number(before / request.days))
            if whole
            else word("statistics.before", count=number(before)),
        ),
        formula=formula_of(figure),
        note=_note(found, years, subject, whole, noted) if whole else None,
        after=[
            *([] if whole else [_note(found, years, subject, whole, noted)]),
            *(f"{NUMBERS[n]} {year}: {text}" for n, (year, text) in enumerate(noted.items())),
            *([word("statistics.carried_on", day=day(published, True))] if published and carried_on else []),
        ],
        empty=word("statistics.empty", period=period(request)),
        mark=mark,
        beside_files=[notes.link(subject, word("statistics.notes.title"))],
    )


def _carried_on(request: StatisticsRequest, years: range, published: date | None) -> frozenset[int]:
    """The years of a demo city that are not, or not to their end, as published."""
    if published is None:
        return frozenset()
    return frozenset(year for year in years if min(date(year, 12, 31), request.last) > published)


def _noted(notes: Mapping[int, str], years: range) -> dict[int, str]:
    """The notes of the years that are shown, in their order."""
    return {year: notes[year] for year in years if year in notes}


def _marks(years: range, carried_on: frozenset[int], noted: Mapping[int, str]) -> dict[int, str]:
    """Each year with a star where it is carried on, and the number of its note."""
    numbers = dict(zip(noted, NUMBERS))
    return {year: f"{year}{'*' if year in carried_on else ''}{numbers.get(year, '')}" for year in years}


def _remarks(carried_on: frozenset[int], noted: Mapping[int, str], published: date | None) -> dict[int, str]:
    """Year -> what the table says of it."""
    remarks: dict[int, list[str]] = {}
    if published is not None:
        for year in carried_on:
            remarks.setdefault(year, []).append(word("statistics.carried_on", day=day(published, True)))
    for year, text in noted.items():
        remarks.setdefault(year, []).append(text)
    return {year: "; ".join(parts) for year, parts in remarks.items()}


def _is_parted(request: StatisticsRequest) -> bool:
    """Its days are a part of one year."""
    first, last = request.first, request.last
    return first.year == last.year and (first.month, first.day, last.month, last.day) != (1, 1, 12, 31)


def _about(request: StatisticsRequest, found: dict[int, tuple[int, int, float]], years: range) -> str:
    if not _is_parted(request):
        return word("statistics.by_year")
    days = {"first": day(request.first), "last": day(request.last)}
    if _parts_in_thousands(_same_days(found, years)):
        return word("statistics.by_year_part_thousands", **days)
    return word("statistics.by_year_part", **days)


def _table(
    found: dict[int, tuple[int, int, float]],
    years: range,
    subject: str,
    marks: Mapping[int, str],
    remarks: Mapping[int, str],
) -> DataTable:
    columns = [word("statistics.year"), word("statistics.in_year"), word("statistics.same_days")]
    columns += [word("statistics.fines")] if subject == "offence" else []
    columns += [word("statistics.remark")] if remarks else []
    rows = []
    for year in years:
        n, same, tenge = found.get(year, (None, None, None))
        cells = [marks[year], *(NONE if value is None else number(value) for value in (n, same))]
        cells += [NONE if tenge is None else number(tenge)] if subject == "offence" else []
        rows.append([*cells, *([remarks.get(year, "")] if remarks else [])])
    return DataTable(columns, rows)


def _note(
    found: dict[int, tuple[int, int, float]],
    years: range,
    subject: str,
    whole: bool,
    noted: Mapping[int, str],
) -> Any:
    """A sentence; of a break whose reason nobody has written, a link to where it is."""
    if whole:
        if not found:
            return ""
        return word("statistics.since", count=number(sum(n for n, _, _ in found.values())), year=min(found))
    if subject == "offence":
        full = [year for year in years if year in found and year < years[-1]]
        if full:
            n, _, tenge = found[full[-1]]
            return word("statistics.fined", year=full[-1], count=number(n), tenge=number(tenge))
    if breaks := [year for year in _breaks(found, years) if year not in noted]:
        year = breaks[-1]
        ratio = found[year][0] / found[year - 1][0]
        words = word("statistics.break", year=year, before=year - 1, ratio=number(ratio, 2))
        return notes.link(subject, words, year)
    full = [year for year in years[1:-1] if year in found and year - 1 in found]
    if not full:
        return ""
    return word(
        "statistics.last_year",
        year=full[-1],
        count=number(found[full[-1]][0]),
        change=change(found[full[-1]][0], found[full[-1] - 1][0]),
        before=full[-1] - 1,
    )


def _in_thousands(found: dict[int, tuple[int, int, float]], years: range) -> bool:
    """A small card has no room for five digits above each bar."""
    return max((found[year][0] for year in years if year in found), default=0) >= FIVE_DIGITS


def _same_days(found: dict[int, tuple[int, int, float]], years: range) -> list[int]:
    return [found.get(year, (0, 0, 0.0))[1] for year in years]


def _parts_in_thousands(same: list[int]) -> bool:
    """All of a card's, whose head says so: labels of one row are of one unit."""
    return max(same) >= FIVE_DIGITS


def _breaks(found: dict[int, tuple[int, int, float]], years: range) -> list[int]:
    """Whole years that begin a jump."""
    return [
        year
        for year in years[1:-1]
        if year in found and year - 1 in found and not 1 / JUMP < found[year][0] / found[year - 1][0] < JUMP
    ]


def _chart(
    found: dict[int, tuple[int, int, float]],
    years: range,
    request: StatisticsRequest,
    whole: bool,
    marks: Mapping[int, str],
    today: date,
) -> dict[str, Any]:
    """`whole`: with the parts, in full numbers; else small, in thousands. `marks`: the years as written."""
    values = [found.get(year, (0, 0, 0.0))[0] for year in years]
    same, ends = _same_days(found, years), date(request.last.year, 12, 31)
    parted = whole and _is_parted(request)
    notes, shapes = _labels(found, years, whole, request.last == ends), _break_lines(found, years)
    data, top = [_bars(years, values, "--bar", "--cell-5")], (max(values) or 1) * (1.14 if whole else 1.3)
    if parted:
        data.append(_bars(years[:-1], same[:-1], "--part", "--part"))
        notes += _parts(same, max(values))
        if request.last < ends and values[-2] > values[-1]:
            shapes.append(_outline(len(years) - 1, values[-1], values[-2]))
            notes.append(_running(len(years) - 1, values[-2], request.last, today))
            top = max(top, values[-2] * 1.45)
    return {
        "data": data,
        "layout": charts.layout(
            barmode="overlay",
            bargap=0.4,
            xaxis=charts.axis(
                tickvals=list(range(len(years))),
                ticktext=[marks[year] for year in years],
                range=[-0.5, len(years) - (0.2 if whole else 0.5)],
            ),
            yaxis=charts.hidden_axis(range=[0, top]),
            annotations=notes,
            shapes=shapes,
        ),
    }


def _bars(years: range, values: list[int], colour: str, last: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "x": list(range(len(years))),
        "y": values,
        "marker": {"color": [*[colour] * (len(years) - 1), last]},
        "text": [f"{year}: {number(value)}" for year, value in zip(years, values)],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _labels(
    found: dict[int, tuple[int, int, float]], years: range, whole: bool, to_the_end: bool
) -> list[dict[str, Any]]:
    """Above each bar; where bars are whole, the last only of a year counted `to_the_end`."""
    unit, decimals = (1000, 1) if not whole and _in_thousands(found, years) else (1, 0)
    return [
        charts.note(
            position,
            found[year][0] if year in found else 0,
            number(found[year][0] / unit, decimals) if year in found else NONE,
            yanchor="bottom",
        )
        for position, year in enumerate(years)
        if to_the_end or not (whole and year == years[-1])
    ]


def _parts(same: list[int], most: int) -> list[dict[str, Any]]:
    """The number of each light part: in it, below its edge, or to the right of a part that is too low for
    words; neither has room for five digits."""
    unit = 1000 if _parts_in_thousands(same) else 1
    notes = []
    for position, n in enumerate(same):
        text = number(n / unit, 1 if unit > 1 and n < FIVE_DIGITS else 0)
        last = position == len(same) - 1
        if n and n >= HIGH_PART * most:
            notes.append(charts.note(position, n, text, yanchor="top", size=charts.SMALL, color="--ground"))
        elif n:
            notes.append(
                charts.note(
                    position + 0.33,
                    n,
                    text,
                    xanchor="left",
                    yanchor="middle",
                    size=charts.SMALL,
                    color="--text" if last else "--muted",
                )
            )
    return notes


def _running(position: int, high: int, last: date, today: date) -> dict[str, Any]:
    """The words that the year still runs, of one that is over until when it is counted: a line above the
    number of the year before, which stands at the same height and would be met by longer words."""
    runs = last.year == today.year
    return charts.note(
        position + 0.78,
        high,
        word("statistics.running") if runs else word("statistics.year_until", last=day(last)),
        xanchor="right",
        yanchor="bottom",
        yshift=16,
        color="--muted",
    )


def _outline(position: int, low: int, high: int) -> dict[str, Any]:
    """The outline of what the running year still lacks to the one before: no forecast."""
    return {
        "type": "rect",
        "x0": position - 0.3,
        "x1": position + 0.3,
        "y0": low,
        "y1": high,
        "line": {"color": "--muted", "width": 1, "dash": "dash"},
    }


def _break_lines(found: dict[int, tuple[int, int, float]], years: range) -> list[dict[str, Any]]:
    return [
        {
            "type": "line",
            "x0": years.index(year) - 0.5,
            "x1": years.index(year) - 0.5,
            "y0": 0,
            "y1": 1,
            "yref": "paper",
            "line": {"color": "--muted", "width": 1, "dash": "dot"},
        }
        for year in _breaks(found, years)
    ]
