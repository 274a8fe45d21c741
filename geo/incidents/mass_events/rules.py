"""Radius, window and least number of each category. Its feed says within how many metres and hours two
incidents of it are duplicates; what the owner sets for mass events stands over that."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import InvalidInput, NotFound

LEAST = 3
"""Incidents of a category whose owner set nothing."""
LARGEST_RADIUS_M, LONGEST_WINDOW_H, LARGEST_LEAST = 5000.0, 168.0, 1000
RULE = f"""coalesce(r.radius_m, c.duplicate_radius_m) as radius_m,
    coalesce(r.window_h, c.duplicate_window_h) as window_h, coalesce(r.least, {LEAST}) as least"""
"""SQL over a category `c` and, left joined, its `mass_rule r`."""
OF_CATEGORY = text(f"""
    select c.key, {RULE}, r.set_by from category c left join mass_rule r on r.category_id = c.id
    where c.id = :category""")
EVERY = text(f"""
    select c.key, {RULE}, r.set_by from category c left join mass_rule r on r.category_id = c.id
    order by c.key""")
SET = text("""
    insert into mass_rule (category_id, radius_m, window_h, least, set_by)
    select id, :radius_m, :window_h, :least, :who from category where key = :key
    on conflict (category_id) do update set radius_m = excluded.radius_m, window_h = excluded.window_h,
        least = excluded.least, set_by = excluded.set_by, set_at = now()""")
CLEAR = text("delete from mass_rule where category_id = (select id from category where key = :key)")


@dataclass(frozen=True)
class CategoryRule:
    """`set_by` none: as its feed says."""

    key: str
    radius_m: float
    window_h: float
    least: int
    set_by: str | None


def rule_of(connection: Connection, category: int) -> CategoryRule:
    return CategoryRule(**connection.execute(OF_CATEGORY, {"category": category}).mappings().one())


def read_rules(connection: Connection) -> list[CategoryRule]:
    """The rules of all categories, by key."""
    return [CategoryRule(**row) for row in connection.execute(EVERY).mappings()]


def set_rule(
    connection: Connection, key: str, radius_m: float, window_h: float, least: int, who: str
) -> None:
    """Raises `NotFound` ("mass.category_unknown"), `InvalidInput` ("mass.rule")."""
    bounds = (radius_m, LARGEST_RADIUS_M), (window_h, LONGEST_WINDOW_H), (least - 1, LARGEST_LEAST - 1)
    if not all(0 < value <= most for value, most in bounds):
        raise InvalidInput(
            "mass.rule", metres=LARGEST_RADIUS_M, hours=LONGEST_WINDOW_H, least=2, most=LARGEST_LEAST
        )
    values = {"radius_m": radius_m, "window_h": window_h, "least": least}
    if not connection.execute(SET, {"key": key, "who": who, **values}).rowcount:
        raise NotFound("mass.category_unknown", key=key)
    record_audit(connection, who, "mass.rule", category=key, **values)


def clear_rule(connection: Connection, key: str, who: str) -> None:
    """The category goes by its feed again. Raises `NotFound` ("mass.category_unknown") where nothing was
    set."""
    if not connection.execute(CLEAR, {"key": key}).rowcount:
        raise NotFound("mass.category_unknown", key=key)
    record_audit(connection, who, "mass.rule_cleared", category=key)
