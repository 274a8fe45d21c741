"""Persons sealed in a process beside: the same list as without it; where either process is killed, the old
list stays and nothing lives on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from etl.voters.files import open_list
from geo.errors import Unavailable
from geo.settings import Settings
from geo.voters import sealer_process
from geo.voters.importing import ListFile
from geo.voters.keys import KeyRing
from geo.voters.rows import RowChunk, VoterRow
from geo.voters.sealer_process import SealerProcess
from geo.voters.staging import open_row
from tests.geo.voters.conftest import Ask
from tests.support import voters_list
from tests.support.voters_list import load

PIECE = 40


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[SealerProcess]:
    """The file comes in many chunks, and all of them are sealed beside; the processes that were begun."""
    begun: list[SealerProcess] = []

    def pieces(chunks: Iterator[RowChunk]) -> Iterator[RowChunk]:
        for chunk in chunks:
            for first in range(0, len(chunk.rows), PIECE):
                yield RowChunk(chunk.rows[first : first + PIECE], [])

    def opened(path: Path) -> ListFile:
        file = open_list(path)
        return replace(file, chunks=pieces(iter(file.chunks)))

    class Noted(SealerProcess):
        def __init__(self, *args: object) -> None:
            begun.append(self)
            super().__init__(*args)

    monkeypatch.setattr(sealer_process, "ALONE_ROWS", 0)
    monkeypatch.setattr(sealer_process, "SealerProcess", Noted)
    monkeypatch.setattr(voters_list, "open_list", opened)
    return begun


def opened_rows(settings: Settings, ask: Ask, list_id: int) -> list[tuple[VoterRow, int | None, bool]]:
    """Each with its building, and whether its hash is that of its number."""
    (listed,) = ask("select key_id from voters.list_version where id = :list", list=list_id)
    key = KeyRing.of(settings).get(listed.key_id)
    rows = ask("select * from voters.person where list_id = :list order by line", list=list_id)
    opened = [(open_row(key, row, row.line), row) for row in rows]
    return [(one, row.building_id, bytes(row.hash) == key.lookup(one.iin)) for one, row in opened]


def test_it_is_the_same_list(
    demo_copy: Settings, file: Path, ask: Ask, request: pytest.FixtureRequest
) -> None:
    alone = load(demo_copy, file).id
    begun = request.getfixturevalue("beside")
    other = file.with_name("again.csv")
    other.write_bytes(file.read_bytes() + b"\n")
    again = load(demo_copy, other).id
    assert again != alone and len(begun) == 1
    first, second = (opened_rows(demo_copy, ask, one) for one in (alone, again))
    assert len(first) > 5 * PIECE and first == second and all(same for _, _, same in first)
    checks = ask("select checks, matching, refused from voters.list_version order by id")
    assert checks[0] == checks[1]
    assert begun[0]._process.returncode is not None


def test_without_it_nothing_is_loaded_and_it_is_said(
    demo_copy: Settings, file: Path, ask: Ask, beside: list[SealerProcess], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while the third batch is on its way."""
    send, batches = SealerProcess.send, count()

    def fatal(self: SealerProcess, value: tuple[object, ...]) -> None:
        if next(batches) == 3:
            self._process.kill()
        send(self, value)

    with monkeypatch.context() as patched:
        patched.setattr(SealerProcess, "send", fatal)
        with pytest.raises(Unavailable, match="voters.sealer_ended") as raised:
            load(demo_copy, file)
    assert raised.value.parameters == {"exit_code": -9}
    assert ask("select * from voters.list_version") == []
    assert not load(demo_copy, file).replayed
