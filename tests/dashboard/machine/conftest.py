"""A data folder with a short path (sockets), and `./ikomek` run as a person runs it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
Launch = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Reachable by the service user, removed at the end."""
    path = Path(tempfile.mkdtemp(prefix="ikomek-machine-")).resolve()
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def ikomek(folder: Path) -> Iterator[Launch]:
    """`./ikomek WORDS` with a data folder of its own; whatever it started is stopped at the end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IKOMEK_")}
    environment |= {"LC_ALL": "C.UTF-8"}

    def launch(
        *words: str, data: Path = folder / "data", **options: object
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "ikomek", *words],
            env=environment | {"IKOMEK_DATA": str(data)},
            capture_output=True,
            text=True,
            timeout=120,
            **options,
        )

    yield launch
    launch("down")
