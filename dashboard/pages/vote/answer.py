"""The answer for one address, in words that can be read out, and what the map draws of it."""

from __future__ import annotations

from dash import html

from dashboard.formats import addresses, numbered
from dashboard.words import word
from layers.plans.vote import Vote


def answer(vote: Vote) -> list:
    building = vote.building
    head = html.Header([html.H2(addresses(building)[0]), html.P(building["district"] or "")])
    if vote.precinct is None:
        return [head, html.P(word("vote.no_precinct"), className="vote-none")]
    return [head, *_precinct(vote), *_coming(vote)]


def _precinct(vote: Vote) -> list:
    precinct = vote.precinct
    far = (
        html.P([html.B(distance(precinct["distance_m"])), word("vote.straight")], className="vote-far")
        if precinct["distance_m"] is not None
        else None
    )
    return [
        html.P(
            [html.Span(word("vote.precinct")), html.Strong(numbered(precinct["number"])), *_former(precinct)],
            className="vote-number",
        ),
        html.Div(
            [
                html.Span(word("vote.station")),
                html.Strong(precinct["station"] or word("vote.no_station")),
                html.Span(precinct["station_address"] or ""),
            ],
            className="vote-station",
        ),
        far,
        html.P(
            word("vote.plan", name=vote.plan["name"], day=vote.plan["in_force_from"].strftime("%d.%m.%Y")),
            className="vote-note",
        ),
    ]


def _former(precinct: dict) -> list:
    """The number that the people of the address knew it by."""
    return (
        [html.Small(word("studio.former", number=precinct["former"]))]
        if precinct["former"] is not None
        else []
    )


def _coming(vote: Vote) -> list:
    """Said at once: from that day on the answer is another."""
    if vote.coming is None:
        return []
    return [
        html.P(
            word(
                "vote.coming",
                day=vote.coming["in_force_from"].strftime("%d.%m.%Y"),
                number=vote.coming["number"],
            ),
            className="vote-coming",
        )
    ]


def distance(metres: float) -> str:
    """The distance in steps of 10 m, from a kilometre on in tenths: 236 -> "240 m", 1234 -> "1.2 km"."""
    if metres < 995:
        return word("map.metres", n=round(metres, -1))
    return word("map.kilometres", n=metres / 1000)


def view(vote: Vote) -> dict:
    """Points as [lon, lat]; the outline of the precinct as GeoJSON, EPSG:4326."""
    precinct = vote.precinct or {}
    return {
        "building": _point(vote.building),
        "station": _point(precinct),
        "outline": precinct.get("outline"),
        "number": precinct.get("number"),
    }


def _point(row: dict) -> list[float] | None:
    return None if row.get("lon") is None else [row["lon"], row["lat"]]
