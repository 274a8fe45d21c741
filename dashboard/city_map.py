"""The map of a page: it opens on the city, without layers; `assets/map/hook.js` gives it those that its
stage names."""

from __future__ import annotations

from typing import Any

import dash_leaflet as dl

from geo.settings import City


def city_map(page: str, city: City, **options: Any) -> dl.Map:
    """`page`: the word that tells its id and its style from those of other pages' maps. `options`: Leaflet's
    own, in place of what holds for every page."""
    lon, lat = city.centre
    return dl.Map(
        id=f"ikomek-map-{page}",
        className=f"{page}-map",
        **{
            "center": [lat, lon],
            "zoom": city.zoom,
            "zoomControl": False,
            "attributionControl": True,
            "children": [dl.ZoomControl(position="bottomright")],
        }
        | options,
    )
