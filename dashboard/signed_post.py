"""A POST of JSON to an address of somebody else's, named by `Idempotency-Key` and, with `IKOMEK_WEBHOOK_KEY`,
signed: `X-Signature` is "t=SECONDS,v1=" and the HMAC-SHA-256, in hex, of the seconds, a dot and the body."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx

TIMEOUT_S = 20


def post_signed(address: str, name: str, content: Mapping[str, object]) -> None:
    """Raises what `httpx` raises, and `ValueError` for an answer that is none of 2xx: it is not followed
    elsewhere."""
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": name}
    if key := os.environ.get("IKOMEK_WEBHOOK_KEY"):
        seconds = int(datetime.now(UTC).timestamp())
        signed = hmac.new(key.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
        headers["X-Signature"] = f"t={seconds},v1={signed}"
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        answer = client.post(address, content=body, headers=headers)
    if not answer.is_success:
        raise ValueError(f"{answer.status_code} from {urlsplit(address).hostname}")
