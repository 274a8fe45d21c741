"""tipg, the peer for tiles, in a virtual environment of its own: its pins clash with ours.

`requirements-bench.lock` is made by pip-compile with hashes and without addresses, from: tipg>=1.6,<1.7,
uvicorn, uvloop, httptools.
"""

from __future__ import annotations

import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import make_url

from geo.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv-bench"
LOCK = ROOT / "requirements-bench.lock"
START_S = 60

VIEWS = """
    create schema bench;
    create view bench.density as select id, category_id, (opened_at at time zone '{zone}')::date as opened_on,
        point_3857 from incident;
    create view bench.basemap as select id, theme, class, name_kk, name_ru, name_en, min_zoom, geom_3857
        from basemap_feature;
    create view bench.footprints as select id, house, street_ru, street_kk, voters, tag_quality, use, floors,
        footprint_3857 from building;
    create view bench.tags as select id, voters, tag_quality, point_3857 from building"""
"""What it is given: the same rows and columns that our tiles show, in the projection of the tiles, over
the same indexes."""


def install() -> Path:
    """The environment's Python, installed from the lock unless that was done. Raises `CalledProcessError`."""
    python, stamp = FOLDER / "bin/python", FOLDER / "lock.sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print("installing tipg into .venv-bench", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", LOCK],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        stamp.write_text(wanted)
    return python


@contextmanager
def tipg(settings: Settings) -> Iterator[int]:
    """Its port, serving the views of schema `bench`, without its limit of features a tile."""
    url = make_url(settings.database_url)
    address = f"postgresql://{url.username}@{quote(str(url.query['host']), safe='')}/{url.database}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATABASE_URL": address,
        "TIPG_DB_SCHEMAS": '["bench"]',
        "TIPG_MAX_FEATURES_PER_TILE": str(10**9),
        "TIPG_DB_SPATIAL_EXTENT": "false",
        "TIPG_DB_DATETIME_EXTENT": "false",
    }
    command = [
        install(),
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "warning",
    ]
    with tempfile.TemporaryFile("w+") as log, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait(port, process)
            yield port
        except RuntimeError as error:
            log.seek(0)
            raise RuntimeError(f"{error}\n{log.read()}") from error
        finally:
            process.terminate()
            process.wait(10)


def _wait(port: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("tipg did not start")
