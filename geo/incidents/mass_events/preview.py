"""What becoming one mass event, or being split off from one, would join: asked for before it is done. A
person may join what no rule would; they are told how far apart it lies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.accounts.users import Principal
from geo.errors import Conflict, InvalidInput
from geo.incidents.mass_events.confirm import common_category, need_members, open_ones
from geo.incidents.mass_events.members import LEAST, lock_all
from geo.incidents.mass_events.rules import rule_of
from geo.settings import City

SPREAD = """
    select st_length(st_longestline(st_collect(p), st_collect(p))) as metres, min(category_id) as category,
        array_remove(array_agg(distinct coalesce(name, key)), null) as districts
    from (select st_transform(i.point_4326, {metric}) as p, i.category_id, d.name_{lang} as name, d.key
        from incident i left join district d on d.region = i.region and d.id = i.district_id
        where i.region = :region and i.id = any(:ids)) chosen"""


@dataclass(frozen=True)
class JoinPreview:
    """`n`: how many would be joined, `left`: those that are closed by now. `metres` between the two that lie
    farthest apart (the city's metric CRS), none where fewer than two have a point; `radius_m` of their
    category; `districts`: their names."""

    n: int
    left: int
    metres: float | None
    radius_m: float
    districts: list[str]

    @property
    def is_far(self) -> bool:
        """Farther apart than the ends of a circle of the category's radius."""
        return self.metres is not None and self.metres > 2 * self.radius_m


def preview_join(
    connection: Connection, city: City, principal: Principal, lang: str, incidents: Collection[int]
) -> JoinPreview:
    """What `confirm` would make of them. Raises what that raises, and writes nothing."""
    need_members(incidents)
    states = open_ones(lock_all(connection, city, principal, list(incidents)))
    if len(states) < LEAST:
        raise Conflict("mass.few", n=len(states))
    common_category(connection, city, states)
    kept = [state.id for state in states]
    return _spread(connection, city, lang, kept, len(incidents) - len(states))


def preview_part(
    connection: Connection, city: City, principal: Principal, lang: str, incidents: Collection[int]
) -> JoinPreview:
    """What would be split off from one mass event, or leave it. Raises `Forbidden` ("mass.outside")."""
    states = lock_all(connection, city, principal, list(incidents))
    return _spread(connection, city, lang, [state.id for state in states], 0)


def _spread(connection: Connection, city: City, lang: str, ids: list[int], left: int) -> JoinPreview:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    statement = SPREAD.format(metric=city.metric_srid, lang=lang)
    row = connection.execute(text(statement), {"region": city.region, "ids": ids}).one()
    return JoinPreview(len(ids), left, row.metres, rule_of(connection, row.category).radius_m, row.districts)
