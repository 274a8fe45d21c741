"""Addresses: their scheme, their secrets, and what of them may be shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from geo.errors import InvalidInput

SCHEMES = ("http", "https", "sftp", "postgresql", "postgres")
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def scheme(address: str) -> str | None:
    """None for a path of this machine."""
    found = address.partition("://")[0].lower()
    return found if "://" in address and found in SCHEMES else None


def with_environment(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """`${NAME}` replaced by the variable. Raises `InvalidInput` ("feeds.environment") for one that is not
    set."""

    def value(match: re.Match) -> str:
        if match[1] not in environ:
            raise InvalidInput("feeds.environment", name=match[1])
        return environ[match[1]]

    return VARIABLE.sub(value, text)


def plain(address: str) -> str:
    """An address as a ledger may show it: without user, password and query."""
    parts = urlsplit(address)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return urlunsplit((parts.scheme, host, parts.path, "", ""))
