"""What a database holds when we start: nothing, a demo city whose loading was cut short, or data.

The demo city is loaded in many transactions into an empty database. The first writes the setting `demo`
{"state": "loading"}, the last "loaded" (`etl.demo`), so a load killed in between is seen, and erasing it
destroys nothing else.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, Engine, text

from geo.errors import Conflict

Content = Literal["empty", "cut_short", "demo", "data"]


def content(connection: Connection) -> Content:
    """The database's content, by the mark of the demo city and by a look into the tables that any use
    fills."""
    state = connection.scalar(text("select value ->> 'state' from setting where key = 'demo'"))
    if state:
        return "cut_short" if state == "loading" else "demo"
    filled = connection.scalar(
        text(
            "select exists (select from run) or exists (select from building) or exists (select "
            "from incident) or exists (select from inquiry)"
            " or exists (select from district)"
        )
    )
    return "data" if filled else "empty"


def need_city(connection: Connection, region: str) -> None:
    """Raises `Conflict` ("city.other") for a database whose runs or rows are another city's: the two would
    never meet, and never be seen together."""
    found = connection.scalars(
        text("select distinct region from feed union select distinct region from run")
    ).all()
    if found and region not in found:
        raise Conflict("city.other", found=", ".join(sorted(found)), asked=region)


def erase(engine: Engine) -> None:
    """Drop every table of ours, so that the migrations make them anew. Raises `Conflict` unless a demo
    load was cut short."""
    with engine.begin() as connection:
        if content(connection) != "cut_short":
            raise Conflict("demo.not_cut_short")
        connection.execute(text(DROP_OURS))


DROP_OURS = """
do $$
declare statement text;
begin
  drop schema if exists personal cascade;
  drop schema if exists voters cascade;
  for statement in
    select format('drop %s if exists %s cascade', case c.relkind when 'S' then 'sequence' when 'v' then 'view'
        else 'table' end, c.oid::regclass)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'S', 'v')
      and not c.relispartition
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
        and (d.deptype = 'e' or c.relkind = 'S' and d.deptype in ('a', 'i')))
    order by c.relkind <> 'v'
  loop
    execute statement;
  end loop;
  for statement in
    select format('drop function if exists %s cascade', p.oid::regprocedure) from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid
          and d.deptype = 'e')
  loop
    execute statement;
  end loop;
end $$
"""
"""Objects of an extension (PostGIS) stay, and so do the roles. Sequences that belong to a column go with its
table."""
