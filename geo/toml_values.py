"""What a value of a TOML file that people write can be: checks that hold or do not, for a value of any
type."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import TypeGuard
from urllib.parse import urlsplit

LANGUAGES = ("kk", "ru", "en")
MAIL = re.compile(r"[^@\s<>,;\x00-\x20\x7f-\x9f]+@[^@\s<>,;\x00-\x20\x7f-\x9f]+")


def is_number(value: object, least: float, most: float) -> TypeGuard[float]:
    """Whole or not; what is no number (nan) is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def is_whole(value: object, least: int, most: int) -> TypeGuard[int]:
    return type(value) is int and least <= value <= most


def is_one_of(value: object, known: Collection[str]) -> TypeGuard[str]:
    """Asked first whether it is a text: a list or a table is in no set."""
    return isinstance(value, str) and value in known


def are_all(value: object, holds: Callable[[str], object]) -> bool:
    """A list of texts, each of which holds."""
    return isinstance(value, list) and all(isinstance(one, str) and holds(one) for one in value)


def is_mail(value: str) -> bool:
    return MAIL.fullmatch(value) is not None


def is_web_address(value: object) -> TypeGuard[str]:
    """An address of http or https, with a host, and with a port that there can be."""
    if not isinstance(value, str) or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def in_every_language(value: object) -> bool:
    """A table of texts, none of them empty."""
    return (
        isinstance(value, dict)
        and set(value) == set(LANGUAGES)
        and all(isinstance(text, str) and text.strip() for text in value.values())
    )
