"""The parsers that fuzzers are let at: each takes any bytes and answers, or refuses with an error of ours."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pyarrow as pa

from dashboard.wall.playlists import check_playlist
from dashboard.wall.scenes import check_scene
from etl import readers
from etl.clean import coordinates, times
from etl.clean.coordinates import CoordinateReading
from etl.declarations.files import load_feeds
from etl.readers import Source
from etl.registry import Feed
from geo.addresses.address_lines import read_line
from geo.addresses.coordinates import read_coordinates
from geo.addresses.house_numbers import house_key, natural
from geo.alarms.rules import read_rules
from geo.errors import IkomekError
from geo.plans.decision_text import read as decision
from geo.plans.decision_text.register import Register, RegisterAddress
from geo.settings import City

ROOT = Path(__file__).parents[2]
CITY = City.load(ROOT / "geo/cities/astana.toml")
FEED = Feed("fuzzed", "incident", constants={"kind": "police"})
LONGEST_S = 1.0
STREETS = ("улица Кенесары", "проспект Абая", "көшесі Сарыарқа")
REGISTERS = [
    Register([RegisterAddress(n, STREETS[n % 3], STREETS[n % 3], str(n)) for n in range(1, 90)], lang)
    for lang in ("kk", "ru")
]


def read_as(form: str) -> Callable[[bytes], None]:
    def parse(body: bytes) -> None:
        for chunk in readers.read(Source("fuzzed", body=body, format=form), FEED):
            assert chunk.table.num_rows == len(chunk.numbers)

    return parse


def text_of(body: bytes) -> str:
    return body.decode("utf-8", "replace")


@contextmanager
def written(body: bytes) -> Iterator[Path]:
    with NamedTemporaryFile(suffix=".toml") as file:
        file.write(body)
        file.flush()
        yield Path(file.name)


def read_times(body: bytes) -> None:
    lines = pa.array(text_of(body).splitlines() or [""], pa.string())
    for day_first in (True, False):
        values, refused = times.parse(lines, CITY.time_zone, day_first)
        assert len(values) == len(refused) == len(lines)


def read_points(body: bytes) -> None:
    """Reads it as text, and as pairs of doubles, which hold every kind of number."""
    text = text_of(body)
    point = read_coordinates(text, CITY)
    assert point is None or CITY.holds(*point)
    numbers = np.frombuffer(body[: len(body) // 16 * 16], dtype=float)
    first, second = numbers[::2].copy(), numbers[1::2].copy()
    for reading in (CoordinateReading(), CoordinateReading(swapped=True), CoordinateReading("EPSG:3857")):
        found = coordinates.locate(first, second, CITY, reading)
        inside = np.isfinite(found.lon)
        assert all(
            CITY.holds(lon, lat) for lon, lat in zip(found.lon[inside], found.lat[inside], strict=True)
        )


def read_addresses(body: bytes) -> None:
    for line in text_of(body).splitlines():
        read_line(line, CITY.called)
        natural(house_key(line))


def read_decision(body: bytes) -> None:
    found = decision.read(text_of(body), REGISTERS)
    assert all(building in range(1, 90) for building in found.precinct_of())


def read_scene(body: bytes) -> None:
    with written(body) as path:
        check_scene(path)
        check_playlist(path)


def read_feed(body: bytes) -> None:
    with written(body) as path:
        load_feeds(path, {})


def read_alarm_rules(body: bytes) -> None:
    with written(body) as path:
        read_rules(path)


PARSERS: dict[str, Callable[[bytes], None]] = {
    "csv": read_as("csv"),
    "json": read_as("json"),
    "jsonl": read_as("jsonl"),
    "open311": read_as("open311"),
    "times": read_times,
    "coordinates": read_points,
    "addresses": read_addresses,
    "decision": read_decision,
    "scene": read_scene,
    "feed": read_feed,
    "alarm_rules": read_alarm_rules,
}


class TooSlow(Exception):
    """An input took more than `LONGEST_S` of the processor."""


def parse(name: str, body: bytes) -> None:
    """Raises what is a fault of ours, and `TooSlow`."""
    begun = time.process_time()
    with suppress(IkomekError):
        PARSERS[name](body)
    if (took := time.process_time() - begun) > LONGEST_S:
        raise TooSlow(f"{took:.1f} s for {len(body)} bytes")


def seeds(name: str) -> list[bytes]:
    """What a fuzzer begins with: sound inputs."""
    rows = [{"source_id": "1", "opened_at": "2026-11-27 10:30", "lon": 71.4, "lat": 51.1, "title": "Яма"}]
    toml = {
        "scene": "dashboard/wall/scenes/operations.toml",
        "feed": "etl/examples/astana_accidents.toml",
        "alarm_rules": "geo/alarms/rules.toml",
    }
    if name in toml:
        return [(ROOT / toml[name]).read_bytes()]
    texts = {
        "csv": 'source_id;opened_at;lat;lon;title\n1;27.11.2026 10:30;51,13;71,43;"Яма; глубокая"\n',
        "json": json.dumps({"data": rows}, ensure_ascii=False),
        "jsonl": json.dumps(rows[0], ensure_ascii=False) + "\n",
        "open311": "<service_requests><request><service_request_id>1</service_request_id></request>"
        "</service_requests>",
        "times": "2026-11-27T10:30:00+05:00\n27.11.2026 10:30\n11/27/26 10:30 PM\n45623.5\n1732689000\n",
        "coordinates": "51°07'48\"N 71°25'48\"E; 51,13 71,43",
        "addresses": "г. Астана, ул. Кенесары, д. 40/1 к. 2\nКенесары - Абая\nАбай даңғылы 5-үй\n",
        "decision": "Избирательный участок № 12\nГраницы: улица Кенесары: дома 1-9 (нечетная сторона), 12;\n",
    }
    return [texts[name].encode()]
