"""The incident card: what happened where, the regulatory clock, who must act, what was merged, the
timeline, and what else happened at the building."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State, html
from pydantic import StringConstraints

from dashboard.answering import answer_address
from dashboard.formats import addresses, clock, listed, month, number, numbered
from dashboard.pages.map import actions, case, mass_event, proof, timeline
from dashboard.pages.map.address import MapAddress
from dashboard.pages.map.list import row, times, title
from dashboard.request_context import RequestContext, current
from dashboard.words import error_words, word, word_or
from geo.errors import InvalidInput, NotFound
from geo.incidents.model import PRIORITIES
from geo.ranges import Id
from layers.executors import CARDS
from layers.incidents.card import RECORDED, Card, read_card, read_past_card
from layers.incidents.filters import IncidentFilter
from layers.incidents.moment import Moment
from layers.scope import Scope
from layers.tiles.selection import Selection

Chosen = Id | Annotated[str, StringConstraints(pattern=r"^m?[0-9]{1,18}$")]
"""An incident by its id, or a mass event as "m7"."""


def register(app: Dash) -> None:
    """The card of the chosen incident, read again when the live feed says that it changed."""

    @app.callback(
        Output("duty-card", "children"),
        Input("duty-chosen", "data"),
        Input("duty-card-pulse", "data"),
        State("address", "search"),
    )
    async def show(chosen: Chosen | None, pulse: float | None, search: str | None) -> list:
        query = dict(parse_qsl((search or "").removeprefix("?")))
        drawn, answered = await answer_address(CARDS, draw, chosen, query)
        return drawn if answered else [_close(chosen), drawn]


def draw(chosen: int | str | None, query: Mapping[str, str]) -> list:
    """Nothing when none is chosen; a sentence when there is no such incident for this caller, or none at the
    moment that the address names. A text is a mass event ("m12")."""
    if chosen is None:
        return []
    if isinstance(chosen, str) and query.get("moment"):
        return [_close(chosen), html.P(word("duty.machine.no_mass"), className="duty-none")]
    if isinstance(chosen, str):
        return mass_event.draw(int(chosen.removeprefix("m")))
    context = current()
    try:
        card = _read(context, chosen, query)
    except NotFound:
        unknown = "duty.card.not_then" if "moment" in query else "duty.card.unknown"
        return [_close(chosen), html.P(word(unknown, incident=chosen), className="duty-none")]
    except InvalidInput as error:
        return [_close(chosen), html.P(error_words(error), className="duty-none")]
    if card.incident["kind"] in RECORDED:
        context.record("incident.seen", incident=card.incident["id"], kind=card.incident["kind"])
    return layout(card, context.settings.city.time_zone)


def _read(context: RequestContext, chosen: int, query: Mapping[str, str]) -> Card:
    engine, city, scope = context.servers.engine, context.settings.city, Scope.of(context.principal)
    if not query.get("moment"):
        return read_card(engine, city, scope, chosen, context.language)
    moment = Moment.read(query["moment"], query.get("known"))
    return read_past_card(engine, city, scope, chosen, context.language, moment)


def layout(card: Card, zone: ZoneInfo) -> list:
    incident = card.incident
    return [
        html.Header(
            [
                html.Div(
                    [
                        html.I(
                            className="symbol",
                            **{"data-kind": incident["kind"], "data-level": str(incident["priority"])},
                        ),
                        html.Span(
                            f"{word('duty.kind.' + incident['kind'])} · {numbered(incident['source_id'])}"
                        ),
                    ],
                    className="duty-card-kind",
                ),
                _close(incident["id"]),
            ],
            className="duty-card-head",
        ),
        html.H2(title(incident)),
        html.P(
            listed(incident["address"] or word("duty.address.none"), incident["district_name"], by=" · "),
            className="duty-card-location",
        ),
        *actions.layout(card),
        *_moment_or_viewers(card, zone),
        _clock(card, zone),
        *case.escalation(card, zone),
        *proof.layout(card, zone),
        _facts(card, zone),
        *_kept(card),
        *timeline.layout(card, zone),
        *_others(card),
    ]


def _moment_or_viewers(card: Card, zone: ZoneInfo) -> list:
    """Who looks at it; of a past moment that it is one."""
    if card.moment is not None:
        at = clock(card.read_at, zone, datetime.now(UTC))
        moment = {"data-moment": str(card.read_at.timestamp())}
        return [html.P(word("duty.card.as_of", at=at), className="duty-card-past", **moment)]
    incident = str(card.incident["id"])
    return [html.Div(id="duty-viewers", className="duty-viewers", hidden=True, **{"data-incident": incident})]


def _close(incident: int | str) -> html.A:
    """`duty/duty.js` leads it back to the list as it was, and knows by it whose card this is."""
    return html.A(
        "×",
        href="/map",
        id="duty-card-close",
        className="duty-close",
        title=word("shell.close"),
        **{"aria-label": word("shell.close"), "data-incident": str(incident)},
    )


def _clock(card: Card, zone: ZoneInfo) -> html.Section:
    """Opened, due, closed; the bar and what remains are kept going by the script."""
    incident = card.incident
    moments = {
        name: _moment(incident[name], zone, card.read_at)
        for name in ("opened", "due", "closed")
        if incident[name] is not None
    }
    if incident["opened_precision"] == "month":
        moments["opened"] = month(datetime.fromtimestamp(incident["opened"], zone), zone)
    stamps = [
        html.Div([html.Dt(word(f"duty.clock.{name}")), html.Dd(text)]) for name, text in moments.items()
    ]
    paused = case.pause(card, zone)
    no_period = [] if incident["due"] or paused else [html.P(word("duty.clock.none"), className="duty-quiet")]
    return html.Section(
        [
            html.Div(
                [
                    html.Span(word(f"duty.status.{incident['status']}"), className="duty-status"),
                    html.Span(className="duty-time", **times(incident)),
                ],
                className="duty-clock-head",
            ),
            html.Div(
                [html.Div(className="duty-bar-fill"), *case.marks(card)],
                className="duty-bar",
                hidden=not incident["due"],
                **times(incident),
            ),
            *case.warned(card, zone),
            html.Dl(stamps, className="duty-stamps"),
            *paused,
            *no_period,
        ],
        className="duty-clock",
    )


def _facts(card: Card, zone: ZoneInfo) -> html.Dl:
    incident = card.incident
    channels = ", ".join(
        f"{word_or('duty.channel.' + channel, channel)} {number(n)}" for channel, n in card.channels
    )
    facts = (
        ("priority", word(f"duty.priority.{PRIORITIES[incident['priority']]}")),
        *case.facts(card, zone),
        ("group", None if card.moment else _mass_event(incident["group"])),
        ("category", _list_of(card, incident["category_name"], categories=incident["category"])),
        ("performer", _list_of(card, incident["performer_name"], performers=incident["performer"])),
        (
            "inquiries",
            listed(number(incident["inquiries"]), channels, by=" · ") if incident["inquiries"] else None,
        ),
        ("fine", word("duty.tenge", sum=number(incident["fine_tenge"])) if incident["fine_tenge"] else None),
        ("building", _building(card)),
        ("coordinates", _coordinates(card)),
        ("source", word_or(f"feed.{incident['source']}", incident["source"])),
    )
    return html.Dl(
        [
            html.Div([html.Dt(word(f"duty.fact.{name}")), html.Dd(value)])
            for name, value in facts
            if value is not None
        ],
        className="duty-facts",
    )


def _kept(card: Card) -> list:
    """The further columns of the source, under its own names."""
    if not card.kept:
        return []
    rows = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in card.kept]
    return [html.H3(word("duty.kept")), html.Dl(rows, className="duty-facts duty-kept")]


def _list_of(card: Card, name: str | None, **chosen: int | None) -> html.A | None:
    """A name that leads to the open incidents that share it, at the same moment."""
    if name is None:
        return None
    narrowed: dict[str, Any] = {field: (value,) for field, value in chosen.items()}
    return html.A(
        name,
        href=MapAddress().href(IncidentFilter(selection=Selection(**narrowed), moment=card.moment)),
        title=word("duty.fact.list"),
    )


def _mass_event(event: int | None) -> html.A | None:
    """A link to the mass event that the incident belongs to: that says what all its callers are told."""
    if event is None:
        return None
    return html.A(word("duty.mass.open"), href=MapAddress().href(event=event))


def _building(card: Card) -> html.Button | None:
    if card.building is None:
        return None
    return html.Button(
        addresses(card.building)[0],
        className="duty-inline",
        **{"data-building": str(card.building["id"])},
    )


def _coordinates(card: Card) -> html.Div | html.Button | str:
    """Where it is; of a point that nobody sent or set, how it was found from the address."""
    incident = card.incident
    if incident["lon"] is None:
        return word("duty.no_point")
    coordinates = f"{incident['lat']:.5f}, {incident['lon']:.5f}"
    shown = html.Button(
        coordinates,
        className="duty-inline",
        title=word("duty.show_on_map"),
        **{"data-fly": f"{incident['lon']:.6f},{incident['lat']:.6f}"},
    )
    if incident["placed_by"] is None or any(decision["field"] == "point" for decision in card.decisions):
        return shown
    return html.Div(
        [shown, html.Div(word(f"duty.placed.{incident['placed_by']}"), className="duty-quiet duty-placed")]
    )


def _others(card: Card) -> list:
    """Other incidents at the building; the count leads to the list of all of them."""
    if not card.others_count:
        return []
    everything = replace(IncidentFilter(), window="dates", building=card.incident["building_id"])
    head = html.H3(
        [
            word("duty.others"),
            html.A(
                number(card.others_count + 1),
                href=MapAddress().href(everything),
                title=word("duty.others.all"),
            ),
        ]
    )
    return [
        head,
        html.Ol(
            [row(other, MapAddress().href(everything, incident=other["id"])) for other in card.others],
            className="duty-others",
        ),
    ]


def _moment(seconds: float, zone: ZoneInfo, now: datetime) -> str:
    return clock(datetime.fromtimestamp(seconds, zone), zone, now)
