"""The ground of the other tests: a database of its own, empty, with the roles signing in by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from geo.database import Role, connect_engine
from geo.settings import Settings
from tests.support import longest
from tests.support.web import ROOT


def test_a_test_gets_an_empty_migrated_database(connection: Connection) -> None:
    assert connection.scalar(text("select count(*) from incident")) == 0
    assert connection.scalar(text("select postgis_lib_version()")).startswith("3.")


@pytest.mark.parametrize("role", ["web", "etl", "reader", "editor", "relay", "jobs", "accounts"])
def test_each_role_signs_in_by_the_socket(settings: Settings, role: Role) -> None:
    engine = connect_engine(settings, role)
    with engine.connect() as connection:
        assert connection.scalar(text("select current_user")) == f"ikomek_{role}"
        with pytest.raises(DBAPIError, match="must be owner|read-only transaction"):
            connection.execute(text("drop table incident"))
    engine.dispose()


def test_redis_is_empty_and_answers(settings: Settings) -> None:
    with redis.Redis.from_url(settings.redis_url) as doorbell:
        assert doorbell.dbsize() == 0


RESULTS = """<testsuites><testsuite>
<testcase classname="tests.geo.test_a" name="one" time="9.5" /><testcase classname="tests.test_b" name="c" time="70" />
<testcase classname="tests.geo.test_a" name="two" time="9" /><testcase classname="tests.test_d" name="e" time="9.9" />
</testsuite></testsuites>"""  # noqa: E501


def test_the_files_that_take_longest_are_read_from_the_results_of_a_run(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    results.write_text(RESULTS)
    assert longest.listed(results) == "  70 tests/test_b.py\n  18 tests/geo/test_a.py\n"


def test_the_files_that_take_longest_are_there() -> None:
    assert not [path for path in longest.longest_files() if not (ROOT / path).is_file()]
