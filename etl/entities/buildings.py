"""Buildings: address, tag, outline, voters. Merged by `geo.loading.buildings`. One without an id is known
by its outline, else by its address."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from etl.clean.texts import translate
from etl.clean.words import look_up
from etl.entities.entity import LONGEST_ADDRESS, Entity, Field
from etl.entities.points import located_points
from etl.entities.shapes import MULTI_POLYGON, POLYGON, content_ids, hexadecimal, shapes
from etl.entities.shaping import Shaping
from geo.addresses.address_lines import folded_names, street_and_house_of
from geo.addresses.folding import fold_house, fold_street
from geo.loading import buildings

FIELDS = (
    Field("source_id", code=True),
    Field("street_kk"),
    Field("street_ru"),
    Field("house", code=True),
    Field("address", code=True, longest=LONGEST_ADDRESS),
    Field("register_code", code=True),
    Field("use"),
    Field("floors", "integer", least=0),
    Field("voters", "integer", least=0, strict=True),
    Field("tag_quality"),
    Field("lon", "coordinate"),
    Field("lat", "coordinate"),
)
QUALITIES = {quality: quality for quality in ("register", "footprint", "hand", "geocoded", "untagged")}


def shape(s: Shaping) -> dict[str, pa.Array]:
    city_names = folded_names(s.city.called)
    addresses = s.column("address").to_pylist()
    parts = [street_and_house_of(text, city_names) if text else None for text in addresses]
    street_ru, house = (
        pc.coalesce(s.column("street_ru"), part(parts, 0)),
        pc.coalesce(s.column("house"), part(parts, 1)),
    )
    outline = shapes(s)
    outline = np.where(np.isin(shapely.get_type_id(outline), (POLYGON, MULTI_POLYGON)), outline, None)
    located = located_points(s)
    street_norm = translate(pc.coalesce(street_ru, s.column("street_kk")), fold_street, pa.string())
    house_norm = translate(house, fold_house, pa.string())
    address = pc.binary_join_element_wise(street_norm, house_norm, " ")  # null where either is
    return {
        "source_id": pc.coalesce(s.column("source_id"), content_ids(s), address),
        "street_kk": s.column("street_kk"),
        "street_ru": street_ru,
        "house": house,
        "street_norm": street_norm,
        "house_norm": house_norm,
        "register_code": s.column("register_code"),
        "use": s.column("use"),
        "floors": s.column("floors", pa.int64()),
        "voters": pc.coalesce(s.column("voters", pa.int64()), pa.scalar(0, pa.int64())),
        "tag_quality": qualities(s, outline),
        **located,
        "footprint": hexadecimal(outline),
    }


def part(parts: list[tuple[str, str] | None], index: int) -> pa.Array:
    return pa.array([None if found is None else found[index] for found in parts], pa.string())


def qualities(s: Shaping, outline: np.ndarray) -> pa.Array:
    """How good the tag is: as given, else what it comes from."""
    values, bad = look_up(s.column("tag_quality"), QUALITIES, pa.string())
    s.faults.mark(bad, "tag_quality.unknown", "tag_quality")
    derived = np.where(s.no_point, "untagged", np.where(outline != None, "footprint", "register"))
    return pc.coalesce(values, pa.array(derived, pa.string()))


ENTITY = Entity("building", FIELDS, shape, buildings.load, buildings.prepare)
