"""What a program sends: `POST /api/open311/v2/requests.<form>` and `.../servicerequestupdates.<form>`, the
body urlencoded, or multipart with the picture `media`.

When it is answered it is in the database, with its number and its deadline. `Idempotency-Key`: the same key
with the same content is the same request, never a second one; its token is known by it too.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from dashboard.api.open311 import content
from dashboard.api.open311.access import admit, need_jurisdiction
from dashboard.api.open311.media import read_picture
from dashboard.api.open311.reading import base_of, number_of
from dashboard.open311_form import respond
from dashboard.request_context import current
from geo.database import transact
from geo.errors import InvalidInput
from geo.exchange.intake import DEFAULT_CHANNEL, SentRequest, add_update, own_key, take_request
from geo.exchange.keys import ApiClient
from geo.ranges import decimal
from geo.storable import UNSTORABLE, as_typed
from layers.executors import PROGRAMS
from layers.open311 import requests

KEY = re.compile(r"[\x21-\x7e]{1,200}")
MOST_FIELDS, LONGEST_FIELD = 60, 20_000

router = APIRouter(prefix="/api/open311/v2", include_in_schema=False)


@router.post("/requests.{form}", status_code=201)
async def create_request(request: Request, form: str) -> Response:
    async with read_form(request) as fields:
        client = await admit(request, form, text_of(fields, "api_key"), creates=True)
        need_jurisdiction(text_of(fields, "jurisdiction_id"))
        key, sent = key_of(request, client), read_request(fields)
        picture = await read_picture(fields)
    context = current()
    city, editor = context.settings.city, request.app.state.editor
    take = partial(take_request, city=city, client=client, sent=sent, key=key, picture=picture)
    done = await context.run(PROGRAMS, transact, editor, take)
    row = await context.run(
        PROGRAMS, requests.read_request, context.servers.engine, city, client, done.incident, context.language
    )
    created = content.request(row, base_of(request))
    shown = {name: created[name] for name in ("service_request_id", "expected_datetime", "service_notice")}
    answer = [{"token": str(key), "account_id": None, **shown}]
    return respond("service_requests", answer, form, 201)


@router.post("/servicerequestupdates.{form}", status_code=201)
async def create_update(request: Request, form: str) -> Response:
    async with read_form(request) as fields:
        client = await admit(request, form, text_of(fields, "api_key"), creates=True)
        need_jurisdiction(text_of(fields, "jurisdiction_id"))
        number = number_of({"service_request_id": text_of(fields, "service_request_id")})
        words, theirs = text_of(fields, "description"), text_of(fields, "update_id")
    if number is None:
        raise InvalidInput("open311.missing", name="service_request_id")
    key = own_key(client, f"update {number} {theirs}") if theirs else key_of(request, client)
    context = current()
    add = partial(
        add_update, city=context.settings.city, client=client, incident=number, words=words, key=key
    )
    done = await context.run(PROGRAMS, transact, request.app.state.editor, add)
    answer = [{"update_id": str(done.action), "service_request_id": str(number)}]
    return respond("service_request_updates", answer, form, 201)


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[FormData]:
    """Raises `InvalidInput` ("open311.body")."""
    try:
        fields = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD)
    except HTTPException as error:
        raise InvalidInput("open311.body", reason=str(error.detail)[:200]) from error
    try:
        yield fields
    finally:
        await fields.close()


def text_of(fields: FormData, name: str) -> str:
    """A field's text as it is kept, without blanks at its ends; empty where it is not given. Raises
    `InvalidInput` ("request.unstorable")."""
    value = fields.get(name)
    if not isinstance(value, str):
        return ""
    if UNSTORABLE.search(value):
        raise InvalidInput("request.unstorable", where=name)
    return str(as_typed(value)).strip()


def key_of(request: Request, client: ApiClient) -> UUID:
    """By the client's own key, else one that nobody can send again. Raises `InvalidInput` ("ingest.key")."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return uuid4()
    if not KEY.fullmatch(given):
        raise InvalidInput("ingest.key")
    return own_key(client, given)


def read_request(fields: FormData) -> SentRequest:
    """Raises `InvalidInput` ("open311.parameter")."""
    lat, lon = _degrees(fields, "lat", 90), _degrees(fields, "long", 180)
    if (lat is None) != (lon is None):
        raise InvalidInput("open311.missing", name="lat, long")
    return SentRequest(
        service=text_of(fields, "service_code"),
        description=text_of(fields, "description"),
        lon=lon,
        lat=lat,
        address=text_of(fields, "address_string") or None,
        channel=text_of(fields, "attribute[channel]") or DEFAULT_CHANNEL,
        landmark=text_of(fields, "attribute[landmark]"),
    )


def _degrees(fields: FormData, name: str, most: int) -> float | None:
    given = text_of(fields, name)
    if not given:
        return None
    if (value := decimal(given, -most, most)) is None:
        raise InvalidInput("open311.parameter", name=name, given=given[:80], example="51.13")
    return value
