"""A precinct's station, its former number and its lock: SQL over a row `p` of `precinct` and, where it is
joined, `s` of `station`."""

from __future__ import annotations

from geo.plans.editing.precincts import FORMER
from geo.plans.stations import ADDRESS, ENTRANCE

STATION = f"""(select json_build_object('id', s.id, 'name_kk', s.name_kk, 'name_ru', s.name_ru, 'address_kk',
{ADDRESS["kk"]}, 'address_ru', {ADDRESS["ru"]},
    'entrance_kk', {ENTRANCE["kk"]}, 'entrance_ru', {ENTRANCE["ru"]}, 'building', s.building_id, 'at',
    ST_AsGeoJSON(s.point_4326, 7)::json -> 'coordinates')
    from station s where s.region = p.region and s.id = p.station_id)"""
LOCK = """(select json_build_object('who', k.who, 'at', k.locked_at, 'document', k.document) from
precinct_lock k
    where k.region = p.region and k.plan_id = p.plan_id and k.precinct_id = p.id)"""
FACTS = f"'station', {STATION}, 'former', {FORMER}, 'lock', {LOCK}"
"""The facts that the studio reads of each precinct besides its borders: arguments of `json_build_object`."""


def written_in(lang: str) -> dict[str, str]:
    """The placeholders of a statement that tells a person where to vote: `{station}` is the language of names
    ("kk", else "ru"), `{place}` the address with the entrance, `{former}` the former number."""
    known = "kk" if lang == "kk" else "ru"
    return {
        "station": known,
        "place": f"concat_ws(', ', {ADDRESS[known]}, {ENTRANCE[known]})",
        "former": FORMER,
    }
