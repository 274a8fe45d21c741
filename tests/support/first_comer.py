"""Who comes second is told who was first, and when."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from geo.errors import IkomekError


def assert_first(refused: pytest.ExceptionInfo[IkomekError], code: str, who: str) -> None:
    """The refusal has this code, names that person and a moment on the clock of a place."""
    assert (refused.value.code, refused.value.parameters["who"]) == (code, who)
    at = datetime.fromisoformat(str(refused.value.parameters["at"]))
    assert at.tzinfo is not None and at < datetime.now(at.tzinfo) + timedelta(seconds=1)
