"""The headers of every answer: what a browser may load, run, frame and reveal."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.types import Message, Send

FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
    "magnetometer=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
}
VIOLATIONS = "/violations"
"""Whither a browser tells what it was kept from (`dashboard.security.violations`)."""
HSTS = "max-age=31536000; includeSubDomains"


def content_policy(script_hashes: Iterable[str]) -> str:
    """The content security policy. `script_hashes`: those of Dash's inline scripts; Dash needs inline
    styles."""
    scripts = " ".join(["'self'", *script_hashes])
    return "; ".join(
        (
            "default-src 'none'",
            "object-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self'",
            "media-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            f"report-uri {VIOLATIONS}",
        )
    )


def with_headers(send: Send, policy: str, secure: bool, private: bool, request_id: str) -> Send:
    """`send` that adds them. `private`: an answer that only this caller may see, kept in no shared cache.
    `request_id`: by which logs and audit know the request. Every tile passes here, so raw lists and no
    look-ups."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [
                *message["headers"],
                *_FIXED,
                (b"content-security-policy", policy.encode("latin-1")),
                (b"x-request-id", request_id.encode("latin-1")),
            ]
            if secure:
                headers.append(_HSTS)
            message["headers"] = _kept_private(headers) if private else headers
        await send(message)

    return send_with_headers


_FIXED = tuple((name.encode(), value.encode()) for name, value in FIXED.items())
_HSTS = (b"strict-transport-security", HSTS.encode())
_VARY = (b"vary", b"Cookie")


def _kept_private(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers with a cache-control that names no shared cache, and told apart by the cookie."""
    kept, declared = [], False
    for name, value in headers:
        if name.lower() == b"cache-control":
            declared, value = True, value.replace(b"public", b"private")
        kept.append((name, value))
    return [*kept, _VARY] if declared else [*kept, (b"cache-control", b"private, no-cache"), _VARY]
