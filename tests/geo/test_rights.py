"""Who may do what in the database: what is granted is what `rights.toml` states, role by role, and what a
process must not do is refused to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.machine import accounts
from dashboard.machine import cluster as machine
from geo import migrations
from geo.database import connect_engine
from geo.migrations import rights
from geo.migrations.models import metadata
from geo.settings import Settings
from tests.conftest import _administer, settings_for

ROLES = tuple(rights.roles())
ON_TABLES = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
OURS = text("""
    select c.relkind, case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'personal', 'voters') and c.relkind in ('r', 'p', 'v', 'm', 'S')
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
        and d.deptype = 'e')""")


@pytest.fixture
def migrated(cluster: machine.Cluster, tmp_path: object) -> Iterator[Engine]:
    """The owner's engine on a database that was migrated itself: a clone has not the rights on itself."""
    _administer(cluster, 'create database "rights" owner ikomek_owner template "template_migrated"')
    engine = connect_engine(settings_for(cluster, "rights", tmp_path), "owner")
    migrations.upgrade(engine)
    yield engine
    engine.dispose()
    _administer(cluster, 'drop database "rights" with (force)')


def test_roles_tables_and_rights_are_those_of_the_table(migrated: Engine) -> None:
    """Asked of PostgreSQL role by role, whatever the way by which a role came to a right."""
    stated = rights.stated("rights")
    with migrated.connect() as connection:
        kinds = {name: kind for kind, name in connection.execute(OURS)}
        tables = [name for name, kind in kinds.items() if kind != "S"]
        held = {
            tuple(row)
            for row in connection.execute(
                text("""select r.role, t.name, w.what from unnest(cast(:roles as text[])) r (role),
                unnest(cast(:tables as text[])) t (name), unnest(cast(:rights as text[])) w (what)
                where has_table_privilege('ikomek_' || r.role, t.name, w.what)"""),
                {"roles": list(ROLES), "tables": tables, "rights": list(ON_TABLES)},
            )
        }
        assert held == {(r.role, r.thing, r.what) for r in stated if r.kind == "table"}
        columns = {
            (role, table, what, column)
            for role, table, column, what in connection.execute(
                text("""
                select r.role, t.name, a.attname, w.what from unnest(cast(:roles as text[])) r (role),
                    unnest(cast(:tables as text[])) t (name), pg_attribute a,
                    unnest(array['select', 'insert', 'update']) w (what)
                where a.attrelid = t.name::regclass and a.attnum > 0 and not a.attisdropped
                  and has_column_privilege('ikomek_' || r.role, a.attrelid, a.attname, w.what)
                  and not has_table_privilege('ikomek_' || r.role, a.attrelid, w.what)"""),
                {"roles": list(ROLES), "tables": tables},
            )
        }
        assert columns == {(r.role, r.thing, r.what, r.column) for r in stated if r.kind == "column"}
        sequences = [name for name, kind in kinds.items() if kind == "S"]
        for what in ("usage", "select", "update"):
            used = {
                (role, name)
                for role, name in product(ROLES, sequences)
                if _holds(connection, "sequence", role, name, what)
            }
            wanted = {(r.role, r.thing) for r in stated if r.kind == "sequence"}
            assert used == (wanted if what == "usage" else set())
        making = {
            (role, what)
            for role, what in product(ROLES, ("create", "temporary"))
            if _holds(connection, "database", role, "rights", what)
        }
        assert making == {(r.role, r.what) for r in stated if r.kind == "database"}
        assert not any(_holds(connection, "schema", role, "public", "create") for role in ROLES)
        reach = {role for role in ROLES if _holds(connection, "schema", role, "personal", "usage")}
        assert reach == {"etl", "jobs"}, "callers' words: one brings them, one erases them"
        reach = {role for role in ROLES if _holds(connection, "schema", role, "voters", "usage")}
        assert reach == {"voters", "lookup"}, "the electoral list"


def _holds(connection: Connection, kind: str, role: str, thing: str, what: str) -> bool:
    return connection.scalar(
        text(f"select has_{kind}_privilege(:role, :thing, :what)"),
        {"role": rights.PREFIX + role, "thing": thing, "what": what},
    )


def test_functions_that_act_as_the_owner_are_for_those_named(migrated: Engine) -> None:
    stated = {(r.role, r.thing) for r in rights.stated("rights") if r.kind == "function"}
    with migrated.connect() as connection:
        functions = connection.execute(
            text("""select p.oid::regprocedure::text as name, p.prosecdef as definer,
                coalesce(array_to_string(p.proconfig, ' '), '') like 'search_path=%' as fixed
            from pg_proc p
            where p.pronamespace::regnamespace::text in ('public', 'voters')
                and not exists (select from pg_depend d
                where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')""")
        ).all()
        may = {
            (role, row.name)
            for role, row in product(ROLES, functions)
            if _holds(connection, "function", role, row.name, "execute")
        }
    assert [row.name for row in functions if row.definer and not row.fixed] == []
    assert may == stated


def test_no_role_is_more_than_a_role(migrated: Engine) -> None:
    """The owner can make databases and be each of the others, and that is all; the superuser is nobody's."""
    with migrated.connect() as connection:
        grand = connection.execute(
            text("""select rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
                array(select roleid::regrole::text from pg_auth_members m where m.member = r.oid) as member
            from pg_roles r where starts_with(rolname, 'ikomek_') and (rolsuper or rolcreaterole
                or rolcreatedb or rolreplication or rolbypassrls
                or exists (select from pg_auth_members m where r.oid in (m.member, m.roleid)
                    and m.member <> 'ikomek_owner'::regrole))""")
        ).all()
        reach = {row.rolname: row for row in grand}
        assert set(reach) == {"ikomek_owner", machine.SUPERUSER}
        owner = reach["ikomek_owner"]
        assert tuple(owner[1:6]) == (False, False, True, False, False)
        assert set(owner.member) == {"pg_signal_backend", *(rights.PREFIX + role for role in ROLES)}
        assert reach[machine.SUPERUSER].member == []


def test_the_machine_knows_every_role() -> None:
    """It maps system users to them before anything of ours can be imported."""
    assert set(accounts.ROLES) == {"owner", *ROLES}


def test_every_table_of_the_models_has_its_place_in_the_table() -> None:
    named = {table.fullname for table in metadata.tables.values()}
    assert rights.tables() - {"alembic_version"} == {name.removeprefix("public.") for name in named}


def test_what_was_granted_beside_the_table_is_taken_back(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text("grant update on user_role to ikomek_web"))
        connection.execute(text("grant delete on audit to public"))
        connection.execute(text("revoke insert on inbox from ikomek_web"))
    migrations.upgrade(migrated)
    with migrated.connect() as connection:
        assert rights.found(connection) == rights.stated("rights")


REFUSED = {
    "web": (
        "update user_role set permissions = '{feed.run}'",
        "update app_user set role = 'administrator'",
        "insert into app_user (name, role) values ('x', 'administrator')",
        "insert into user_session (token_hash, type) values ('x', 'token')",
        "update user_session set expires_at = null",
        "insert into setting (key, value) values ('backup_daily', '{}')",
        "insert into audit (id, who, what) values (1, 'x', 'x')",
        "insert into audit (at, who, what) values ('2020-01-01', 'x', 'x')",
        "insert into change (position, region, noun, version, payload) values (1, '71', 'x', 1, '{}')",
        "update incident set status = 'closed'",
        "select * from alembic_version",
    ),
    "reader": ("select * from app_user", "select * from audit", "select body from inbox"),
    "editor": (
        "update incident set source_status = 'closed'",
        "update incident_event set who = 'x'",
        "delete from incident_action",
        "update incident_action set who = 'x'",
        "select * from app_user",
        "select * from audit",
    ),
    "etl": ("select * from app_user", "select * from audit", "update change set position = 1"),
    "relay": ("select * from incident", "select * from app_user", "insert into audit (who) values ('x')"),
    "jobs": ("select * from app_user", "delete from incident_event", "update user_session set user_id = 1"),
    "owner": (
        "alter role ikomek_owner superuser",
        "alter role ikomek_reader reset all",
        "grant pg_execute_server_program to ikomek_owner",
        "set role ikomek_superuser",
        "select pg_reload_conf()",
        "set session_replication_role = replica",
        "update pg_authid set rolsuper = true",
    ),
    "sealer": ("select * from app_user", "update audit_seal set hash = ''", "delete from audit_seal"),
    "auditor": (
        "select * from app_user",
        "insert into audit (who, what, caller_type) values ('x', 'x', 'x')",
        "insert into audit_seal values (1, 1, '')",
    ),
    "voters": (
        "select parameters from audit",
        "select * from app_user",
        "update building set house = ''",
        "delete from building",
    ),
    "lookup": ("select * from voters.list_version", "select parameters from audit", "select * from building"),
    "accounts": ("update user_role set permissions = '{}'", "select * from incident", "delete from app_user"),
}
TO_EVERY_ROLE = (
    "create role x",
    "alter role ikomek_web superuser",
    "create extension file_fdw",
    "copy (select 1) to program 'true'",
    "copy app_user from '/etc/passwd'",
    "select pg_read_file('postgresql.conf')",
)
TO_ALL = (
    *TO_EVERY_ROLE,
    "update audit set who = 'x'",
    "delete from audit",
    "truncate audit",
    "update audit_seal set position = 0",
    "delete from audit_seal",
    "truncate audit_seal",
    "update audit_statement set body = ''",
    "delete from audit_statement",
    "update audit_chain set epoch = 9",
    "insert into audit_chain default values",
    "insert into user_role (key, permissions) values ('x', '{}')",
    "update alembic_version set version_num = '0001'",
    "grant ikomek_owner to ikomek_web",
    "set role ikomek_owner",
    "alter table incident add column x int",
    "drop table audit",
    "create table x (a int)",
    "create function x() returns int language sql security definer as 'select 1'",
    "alter function set_mode(jsonb) reset all",
)
VOTERS = ("select * from voters.person", "select iin from voters.refusal")
CALLERS = "select * from personal.inquiry_text"
ONLY_THE_SEALER = (
    "insert into audit_seal (position, audit_id, hash) values (1, 1, '')",
    "insert into audit_statement (kind, body, key, signature) values ('restore', '', '', '')",
    "update audit_chain set settled = 9",
    "select audit_forget(1)",
)


@pytest.mark.parametrize("role", ("owner", *ROLES))
def test_what_a_role_must_not_do_is_refused(settings: Settings, role: str) -> None:
    engine = connect_engine(settings, role, pool_size=1)
    done = []
    everybodys = TO_EVERY_ROLE if role == "owner" else TO_ALL
    theirs = (
        *(() if role in ("owner", "etl") else (CALLERS,)),
        *(() if role in ("owner", "voters") else VOTERS),
        *(() if role in ("owner", "sealer") else ONLY_THE_SEALER),
    )
    for statement in (*everybodys, *REFUSED[role], *theirs):
        with engine.connect() as connection:
            if rights.roles().get(role):
                connection.execute(text("set transaction read write"))  # so that rights refuse, not the mode
            try:
                connection.execute(text(statement))
                done.append(statement)
            except DBAPIError as error:
                assert getattr(error.orig, "pgcode", None) == "42501", f"{statement}: {error.orig}"
    engine.dispose()
    assert done == []


def test_the_web_server_opens_a_persons_session_of_a_week_and_revives_none(
    web: Engine, connection: Connection
) -> None:
    connection.execute(text("insert into app_user (name, role) values ('anna', 'duty')"))
    connection.commit()
    anna = connection.scalar(text("select id from app_user where name = 'anna'"))
    with web.begin() as session:
        session.execute(text("select open_session('h', :id, 'password', '{}')"), {"id": anna})
        session.execute(text("update user_session set revoked_at = now() where token_hash = 'h'"))
    held = connection.execute(
        text("select type, expires_at - created_at = interval '7 days' as week from user_session")
    ).all()
    assert held == [("person", True)]
    with web.connect() as session, pytest.raises(DBAPIError, match="stays ended"):
        session.execute(text("update user_session set revoked_at = null"))
    with web.connect() as session, pytest.raises(DBAPIError, match="no such user"):
        session.execute(text("select open_session('g', 0, 'password', '{}')"))
    assert connection.scalar(text("select parameters ->> 'way' from audit where who = 'anna'")) == "password"


def test_the_web_server_opens_no_session_by_a_link_that_nobody_used(
    web: Engine, connection: Connection
) -> None:
    """Nor says of one that it was opened otherwise, nor opens it in silence."""
    connection.execute(text("insert into app_user (name, role) values ('anna', 'duty')"))
    connection.commit()
    anna = connection.scalar(text("select id from app_user where name = 'anna'"))
    opens = "select open_session('l', :id, :way, '{}')"
    for way in ("link", "nothing", None):
        with web.connect() as session, pytest.raises(DBAPIError, match=r"no link was used|no such way"):
            session.execute(text(opens), {"id": anna, "way": way})
    with web.connect() as session, pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update user_session set way = 'link'"))
    with web.connect() as session, pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update user_session set created_at = now()"))
