"""The product's database in the private server: its roles, PostGIS, and an owner who is no superuser.

Only the superuser can make these, and nothing of the application signs in as it. So every `up` has it do what
is missing, before anything else: the roles that `geo/migrations/rights.toml` names, the empty database that
others are copied from (PostGIS comes with it), and the database itself. A server whose superuser was the
owner, as in earlier versions, is brought to this.
"""

from __future__ import annotations

import subprocess
import time
import tomllib
from pathlib import Path

from dashboard.machine.accounts import DATABASE, ROLES, run_as
from dashboard.machine.cluster import NAME, SUPERUSER, Cluster
from dashboard.machine.errors import MachineError
from dashboard.machine.programs import program, program_environment

RIGHTS = Path(__file__).parents[2] / "geo/migrations/rights.toml"
EMPTY = "ikomek_empty"
"""The name that `geo.recovery.backup` uses."""
OWNER = "ikomek_owner"
FORMER = "ikomek_bootstrap"
"""The new name of the owner of an earlier version: the server's first role stays its superuser."""

OWN_SUPERUSER = f"create role {SUPERUSER} superuser login"
RENAME = f"""select 'alter role {OWNER} rename to {FORMER}' from pg_roles
    where rolname = '{OWNER}' and oid = 10 \\gexec
select 'alter role {FORMER} nologin' from pg_roles where rolname = '{FORMER}' and rolcanlogin \\gexec"""
ROLE = """select 'create role ikomek_{role} login' where not exists
    (select from pg_roles where rolname = 'ikomek_{role}') \\gexec"""
CONFINE = f"alter role {OWNER} nosuperuser nocreaterole createdb"
MAY_END_SESSIONS = f"grant pg_signal_backend to {OWNER}"
"""A restored copy takes the database's place once nobody is connected to either."""
MEMBER = f"grant ikomek_{{role}} to {OWNER} with admin option"
SET = "alter role ikomek_{role} set {key} = {value}"
CREATE = f"""select 'create database "{{name}}" owner {OWNER} template {{template}}'
    where not exists (select from pg_database where datname = '{{name}}') \\gexec"""
POSTGIS = f"""create extension if not exists postgis;
grant insert on spatial_ref_sys to {OWNER};"""
"""A dump holds the rows of this table that PostGIS did not bring."""
HAND_DATABASES_OVER = f"""select format('alter database %I owner to {OWNER}', datname) from pg_database
    where pg_get_userbyid(datdba) = '{FORMER}' and not datistemplate and datname <> 'postgres' \\gexec"""
HAND_OVER = f"""
with ours as (select oid, nspname from pg_namespace
    where nspname !~ '^pg_' and nspname <> 'information_schema'),
former as (select oid from pg_roles where rolname = '{FORMER}'),
bound as (select classid, objid, deptype from pg_depend)
select format('alter %s %s owner to {OWNER}', what, thing) from (
    select case relkind when 'S' then 'sequence' when 'v' then 'view' when 'm' then 'materialized view'
        else 'table' end as what, c.oid::regclass::text as thing, 'pg_class'::regclass as classid, c.oid,
        relowner as owner
    from pg_class c join ours on ours.oid = relnamespace where relkind in ('r', 'p', 'v', 'm', 'S')
    union all
    select 'routine', p.oid::regprocedure::text, 'pg_proc'::regclass, p.oid, proowner
    from pg_proc p join ours on ours.oid = pronamespace
    union all
    select 'type', t.oid::regtype::text, 'pg_type'::regclass, t.oid, typowner
    from pg_type t join ours on ours.oid = typnamespace where typtype in ('e', 'd', 'r')
    union all
    select 'statistics', format('%I.%I', nspname, stxname), 'pg_statistic_ext'::regclass, s.oid, stxowner
    from pg_statistic_ext s join ours on ours.oid = stxnamespace
    union all
    select 'schema', format('%I', nspname), 'pg_namespace'::regclass, n.oid, nspowner
    from pg_namespace n join ours using (oid, nspname)
) found where owner in (select oid from former)
    and not exists (select from bound b where b.classid = found.classid and b.objid = found.oid
        and (b.deptype = 'e' or found.what = 'sequence' and b.deptype in ('a', 'i'))) \\gexec"""
"""Everything of ours that the former owner owns. What belongs to an extension stays, a sequence
of a column goes with its table."""


ARCHIVE = """do $$ begin perform pg_current_xact_id(); end $$;
select pg_walfile_name(pg_switch_wal());"""
"""The first is a commit of its own."""
ARCHIVED = """select coalesce(last_archived_wal, '') >= '{piece}' from pg_stat_archiver;"""
ARCHIVED_WITHIN_S = 120.0


def ensure_database(cluster: Cluster, name: str = NAME) -> None:
    """Bring a running server to what the application stands on. Raises `MachineError`."""
    if not _superuser_exists(cluster):
        _sql(cluster, OWN_SUPERUSER, "give the server a superuser of its own", user=OWNER)
    settings = tomllib.loads(RIGHTS.read_text(encoding="utf-8"))["roles"]
    others = [role for role in ROLES if role != "owner"]
    _sql(
        cluster,
        "\n".join(
            [
                RENAME,
                *(ROLE.format(role=role) for role in ROLES),
                f"{CONFINE};",
                f"{MAY_END_SESSIONS};",
                *(f"{MEMBER.format(role=role)};" for role in others),
                *(
                    f"{SET.format(role=role, key=key, value=value)};"
                    for role, given in settings.items()
                    for key, value in given.items()
                ),
                HAND_DATABASES_OVER,
                CREATE.format(name=EMPTY, template="template0"),
            ]
        ),
        "make the roles of the database",
    )
    _sql(cluster, POSTGIS, "install PostGIS", EMPTY)
    _sql(cluster, CREATE.format(name=name, template=EMPTY), f"create the database {name}")
    _sql(cluster, HAND_OVER, f"give the database {name} to its owner", name)


def read_configuration(cluster: Cluster) -> None:
    """Have a running server read its settings anew."""
    _sql(cluster, "select pg_reload_conf();", "have the server read its settings")


def setting(cluster: Cluster, name: str) -> str:
    """A setting of the running server."""
    return _sql(cluster, f"show {name};", f"read the setting {name}").strip()


def archive_until_now(cluster: Cluster) -> None:
    """Have the server archive its log up to this moment, with a commit after it, so that a restore finds its
    end. Returns once it is archived, and raises `MachineError` where that takes too long."""
    begun = _sql(cluster, ARCHIVE, "close the present piece of the log").strip()
    end = time.monotonic() + ARCHIVED_WITHIN_S
    while time.monotonic() < end:
        archived = _sql(cluster, ARCHIVED.format(piece=begun), "ask what is archived").strip()
        if archived == "t":
            return
        time.sleep(0.2)
    raise MachineError(
        "The log of the database was not archived up to now: './ikomek logs postgres' says why. An "
        "earlier moment can be brought back all the same."
    )


def _superuser_exists(cluster: Cluster) -> bool:
    """Whether the server was made by this version, or brought to it."""
    done = subprocess.run(
        run_as(DATABASE, [*_psql(cluster, "postgres", SUPERUSER), "-c", "select 1"]),
        capture_output=True,
        text=True,
        cwd="/",
        env=program_environment(),
    )
    if done.returncode and f'role "{SUPERUSER}" does not exist' not in done.stderr:
        raise MachineError(
            f"The database does not answer: {done.stderr.strip()}. See './ikomek logs postgres'."
        )
    return done.returncode == 0


def _sql(cluster: Cluster, script: str, what: str, database: str = "postgres", user: str = SUPERUSER) -> str:
    """What the statements give, unaligned."""
    done = subprocess.run(
        run_as(DATABASE, [*_psql(cluster, database, user), "-f", "-"]),
        input=script,
        capture_output=True,
        text=True,
        cwd="/",
        env=program_environment(),
    )
    if done.returncode:
        raise MachineError(
            f"Could not {what}: {done.stderr.strip()}. Correct that and run the command again."
        )
    return done.stdout


def _psql(cluster: Cluster, database: str, user: str) -> list[str | Path]:
    server: list[str | Path] = ["-h", cluster.sockets, "-U", user, "-d", database]
    return [program("psql"), "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", *server]
