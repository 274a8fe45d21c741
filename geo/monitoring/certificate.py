"""The certificate that browsers are shown: it is asked for as a browser does, at the address of the web
server or the one that `IKOMEK_TLS_WATCH` names (host:port, such as that of a proxy in front), so that a
renewed file which nobody has loaded does not pass for renewed."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cryptography import x509

from geo.monitoring.reading import Reading

VARIABLE = "IKOMEK_TLS_WATCH"
WITHIN_S = 3.0


def certificate(address: str | None, now: datetime) -> Iterator[Reading]:
    """`address`: of the web server ("https://127.0.0.1:8109"). Nothing without TLS, and while nobody answers
    there: that it does not is seen elsewhere."""
    watched = os.environ.get(VARIABLE)
    host, port = _endpoint(f"https://{watched}" if watched else address or "")
    if host is None:
        return
    try:
        ends = _shown_until(host, port)
    except (OSError, ValueError):
        return
    days = (ends - now).total_seconds() / 86400
    yield Reading("certificate", round(days, 2), f"{host}:{port}", {"ends": ends.isoformat()})


def _endpoint(address: str) -> tuple[str | None, int]:
    parts = urlsplit(address)
    return (parts.hostname, parts.port or 443) if parts.scheme == "https" else (None, 0)


def _shown_until(host: str, port: int) -> datetime:
    """Who signed it is not asked: it shall be seen also when it is over, or a city's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection((host, port), timeout=WITHIN_S) as plain,
        context.wrap_socket(plain, server_hostname=host) as shown,
    ):
        found = shown.getpeercert(binary_form=True)
    if found is None:
        raise ValueError("no certificate was shown")
    return x509.load_der_x509_certificate(found).not_valid_after_utc.astimezone(UTC)
