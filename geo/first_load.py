"""What a database holds when we start: nothing, a demo city cut short while it was loaded, or data.

The demo city is loaded in many transactions; `begin` and `finish` bracket them, so that a load killed in between is seen and done anew. It is
begun only in an empty database, so `erase` destroys nothing but itself.
"""
from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, Engine, text

from geo.errors import Conflict

KEY = "demo_load"
Content = Literal["empty", "cut_short", "data"]


def content(connection: Connection) -> Content:
    """What is there, by the mark and by a look into the tables that any use fills."""
    mark = connection.scalar(text("select value #>> '{}' from setting where key = :key"), {"key": KEY})
    if mark == "begun":
        return "cut_short"
    filled = connection.scalar(text(
        "select exists (select from run) or exists (select from building) or exists (select from incident) or exists (select from inquiry)"
        " or exists (select from district)"))
    return "data" if filled or mark == "finished" else "empty"


def begin(engine: Engine) -> None:
    """Mark that the demo city is being loaded; durable before the first row. Raises `Conflict` if the database is not empty."""
    with engine.begin() as connection:
        if content(connection) != "empty":
            raise Conflict("demo.not_empty")
        _mark(connection, "begun")


def finish(engine: Engine) -> None:
    """Mark that it is whole."""
    with engine.begin() as connection:
        _mark(connection, "finished")


def is_demo(connection: Connection) -> bool:
    """Whether this database holds the demo city."""
    return connection.scalar(text("select value #>> '{}' from setting where key = :key"), {"key": KEY}) == "finished"


def erase(engine: Engine) -> None:
    """Drop every table of ours, so that the migrations make them anew. Raises `Conflict` unless a demo load was cut short."""
    with engine.begin() as connection:
        if content(connection) != "cut_short":
            raise Conflict("demo.not_cut_short")
        connection.execute(text(DROP_OURS))


DROP_OURS = """
do $$
declare statement text;
begin
  drop schema if exists personal cascade;
  for statement in
    select format('drop %s if exists %s cascade', case c.relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end, c.oid::regclass)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'S', 'v')
      and not c.relispartition
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('e', 'i'))
    order by c.relkind <> 'v'
  loop
    execute statement;
  end loop;
  for statement in
    select format('drop function if exists %s cascade', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  loop
    execute statement;
  end loop;
end $$
"""
"""What an extension (PostGIS) owns stays; so do the roles."""


def _mark(connection: Connection, mark: str) -> None:
    connection.execute(
        text("insert into setting (key, value) values (:key, to_jsonb(cast(:mark as text))) on conflict (key) do update set value = excluded.value"),
        {"key": KEY, "mark": mark})
