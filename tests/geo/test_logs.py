"""Whatever a person, a source or a program writes never reaches a log."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as bounds
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from geo import logs
from geo.audit.callers import Caller, caller
from geo.database import log_slow, role_dsn
from geo.errors import InvalidInput
from geo.settings import Settings

MARKER = "ZqMarker7701"


def written(write: object) -> str:
    """What `write(log)` puts into a log that is formatted as every process's is."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.Discreet(logs.FORMAT))
    log = logging.Logger("test")
    log.addHandler(handler)
    write(log)
    return out.getvalue()


def everywhere(error: BaseException) -> str:
    """The error as an argument, as the message, and with its traceback."""

    def write(log: logging.Logger) -> None:
        log.warning("it failed: %s", error)
        log.error(error)
        try:
            raise RuntimeError(f"over {error}") from error
        except RuntimeError as raised:
            log.error("failed: %s", "GET", exc_info=raised)

    return written(write)


RAISES = (
    lambda value: float(value),
    lambda value: {}[value],
    lambda value: json.loads(value + "{"),
    lambda value: getattr(value, value + "x"),
    lambda value: (_ for _ in ()).throw(InvalidInput("user.name", name=value)),
    lambda value: f"ә{value}".encode("ascii"),
    lambda value: (_ for _ in ()).throw(ExceptionGroup(value, [ValueError(value)])),
)


@bounds(max_examples=60, deadline=None)
@given(st.sampled_from(RAISES), st.text(max_size=20), st.text(max_size=20))
def test_no_word_of_an_error_is_written_only_what_it_is(fails: object, before: str, after: str) -> None:
    with pytest.raises(Exception) as caught:
        fails(f"{before}{MARKER}{after}")
    logged = everywhere(caught.value)
    assert MARKER not in logged and type(caught.value).__name__ in logged and "test_logs.py" in logged


@pytest.mark.parametrize(
    "statement",
    [
        "select cast(:value as int)",
        "insert into app_user (name, role) values (:value, 'duty'), (:value, 'duty')",
        "insert into app_user (name, role) values ('x', :value)",
        "select :value::json",
        "do $$ begin raise exception 'ZqMarker7701'; end $$",
        "select * from zqmarker7701",
    ],
)
def test_no_value_of_a_statement_is_written(connection: Connection, statement: str, cluster: object) -> None:
    with pytest.raises(DBAPIError) as caught:
        connection.execute(text(statement.replace(":value::", "cast(:value as text)::")), {"value": MARKER})
    connection.rollback()
    logged = everywhere(caught.value)
    assert MARKER not in logged and caught.value.orig.pgcode in logged
    assert MARKER not in (cluster.logs / "postgres.log").read_text(errors="replace")


def test_no_value_of_a_statement_of_the_tiles_is_written(settings: Settings, cluster: object) -> None:
    with psycopg.connect(role_dsn(settings, "reader")) as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute("select cast(%s::text as int)", [MARKER])
    assert MARKER not in everywhere(caught.value) and "22P02" in everywhere(caught.value)
    assert MARKER not in (cluster.logs / "postgres.log").read_text(errors="replace")


@bounds(max_examples=40, deadline=None)
@given(
    st.sampled_from(
        (
            "/sign-in/once?token={}",
            "/wall/operations?screen=1x1:1,1&token={}&lang=ru",
            "Authorization: Bearer {}",
            "ikomek_session={}; ikomek_device={}",
        )
    )
)
def test_a_token_is_taken_out_of_any_line(line: str) -> None:
    secret = "s3cret-Token_value"
    assert secret not in written(lambda log: log.info("asked: %s", line.format(secret, secret)))


def test_what_ends_a_process_or_a_thread_is_written_without_its_words() -> None:
    program = (
        "import threading; from geo import logs; logs.configure();"
        f"t = threading.Thread(target=float, args=('{MARKER}',)); t.start(); t.join(); "
        f"int('{MARKER}'.lower())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program.replace(MARKER, "' + 'ZqMarker' + '7701")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1 and done.stderr.count("ValueError") == 2
    assert MARKER.lower() not in done.stderr.lower()


def test_what_a_library_warns_of_is_written_without_its_words() -> None:
    program = (
        "import warnings; from geo import logs; logs.configure();"
        "warnings.warn('invalid geometry ' + 'ZqMarker' + '7701', RuntimeWarning)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "RuntimeWarning at " in done.stderr and MARKER.lower() not in done.stderr.lower()


def test_a_line_for_machines_has_its_request() -> None:
    record = logging.LogRecord("geo", logging.ERROR, __file__, 1, "asked: %s", ("token=s3cret",), None)
    assert "request" not in json.loads(logs.Structured().format(record))
    before = caller.set(Caller("person", request_id="0123abcd"))
    try:
        try:
            float(MARKER)
        except ValueError:
            record.exc_info = sys.exc_info()
        line, plain = logs.Structured().format(record), logs.Discreet(logs.FORMAT).format(record)
    finally:
        caller.reset(before)
    found = json.loads(line)
    assert "\n" not in line and MARKER not in line and "s3cret" not in line
    assert (found["request"], found["level"], found["logger"]) == ("0123abcd", "ERROR", "geo")
    assert "ValueError" in found["trace"] and datetime.fromisoformat(found["at"]).utcoffset() == timedelta(0)
    assert "geo [0123abcd]: asked" in plain


def test_a_slow_statement_is_written_with_its_request_and_without_a_value(
    web: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    quick = create_engine(web.url, hide_parameters=True)
    log_slow(quick, "web", slow_s=0.05)
    with quick.connect() as connection:
        connection.execute(text("select 1"))
        connection.execute(text("select pg_sleep(0.06), cast(:value as text)"), {"value": MARKER})
    quick.dispose()
    [line] = [one for one in caplog.messages if "pg_sleep" in one or "select 1" in one]
    assert line.startswith("0.") and "s as web: select pg_sleep(0.06)" in line and MARKER not in line


def test_a_statement_that_was_cancelled_for_taking_too_long_is_written_too(
    web: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    hasty = create_engine(web.url, hide_parameters=True)
    log_slow(hasty, "web", slow_s=0.05)
    with hasty.connect() as connection:
        connection.execute(text("set statement_timeout = 60"))
        with pytest.raises(OperationalError):
            connection.execute(text("select pg_sleep(9), cast(:value as text)"), {"value": MARKER})
    hasty.dispose()
    [line] = [one for one in caplog.messages if "pg_sleep" in one]
    assert "s as web: select pg_sleep(9)" in line and MARKER not in line
