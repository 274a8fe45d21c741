"""A package as one file: a tar that any reader opens, whose bytes are the same wherever they begin."""

from __future__ import annotations

import io
import tarfile
from hashlib import sha256
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import Conflict
from geo.voters.transfer.archive import PackageArchive

SIZES = (0, 1, 511, 512, 513, 3000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive")
    (root / "precincts").mkdir()
    for size in SIZES:
        (root / "precincts" / f"{size} №.xml").write_bytes(bytes(n % 251 for n in range(size)))
    (root / f"{'long' * 40}.csv").write_bytes(b"x")
    return root


def whole(folder: Path) -> bytes:
    return b"".join(PackageArchive(folder).blocks(0, 1000))


def test_any_reader_of_tar_finds_every_file(folder: Path) -> None:
    archive, body = PackageArchive(folder), whole(folder)
    assert archive.size == len(body) and archive.sha256 == sha256(body).digest()
    with tarfile.open(fileobj=io.BytesIO(body)) as read:
        found = {one.name: read.extractfile(one).read() for one in read.getmembers()}
    assert found == {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@given(st.integers(0, 20_000), st.integers(1, 5000))
@hypothesis.settings(max_examples=60)
def test_it_goes_on_at_any_byte(folder: Path, begin: int, block: int) -> None:
    blocks = list(PackageArchive(folder).blocks(begin, block))
    assert b"".join(blocks) == whole(folder)[begin:]
    assert all(len(one) == block for one in blocks[:-1])


@pytest.mark.parametrize("change", [b"", b"x" * 600])
def test_a_file_that_changes_meanwhile_is_not_sent(tmp_path: Path, change: bytes) -> None:
    (tmp_path / "1.xml").write_bytes(b"x" * 512)
    archive = PackageArchive(tmp_path)
    (tmp_path / "1.xml").write_bytes(change)
    with pytest.raises(Conflict, match="voters.transfer.changed"):
        list(archive.blocks(0, 100))
