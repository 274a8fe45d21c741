"""Who may do what in the database, as `rights.toml` says: granted at the end of every migration, and whatever
else is found is taken back.

The roles belong to the whole server, so they are made here too, where they are missing: login roles on the
private cluster; elsewhere the one given login is made a member of each and does `SET ROLE`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, text

FILE = Path(__file__).with_name("rights.toml")
PREFIX = "ikomek_"
SCHEMAS = ("public", "personal", "voters")
"""Where tables and functions of ours are."""
RIGHT = re.compile(r"(select|insert|update|delete)(?: \(([a-z_0-9, ]+)\))?")


class Right(NamedTuple):
    """`role` without its prefix; "public" is everybody. `kind`: table, column, sequence, function, schema or
    database; `column` is empty unless `kind` is column."""

    role: str
    kind: str
    thing: str
    what: str
    column: str = ""


FOUND = text("""
    with ours as (
        select c.oid, c.relkind, c.relowner, c.relacl,
            case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any(:schemas) and not exists (select from pg_depend d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    ), found as (
        select case when o.relkind = 'S' then 'sequence' else 'table' end as kind, o.name as thing,
            a.privilege_type as what, '' as col, a.grantee, o.relowner as owner
        from ours o, aclexplode(o.relacl) a
        union all
        select 'column', o.name, a.privilege_type, t.attname, a.grantee, o.relowner
        from ours o join pg_attribute t on t.attrelid = o.oid and not t.attisdropped, aclexplode(t.attacl) a
        union all
        select 'function', p.oid::regprocedure::text, a.privilege_type, '', a.grantee, p.proowner
        from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
        where p.pronamespace::regnamespace::text = any(:schemas) and not exists (select from pg_depend d
            where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
        union all
        select 'schema', n.nspname, a.privilege_type, '', a.grantee, n.nspowner
        from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
        where n.nspname = any(:schemas)
        union all
        select 'database', d.datname, a.privilege_type, '', a.grantee, d.datdba
        from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
        where d.datname = current_database() and a.privilege_type <> 'CONNECT'
    )
    select coalesce(r.rolname, 'public') as role, f.kind, f.thing, lower(f.what) as what, f.col
    from found f left join pg_roles r on r.oid = f.grantee
    where f.grantee <> f.owner and (f.grantee = 0 or starts_with(r.rolname, :prefix))""")
"""The rights of our roles and of everybody on our objects, the owner's aside; nothing of extensions."""
DATABASE = text("select current_database()")
MAKE_ROLE = """do $$ begin
    begin
      if not exists (select from pg_roles where rolname = '{role}') then create role {role} login; end if;
    exception when duplicate_object or unique_violation then null;  -- made for another database meanwhile
    end;
    -- From PostgreSQL 16 on who makes a role is a member of it who may not yet act as it.
    if not exists (select from pg_auth_members m where m.roleid = '{role}'::regrole
        and m.member = current_user::regrole and coalesce(to_jsonb(m) ->> 'set_option', 'true') = 'true')
      then execute format('grant {role} to %I', current_user); end if;
    end $$"""


def stated(database: str) -> frozenset[Right]:
    """Everything that the table grants, in a database of this name. Raises `ValueError` for a line
    that cannot be read, or a role that is none."""
    declared = tomllib.loads(FILE.read_text(encoding="utf-8"))
    rights = set()
    for table, lines in declared["tables"].items():
        for role, line in lines.items():
            rights |= set(_of_line(role, table, line))
    for sequence, roles in declared["sequences"].items():
        rights |= {Right(role, "sequence", sequence, "usage") for role in roles}
    for function, roles in declared["functions"].items():
        rights |= {Right(role, "function", function.replace(", ", ","), "execute") for role in roles}
    rights |= {Right(right.role, "schema", schema_of(right.thing), "usage") for right in rights}
    rights |= {Right("public", "schema", "public", "usage")}  # for what extensions bring
    rights |= {Right(role, "database", database, "temporary") for role in declared["database"]["temporary"]}
    unknown = {right.role for right in rights} - {*declared["roles"], "public"}
    if unknown:
        raise ValueError(f"{FILE.name} has no such roles: {', '.join(sorted(unknown))}")
    return frozenset(rights)


def tables() -> frozenset[str]:
    """Every table that has its place in the file."""
    return frozenset(tomllib.loads(FILE.read_text(encoding="utf-8"))["tables"])


def roles() -> dict[str, dict[str, str]]:
    """Role without its prefix -> the settings that its sessions begin with."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))["roles"]


def schema_of(thing: str) -> str:
    """The schema of a table, a sequence or a function (whose arguments may name types with points)."""
    schema, point, _ = thing.partition("(")[0].partition(".")
    return schema if point else "public"


def _of_line(role: str, table: str, line: str) -> Iterator[Right]:
    rest = line
    while rest:
        match = RIGHT.match(rest)
        if match is None or rest[match.end() :][:2] not in ("", ", "):
            raise ValueError(f"{FILE.name}, {table}, {role}: cannot read '{line}'")
        what, columns = match.groups()
        if columns is None:
            yield Right(role, "table", table, what)
        for column in columns.split(", ") if columns else ():
            yield Right(role, "column", table, what, column)
        rest = rest[match.end() + 2 :]


def found(connection: Connection) -> frozenset[Right]:
    """The rights granted in this database now, partitions included."""
    rows = connection.execute(FOUND, {"prefix": PREFIX, "schemas": list(SCHEMAS)})
    return frozenset(
        Right(row.role.removeprefix(PREFIX), row.kind, row.thing, row.what, row.col) for row in rows
    )


def apply(connection: Connection) -> None:
    """Make the roles that are missing, and grant and revoke until what is found is what is stated.
    `connection` is the owner's, in the transaction of the migration."""
    held = dict(
        connection.execute(
            text(
                "select rolname, coalesce(rolconfig, '{}') from pg_roles where starts_with(rolname, :prefix)"
            ),
            {"prefix": PREFIX},
        ).all()
    )
    for role, settings in roles().items():
        connection.execute(text(MAKE_ROLE.format(role=PREFIX + role)))
        for key, value in settings.items():
            if f"{key}={value}" not in held.get(PREFIX + role, ()):
                connection.execute(text(f"alter role {PREFIX}{role} set {key} = {value}"))
    wanted, is_now = stated(connection.scalar(DATABASE)), found(connection)
    for right in sorted(is_now - wanted):
        connection.execute(text(_statement(connection, "revoke", right, "from")))
    for right in sorted(wanted - is_now):
        connection.execute(text(_statement(connection, "grant", right, "to")))


def _statement(connection: Connection, verb: str, right: Right, towards: str) -> str:
    quote = connection.dialect.identifier_preparer.quote
    role = right.role if right.role == "public" else PREFIX + right.role
    what = f"{right.what} ({quote(right.column)})" if right.column else right.what
    kind = "table" if right.kind == "column" else right.kind
    thing = right.thing if kind == "function" else ".".join(map(quote, right.thing.split(".")))
    return f"{verb} {what} on {kind} {thing} {towards} {role}"
