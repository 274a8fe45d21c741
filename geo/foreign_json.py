"""JSON that others wrote: packages, receipts, files, answers of other servers. Whoever reads it says what an
error is about; that it is one is said here, also of what is nested deeper than Python reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def read_foreign_json(body: bytes | str, parse_int: Callable[[str], Any] = int) -> Any:
    """Raises `ValueError` for what is no JSON, or is nested too deep."""
    try:
        return json.loads(body, parse_int=parse_int)
    except RecursionError:
        raise ValueError("JSON is nested too deep") from None
