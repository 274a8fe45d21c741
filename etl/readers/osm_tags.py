"""What OpenStreetMap's tags say, in the words of our tables: themes and classes of the basemap, addresses
of buildings, six kinds of border."""

from __future__ import annotations

from collections.abc import Mapping

from osmium.osm import TagList

Tags = Mapping[str, str] | TagList

ROADS = {
    "motorway": "motorway",
    "trunk": "trunk",
    "primary": "primary",
    "secondary": "secondary",
    "tertiary": "tertiary",
    "residential": "residential",
    "unclassified": "residential",
    "living_street": "residential",
    "road": "residential",
    "service": "service",
    "pedestrian": "path",
    "footway": "path",
    "path": "path",
    "cycleway": "path",
    "steps": "path",
    "track": "path",
    "bridleway": "path",
}
"""`highway` -> class; a link (`motorway_link`) is of the class it leads to."""
RAIL = ("rail", "light_rail", "subway", "tram", "narrow_gauge", "monorail", "funicular")
STREAMS = ("river", "canal", "stream", "ditch", "drain")
WATER = {"natural": ("water", "bay"), "landuse": ("reservoir", "basin"), "waterway": ("riverbank", "dock")}
GREEN = {
    "leisure": ("park", "garden", "nature_reserve", "golf_course", "pitch"),
    "natural": ("wood", "scrub", "grassland", "heath", "wetland"),
    "landuse": (
        "grass",
        "forest",
        "meadow",
        "cemetery",
        "recreation_ground",
        "village_green",
        "allotments",
        "orchard",
    ),
}
PLACES = (
    "country",
    "city",
    "borough",
    "suburb",
    "quarter",
    "neighbourhood",
    "district",
    "town",
    "village",
    "hamlet",
    "island",
    "locality",
    "square",
)
LANDMARKS = {
    "tourism": ("attraction", "museum", "gallery", "hotel", "theme_park", "zoo", "viewpoint"),
    "historic": ("monument", "memorial", "castle"),
    "shop": ("mall", "department_store", "supermarket"),
    "railway": ("station", "halt"),
    "aeroway": ("aerodrome", "terminal"),
    "leisure": ("stadium", "sports_centre", "water_park"),
    "office": ("government",),
    "amenity": (
        "school",
        "kindergarten",
        "college",
        "university",
        "hospital",
        "clinic",
        "theatre",
        "cinema",
        "library",
        "marketplace",
        "bus_station",
        "place_of_worship",
        "police",
        "fire_station",
        "townhall",
        "courthouse",
        "post_office",
        "embassy",
        "community_centre",
    ),
}
"""Features by which people say where they are: found in a search, and not drawn."""
BORDERS = {
    1: "country",
    2: "country",
    3: "region",
    4: "region",
    5: "area",
    6: "area",
    7: "municipality",
    8: "municipality",
    9: "city_district",
    10: "quarter",
    11: "quarter",
}
"""`admin_level` -> kind of border. In Kazakhstan 2 is the country, 4 a region or a city of the republic's,
6 a district, 8 a rural district."""


def of_line(tags: Tags) -> tuple[str, str] | None:
    """Theme and class of a way that is a line; none for what the basemap does not draw."""
    road = ROADS.get(tags.get("highway", "").removesuffix("_link"))
    if road and tags.get("area") != "yes":
        return "road", road
    if tags.get("railway") in RAIL:
        return "rail", tags["railway"]
    if tags.get("waterway") in STREAMS:
        return "water", tags["waterway"]
    return None


def of_area(tags: Tags) -> tuple[str, str] | None:
    """Theme and class of an area."""
    for theme, known in (("water", WATER), ("green", GREEN)):
        for key, values in known.items():
            if tags.get(key) in values:
                return theme, tags.get("water", tags[key]) if theme == "water" else tags[key]
    return landmark(tags)


def of_point(tags: Tags) -> tuple[str, str] | None:
    """A place with a name, or a landmark."""
    if tags.get("place") in PLACES and tags.get("name"):
        return "place", tags["place"]
    return landmark(tags)


def landmark(tags: Tags) -> tuple[str, str] | None:
    """Theme and class of what has a name that people know."""
    classes = (tags[key] for key, values in LANDMARKS.items() if tags.get(key) in values)
    found = next(classes, None) if tags.get("name") else None
    return ("landmark", found) if found else None


def border_level(tags: Tags) -> int | None:
    """The `admin_level` of an administrative border; none for anything else."""
    level = tags.get("admin_level", "")
    return (
        int(level)
        if tags.get("boundary") == "administrative" and level.isdigit() and int(level) in BORDERS
        else None
    )


def names(tags: Tags) -> dict[str, str | None]:
    """The names in each language, or where there is none in it, the name on the spot."""
    return {
        f"name_{language}": tags.get(f"name:{language}", tags.get("name")) for language in ("kk", "ru", "en")
    }


ADDRESS = ("street_kk", "street_ru", "house")


def address(tags: Tags) -> dict[str, str | None]:
    found = (
        tags.get("addr:street:kk"),
        tags.get("addr:street:ru", tags.get("addr:street")),
        tags.get("addr:housenumber"),
    )
    return dict(zip(ADDRESS, found))


def building(tags: Tags) -> dict[str, str | None]:
    levels = tags.get("building:levels", "")
    return {
        **address(tags),
        "use": None if tags["building"] == "yes" else tags["building"],
        "floors": levels if levels.isdigit() else None,
    }
