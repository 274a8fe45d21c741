"""`./ikomek up --city FILE`: another city from its file alone; every later command of the data folder
knows it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[3]
FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"street_ru": "улица Мира", "house": "10"},
            "geometry": {"type": "Point", "coordinates": [39.89, 59.22]},
        }
    ],
}


def test_up_with_a_city_file_starts_that_city(ikomek: Callable, folder: Path, port: int) -> None:
    done = ikomek("up", "--detach", "--port", str(port), "--city", str(ROOT / "geo/cities/vologda.toml"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "vologda" in done.stdout, "there is no demo of it, and that is said"
    buildings, calls = folder / "b.geojson", folder / "c.csv"
    buildings.write_text(json.dumps(FEATURES))
    calls.write_text('source_id,opened_at,address\nc1,2024-01-01 10:00,"г. Вологда, ул. Мира, д. 10"\n')
    for feed, file in (("buildings", buildings), ("police", calls)):
        ran = ikomek("etl", "run", feed, str(file))
        assert ran.returncode == 0, ran.stderr
    assert "police" in ikomek("etl", "runs").stdout
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").text == "ok"


def test_the_data_folder_remembers_its_city(ikomek: Callable, folder: Path, port: int) -> None:
    assert ikomek("down").returncode == 0
    assert 'key = "vologda"' in (folder / "data/city.toml").read_text()
    assert ikomek("up", "--detach", "--port", str(port)).returncode == 0
    assert "police" in ikomek("etl", "runs").stdout


def test_a_folder_of_one_city_refuses_another(ikomek: Callable, folder: Path, port: int) -> None:
    assert ikomek("down").returncode == 0
    done = ikomek("up", "--detach", "--port", str(port), "--city", str(ROOT / "geo/cities/helsinki.toml"))
    assert done.returncode == 1 and "fi-hel" in done.stdout + done.stderr
    missing = ikomek("up", "--city", str(folder / "none.toml"))
    assert missing.returncode == 2 and "none.toml" in missing.stderr
