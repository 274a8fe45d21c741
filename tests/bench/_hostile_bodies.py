"""Bodies made to harm whoever opens them, and what one of them costs: its processor time and the memory
beyond what the process had before, measured in a child that is thrown away."""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.bench._fuzz_parsers import CITY, FEED

ANSWER_WITHIN_S = 60
MEGABYTE = 2**20


@dataclass(frozen=True)
class HostileAnswer:
    """`answered`: with an error of ours, or with rows that are judged one by one. `megabytes`: the child's
    peak beyond what it had before; the decoder of pictures is a child with a limit of its own."""

    answered: bool
    answer: str
    seconds: float
    megabytes: float


def zipped(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def zip_of_zips() -> bytes:
    """Each holds sixteen of the one before."""
    inner = zipped("a.csv", b"0" * MEGABYTE)
    for _ in range(4):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(16):
                archive.writestr(f"{n}.zip", inner)
        inner = packed.getvalue()
    return inner


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{"".join(f"&a{n - 1};" for _ in range(10))}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY a0 "ha">{entities}]><service_requests>&a9;</service_requests>'.encode()


def outside() -> bytes:
    return (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "/etc/hostname">]>'
        b"<service_requests><request><service_request_id>&a;</service_request_id></request></service_requests>"
    )


def png(width: int, height: int) -> bytes:
    """A picture of a few kilobytes that says it is that large."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * MEGABYTE, 9)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def geojson(geometry: str) -> bytes:
    feature = '{"type": "Feature", "properties": {"source_id": "1"}, "geometry": ' + geometry + "}"
    return ('{"type": "FeatureCollection", "features": [' + feature + "]}").encode()


def nested_geometry(depth: int) -> str:
    collection = '{"type": "GeometryCollection", "geometries": ['
    return collection * depth + "]}" * depth


def rows_of(form: str) -> Callable[[bytes], None]:
    def read(body: bytes) -> None:
        from etl import readers
        from etl.readers import Source

        for chunk in readers.read(Source("hostile", body=body, format=form), FEED):
            assert chunk.table.num_rows == len(chunk.numbers)

    return read


def decode_picture(body: bytes) -> None:
    from geo.pictures.intake import prepare

    prepare(body, CITY.time_zone)


def check_call(body: bytes) -> None:
    from dashboard.security import callbacks

    callbacks.check(body, {}, None)  # type: ignore[arg-type]


BODIES: dict[str, tuple[Callable[[], bytes], Callable[[bytes], None]]] = {
    "zip, 256 MB unpacked": (lambda: zipped("a.csv", b"\0" * (256 * MEGABYTE)), rows_of("csv")),
    "zip of zips": (zip_of_zips, rows_of("csv")),
    "gzip, 256 MB unpacked": (lambda: gzip.compress(b"\0" * (256 * MEGABYTE), 9), rows_of("csv")),
    "xlsx that is a zip": (lambda: zipped("xl/workbook.xml", b"0" * (256 * MEGABYTE)), rows_of("xlsx")),
    "XML, a billion laughs": (laughs, rows_of("open311")),
    "XML, a file of ours": (outside, rows_of("open311")),
    "XML of OpenStreetMap": (
        lambda: laughs().replace(b"service_requests", b"osm"),
        rows_of("osm"),
    ),
    "JSON, 100,000 deep": (lambda: b"[" * 100_000, rows_of("json")),
    "JSON, a callback": (lambda: b'{"a":' * 100_000, check_call),
    "PNG, 60,000 x 60,000": (lambda: png(60_000, 60_000), decode_picture),
    "PNG, 4 billion wide": (lambda: png(2**31 - 1, 2**31 - 1), decode_picture),
    "geometry, 10,000 deep": (lambda: geojson(nested_geometry(10_000)), rows_of("geojson")),
    "geometry, no numbers": (
        lambda: geojson(json.dumps({"type": "Polygon", "coordinates": [[["a"] * 2] * 1000]})),
        rows_of("geojson"),
    ),
}
"""Name -> what makes the body, and the door that it is shown to."""


def measure(name: str) -> HostileAnswer:
    make, _ = BODIES[name]
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_open, args=(name, make(), theirs))
    child.start()
    answer = ours.recv() if ours.poll(ANSWER_WITHIN_S) else None
    child.kill()
    child.join()
    return answer or HostileAnswer(False, "no answer", float(ANSWER_WITHIN_S), 0.0)


def _open(name: str, body: bytes, to: Connection) -> None:
    from geo.errors import IkomekError

    _, read = BODIES[name]
    with suppress(IkomekError):
        read(b"")  # what is imported at the first use is not the body's cost
    Path("/proc/self/clear_refs").write_text("5")  # the mark begins anew, at what it has now
    before, begun = _peak_mb(), _processor_s()
    try:
        read(body)
        answered, answer = True, "read, row by row"
    except IkomekError as error:
        answered, answer = True, error.code
    except Exception as error:
        answered, answer = False, type(error).__name__
    to.send(HostileAnswer(answered, answer, _processor_s() - begun, _peak_mb() - before))


def _processor_s() -> float:
    """Taken by the child and by its own: a machine that is busy makes nothing slower than it is."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _peak_mb() -> float:
    """The kernel's own mark of this process: `ru_maxrss` begins with what the parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024
