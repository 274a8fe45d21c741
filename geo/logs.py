"""Logs that a stranger may read: no row's content, no parameter of a statement, no token ever reaches one.
Every process configures its log here.

An error of a server quotes what it was given (`Key (source_id)=(..) already exists`), and so do most of
Python's (`could not convert string to float: '..'`). So of an exception a log holds what it is and where
it was raised: its class, our code or the server's SQLSTATE with the names of table and constraint, and the
lines of our source. A message is kept where no caller's words can be in it: of the operating system and of
Redis.

A line of a request carries the id by which the audit knows that request, and the browser its answer
(`X-Request-Id`). With `IKOMEK_LOG=json` each line is an object, for whoever collects them: `at` (UTC),
`level`, `logger`, `message`, `request`, `trace`.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import traceback
import warnings
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

import redis

from geo.audit.callers import caller
from geo.errors import IkomekError

SECRET = re.compile(
    r"(token=|bearer\s+|ikomek_(?:session|half|device|browser|oidc)=)[^\s&\"';,]+", re.IGNORECASE
)
FORMAT = "%(asctime)s %(levelname)s %(name)s%(request)s: %(message)s"
VARIABLE = "IKOMEK_LOG"

log = logging.getLogger(__name__)


class Discreet(logging.Formatter):
    """Formats an exception, among the arguments or as the traceback, without what it quotes; takes tokens
    out of any line."""

    def format(self, record: logging.LogRecord) -> str:
        line = discreet(record)
        request = caller.get().request_id
        line.request = f" [{request}]" if request else ""
        return SECRET.sub(r"\1…", super().format(line))

    def formatException(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return "\n".join(_chain(exc_info[1])) if exc_info[1] else ""


class Structured(Discreet):
    """The same as one object of JSON a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = discreet(record)
        written = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": SECRET.sub(r"\1…", line.getMessage()),
            "request": caller.get().request_id,
            "trace": self.formatException(record.exc_info) if record.exc_info else None,
        }
        return json.dumps({key: value for key, value in written.items() if value}, ensure_ascii=False)


def discreet(record: logging.LogRecord) -> logging.LogRecord:
    """The record with what is known of its errors in place of their words."""
    line = logging.makeLogRecord(record.__dict__ | {"args": _args(record.args), "exc_text": None})
    if isinstance(record.msg, BaseException):
        line.msg = describe(record.msg)
    return line


def configure(level: int = logging.INFO) -> None:
    """Write to standard error, as `Discreet` says; a fault that ends the process or a thread is written so
    too."""
    handler = logging.StreamHandler()
    handler.setFormatter(Structured() if os.environ.get(VARIABLE) == "json" else Discreet(FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it writes whole addresses
    warnings.showwarning = show_warning
    sys.excepthook = lambda type_, error, trace: log.critical(
        "stopped by a fault", exc_info=(type_, error, trace)
    )
    threading.excepthook = lambda fault: log.critical(
        "the thread %s stopped by a fault",
        fault.thread and fault.thread.name,
        exc_info=fault.exc_value,
    )


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Logs a library's warning without its words: they quote what it was given, as those of an error do."""
    log.warning("%s at %s:%d", category.__name__, filename, lineno)


def describe(error: BaseException) -> str:
    """The kind of an error in one line, without its data: "IntegrityError 23505 incident
    uq_incident_source"."""
    if isinstance(error, IkomekError):
        return f"{type(error).__name__} {error.code}"
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "pgcode", None) or getattr(cause, "sqlstate", None)
    if state:
        diag = getattr(cause, "diag", None)
        names = [getattr(diag, name, None) for name in ("table_name", "column_name", "constraint_name")]
        return " ".join([type(error).__name__, state, *(name for name in names if name)])
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    if isinstance(error, redis.ConnectionError | redis.TimeoutError):
        return f"{type(error).__name__}: {error}"
    return type(error).__name__


def _args(args: object) -> object:
    if isinstance(args, tuple):
        return tuple(describe(value) if isinstance(value, BaseException) else value for value in args)
    return args


def _chain(error: BaseException) -> list[str]:
    """The traceback of an error after that of what it came from, innermost last, as Python writes it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    lines = [*_chain(before), "which led to"] if before is not None else []
    frames = [line.rstrip() for line in traceback.format_list(traceback.extract_tb(error.__traceback__))]
    lines += ["Traceback (most recent call last):", *frames, describe(error)]
    for part in getattr(error, "exceptions", ()):
        lines += _chain(part)
    return lines
