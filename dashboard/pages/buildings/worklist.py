"""The left side: how much of the city is tagged, the reasons with their counts, the districts with their
share, and the addresses that wait."""

from __future__ import annotations

from dash import dcc, html

from dashboard.formats import listed, number
from dashboard.pages.buildings.address import BuildingsAddress
from dashboard.request_context import current
from dashboard.words import word
from layers.buildings.geo_tags import PAGE, REASONS, Worklist


def head(address: BuildingsAddress, found: Worklist) -> list:
    share = found.totals["tagged"] / found.totals["buildings"] if found.totals["buildings"] else 0
    return [
        html.Header(
            [
                html.H1(word("buildings.title")),
                html.Label(
                    word("buildings.load"),
                    id="buildings-load",
                    className="button buildings-load",
                    title=word("buildings.load.about"),
                ),
                *_new_address(),
            ],
            className="buildings-top",
        ),
        html.Div(
            [
                html.Strong(word("buildings.share", share=_percent(share))),
                html.Span(
                    word(
                        "buildings.of",
                        tagged=number(found.totals["tagged"]),
                        all=number(found.totals["buildings"]),
                    )
                ),
            ],
            className="buildings-share",
        ),
        _bar(share),
        html.Ul(
            [
                _reason(address, None, sum(found.counts.values())),
                *(_reason(address, name, found.counts[name]) for name in REASONS),
            ],
            className="buildings-reasons",
        ),
        html.Details(
            [
                html.Summary(_chosen_district(address, found)),
                html.Ul([_district(address, row) for row in found.districts]),
            ],
            className="buildings-districts",
            open=address.district is not None,
        ),
    ]


def _new_address() -> list:
    """The button for an address that no register knows yet: the next click on the map is where it stands."""
    if not current().may("building.tag"):
        return []
    return [html.Button(word("new_address.title"), type="button", className="button", **{"data-do": "make"})]


def rows(address: BuildingsAddress, found: Worklist, chosen: int | None) -> list:
    if not found.rows:
        return [html.P(word("buildings.none"), className="buildings-none")]
    more = (
        [
            dcc.Link(
                word("buildings.more"),
                href=address.href(after=address.after + PAGE),
                className="buildings-more",
            )
        ]
        if found.more
        else []
    )
    back = (
        [
            dcc.Link(
                word("buildings.back"),
                href=address.href(after=max(0, address.after - PAGE)),
                className="buildings-more",
            )
        ]
        if address.after
        else []
    )
    return [*back, html.Ol([_row(address, row, row["id"] == chosen) for row in found.rows]), *more]


def _reason(address: BuildingsAddress, name: str | None, n: int) -> html.Li:
    current = {"aria-current": "true"} if address.reason == name else {}
    return html.Li(
        dcc.Link(
            [html.Span(word(f"buildings.reason.{name or 'all'}")), html.B(number(n))],
            href=address.href(reason=name),
            className="buildings-reason buildings-reason-on" if current else "buildings-reason",
            title=word(f"buildings.reason.{name}.about") if name else None,
        )
    )


def _chosen_district(address: BuildingsAddress, found: Worklist) -> str:
    return next(
        (row["name"] for row in found.districts if row["id"] == address.district), word("buildings.districts")
    )


def _district(address: BuildingsAddress, row: dict) -> html.Li:
    share, on = row["tagged"] / row["buildings"], row["id"] == address.district
    return html.Li(
        dcc.Link(
            [html.Span(row["name"]), _bar(share), html.B(_percent(share))],
            href=address.href(district=None if on else row["id"]),
            className="buildings-district buildings-district-on" if on else "buildings-district",
        )
    )


def _row(address: BuildingsAddress, row: dict, on_desk: bool) -> html.Li:
    line = listed(row["street"], row["house"]) or word("buildings.no_address")
    note = " · ".join(
        part
        for part in (row["district"], word("buildings.voters", n=row["voters"]) if row["voters"] else "")
        if part
    )
    return html.Li(
        dcc.Link(
            [
                html.Span(line, className="buildings-address"),
                html.Span(word(f"buildings.reason.{row['reason']}"), className="buildings-why"),
                html.Span(note, className="buildings-note"),
            ],
            href=address.href(building=row["id"], after=address.after),
            className="buildings-row",
        ),
        className="buildings-on" if on_desk else "",
        **{"data-building": str(row["id"])},
    )


def _bar(share: float) -> html.Span:
    return html.Span(
        html.I(style={"width": f"{100 * share:.2f}%"}), className="buildings-bar", **{"aria-hidden": "true"}
    )


def _percent(share: float) -> str:
    """Rounded down: a hundred is only said when nothing is left."""
    return number(int(share * 1000) / 10, 1)
