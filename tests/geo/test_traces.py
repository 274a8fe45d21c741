"""OpenTelemetry on request, against a real receiver of OTLP: spans of a request and of its statements arrive,
belong together, and hold nothing that a caller has sent."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from geo import traces
from geo.settings import Settings
from tests.support.web import Server

ROOT = Path(__file__).parents[2]
PLANTED = "Zhumabayeva-planted"
STRANGERS = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
WITHIN_S = 20


class Collector:
    """A receiver of OTLP over HTTP on a port of its own; `spans` are what came, as they were written."""

    def __init__(self) -> None:
        self.spans: list[Any] = []
        self.services: set[str] = set()
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.take(self.path, ExportTraceServiceRequest.FromString(body))
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing: the test tells what it lacks."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path: str, request: ExportTraceServiceRequest) -> None:
        assert path == "/v1/traces"
        for resource in request.resource_spans:
            self.services |= {
                one.value.string_value for one in resource.resource.attributes if one.key == "service.name"
            }
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]

    def wait_for(self, name: str, count: int = 1) -> list[Any]:
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            found = [span for span in list(self.spans) if span.name == name]
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(
            f"no span {name!r} came; these did: {sorted({span.name for span in self.spans})}"
        )


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


def attributes(span: Any) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_request_and_its_statements_are_one_trace_without_a_word_of_the_caller(
    settings: Settings, collector: Collector
) -> None:
    server = Server(settings, IKOMEK_OTLP=collector.url)
    try:
        with server.client() as client:
            asking = {"traceparent": STRANGERS, "User-Agent": PLANTED}
            answer = client.get(f"/api/v1/audit.csv?who={PLANTED}", headers=asking)
            missing = client.get(f"/layers/{PLANTED}.json")
        [export] = collector.wait_for("GET commands")
        [refused] = collector.wait_for("GET layers")
        statements = [span for span in collector.wait_for("SQL select") if span.trace_id == export.trace_id]
    finally:
        server.stop()
    found = attributes(export)
    assert found["http.response.status_code"] == answer.status_code
    assert found["ikomek.request"] == answer.headers["x-request-id"]
    assert attributes(refused)["http.response.status_code"] == missing.status_code
    assert statements and all(span.parent_span_id for span in statements)
    assert "select" in str(attributes(statements[0])["db.query.text"]).lower()
    assert export.end_time_unix_nano > export.start_time_unix_nano
    assert export.trace_id.hex() not in STRANGERS and not export.parent_span_id
    everything = "".join(str(span) for span in collector.spans)
    assert PLANTED not in everything and "planted" not in everything.lower()
    assert collector.services == {"ikomek-web"}


def test_a_fault_is_told_by_its_kind_alone(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(traces.VARIABLE, collector.url)
    traces.begin("test")
    try:
        with pytest.raises(ValueError), traces.span("job x", feed="police"):
            raise ValueError(PLANTED)
    finally:
        traces.end()
    [span] = collector.wait_for("job x")
    assert span.status.code == 2 and attributes(span) == {"feed": "police", "error.type": "ValueError"}
    assert PLANTED not in str(span)


def test_a_collector_that_is_away_costs_nobody_a_wait(settings: Settings) -> None:
    server = Server(settings, IKOMEK_OTLP="http://127.0.0.1:9")
    try:
        with server.client() as client:
            begun = time.monotonic()
            assert all(client.get("/readyz").status_code == 200 for _ in range(20))
            assert time.monotonic() - begun < WITHIN_S / 2
    finally:
        server.stop()
    assert "opentelemetry" not in server.logged().lower()


def test_without_the_setting_nothing_of_it_is_imported() -> None:
    code = (
        "import sys, dashboard.server; from geo import traces; traces.begin('web')\n"
        "with traces.span('x') as opened: assert opened is None\n"
        "assert traces.begin_statement('select 1', 'web') is None\n"
        "sent = ('opentelemetry.sdk.trace', 'opentelemetry.exporter')\n"
        "assert not [name for name in sys.modules if name.startswith(sent)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env={"PATH": "/usr/bin"})
