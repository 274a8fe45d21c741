"""Two sessions that step through each other, statement by statement, as a schedule says: what a command
reads and what it writes can be parted by anything that another command does.

A thread of a `Stepper` stands before each statement of its engine until it is let through. One whose
statement waits for a lock of the other is left waiting, and the other goes on; when both wait, PostgreSQL
ends the deadlock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

import psycopg2.extensions
from sqlalchemy import Engine, event

LONGEST_S = 120.0
"""Without a statement of either session: they hang."""
POLL_S = 0.002
BLOCKED = "select cardinality(pg_blocking_pids({pid}))"


class Session:
    """`work` in a thread. `ready`: stands before a statement; `pid`: of its last connection."""

    def __init__(self, stepper: Stepper, work: Callable[[], object]) -> None:
        self.may_step = threading.Semaphore(0)
        self.ready, self.done = threading.Event(), threading.Event()
        self.pid = 0
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, args=(stepper, work), daemon=True)

    def _run(self, stepper: Stepper, work: Callable[[], object]) -> None:
        stepper.local.session = self
        try:
            work()
        except BaseException as error:  # handed to the test's own thread, which raises it
            self.error = error
        self.done.set()

    def pause(self, pid: int) -> None:
        self.pid = pid
        self.ready.set()
        assert self.may_step.acquire(timeout=LONGEST_S), "nobody let it through"


class Stepper:
    """`watcher`: a psycopg2 connection in autocommit, that sees who waits for whom. Engines are made to
    step by `join`, before their first connection."""

    def __init__(self, watcher) -> None:
        self.watcher, self.local = watcher, threading.local()

    def join(self, engine: Engine) -> Engine:
        stepper = self

        class SteppingCursor(psycopg2.extensions.cursor):
            """Stands before each statement, unless its thread is no session."""

            def execute(self, *args: object) -> object:
                session = getattr(stepper.local, "session", None)
                if session is not None:
                    session.pause(self.connection.info.backend_pid)
                return super().execute(*args)

        @event.listens_for(engine, "do_connect")
        def stepping(dialect, record, cargs, cparams) -> None:
            cparams["cursor_factory"] = SteppingCursor

        return engine

    def run(self, works: Iterable[Callable[[], object]], schedule: Iterable[int]) -> None:
        """Both at once, the n-th statement that of the session the schedule names, while it can go on.
        Raises what one of them raises."""
        sessions = [Session(self, work) for work in works]
        for session in sessions:
            session.thread.start()
            self.settle(session)
        turns, last_step = iter(schedule), time.monotonic()
        while any(not session.done.is_set() for session in sessions):
            able = [session for session in sessions if session.ready.is_set()]
            if not able:
                assert time.monotonic() < last_step + LONGEST_S, "the sessions hang"
                time.sleep(POLL_S)
                continue
            last_step = time.monotonic()
            wanted = sessions[next(turns, 0) % len(sessions)]
            session = wanted if wanted in able else able[0]
            session.ready.clear()
            session.may_step.release()
            self.settle(session)
        for session in sessions:
            if session.error is not None:
                raise session.error

    def settle(self, session: Session) -> None:
        """Until it stands before its next statement, has ended, or waits for a lock."""
        end = time.monotonic() + LONGEST_S
        while not session.ready.wait(POLL_S) and not session.done.is_set():
            assert time.monotonic() < end, "a statement takes too long"
            with self.watcher.cursor() as cursor:
                cursor.execute(BLOCKED.format(pid=session.pid))
                if cursor.fetchone()[0]:
                    return
