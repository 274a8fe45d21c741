"""Categories, performers, managers, operators: reference tables, found again by their key; an id is given
once and never changes."""

from __future__ import annotations

from sqlalchemy import Connection, text

from geo.loading.order import older
from geo.loading.staging import Batch, Written, execute
from geo.loading.upsert import Upsert


def new_id(table: str) -> str:
    """The id of the row that is stored, else a new one; two loads at once never draw the same."""
    return f"coalesce((select k.id from {table} k where k.key = s.key), nextval('{table}_id_seq'))"


MANAGERS = Upsert(
    "manager",
    "row_number serial, key text, name text, post_kk text, post_ru text, post_en text",
    ("key",),
    {
        "id": new_id("manager"),
        "key": "s.key",
        "name": "s.name",
        "post_kk": "s.post_kk",
        "post_ru": "s.post_ru",
        "post_en": "s.post_en",
    },
    only_new=("id",),
    layer="managers",
)
PERFORMERS = Upsert(
    "performer",
    "row_number serial, key text, type text, name_kk text, name_ru text, name_en text, manager_id bigint",
    ("key",),
    {
        "id": new_id("performer"),
        "key": "s.key",
        "type": "s.type",
        "name_kk": "s.name_kk",
        "name_ru": "s.name_ru",
        "name_en": "s.name_en",
        "manager_id": "s.manager_id",
    },
    only_new=("id",),
    layer="performers",
)
OPERATORS = Upsert(
    "operator",
    "row_number serial, key text, name text, team text, account text, is_head boolean",
    ("region", "key"),
    {
        "region": ":region",
        "key": "s.key",
        "name": "s.name",
        "team": "s.team",
        "account": "s.account",
        "is_head": "s.is_head",
    },
    layer="operators",
)
CATEGORIES = Upsert(
    "category",
    """row_number serial, key text, parent text, kind text, name_kk text, name_ru text, name_en text,
    due_hours float8, calendar text, performer_id bigint, duplicate_radius_m float8,
    duplicate_window_h float8""",
    ("key",),
    {
        "id": new_id("category"),
        "key": "s.key",
        "kind": "s.kind",
        "name_kk": "s.name_kk",
        "name_ru": "s.name_ru",
        "name_en": "s.name_en",
        "due_hours": "s.due_hours",
        "calendar": "s.calendar",
        "performer_id": "s.performer_id",
        "duplicate_radius_m": "s.duplicate_radius_m",
        "duplicate_window_h": "s.duplicate_window_h",
    },
    only_new=("id",),
    layer="categories",
)
PARENTS = f"""update category c set parent_id = p.id from category_stage s left join category p
    on p.key = s.parent
    where c.key = s.key and not {older("c")} and c.parent_id is distinct from p.id returning c.key"""
CHANGED_KEYS = (
    "select key from category_stage s where exists (select from category c where c.key = s.key and "
    "c.xmin = pg_current_xact_id()::xid)"
)


def load_categories(connection: Connection, batch: Batch) -> Written:
    """Rows first, their parents by key after: a child may stand before its parent in the file."""
    cursor = CATEGORIES.stage(connection, batch)
    CATEGORIES.merge(connection, cursor, batch)
    execute(cursor, PARENTS, batch)
    cursor.execute(CHANGED_KEYS)
    written = cursor.rowcount
    return Written(written, batch.rows - written)


def add_category(connection: Connection, kind: str, key: str, name: str) -> int:
    """Add a category under a source's own word, in the caller's transaction; returns its id. An existing
    key keeps what it has."""
    return connection.execute(
        text("""insert into category as c (id, key, kind, name_kk, name_ru, name_en)
            values (nextval('category_id_seq'), :key, :kind, :name, :name, :name)
            on conflict (key) do update set key = c.key returning id"""),
        {"key": key, "kind": kind, "name": name},
    ).scalar_one()
