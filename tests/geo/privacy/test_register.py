"""The register of personal data: every column of the database is in it or is said to hold none, and what it
says of each kind is true."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from geo.audit.acts import ACTS
from geo.migrations import rights
from geo.privacy.register import (
    REASONS,
    PersonalData,
    kept_days,
    kept_months,
    other_columns,
    read_register,
    readers,
    terms,
)
from geo.settings import Settings
from geo.work import retention

COLUMNS = text("""
    select case n.nspname when 'public' then '' else n.nspname || '.' end || c.relname as name, a.attname
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg_%'
        and c.relkind in ('r', 'p') and not c.relispartition
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
            and d.deptype = 'e')""")


def unclassified(connection: Connection) -> set[tuple[str, str]]:
    there = {tuple(row) for row in connection.execute(COLUMNS)}
    return there - other_columns() - {field for data in read_register() for field in data.fields}


def by_key(key: str) -> PersonalData:
    return next(data for data in read_register() if data.key == key)


def test_every_column_is_classified(connection: Connection) -> None:
    assert unclassified(connection) == set()
    there = {tuple(row) for row in connection.execute(COLUMNS)}
    named = {field for data in read_register() for field in data.fields}
    assert not (named | other_columns()) - there, "columns that are gone"
    assert not named & other_columns(), "in the register, and said to hold nothing"
    assert len(there) > 1_000


def test_a_column_and_a_table_that_nobody_classified_are_noticed(owner: Engine) -> None:
    with owner.connect() as connection:
        connection.execute(text("alter table incident add column caller text"))
        connection.execute(text("create table personal.visitor (name text)"))
        assert unclassified(connection) == {("incident", "caller"), ("personal.visitor", "name")}


def test_a_column_is_in_one_kind_alone() -> None:
    fields = [field for data in read_register() for field in data.fields]
    assert sorted({field for field in fields if fields.count(field) > 1}) == []


def test_every_entry_says_where_why_how_long_and_who(settings: Settings, connection: Connection) -> None:
    roles = connection.scalars(text("select unnest(permissions) from user_role"))
    known = set(roles)
    for data in read_register():
        assert data.columns and data.kept, data.key
        assert set(data.opened_by) <= known, f"{data.key}: {set(data.opened_by) - known}"
        assert set(data.acts) <= ACTS.keys(), data.key
        assert set(readers(data)) <= rights.roles().keys(), data.key
    assert readers(by_key("callers")) == ["etl"]
    assert readers(by_key("voters")) == ["voters"]


def test_every_term_is_one_that_something_keeps(settings: Settings) -> None:
    rules = terms(settings.city).keys()
    for data in read_register():
        assert set(data.kept) <= rules | REASONS, data.key
    used = {reason for data in read_register() for reason in data.kept} & REASONS
    assert used == REASONS, "a reason that nothing gives"
    shorter = replace(settings.city, retention={"inbox_bodies": 3, "failed_bodies": 9})
    assert kept_days(by_key("pushed"), shorter) == 9, "the last of them"
    assert kept_days(by_key("accounts"), settings.city) is None
    assert kept_days(by_key("voters_lines"), settings.city) is None, "decisions outlive the list"
    assert kept_months(by_key("changes")) == 3 and kept_months(by_key("callers")) is None


@pytest.fixture
def callers(connection: Connection) -> Connection:
    """Inquiry 1 came four years ago, inquiry 2 yesterday; both keep what the caller said."""
    for id_, days in ((1, 4 * 365), (2, 1)):
        connection.execute(
            text("""insert into inquiry (region, id, source, source_id, channel, received_at, one_take)
                overriding system value values ('71', :id, 'f', :id, 'phone', :at, true)"""),
            {"id": id_, "at": datetime.now(UTC) - timedelta(days=days)},
        )
        connection.execute(
            text("insert into personal.inquiry_text values ('71', :id, 'Айгүл', '8701', 'су жоқ')"),
            {"id": id_},
        )
    connection.commit()
    return connection


def test_what_callers_said_goes_after_three_years(
    callers: Connection, jobs: Engine, owner: Engine, settings: Settings
) -> None:
    city = replace(settings.city, retention={})
    assert retention.maintain(jobs, owner, city, datetime.now(UTC)) == {"callers": 1}
    left = callers.execute(text("select inquiry_id from personal.inquiry_text")).scalars().all()
    assert left == [2]
    assert callers.scalar(text("select count(*) from inquiry")) == 2, "that somebody called is counted on"


def test_who_was_told_goes_after_a_year(
    connection: Connection, jobs: Engine, owner: Engine, settings: Settings
) -> None:
    now = datetime.now(UTC)
    for id_, days, due in ((1, 400, None), (2, 400, now), (3, 10, None)):
        connection.execute(
            text("""insert into escalation_notice (region, id, incident_id, action_id, step, level, channel,
                address, about, escalated_at, next_at) overriding system value
                values ('71', :id, 1, 1, 's', 1, 'mail', 'a@b.kz', '{}', :at, :due)"""),
            {"id": id_, "at": now - timedelta(days=days), "due": due},
        )
    connection.commit()
    assert retention.maintain(jobs, owner, settings.city, now) == {"escalation_notices": 1}
    assert connection.scalars(text("select id from escalation_notice order by id")).all() == [2, 3]
