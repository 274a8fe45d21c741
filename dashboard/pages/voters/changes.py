"""How each precinct changes: a table, those with a flag first and then by size, and a class for the map.
A precinct without voters stands among the first. Moved in and moved out have the same total; what is left
out is counted in a row of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html

from dashboard.formats import number, numbered, signed
from dashboard.pages.voters.address import COLUMNS, VotersAddress
from dashboard.words import language, word

SHOWN = 12
SIGNED = ("added", "moved_in", "moved_out", "removed")
NEGATIVE = ("moved_out", "removed")
STEPS = (0.005, 0.02)
"""A change up to the first is none on the map; above the second it is a great one."""
CLASSES = ("great", "up", "same", "down", "emptied")


@dataclass(frozen=True)
class PrecinctChange:
    """One precinct; `id` and `number` none for those in no precinct. `state`: of its flag, none = it has
    none; `empty`: it has no voter, and should have."""

    id: int | None
    number: int | None
    district: str | None
    counts: dict[str, int]
    state: str | None
    empty: bool

    @property
    def change(self) -> float:
        """The change as a share of what was before; a precinct that had nobody before has grown without
        end."""
        before, after = self.counts["before"], self.counts["after"]
        return (after - before) / before if before else float("inf") if after else 0.0

    @property
    def on_map(self) -> str:
        if self.empty:
            return "emptied"
        least, great = STEPS
        if abs(self.change) <= least:
            return "same"
        return "down" if self.change < 0 else "great" if self.change > great else "up"


def is_empty(row: Mapping[str, Any]) -> bool:
    """Whether a precinct with streets of its own has no voter: in a hospital or abroad that says nothing."""
    return row["kind"] == "open" and not row["after"]


def ordered(
    rows: list[dict[str, Any]], flags: list[dict[str, Any]], sort: str | None
) -> list[PrecinctChange]:
    states = {
        flag["of_id"]: "accepted" if flag["accepted_by"] else flag["code"]
        for flag in flags
        if flag["level"] == "precinct"
    }
    found = [
        PrecinctChange(
            row["id"],
            row["number"],
            row[f"name_{language.get()}"],
            {name: row[name] for name in COLUMNS if name != "change"},
            states.get(row["id"]),
            is_empty(row),
        )
        for row in rows
    ]
    if sort == "change":
        return sorted(found, key=lambda row: -row.change)
    if sort:
        return sorted(found, key=lambda row: -row.counts[sort])
    # The process gives them by size.
    return sorted(
        found, key=lambda row: (row.state is None and not row.empty, row.state in (None, "accepted"))
    )


def table(address: VotersAddress, rows: Sequence[PrecinctChange]) -> list:
    shown = rows if address.all or len(rows) <= SHOWN + 1 else rows[:SHOWN]
    head = [
        html.Th(word("voters.column.precinct"), scope="col"),
        html.Th(word("voters.column.district"), scope="col"),
        *headings(address),
    ]
    rest = [_rest(address, rows[len(shown) :])] if len(shown) < len(rows) else []
    return [
        html.Header(
            [
                html.H2(word("voters.changes")),
                html.Span(word(f"voters.by.{address.sort or 'size'}"), className="voters-note"),
            ],
            className="voters-line",
        ),
        html.Div(
            html.Table(
                [
                    html.Thead(html.Tr(head)),
                    html.Tbody([*(_row(address, row) for row in shown), *rest]),
                    html.Tfoot(_total(rows)),
                ],
                className="voters-table",
            ),
            className="voters-scroll",
        ),
    ]


def headings(address: VotersAddress) -> list[html.Th]:
    return [_heading(address, column) for column in COLUMNS]


def _heading(address: VotersAddress, column: str) -> html.Th:
    on = address.sort == column
    return html.Th(
        dcc.Link(word(f"voters.column.{column}"), href=address.href(sort=None if on else column)),
        scope="col",
        **({"aria-sort": "descending"} if on else {}),
    )


def called(number_: int | None) -> str:
    return word("voters.nowhere") if number_ is None else numbered(number_)


def marked(state: str | None) -> html.Span:
    return html.Span(className="voters-mark", **{"data-state": state or "", "aria-hidden": "true"})


def _row(address: VotersAddress, row: PrecinctChange) -> html.Tr:
    """Its name leads to its houses."""
    name = dcc.Link(called(row.number), href=address.href(precinct=row.id or 0))
    return html.Tr(
        [
            html.Th([marked(_sign(row)), name], scope="row"),
            html.Td(row.district or "–"),
            *cells(row.counts),
        ],
        **{"data-precinct": str(row.id or ""), "data-state": _sign(row)},
    )


def _sign(row: PrecinctChange) -> str:
    return row.state or ("emptied" if row.empty else "")


def _rest(address: VotersAddress, rows: Sequence[PrecinctChange]) -> html.Tr:
    return html.Tr(
        [
            html.Th(
                dcc.Link(word("voters.more", n=len(rows)), href=address.href(all=True)),
                scope="row",
                colSpan=2,
            ),
            *cells(summed(row.counts for row in rows)),
        ],
        className="voters-rest",
    )


def _total(rows: Sequence[PrecinctChange]) -> html.Tr:
    precincts = sum(row.number is not None for row in rows)
    return html.Tr(
        [
            html.Th(word("voters.total"), scope="row"),
            html.Td(word("voters.precincts", n=precincts)),
            *cells(summed(row.counts for row in rows)),
        ]
    )


def summed(rows: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counts in rows:
        total.update(counts)
    return total


def cells(counts: Mapping[str, int]) -> list[html.Td]:
    return [
        html.Td(
            percent(counts["before"], counts["after"])
            if column == "change"
            else _count(column, counts[column]),
            **{"data-column": column, "data-label": word(f"voters.column.{column}")},
        )
        for column in COLUMNS
    ]


def _count(column: str, n: int) -> str:
    if column not in SIGNED:
        return number(n)
    return signed(-n if column in NEGATIVE else n, 0)


def percent(before: int, after: int) -> str:
    """The change as people write it; of what was not there before there is none."""
    if not before:
        return "–"
    return word("number.percent", share=signed(100 * (after - before) / before))


def classes(rows: Sequence[PrecinctChange]) -> dict:
    """The data for the script: precinct -> its class and its text when it is pointed at."""
    return {
        str(row.id): {
            "class": row.on_map,
            "text": word(
                "voters.flag.was",
                what=numbered(row.number),
                after=number(row.counts["after"]),
                before=number(row.counts["before"]),
            ),
        }
        for row in rows
        if row.id is not None
    }


def legend(rows: Sequence[PrecinctChange]) -> list:
    """The classes with their counts, which add up to the precincts of the list."""
    found = Counter(row.on_map for row in rows if row.id is not None)
    return [
        html.Header(
            [
                html.H2(word("voters.map")),
                html.Span(word("voters.map.about"), className="voters-note"),
            ],
            className="voters-line",
        ),
        html.Ul(
            [
                html.Li(
                    [
                        html.I(className=f"voters-key voters-is-{name}", **{"aria-hidden": "true"}),
                        html.Span(word(f"voters.map.{name}")),
                        html.B(number(found[name])),
                    ]
                )
                for name in CLASSES
            ],
            className="voters-classes",
        ),
    ]
