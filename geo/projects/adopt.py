"""A file of the project office becomes what pages, map and statistics show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import Conflict
from geo.projects.file import PlannedProject, ReadFile, milestones_of
from geo.settings import City
from geo.statistics.counting import midnight

LOCK = 8109_55
KEEP = text("""insert into project_file (region, body, digest, adopted_by) values (:region, :body, :digest,
:who)
    returning id""")
NEWEST = text("select digest from project_file where region = :region order by id desc limit 1")
GONE = text("""select key from project where region = :region and not key = any(:keys)
    union all
    select project || '/' || key from project_milestone where region = :region and project = any(:keys)
        and not (project || '/' || key) = any(:milestones)
    order by 1""")
FORGET = text("delete from project where region = :region and not key = any(:keys)")
FORGET_MILESTONES = text("""delete from project_milestone m where m.region = :region
    and not (m.project || '/' || m.key) = any(:keys)""")
PROJECT = text("""insert into project (region, key, name_kk, name_ru, name_en, owner, point_4326, point_3857)
    values (:region, :key, :kk, :ru, :en, :owner, st_point(:lon, :lat, 4326),
        st_transform(st_point(:lon, :lat, 4326), 3857))
    on conflict (region, key) do update set name_kk = excluded.name_kk, name_ru = excluded.name_ru,
        name_en = excluded.name_en, owner = excluded.owner, point_4326 = excluded.point_4326,
        point_3857 = excluded.point_3857""")
MILESTONE = text("""insert into project_milestone as m (region, project, key, name_kk, name_ru, name_en,
        planned_on, planned_at, due_at, done_on, reason)
    values (:region, :project, :key, :kk, :ru, :en, :planned_on, :planned_at, :due_at, :done_on, :reason)
    on conflict (region, project, key) do update set name_kk = excluded.name_kk, name_ru = excluded.name_ru,
        name_en = excluded.name_en, planned_on = excluded.planned_on, planned_at = excluded.planned_at,
        due_at = excluded.due_at, done_on = excluded.done_on, reason = excluded.reason, version = m.version +
        1
    where (m.planned_on, m.done_on, m.reason, m.name_kk, m.name_ru, m.name_en) is distinct from
        (excluded.planned_on, excluded.done_on, excluded.reason, excluded.name_kk, excluded.name_ru,
        excluded.name_en)""")


def adopt(connection: Connection, city: City, read: ReadFile, who: str) -> int:
    """Show what a file without mistakes says, and keep it; its number. What it no longer names goes. Raises
    `Conflict` ("projects.same") for the file that is shown already."""
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    digest = sha256(read.text.encode()).hexdigest()
    if connection.execute(NEWEST, {"region": city.region}).scalar() == digest:
        raise Conflict("projects.same")
    number = connection.execute(
        KEEP, {"region": city.region, "body": read.text, "digest": digest, "who": who}
    ).scalar_one()
    _write(connection, city, read.projects)
    record_audit(connection, who, "projects.adopted", number=number, digest=digest, count=len(read.projects))
    return number


def gone(connection: Connection, city: City, read: ReadFile) -> list[str]:
    """What is shown now and would go with this file: keys of projects, and of milestones of others
    ("bridge/piers")."""
    bound = {
        "region": city.region,
        "keys": [project.key for project in read.projects],
        "milestones": _names(read.projects),
    }
    return list(connection.execute(GONE, bound).scalars())


def owners(connection: Connection) -> list[str]:
    """The keys of the managers."""
    return list(connection.execute(text("select key from manager order by key")).scalars())


def _names(projects: Sequence[PlannedProject]) -> list[str]:
    return [f"{project.key}/{milestone.key}" for project, milestone in milestones_of(projects)]


def _write(connection: Connection, city: City, projects: Sequence[PlannedProject]) -> None:
    pairs = list(milestones_of(projects))
    connection.execute(FORGET_MILESTONES, {"region": city.region, "keys": _names(projects)})
    connection.execute(FORGET, {"region": city.region, "keys": [project.key for project in projects]})
    for project in projects:
        kk, ru, en = project.names
        row = {"key": project.key, "kk": kk, "ru": ru, "en": en, "owner": project.owner}
        at = {"lon": project.lon, "lat": project.lat}
        connection.execute(PROJECT, {"region": city.region, **row, **at})
    for project, milestone in pairs:
        kk, ru, en = milestone.names
        connection.execute(
            MILESTONE,
            {
                "region": city.region,
                "project": project.key,
                "key": milestone.key,
                "kk": kk,
                "ru": ru,
                "en": en,
                "planned_on": milestone.planned,
                "planned_at": midnight(city, milestone.planned),
                "due_at": midnight(city, milestone.planned + timedelta(1)),
                "done_on": milestone.done,
                "reason": milestone.reason,
            },
        )
