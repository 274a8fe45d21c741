"""Threads by class of work: one class that is stuck keeps nothing from another, and a full queue refuses."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path

import pytest

from geo.errors import Unavailable
from layers import executors
from layers.executors import EXPORTS, LISTS, Executors, Work

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def stuck(
    work: Work, running: Executors, more: int = 0
) -> AsyncIterator[tuple[Callable[[], None], list[asyncio.Task]]]:
    """Every thread of a class is taken, and so many places of its queue, until the release."""
    free = threading.Event()
    taken = [asyncio.create_task(running.run(work, free.wait, 30)) for _ in range(work.threads + more)]
    await asyncio.sleep(0.05)
    yield free.set, taken
    free.set()
    await asyncio.gather(*taken, return_exceptions=True)
    running.close()


def test_a_class_that_is_stuck_keeps_no_other_waiting() -> None:
    async def work() -> float:
        running = Executors()
        async with stuck(LISTS, running, LISTS.waiting):
            began = time.perf_counter()
            for other in executors.EVERY:
                if other is not LISTS:
                    assert await running.run(other, str.upper, "a") == "A"
            return time.perf_counter() - began

    assert asyncio.run(work()) < 1


def test_a_full_queue_refuses_at_once_and_says_when_to_come_again() -> None:
    async def work() -> tuple[str, object, float]:
        running = Executors()
        async with stuck(EXPORTS, running, EXPORTS.waiting):
            began = time.perf_counter()
            with pytest.raises(Unavailable) as refused:
                await running.run(EXPORTS, str, 1)
            return refused.value.code, refused.value.parameters["retry_s"], time.perf_counter() - began

    code, retry_s, seconds = asyncio.run(work())
    assert (code, retry_s) == ("server.busy", executors.RETRY_S) and seconds < 0.5


def test_what_has_not_begun_in_time_is_refused_and_never_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executors, "WAIT_S", 0.1)
    begun: list[int] = []

    async def work() -> None:
        running = Executors()
        async with stuck(LISTS, running) as (release, taken):
            with pytest.raises(Unavailable, match="server.busy"):
                await running.run(LISTS, begun.append, 1)
            release()
            assert all(await asyncio.gather(*taken))
            assert await running.run(LISTS, len, "free again") == 10

    asyncio.run(work())
    assert begun == []


def test_what_takes_too_long_is_told_and_keeps_its_thread_until_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executors, "WAIT_S", 0.05)

    async def work() -> None:
        lane, free = executors.Lane(Work("slow", 1, 0, 0.2)), threading.Event()
        with pytest.raises(Unavailable, match="database.slow"):
            await lane.run(free.wait, 30)
        with pytest.raises(Unavailable, match="server.busy"):
            await lane.run(str, 1)
        free.set()
        while lane.taken:
            await asyncio.sleep(0.01)
        assert await lane.run(str, 1) == "1"
        lane.close()

    asyncio.run(work())


def test_the_work_has_the_callers_context_and_its_errors_are_the_callers() -> None:
    language: ContextVar[str] = ContextVar("asked")

    async def work() -> str:
        running = Executors()
        language.set("kk")
        with pytest.raises(ZeroDivisionError):
            await running.run(LISTS, divmod, 1, 0)
        try:
            return await running.run(LISTS, language.get)
        finally:
            running.close()

    assert asyncio.run(work()) == "kk"


@pytest.mark.parametrize("folder", ["dashboard", "layers"])
def test_nothing_runs_in_threads_that_all_share(folder: str) -> None:
    found = [
        str(path)
        for path in (ROOT / folder).rglob("*.py")
        for way in ("to_thread", "run_in_executor")
        if way in path.read_text(encoding="utf-8")
    ]
    assert found == []
