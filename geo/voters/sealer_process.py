"""Persons sealed in a process of its own (`python -m geo.process geo.voters.sealer_process`), beside the one
that reads and matches the rows that follow: each has a processor to itself.

The process is given the keys, then batch after batch, on its standard input, and gives the body of a COPY for
each on its standard output: nothing of a person or of a key is an argument or a file. It ends when its input
does: where whoever started it is killed, at once.
"""

from __future__ import annotations

import marshal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from struct import Struct
from types import TracebackType
from typing import IO, Any

from geo import logs
from geo.errors import Unavailable
from geo.voters.sealing import ListKey
from geo.voters.staging import PersonColumns, RowSealer

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "geo.process", "geo.voters.sealer_process")
LENGTH = Struct(">q")
WITHOUT_REFERENCES = 2
"""The version of `marshal` that writes cells as they come: none is looked for among those before it."""
ALONE_ROWS = 10_000
"""So few rows are sealed before the process would have begun."""


class Sealing:
    """Persons of one list on their way to their COPY: sealed here while they are few, then beside."""

    def __init__(self, sealer: RowSealer) -> None:
        self.sealer = sealer
        self.rows = 0
        self._beside: SealerProcess | None = None

    def __enter__(self) -> Sealing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._beside is not None:
            self._beside.end()

    def expect(self, rows: int) -> None:
        """So many rows more are about to be checked: meanwhile the process begins."""
        self.rows += rows
        if self._beside is None and self.rows > ALONE_ROWS:
            self._beside = SealerProcess(self.sealer)

    def body(self, persons: PersonColumns) -> Callable[[], bytes]:
        """Gives the body of their COPY, to be asked for once, in the order of the calls and in another
        thread: the process takes the next batch when the last has been fetched."""
        if self._beside is None:
            sealed = self.sealer.persons(persons)
            return lambda: sealed
        self._beside.send(persons)
        return self._beside.receive


class SealerProcess:
    """Raises `Unavailable` ("voters.sealer_ended") where the process has gone."""

    def __init__(self, sealer: RowSealer) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(PROGRAM, stdin=pipe, stdout=pipe, cwd=ROOT)
        base = sealer.base and (sealer.base.id, sealer.base.secret)
        self.send((sealer.region, sealer.list_id, (sealer.key.id, sealer.key.secret), base))

    def send(self, value: tuple[Any, ...]) -> None:
        assert self._process.stdin is not None
        try:
            _write(self._process.stdin, marshal.dumps(tuple(value), WITHOUT_REFERENCES))
        except BrokenPipeError:
            raise self._ended() from None

    def receive(self) -> bytes:
        assert self._process.stdout is not None
        body = _read(self._process.stdout)
        if body is None:
            raise self._ended()
        return body

    def end(self) -> None:
        """It holds copies alone: what has not been fetched is not wanted."""
        self._process.kill()
        self._process.communicate()

    def _ended(self) -> Unavailable:
        return Unavailable("voters.sealer_ended", exit_code=self._process.wait())


def main(stop: threading.Event, arguments: Sequence[str]) -> int:
    """It is told to end by the end of its input alone: a signal to all of a group leaves it to its parent."""
    logs.configure()
    given = sys.stdin.buffer
    if (first := _read(given)) is None:
        return 0
    region, list_id, key, base = marshal.loads(first)
    sealer = RowSealer(region, list_id, ListKey(*key), base and ListKey(*base))
    with suppress(BrokenPipeError), open(sys.stdout.fileno(), "wb", closefd=False) as giving:
        while (batch := _read(given)) is not None:
            _write(giving, sealer.persons(PersonColumns(*marshal.loads(batch))))
    return 0


def _write(stream: IO[bytes], body: bytes) -> None:
    stream.write(LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    """None at the end, also where it comes in the middle."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    body = stream.read(length := LENGTH.unpack(head)[0])
    return body if len(body) == length else None
