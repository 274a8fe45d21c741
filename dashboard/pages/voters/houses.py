"""The houses of one precinct whose voters change, in the columns of the precincts; and, in one of them, who
is new, moved, corrected or gone: by initials, recorded, for a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.formats import addresses
from dashboard.pages.voters.address import COLUMNS, VotersAddress
from dashboard.pages.voters.changes import called, cells, headings, marked, summed
from dashboard.pages.voters.person import PERMISSION
from dashboard.request_context import current
from dashboard.words import word
from geo.voters.client import request

SHOWN = 40
COUNTS = tuple(name for name in COLUMNS if name != "change")


def ask(address: VotersAddress, list_id: int) -> dict[str, Any] | None:
    """What the list's process says of the precinct or the house that is open; none = none is. Its persons
    only for who may look at persons."""
    if address.precinct is None and address.house is None:
        return None
    context = current()
    wanted = {"list_id": list_id, "precinct": address.precinct or None, "building": address.house}
    found = request(context.settings, "houses", context.session, **wanted)
    if address.house and context.may(PERMISSION):
        of_house = {"list_id": list_id, "building": address.house}
        found["persons"] = request(context.settings, "changed", context.session, **of_house)
    return found


def table(
    address: VotersAddress,
    found: Mapping[str, Any],
    flags: Sequence[Mapping[str, Any]],
    numbers: Mapping[int | None, int | None],
) -> list:
    """In the order of the address, the house that is open always among them; what is left out is summed."""
    states = {
        flag["of_id"]: "accepted" if flag["accepted_by"] else flag["code"]
        for flag in flags
        if flag["level"] == "house"
    }
    rows = _ordered(found["houses"], states, address)
    shown = rows if address.all or len(rows) <= SHOWN + 1 else rows[:SHOWN]
    shown += [row for row in rows[len(shown) :] if row["building_id"] == address.house]
    left = [row for row in rows if row not in shown]
    body = []
    for row in shown:
        body.append(_row(address, row, states.get(row["building_id"])))
        if row["building_id"] == address.house:
            body.append(_persons(found.get("persons")))
    if left:
        body.append(_rest(address, left))
    return [
        html.Header(
            [
                html.H2(word("voters.houses", of=called(numbers.get(found["precinct"])))),
                dcc.Link(word("voters.houses.back"), href=address.href(precinct=None, house=None)),
            ],
            className="voters-line",
        ),
        html.Div(
            html.Table(
                [
                    html.Thead(
                        html.Tr([html.Th(word("voters.column.house"), scope="col"), *headings(address)])
                    ),
                    html.Tbody(body),
                    html.Tfoot(
                        html.Tr(
                            [html.Th(word("voters.total"), scope="row"), *cells(summed(map(_counts, rows)))]
                        )
                    ),
                ],
                className="voters-table voters-houses",
            ),
            className="voters-scroll",
        ),
    ]


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in COUNTS}


def _ordered(
    rows: list[dict[str, Any]], states: Mapping[int, str], address: VotersAddress
) -> list[dict[str, Any]]:
    """Flags first, then by size, as the process gives them."""
    sort = address.sort
    if sort == "change":
        return sorted(rows, key=lambda row: (row["before"] - row["after"]) / (row["before"] or 1))
    if sort:
        return sorted(rows, key=lambda row: -row[sort])
    return sorted(
        rows,
        key=lambda row: (
            row["building_id"] not in states,
            states.get(row["building_id"]) == "accepted",
        ),
    )


def _row(address: VotersAddress, row: Mapping[str, Any], state: str | None) -> html.Tr:
    """Its address leads to its persons; those without a house are in the worklist."""
    building = row["building_id"]
    if building:
        opened = building == address.house
        href = address.href(house=None if opened else building)
        name: Any = dcc.Link(addresses(row)[0], href=href)
    else:
        opened, name = False, word("voters.no_house")
    return html.Tr(
        [html.Th([marked(state), name], scope="row"), *cells(_counts(row))],
        className="voters-chosen" if opened else "",
        **{"data-house": str(building), "data-state": state or ""},
    )


def _rest(address: VotersAddress, rows: Sequence[Mapping[str, Any]]) -> html.Tr:
    more = dcc.Link(word("voters.more", n=len(rows)), href=address.href(all=True))
    return html.Tr([html.Th(more, scope="row"), *cells(summed(map(_counts, rows)))], className="voters-rest")


def _persons(found: list[dict[str, Any]] | None) -> html.Tr:
    """None for those who may not look at persons."""
    if found is None:
        inside: Any = html.P(word("voters.houses.not_yours"), className="voters-note")
    else:
        inside = [
            html.P(word("voters.houses.recorded", n=len(found)), className="voters-note"),
            html.Ul([_person(one) for one in found]),
        ]
    return html.Tr(
        html.Td(html.Div(inside, id="voters-changed", className="voters-changed"), colSpan=len(COLUMNS) + 1)
    )


def _person(one: Mapping[str, Any]) -> html.Li:
    return html.Li(
        [
            html.B(word(f"voters.changed.{one['change']}")),
            html.Span(one["room"] or "–"),
            html.Span(one["name"]),
            html.Span(one["year"]),
            html.Span(one["iin"]),
        ],
        **{"data-change": one["change"]},
    )
