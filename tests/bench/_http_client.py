"""A keep-alive HTTP/1.1 client that costs the measuring side a tenth of a millisecond a request, so that
it measures the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    path: str
    status: int
    size: int
    """Bytes of the body."""
    seconds: float


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, headers: str) -> Answer:
    started = time.perf_counter()
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    size = int(head.split("content-length:")[1].split("\r\n")[0]) if "content-length:" in head else 0
    await reader.readexactly(size)
    return Answer(path, int(head.split(" ", 2)[1]), size, time.perf_counter() - started)


async def _work(port: int, waiting: list[str], headers: str, answers: list[Answer]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    try:
        while waiting:
            answers.append(await _ask(reader, writer, waiting.pop(), headers))
    finally:
        writer.close()
        await writer.wait_closed()


@dataclass(frozen=True)
class Round:
    """All of `paths`, asked once each by so many connections at a time."""

    answers: list[Answer]
    seconds: float

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds

    def percentile_ms(self, share: float) -> float:
        times = sorted(answer.seconds for answer in self.answers)
        return 1000 * times[min(len(times) - 1, int(share * len(times)))]

    @property
    def largest(self) -> int:
        return max(answer.size for answer in self.answers)


def ask(port: int, paths: Sequence[str], connections: int, headers: str = "") -> Round:
    """`headers` are whole lines, each ended by CR LF. Raises `RuntimeError` at any answer but 200 and 204:
    a failed tile is no measurement."""

    async def together() -> list[Answer]:
        waiting, answers = list(reversed(paths)), []
        await asyncio.gather(*(_work(port, waiting, headers, answers) for _ in range(connections)))
        return answers

    started = time.perf_counter()
    answers = asyncio.run(together())
    seconds = time.perf_counter() - started
    wrong = next((answer for answer in answers if answer.status not in (200, 204)), None)
    if wrong:
        raise RuntimeError(f"{wrong.path} answered {wrong.status}")
    return Round(answers, seconds)
