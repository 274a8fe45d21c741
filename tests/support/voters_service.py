"""The process that owns the electoral list: in a thread beside a test's server, or by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import text

from etl.voters.uploads import FileRequests
from geo.accounts.sessions import hash_token
from geo.database import connected
from geo.errors import Unauthenticated, Unavailable
from geo.settings import Settings
from geo.voters.client import request, socket_of
from geo.voters.service import Service
from tests.support.killable import eventually

ROOT = Path(__file__).parents[2]
START_S = 30
EVERY = (
    "page.voters",
    "voters.decide",
    "voters.approve",
    "voters.look",
    "voters.listed",
    "voters.print",
    "voters.load",
)


@contextmanager
def answering(settings: Settings) -> Iterator[None]:
    with Service(settings, socket_of(settings), FileRequests) as service:
        listening = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05})
        listening.start()
        try:
            yield
        finally:
            service.shutdown()
            listening.join()


@contextmanager
def logging_apart(settings: Settings) -> Iterator[Path]:
    """In a process of its own, as the supervisor starts it; what it writes goes to the file that this
    yields."""
    environment = os.environ | {
        "IKOMEK_DATABASE_URL": settings.database_url.replace("+psycopg2", ""),
        "IKOMEK_DATA": str(settings.data),
    }
    log = Path(settings.data) / "voters.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "geo.process", "etl.voters.service"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
        )
    try:
        eventually(lambda: process.poll() is None and _answers(settings), START_S)
        yield log
    finally:
        process.terminate()
        assert process.wait(START_S) == 0, log.read_text(errors="replace")


def _answers(settings: Settings) -> bool:
    try:
        request(settings, "overview", None)
    except Unavailable:
        return False
    except Unauthenticated:
        return True
    raise AssertionError("nobody was answered")


def ask_list(settings: Settings, name: str, who: str, **parameters: Any) -> Any:
    """`geo.voters.client.request` of a person with every right on the list, signed in anew."""
    return request(settings, name, session_of(settings, who), **parameters)


def session_of(settings: Settings, who: str, permissions: Sequence[str] = EVERY) -> str:
    """The token of a session of `who`, who may do what `permissions` says."""
    token = token_urlsafe(32)
    with connected(settings, "owner") as connection:
        connection.execute(
            text("""insert into user_role (key, permissions) values (:role, :permissions)
                on conflict (key) do update set permissions = excluded.permissions"""),
            {"role": f"tested {who}", "permissions": list(permissions)},
        )
        user = connection.execute(
            text("""insert into app_user (name, role) values (:who, :role)
                on conflict (name) do update set role = excluded.role returning id"""),
            {"who": who, "role": f"tested {who}"},
        ).scalar_one()
        connection.execute(
            text("""insert into user_session (token_hash, type, user_id, expires_at, way)
                values (:hash, 'person', :user, now() + interval '7 days', 'password')"""),
            {"hash": hash_token(token), "user": user},
        )
    return token
