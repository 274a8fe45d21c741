"""Whether the tables of the audit are what they must be, before anything is read from them: whoever owns the
database could put a view, a rule or a row-level policy in their place and show each reader something else.

What is asked here is asked of the system catalogue, in which its owner, who is no superuser, writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from geo.audit.chain import AuditChain, AuditSeal
from geo.audit.heads import AuditStatement
from geo.audit.records import Audit
from geo.base import Base

TABLES: tuple[type[Base], ...] = (Audit, AuditSeal, AuditChain, AuditStatement)
NAMES = [table.__tablename__ for table in TABLES]
CLOSE = text("set local search_path = pg_catalog, pg_temp")
"""From here on a name is the system's own, or says its schema."""
EVERYTHING = text("set local row_security = off")
"""A policy that would hide a row is an error instead."""
RELATIONS = text("""
    select c.relname as name, c.relkind = 'r' and c.relpersistence = 'p' as is_table,
        c.relrowsecurity or c.relforcerowsecurity or exists (
            select from pg_policy p where p.polrelid = c.oid) as policy,
        c.relhasrules as rule,
        c.relhassubclass or exists (select from pg_inherits i where c.oid in (i.inhrelid, i.inhparent))
            as inheritance,
        exists (select from pg_trigger t where t.tgrelid = c.oid) as has_trigger,
        (select array_agg(t.attname::text order by t.attnum) from pg_attribute t
            where t.attrelid = c.oid and t.attnum > 0 and not t.attisdropped) as columns,
        (select array_agg(k.conname::text) from pg_constraint k
            where k.conrelid = c.oid and k.contype in ('p', 'u', 'c') and k.convalidated) as constraints
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any(:names)""")
DEFAULTS = text("""
    select t.attname as name, pg_get_expr(d.adbin, d.adrelid) as value from pg_attrdef d
    join pg_attribute t on t.attrelid = d.adrelid and t.attnum = d.adnum
    where d.adrelid = 'public.audit'::regclass""")
OWN = {
    "at": "now()",
    "transaction": "((pg_current_xact_id())::text)::bigint",
    "written_by": "SESSION_USER",
}
"""What the database fills of a row of the audit, as its catalogue writes it."""
SETTINGS = text("""
    select coalesce(r.rolname, '*') as role, split_part(c.line, '=', 1) as name
    from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) as c (line)
    where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and (s.setrole = 0 or starts_with(r.rolname, :prefix)
            or r.rolname in (session_user, current_user))
        and split_part(c.line, '=', 1) = any(:names)""")
MISLEADING = [
    *("search_path", "row_security", "session_replication_role", "role", "session_authorization"),
    *("local_preload_libraries", "session_preload_libraries", "dynamic_library_path"),
]
"""Settings that decide which object a name means, or who asks. None of ours are among them."""


def close(connection: Connection) -> None:
    """For the rest of the transaction names mean the system's own objects."""
    connection.execute(CLOSE)
    connection.execute(EVERYTHING)


def wrong(connection: Connection) -> Iterator[tuple[str, str]]:
    """The object, and what is wrong with it: a code. `connection` is closed (`close`)."""
    found = {row.name: row for row in connection.execute(RELATIONS, {"names": NAMES})}
    for table in TABLES:
        row = found.get(table.__tablename__)
        if row is None or not row.is_table:
            yield table.__tablename__, "no_table"
            continue
        for code in ("policy", "rule", "inheritance", "has_trigger"):
            if getattr(row, code):
                yield row.name, code
        if set(row.columns or ()) != {column.name for column in table.__table__.columns}:
            yield row.name, "columns"
        missing = _constraints(table.__tablename__) - set(row.constraints or ())
        if missing:
            yield row.name, "constraints"
    if "audit" in found and found["audit"].is_table:
        yield from _defaults(connection)
    for setting in connection.execute(SETTINGS, {"names": MISLEADING, "prefix": "ikomek_"}):
        yield f"{setting.role}: {setting.name}", "setting"
    yield from _rights(connection)


def _constraints(table: str) -> set[str]:
    return {str(one.name) for one in Base.metadata.tables[table].constraints if one.name}


def _defaults(connection: Connection) -> Iterator[tuple[str, str]]:
    held = {row.name: row.value for row in connection.execute(DEFAULTS)}
    for column, value in OWN.items():
        if held.get(column) != value:
            yield f"audit.{column}", "default"


RIGHTS = text("""
    with ours as (select c.oid, c.relname as name, c.relowner, c.relacl from pg_class c
        where c.relnamespace = 'public'::regnamespace and c.relname = any(:names)),
    found as (
        select o.name, '' as col, a.privilege_type as what, a.grantee, o.relowner
        from ours o, aclexplode(o.relacl) a
        union all
        select o.name, t.attname, a.privilege_type, a.grantee, o.relowner
        from ours o join pg_attribute t on t.attrelid = o.oid, aclexplode(t.attacl) a)
    select f.name, f.col, lower(f.what) as what, coalesce(r.rolname, 'public') as role
    from found f left join pg_roles r on r.oid = f.grantee
    where f.grantee <> f.relowner and (f.what in ('UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER')
            or f.name = 'audit' and f.what = 'INSERT'
                and f.col in ('', 'id', 'at', 'transaction', 'written_by'))
        and (f.name, f.col, f.what, r.rolname)
            is distinct from ('audit_chain', 'settled', 'UPDATE', 'ikomek_sealer')""")
"""What nobody but the owner may do to these tables."""


def _rights(connection: Connection) -> Iterator[tuple[str, str]]:
    for row in connection.execute(RIGHTS, {"names": NAMES}):
        yield f"{row.role}: {row.what} {row.name}.{row.col}".rstrip("."), "right"
