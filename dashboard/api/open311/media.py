"""The picture of a request: a file sent with it (`media`), or one that `media_url` names. The latter is
fetched from the hosts of `IKOMEK_MEDIA_HOSTS` alone: what a stranger writes must not choose where this server
goes."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import httpx
from starlette.datastructures import FormData, UploadFile

from dashboard.request_context import current
from dashboard.security.rules import MEGABYTE
from geo.errors import InvalidInput, TooLarge
from geo.exchange.outbound import need_allowed, pinned
from geo.pictures.intake import Picture, prepare
from layers.executors import PICTURES

VARIABLE = "IKOMEK_MEDIA_HOSTS"
"""Names of hosts, by commas; unset = no picture is fetched."""
MOST_BYTES = 16 * MEGABYTE
TIMEOUT_S = 10


async def read_picture(form: FormData) -> Picture | None:
    """Raises `InvalidInput` ("open311.media_host", "open311.media_away", and what `prepare` refuses),
    `TooLarge`, `Forbidden` ("exchange.private")."""
    context = current()
    sent, address = form.get("media"), form.get("media_url")
    if isinstance(sent, UploadFile) and sent.size:
        content = await sent.read()
    elif isinstance(address, str) and address.strip():
        content = await context.run(PICTURES, fetch, address.strip())
    else:
        return None
    return await context.run(PICTURES, prepare, content, context.settings.city.time_zone)


def fetch(address: str) -> bytes:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError as error:
        raise InvalidInput("open311.media_host", host=address[:80]) from error
    allowed = {part.strip().lower() for part in os.environ.get(VARIABLE, "").split(",") if part.strip()}
    if host.lower() not in allowed:
        raise InvalidInput("open311.media_host", host=host[:80])
    try:
        whole, named, extensions = pinned(address, need_allowed(address))
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, trust_env=False) as client,
            client.stream("GET", whole, headers={"Host": named}, extensions=extensions) as answer,
        ):
            if not answer.is_success:
                raise InvalidInput("open311.media_away", host=host[:80], reason=str(answer.status_code))
            content = b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    raise TooLarge("request.body", limit=MOST_BYTES)
    except (httpx.HTTPError, OSError) as error:
        raise InvalidInput("open311.media_away", host=host[:80], reason=type(error).__name__) from error
    return content
