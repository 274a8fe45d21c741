"""The list: as many rows as its count says, newest first or by urgency, paged to the very end.
`duty/duty.js` keeps the times going and counts what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from dash import html

from dashboard.formats import listed, number
from dashboard.pages.map.address import MapAddress
from dashboard.request_context import current
from dashboard.words import word
from layers.incidents.cursor import LAST_PAGE, SORTS, Cursor
from layers.incidents.listing import PAGE_ROWS, Answer


def layout(address: MapAddress, answer: Answer) -> list:
    return [
        _head(address, answer),
        *([html.P(closed, className="duty-outside")] if (closed := _closed(answer)) and answer.rows else []),
        *_outside(address, answer),
        _rows(address, answer),
        _pager(address, answer),
    ]


def _outside(address: MapAddress, answer: Answer) -> list[html.P]:
    """How many rows of other times the window leaves out: who has loaded history must see that it is
    there."""
    if not answer.outside:
        return []
    return [
        html.P(
            [
                word("duty.outside", n=answer.outside),
                " ",
                html.A(
                    word("duty.outside.show"), href=address.href(address.incident_filter.without_window())
                ),
            ],
            className="duty-outside",
        )
    ]


def _closed(answer: Answer) -> str:
    """A sentence that names the chosen kinds and districts outside the caller's scope; empty for none."""
    names = [
        *(word(f"duty.kind.{kind}") for kind in answer.out_of_scope.get("kind", ())),
        *(answer.names["district"].get(one, str(one)) for one in answer.out_of_scope.get("district", ())),
    ]
    return word("duty.list.closed", names=", ".join(names)) if names else ""


def _head(address: MapAddress, answer: Answer) -> html.Header:
    sorts = [
        html.A(
            word(f"duty.sort.{sort}"),
            href=address.href(sort=sort),
            className="duty-sort",
            **({"aria-current": "true"} if sort == address.sort else {}),
        )
        for sort in SORTS
    ]
    return html.Header(
        [
            html.H2(
                [
                    word("duty.list"),
                    html.Span(
                        number(answer.total) if answer.rows or not _closed(answer) else "—",
                        id="duty-total",
                        className="duty-total",
                        **{"data-n": str(answer.total)},
                    ),
                ]
            ),
            html.Div(sorts, className="duty-sorts", role="group", **{"aria-label": word("duty.sort")}),
        ],
        className="duty-list-head",
    )


def _rows(address: MapAddress, answer: Answer) -> html.Div:
    if not answer.rows:
        none = [word("duty.list.none"), " ", word("duty.list.none.help")]
        return html.Div(html.P(_closed(answer) or none), className="duty-rows duty-none")
    return html.Div(
        html.Ol(
            [
                mass_row(incident, address)
                if incident["mass"]
                else flood_row(incident, address)
                if incident["flood"]
                else row(
                    incident,
                    address.href(incident=incident["id"]),
                    [] if address.incident_filter.moment else _mark(incident),
                )
                for incident in answer.rows
            ],
            start=str(answer.first),
        ),
        id="duty-rows",
        className="duty-rows",
        **({"data-moment": str(answer.at.timestamp())} if answer.at else {}),
    )


def _mark(incident: dict) -> list:
    """The mark by which it becomes part of a selection, for those who may act on it."""
    if not current().may("incident.decide") or incident["status"] == "closed":
        return []
    label = word("duty.mark", what=title(incident))
    return [
        html.Button(
            className="duty-mark-row",
            role="checkbox",
            **{"aria-label": label, "aria-checked": "false"},
        )
    ]


def row(incident: dict, href: str, mark: Sequence = ()) -> html.Li:
    """One incident: what, where, and how long since or until. The times are filled in by the script from
    the attributes."""
    where = listed(incident["address"] or word("duty.address.none"), incident["district_name"], by=" · ")
    merged = (
        [html.Span(word("duty.merged", n=incident["inquiries"]), className="duty-merged")]
        if incident["inquiries"] > 1
        else []
    )
    unplaced = (
        [html.Span(word("duty.no_point"), className="duty-no-point")] if incident["lon"] is None else []
    )
    link = html.A(
        [
            html.I(
                className="symbol",
                **{"data-kind": incident["kind"], "data-level": str(incident["priority"])},
            ),
            html.Span(
                [
                    html.Span(title(incident), className="duty-title"),
                    html.Span([where, *merged, *unplaced, *_set_aside(incident)], className="duty-location"),
                ],
                className="duty-what",
            ),
            _times(incident),
        ],
        href=href,
        className="duty-row",
    )
    return html.Li(
        [*mark, link],
        **{
            "data-incident": str(incident["id"]),
            "data-version": str(incident["version"]),
            **({"data-category": str(incident["category"])} if incident["category"] is not None else {}),
            "data-point": _point(incident),
        },
    )


def mass_row(incident: dict, address: MapAddress) -> html.Li:
    """The row that stands for all incidents of a mass event; its times are those of the first of them."""
    mass = incident["mass"]
    parts = [
        mass["number"],
        word("duty.mass.incidents", n=mass["n"]),
        word("duty.mass.inquiries", n=mass["inquiries"]) if mass["inquiries"] else None,
        incident["district_name"],
    ]
    link = html.A(
        [
            html.Span(
                number(mass["n"]),
                className="duty-mass-n",
                **{"data-kind": incident["kind"], "aria-hidden": "true"},
            ),
            html.Span(
                [
                    html.Span(
                        incident["category_name"] or title(incident),
                        className="duty-title",
                    ),
                    html.Span(listed(*parts, by=" · "), className="duty-location"),
                ],
                className="duty-what",
            ),
            _times(incident),
        ],
        href=address.href(event=mass["event"]),
        className="duty-row duty-row-mass",
    )
    return html.Li(
        [link],
        **{
            "data-mass": str(mass["event"]),
            "data-n": str(mass["n"]),
            "data-point": _point(incident),
        },
    )


def flood_row(incident: dict, address: MapAddress) -> html.Li:
    """The row that stands for a flood, and leads to each of its incidents; what is critical has its own."""
    flood, shown = incident["flood"], address.incident_filter
    each = replace(
        shown,
        opened_since=datetime.fromtimestamp(flood["since"], UTC),
        selection=replace(shown.selection, kinds=(flood["kind"],), priorities=(0, 1)),
    )
    named = [f"{one['name']} {number(one['n'])}" for one in flood["districts"] if one["name"]]
    state = word("wall.flood.state", urgent=number(flood["urgent"]), waiting=number(flood["waiting"]))
    link = html.A(
        [
            html.Span(
                number(flood["n"]),
                className="duty-mass-n",
                **{"data-kind": flood["kind"], "aria-hidden": "true"},
            ),
            html.Span(
                [
                    html.Span(
                        word(
                            "duty.flood.head",
                            kind=word(f"duty.kind.{flood['kind']}"),
                            count=number(flood["n"]),
                            minutes=flood["minutes"],
                        ),
                        className="duty-title",
                    ),
                    html.Span(listed(", ".join(named[:3]), state, by=" · "), className="duty-location"),
                ],
                className="duty-what",
            ),
        ],
        href=address.href(each),
        className="duty-row duty-row-mass",
    )
    return html.Li([link], **{"data-flood": flood["kind"], "data-n": str(flood["n"])})


def _set_aside(incident: dict) -> list[html.Span]:
    """Signs of what officers have put off: a clock that stands, and until when it is shelved (the script says
    how long that is, and hides it when it is over)."""
    if incident["status"] == "closed":
        return []
    paused = [html.Span(word("duty.row.paused"), className="duty-aside")] if incident["paused"] else []
    until = {"data-until": str(incident["shelved"])}
    shelved = [html.Span(className="duty-aside", hidden=True, **until)] if incident["shelved"] else []
    return [*paused, *shelved]


def title(incident: dict) -> str:
    return incident["title"] or incident["category_name"] or word(f"duty.kind.{incident['kind']}")


def _times(incident: dict) -> html.Span:
    """The time that remains, is late or was taken, and below it when it was opened: each says what it is."""
    precision = {"data-precision": incident["opened_precision"]} if incident["opened_precision"] else {}
    return html.Span(
        [
            html.Span(className="duty-time", **times(incident)),
            html.Span(className="duty-opened", **precision),
        ],
        className="duty-times",
    )


def times(incident: dict) -> dict[str, str]:
    """Seconds since 1970 and the status, for the script."""
    named = {
        "data-opened": incident["opened"],
        "data-due": incident["due"],
        "data-presses": incident["presses"],
        "data-closed": incident["closed"],
        "data-warnings": ",".join(f"{at:.0f}" for at in incident.get("warnings", ())) or None,
    }
    return {name: str(value) for name, value in named.items() if value is not None} | {
        "data-status": incident["status"]
    }


def _point(incident: dict) -> str:
    return "" if incident["lon"] is None else f"{incident['lon']:.6f},{incident['lat']:.6f}"


def _pager(address: MapAddress, answer: Answer) -> html.Nav:
    """The range of rows shown, and links to the first, previous, next and last page; a step that leads
    nowhere is no link."""
    last = answer.first + len(answer.rows) - 1 if answer.rows else 0
    rows = answer.listed
    steps = (
        ("first", Cursor() if answer.previous else None),
        ("previous", answer.previous),
        ("next", answer.next),
        ("last", LAST_PAGE if answer.next else None),
    )
    ways = (
        [_step(address, name, cursor) for name, cursor in steps]
        if rows > PAGE_ROWS or answer.previous
        else []
    )
    shown = {"first": number(answer.first), "last": number(last), "total": number(rows)}
    text = word("duty.page", **shown) if answer.rows else word("duty.page.none")
    return html.Nav(
        [html.Span(text, className="duty-range"), html.Span(ways, className="duty-steps")],
        className="duty-pager",
        **{"aria-label": word("duty.pages")},
    )


MARKS = {"first": "«", "previous": "‹", "next": "›", "last": "»"}


def _step(address: MapAddress, name: str, cursor: Cursor | None) -> html.A | html.Span:
    if cursor is None:
        return html.Span(MARKS[name], className="duty-step", **{"aria-hidden": "true"})
    return html.A(
        MARKS[name],
        href=address.href(page=cursor),
        className="duty-step",
        title=word(f"duty.page.{name}"),
        **{"data-step": name, "aria-label": word(f"duty.page.{name}")},
    )
