"""OpenTelemetry on request: with `IKOMEK_OTLP=http://COLLECTOR:4318` spans of requests, statements, runs of
feeds and jobs are sent there by OTLP over HTTP; without it nothing is imported and nothing is measured.

A span holds no address, no name, no value: the class of a route, the method, the status, the request's id (by
which the log and the audit know it), a statement's text without its parameters, the key of a feed or a job. A
trace that a stranger's header names is not continued. `IKOMEK_OTLP_SHARE` (0 to 1, default 1) is the share of
traces that are kept. A collector that is away costs nobody a wait: spans are sent by a thread of their own,
and thrown away.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

VARIABLE, SHARE = "IKOMEK_OTLP", "IKOMEK_OTLP_SHARE"
LONGEST = 300
"""Letters of a statement."""

_provider: TracerProvider | None = None
is_on = False
"""Whether somebody asked for traces: each statement asks."""


def begin(service: str) -> None:
    """Called once a process, after it has become itself: a thread does not survive a fork."""
    global _provider, is_on
    address = os.environ.get(VARIABLE)
    if not address or _provider is not None:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    for name in ("opentelemetry.exporter", "opentelemetry.sdk"):  # one line a failed try is too many
        logging.getLogger(name).setLevel(logging.CRITICAL)
    share = float(os.environ.get(SHARE) or 1)
    _provider = TracerProvider(
        resource=Resource({"service.name": f"ikomek-{service}"}),
        sampler=ParentBased(TraceIdRatioBased(share)),
    )
    exporter = OTLPSpanExporter(endpoint=f"{address.rstrip('/')}/v1/traces", timeout=5)
    _provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    is_on = True


def end() -> None:
    """Send what waits; at the end of a process."""
    global _provider, is_on
    if _provider is not None:
        _provider.shutdown()
        _provider, is_on = None, False


@contextmanager
def span(name: str, served: bool = False, **attributes: Any) -> Iterator[Span | None]:
    """The time of what is done within, below the span around it. None = nobody asked for traces."""
    if _provider is None:
        yield None
        return
    from opentelemetry.trace import SpanKind

    kind = SpanKind.SERVER if served else SpanKind.INTERNAL
    tracer = _provider.get_tracer("ikomek")
    # Not `record_exception`: the words of an error quote what it was given.
    with tracer.start_as_current_span(
        name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as opened:
        try:
            yield opened
        except BaseException as error:
            fail(opened, type(error).__name__)
            raise


def fail(opened: Span | None, kind: str) -> None:
    """Mark a span as failed by the kind of an error."""
    if opened is None:
        return
    from opentelemetry.trace import Status, StatusCode

    opened.set_status(Status(StatusCode.ERROR, kind))
    opened.set_attribute("error.type", kind)


def begin_statement(statement: str, role: str) -> Span | None:
    """A span of one statement, ended by `end_statement`. Its values are bound, so its text holds none."""
    if _provider is None:
        return None
    from opentelemetry.trace import SpanKind

    written = " ".join(statement.split())
    return _provider.get_tracer("ikomek").start_span(
        f"SQL {written.partition(' ')[0].lower()}",
        kind=SpanKind.CLIENT,
        attributes={"db.system.name": "postgresql", "db.query.text": written[:LONGEST], "ikomek.role": role},
    )


def end_statement(opened: Span | None, failed: str | None = None) -> None:
    if opened is not None:
        if failed is not None:
            fail(opened, failed)
        opened.end()
