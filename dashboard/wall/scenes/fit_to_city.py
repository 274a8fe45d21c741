"""Scenes are drawn for one city. In another, a map whose middle lies outside of it shows that city's own."""

from __future__ import annotations

from dataclasses import replace

from dashboard.wall.scenes import Scene
from dashboard.wall.scenes.panels import Panel
from geo.settings import City


def fit_scene(city: City, scene: Scene) -> Scene:
    return replace(scene, panels=tuple(_moved(city, panel) for panel in scene.panels))


def _moved(city: City, panel: Panel) -> Panel:
    """`centre` is lon, lat (EPSG:4326)."""
    if panel.kind != "map" or city.holds(*panel.options["centre"]):
        return panel
    return replace(panel, options={**panel.options, "centre": list(city.centre), "zoom": city.zoom})
