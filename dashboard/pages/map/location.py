"""What was clicked on the map: the building with its geo-tag, the precinct in force and its station."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dash import Dash, Input, Output, html
from pydantic import BaseModel

from dashboard.answering import answer_address
from dashboard.formats import addresses, number
from dashboard.pages.map.address import MapAddress
from dashboard.request_context import current
from dashboard.words import language, word, word_or
from geo.ranges import Id, Lat, Lon
from layers.buildings.location import Location, read_building, read_location
from layers.executors import CARDS
from layers.incidents.area import CityArea
from layers.incidents.filters import IncidentFilter
from layers.scope import Scope, tells_voters

AROUND_M = 500
LONGEST_NAME = 120


class LocationRequest(BaseModel):
    """A point (EPSG:4326), with a name where a search found it, or a building; `question`: its number, which
    the card says again."""

    lon: Lon | None = None
    lat: Lat | None = None
    name: str | None = None
    building: Id | None = None
    question: int | str = ""


def layout() -> html.Aside:
    return html.Aside(id="duty-location-card", className="duty-location-card", **{"aria-live": "polite"})


def register(app: Dash) -> None:
    @app.callback(
        Output("duty-location-card", "children"), Input("duty-location", "data"), prevent_initial_call=True
    )
    async def show(wanted: LocationRequest | None) -> list:
        drawn, answered = await answer_address(CARDS, draw, wanted)
        return drawn if answered else [_close(wanted or LocationRequest()), drawn]


def draw(wanted: LocationRequest | None) -> list:
    """None closes the card. Nothing there: nothing is shown."""
    if wanted is None:
        return []
    context = current()
    counts = tells_voters(context.principal)
    reader = (context.servers.engine, context.settings.city, Scope.of(context.principal), context.language)
    if wanted.building is not None:
        found = read_building(*reader, wanted.building)
    elif wanted.lon is not None and wanted.lat is not None:
        found = read_location(*reader, wanted.lon, wanted.lat)
    else:
        return []
    year_ago = context.settings.city.today() - timedelta(days=365)
    parts = [*_named(wanted), *_building(found, year_ago, counts), *_precinct(found, counts)]
    return [_close(wanted), *parts] if parts else []


def _close(wanted: LocationRequest) -> html.Button:
    return html.Button(
        "×",
        id="duty-location-close",
        className="duty-close",
        **{"aria-label": word("shell.close"), "data-question": str(wanted.question)},
    )


def _named(wanted: LocationRequest) -> list:
    """A point that a search found by its name, and what is around it."""
    if wanted.name is None or wanted.lon is None or wanted.lat is None:
        return []
    return [html.H3(wanted.name[:LONGEST_NAME]), _facts((_around(wanted.lon, wanted.lat),))]


def _around(lon: float, lat: float) -> tuple[str, list]:
    """The open incidents near a point (EPSG:4326), and those of a day."""
    area = CityArea("circle", ((lon, lat),), AROUND_M)
    links = [
        html.A(
            word(f"duty.window.{window}"), href=MapAddress().href(IncidentFilter(area=area, window=window))
        )
        for window in ("live", "24h")
    ]
    return "around", [links[0], " / ", links[1]]


def _building(found: Location, year_ago: date, counts: bool) -> list:
    building = found.building
    if building is None:
        return []
    first, *others = addresses(building)
    street = building["street_kk" if language.get() == "kk" else "street_ru"] or building["street_ru"]
    of_all = IncidentFilter(window="dates", building=building["id"])
    of_year = replace(of_all, selection=replace(of_all.selection, since=year_ago))
    facts = (
        (
            "district",
            building["district"]
            and _ask(CityArea("district", district=building["district_id"]), building["district"]),
        ),
        ("quality", word(f"duty.quality.{building['tag_quality']}")),
        ("tagged_by", building["tagged_by"]),
        ("use", building["use"] and word_or(f"duty.use.{building['use']}", building["use"])),
        ("floors", building["floors"]),
        ("voters", number(building["voters"]) if counts else None),
        ("register_code", building["register_code"]),
        (
            "incidents",
            [
                html.A(number(found.incidents), href=MapAddress().href(of_all)),
                " / ",
                html.A(word("duty.fact.year"), href=MapAddress().href(of_year)),
            ],
        ),
        _around(building["lon"], building["lat"]),
        ("street", street and _ask(CityArea("street", street=street), street)),
    )
    return [
        html.H3(first),
        *[html.P(other, className="duty-quiet") for other in others],
        _facts(facts),
    ]


def _precinct(found: Location, counts: bool) -> list:
    precinct = found.precinct
    if precinct is None:
        return [html.P(word("duty.precinct.none"), className="duty-quiet")] if found.building else []
    facts = (
        ("district", precinct["district"]),
        ("voters", number(precinct["voters"]) if counts else None),
        ("buildings", number(precinct["buildings"])),
        ("station", precinct["station"]),
        ("station_address", precinct["station_address"]),
        ("incidents", _ask(CityArea("precinct", precinct=precinct["id"]), word("duty.area.show"))),
    )
    return [html.H3(word("duty.precinct.number", number=precinct["number"])), _facts(facts)]


def _ask(area: CityArea, name: str) -> html.A:
    """A link to the open incidents there."""
    return html.A(name, href=MapAddress().href(IncidentFilter(area=area)), title=word("duty.fact.list"))


def _facts(facts: tuple) -> html.Dl:
    return html.Dl(
        [
            html.Div([html.Dt(word(f"duty.fact.{name}", m=word("map.metres", n=AROUND_M))), html.Dd(value)])
            for name, value in facts
            if value not in (None, "")
        ],
        className="duty-facts",
    )
