"""Names of streets: real ones where one is known nearby, else the letter and number that Astana gives to
new streets; English by transliteration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import shapely

from etl.demo.facts.frame import DISTRICTS
from etl.demo.facts.streets import STREETS
from etl.demo.lines import parse_points, project
from etl.demo.network import DemoStreet, simplified

LETTERS = {"almaty": "А", "baikonyr": "Б", "esil": "Е", "nura": "Н", "saryarqa": "С", "saraishyq": "Ш"}
REACH_M = 900.0

LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяәғқңөұүһі",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya a gh q ng o u "
        "u h i".replace("_", "\0").split(" "),
    )
)
ENGLISH_TYPES = {"даңғылы": "Avenue", "көшесі": "Street", "тас жолы": "Highway", "айналма жолы": "Ring Road"}


def transliterate(name: str) -> str:
    """Kazakh Cyrillic to plain Latin letters: 'Мәңгілік Ел' -> 'Mangilik El'."""
    name = name.replace("ңг", "нг")
    letters = [LATIN.get(c.lower(), c).strip("\0") for c in name]
    return "".join(latin.capitalize() if c.isupper() else latin for c, latin in zip(name, letters))


def english(name_kk: str) -> str:
    """'Мәңгілік Ел даңғылы' -> 'Mangilik El Avenue'."""
    for kazakh, type_ in ENGLISH_TYPES.items():
        if name_kk.endswith(f" {kazakh}"):
            return f"{transliterate(name_kk[: -len(kazakh) - 1])} {type_}"
    return transliterate(name_kk)


def give_names(streets: list[DemoStreet], districts: np.ndarray, srid: int) -> list[DemoStreet]:
    """Every street without a name gets one; names are unique in the city. `districts` in the order of
    `facts.frame.DISTRICTS`."""
    tree = shapely.STRtree([street.geom for street in streets])
    named = _known_names(tree, streets, srid)
    middles = shapely.line_interpolate_point(
        [shapely.get_parts(street.geom)[0] for street in streets], 0.5, normalized=True
    )
    district_of = dict(zip(*shapely.STRtree(districts).query(middles, "within")))
    taken = {kk for kk, _ in named.values()}
    codes = {letter: _free_codes(letter, taken) for letter in LETTERS.values()}
    out = []
    for i, street in enumerate(streets):
        if i not in named:
            code = next(codes[LETTERS[DISTRICTS[district_of.get(i, 2)][0]]])
            named[i] = (f"{code} көшесі", f"улица {code}")
        out.append(simplified(replace(street, name_kk=named[i][0], name_ru=named[i][1])))
    return out


def _free_codes(letter: str, taken: set[str]) -> Iterator[str]:
    return (f"{letter}-{n}" for n in count(101) if f"{letter}-{n} көшесі" not in taken)


def _known_names(tree: shapely.STRtree, streets: list[DemoStreet], srid: int) -> dict[int, tuple[str, str]]:
    """Street -> its real name (kk, ru): each name goes to the nearest street of at least 250 m that has none
    yet, within REACH_M; a name without one is left out."""
    rows = [row.split("|") for row in STREETS.strip().splitlines()]
    named = {i: (street.name_kk, street.name_ru) for i, street in enumerate(streets) if street.name_kk}
    long_enough = shapely.length([street.geom for street in streets]) > 250
    points = shapely.points(project(np.vstack([parse_points(row[2]) for row in rows]), srid))
    for (kk, ru, _), point in zip(rows, points):
        near = [i for i in tree.query(point, "dwithin", REACH_M) if i not in named and long_enough[i]]
        if near:
            best = min(near, key=lambda i: (round(shapely.distance(point, tree.geometries[i]), 3), i))
            named[int(best)] = (f"{kk} көшесі", f"улица {ru}")
    return named
