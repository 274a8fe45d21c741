"""The headers of every answer: what a browser may load, run, frame and reveal."""
from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
}
HSTS = "max-age=31536000"


def content_policy(script_hashes: Iterable[str]) -> str:
    """The content security policy. `script_hashes`: those of Dash's inline scripts; Dash needs inline styles."""
    scripts = " ".join(["'self'", *script_hashes])
    return "; ".join((
        "default-src 'none'", f"script-src {scripts}", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "worker-src 'self'", "media-src 'self'", "manifest-src 'self'", "form-action 'self'", "base-uri 'none'",
        "frame-ancestors 'none'",
    ))


def with_headers(send: Send, policy: str, secure: bool, private: bool) -> Send:
    """`send` that adds them. `private`: an answer that only this caller may see, kept in no shared cache."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in FIXED.items():
                headers[name] = value
            headers["content-security-policy"] = policy
            if secure:
                headers["strict-transport-security"] = HSTS
            if private:
                _keep_private(headers)
        await send(message)

    return send_with_headers


def _keep_private(headers: MutableHeaders) -> None:
    said = headers.get("cache-control")
    if said is None:
        headers["cache-control"] = "private, no-cache"
    elif "public" in said:
        headers["cache-control"] = said.replace("public", "private")
    headers.add_vary_header("Cookie")
