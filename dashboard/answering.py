"""What a person asked and was refused: said in the place of the answer, where an older answer would else stay
beside a newer question, or (what has no place of its own) in the shell's notice.

In an element with `asks(ID)` whatever is typed or pressed empties the place `ID` at once (`assets/asks.js`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Any

from dash import html

from dashboard.request_context import current
from dashboard.words import error_words, word
from geo.errors import IkomekError, Unavailable
from layers.executors import Work
from layers.unanswered import refusal_of

log = logging.getLogger(__name__)


def asks(answer: str) -> dict[str, Any]:
    """Attributes of the element in which is asked what the element `answer` shows."""
    return {"data-asks": answer}


async def answer_press(work: Work, function: Callable[..., Any], *args: Any) -> tuple[Any, bool]:
    """What a press asked for, or what is said in its place; whether it is the answer. A press is sent once:
    what cannot be answered now is said too."""
    try:
        return await current().run(work, function, *args), True
    except Exception as error:
        return _refused(error), False


async def answer_address(work: Work, function: Callable[..., Any], *args: Any) -> tuple[Any, bool]:
    """The same of what the page asks by itself or by its address. Raises `Unavailable` for what cannot be
    answered now: the page asks again until it has an answer."""
    try:
        return await current().run(work, function, *args), True
    except Exception as error:
        if isinstance(error, Unavailable) or isinstance(refusal_of(error), Unavailable):
            raise
        return _refused(error), False


def _refused(error: Exception) -> html.Span:
    return html.Span(refusal_words(error), className="refused", role="alert")


def refusal_words(error: Exception) -> str:
    """What the person is told. It is logged, and a refusal stands in the audit."""
    refusal = error if isinstance(error, IkomekError) else refusal_of(error)
    if refusal is None:
        log.error("failed in a callback", exc_info=error)
        return word("error.request.failed")
    log.warning("refused in a callback: %s", refusal)
    _record(refusal)
    return error_words(refusal)


def _record(error: IkomekError) -> None:
    """A callback's refusal, into the audit; not here, where every other request would wait for the
    database."""
    note = partial(current().note_refusal, error, "POST")
    threading.Thread(target=copy_context().run, args=(note,), name="refusal").start()
