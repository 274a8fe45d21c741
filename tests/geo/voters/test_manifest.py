"""A package may be anybody's: whatever its manifest and its files say, they are refused in words, and never
found whole."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.audit.keys import open_signer
from geo.errors import InvalidInput
from geo.voters.package import export
from geo.voters.package.documents import FORMATS, SCHEMA
from geo.voters.package.source import PrecinctRows, TransferRow
from geo.voters.package.verify import prove, verify

ROWS = [
    TransferRow("0" * 32, "850417300122", "Ахметов", "Нурлан", "", "1985-04-17", "улица Абая, 1"),
    TransferRow("1" * 32, "061211600012", "Омарова", "Айгерім", "", "2006-12-11", "улица Абая, 2"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def make(folder: Path, keys: Path) -> dict[str, Any]:
    """A package as an export makes it; its manifest."""
    (folder / export.PRECINCTS).mkdir(parents=True)
    contents = {export.XSD: SCHEMA.encode()}
    precincts = [PrecinctRows(str(n), [row]) for n, row in enumerate(ROWS, start=1)]
    for one in precincts:
        for form in FORMATS:
            contents[f"{export.PRECINCTS}/{one.number}{form.suffix}"] = form.write(one)
    for name, body in contents.items():
        (folder / name).write_bytes(body)
    manifest: dict[str, Any] = {
        "format": export.FORMAT,
        "region": "astana",
        "list": 1,
        "voters": len(ROWS),
        "precincts": [export.summary(one) for one in precincts],
        "files": {name: sha256(body).hexdigest() for name, body in contents.items()},
    }
    sign(folder, keys, export.as_bytes(manifest))
    return manifest


def sign(folder: Path, keys: Path, body: bytes) -> None:
    """Anybody can do it, with a key of their own."""
    signer = open_signer(keys)
    (folder / export.MANIFEST).write_bytes(body)
    (folder / export.SIGNATURE).write_bytes(export.signature_file(signer.sign(body)))
    (folder / export.PUBLIC_KEY).write_bytes(signer.public_pem())


@pytest.fixture
def package(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path / "package"
    manifest = make(folder, tmp_path / "keys")
    assert verify(folder).faults == []
    return folder, manifest


@contextmanager
def copied(whole: Path) -> Iterator[Path]:
    with TemporaryDirectory() as path:
        yield Path(shutil.copytree(whole, Path(path) / "package"))


def paths_in(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something could be put in place of what is there."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(path for key, one in inner for path in paths_in(one, (*way, key)))]


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    if not way:
        return new
    value[way[0]] = put(value[way[0]], way[1:], new)
    return value


def test_no_change_of_a_manifest_is_whole_or_falls(package: tuple[Path, dict[str, Any]]) -> None:
    whole, manifest = package

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(st.sampled_from(paths_in(manifest)), JSON, st.booleans())
    def hold(way: tuple[Any, ...], new: Any, signed: bool) -> None:
        changed = put(json.loads(json.dumps(manifest)), way, new)
        body = json.dumps(changed).encode()
        with copied(whole) as folder:
            if signed:
                sign(folder, whole.parent / "keys", body)
            else:
                (folder / export.MANIFEST).write_bytes(body)
            try:
                faults = verify(folder).faults
            except InvalidInput as error:
                assert error.code == "voters.manifest"
                return
            says_no_more = signed and way[:1] in (("region",), ("list",))
            assert faults or says_no_more or changed == manifest, (way, new)

    hold()


def test_no_change_of_a_file_is_whole_or_falls(package: tuple[Path, dict[str, Any]]) -> None:
    whole, manifest = package
    names = sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file())

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(st.sampled_from(names), st.integers(0, 5000), st.binary(max_size=4), st.booleans())
    def hold(name: str, at: int, new: bytes, signed: bool) -> None:
        with copied(whole) as folder:
            body = (folder / name).read_bytes()
            changed = body[: at % len(body)] + new + body[at % len(body) + 1 :]
            (folder / name).write_bytes(changed)
            if signed and name in manifest["files"]:
                files = manifest["files"] | {name: sha256(changed).hexdigest()}
                sign(folder, whole.parent / "keys", export.as_bytes(manifest | {"files": files}))
            try:
                faults = verify(folder).faults
            except InvalidInput as error:
                assert error.code == "voters.manifest"
                return
            assert faults or changed == body or _means_the_same(name, changed, body)

    hold()


def _means_the_same(name: str, changed: bytes, body: bytes) -> bool:
    """A space more between the elements of an XML, say: who signs it says the same."""
    form = next((one for one in FORMATS if name.endswith(one.suffix)), None)
    return form is not None and form.read(changed) == form.read(body)


@pytest.mark.parametrize("unlisted", ["xml", "csv", "both"])
def test_a_precinct_whose_file_the_manifest_does_not_name_is_a_fault(
    package: tuple[Path, dict[str, Any]], unlisted: str
) -> None:
    """Signed again, with another key: the file may be missing too."""
    folder, manifest = package
    for suffix in ("xml", "csv") if unlisted == "both" else (unlisted,):
        del manifest["files"][f"precincts/1.{suffix}"]
        (folder / f"precincts/1.{suffix}").unlink()
    sign(folder, folder.parent / "other", export.as_bytes(manifest))
    assert {code for code, _ in verify(folder).faults} == {"unlisted"}


@pytest.mark.parametrize("name", [export.MANIFEST, export.SIGNATURE, export.PUBLIC_KEY, "precincts/1.xml"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(package: tuple[Path, dict[str, Any]], name: str) -> None:
    folder, _ = package
    (folder / name).unlink()
    os.mkfifo(folder / name)
    if name == export.MANIFEST:
        with pytest.raises(InvalidInput, match="voters.no_package"):
            verify(folder)
    else:
        assert verify(folder).faults
    if name == "precincts/1.xml":
        with pytest.raises(InvalidInput, match="voters.document_broken"):
            prove(folder, ROWS[1].iin)


def test_a_key_that_cannot_be_read_is_no_wrong_signature(package: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = package
    os.mkfifo(folder.parent / "pipe")
    (folder.parent / "text").write_text("no key")
    for name in ("nothing", "pipe", "text", "package"):
        with pytest.raises(InvalidInput, match="voters.public_key") as raised:
            verify(folder, folder.parent / name)
        assert "http" not in str(raised.value)
