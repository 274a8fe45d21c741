"""./ikomek report: a figure is kept, and counted again to the byte; what was corrected since is named."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from dashboard.commands import report
from dashboard.words import language
from geo.errors import NotFound
from geo.settings import Settings
from geo.statistics.definitions import BY_KEY
from tests.conftest import engine_as

owner = engine_as("owner")
DAYS = ("2026-11-01", "2026-11-02")
ROWS = """
    insert into incident (region, id, source, source_id, kind, source_status, status, opened_at, due_at,
        closed_at, fine_tenge, building_id)
    select '71', n, 't', n::text, (array['service', 'police', 'emergency', 'offence'])[1 + n % 4], s, s,
        timestamptz '2026-11-01 06:00+00' + n * interval '1 minute', timestamptz '2026-11-02 06:00+00',
        case when s = 'closed' then timestamptz '2026-11-02 05:00+00' + n % 3 * interval '1 hour' end,
        100 * n, n
    from generate_series(1, 60) n, lateral (select case when n % 5 = 0 then 'open' else 'closed' end as s) x;
    insert into inquiry (region, id, source, source_id, channel, received_at, one_take, answer_s)
    select '71', n, 't', n::text, 'call', timestamptz '2026-11-01 06:00+00', n % 5 > 0, n
        from generate_series(1, 40) n;
    insert into calls (region, source, hour, offered, answered, lost)
    values ('71', 't', '2026-11-01 06:00+00', 100, 97, 3);
    insert into project_milestone (region, project, key, name_kk, name_ru, name_en, planned_on, planned_at,
        due_at)
    values ('71', 'p', 'm', 'm', 'm', 'm', '2026-11-01', '2026-10-31 19:00+00', '2026-11-01 19:00+00')"""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    token = language.set("en")
    yield
    language.reset(token)


@pytest.fixture
def rows(owner: Engine) -> Engine:
    write(owner, ROWS)
    return owner


def write(owner: Engine, statement: str) -> None:
    with owner.begin() as connection:
        connection.execute(text(statement))


def run(settings: Settings, *argv: str) -> int:
    return report.main(settings, ["report", *argv])


@pytest.mark.parametrize("figure", BY_KEY)
def test_a_kept_figure_is_the_same_to_the_byte(
    rows: Engine, settings: Settings, capsys: pytest.CaptureFixture[str], figure: str
) -> None:
    assert run(settings, "keep", figure, *DAYS) == 0
    body = json.loads(capsys.readouterr().out.partition(": ")[2])
    assert body["figure"] == figure and body["whole"] > 0
    assert run(settings, "verify", "1") == 0
    assert "the same to the byte" in capsys.readouterr().out


def test_what_falls_due_later_changes_nothing(
    rows: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is counted as of the moment at which it was kept."""
    write(rows, "update incident set due_at = now() + interval '1.5 seconds' where id = 5")
    run(settings, "keep", "on_time", *DAYS)
    write(
        rows,
        "select pg_sleep(greatest(0, extract(epoch from due_at - now()) + 0.1)) from incident where id = 5",
    )
    assert run(settings, "verify", "1") == 0


def test_a_correction_since_is_named(
    rows: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run(settings, "keep", "police", *DAYS)
    write(rows, "update incident set kind = 'service', version = version + 1 where id = 1")
    capsys.readouterr()
    assert run(settings, "verify", "1") == 1
    printed = capsys.readouterr()
    assert (
        "whole: was 15, is 14" in printed.err and "rows: was" in printed.err and "not the same" in printed.out
    )


def test_a_record_that_was_changed_is_found(
    rows: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run(settings, "keep", "police", *DAYS)
    write(rows, "update statistic_kept set body = replace(body, '15', '16')")
    assert run(settings, "verify", "1") == 1
    assert "sha256" in capsys.readouterr().err


def test_the_list_and_what_is_not_there(
    rows: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    run(settings, "keep", "fines", *DAYS)
    capsys.readouterr()
    assert run(settings, "list") == 0 and "fines" in capsys.readouterr().out
    for argv, code in ((("verify", "7"), "statistics.kept"), (("keep", "luck", *DAYS), "statistics.figure")):
        with pytest.raises(NotFound) as error:
            run(settings, *argv)
        assert error.value.code == code
