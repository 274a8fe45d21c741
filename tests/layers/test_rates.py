"""How often a caller may ask: counted by Redis for all processes, by each alone while Redis is away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis

from geo.errors import TooMany
from geo.settings import Settings
from layers import rates
from layers.rates import Rates


async def spend(processes: list[Rates], address: str, callers: list[str], times: int) -> int:
    """How many of so many requests of each caller, by turns of the processes, are refused."""
    redis, refused = Redis.from_url(address, socket_connect_timeout=0.5), 0
    for n in range(times):
        for caller in callers:
            try:
                await processes[n % len(processes)].spend(redis, caller, 4)
            except TooMany as error:
                refused += 1
                assert 0 < error.parameters["retry_s"] <= rates.WINDOW_S + 1
    await redis.aclose()
    return refused


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """One minute that does not end."""
    monkeypatch.setattr(rates.time, "time", lambda: 1_796_000_000.0)


def test_all_processes_count_together(settings: Settings, still: None) -> None:
    processes = [Rates(), Rates()]
    assert asyncio.run(spend(processes, settings.redis_url, ["a", "b"], 6)) == 4


def test_without_redis_each_counts_alone(tmp_path: Path, still: None) -> None:
    away = f"unix://{tmp_path}/none.sock"
    assert asyncio.run(spend([Rates()], away, ["a"], 6)) == 2
    assert asyncio.run(spend([Rates(), Rates()], away, ["a"], 6)) == 0


def test_strangers_fill_no_memory(tmp_path: Path, still: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_KNOWN", 3)
    process = Rates()
    asyncio.run(spend([process], f"unix://{tmp_path}/none.sock", [str(n) for n in range(50)], 1))
    assert len(process._counts) <= 4
