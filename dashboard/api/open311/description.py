"""What is served here as OpenAPI 3.0, for generators of clients and for tests that hold every answer to it:
`GET /api/open311/v2/openapi.json`. Of the two forms the JSON one."""

from __future__ import annotations

from typing import Any

from geo.exchange.intake import CHANNELS, LONGEST, LONGEST_NOTE
from layers.open311.filters import LAST_PAGE, MOST_A_PAGE, MOST_RADIUS_M

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NONE: Schema = {"type": "string", "nullable": True}
MOMENT: Schema = {"type": "string", "format": "date-time"}
MOMENT_OR_NONE: Schema = {**MOMENT, "nullable": True}
DEGREES: Schema = {"type": "number", "nullable": True}
STATUS: Schema = {"type": "string", "enum": ["open", "closed"]}


def record(**properties: Schema) -> Schema:
    """An object that has exactly these."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SERVICE = record(
    service_code=TEXT,
    service_name=TEXT,
    description=TEXT_OR_NONE,
    metadata={"type": "boolean"},
    type=TEXT,
    keywords=TEXT,
    group=TEXT_OR_NONE,
)
DEFINITION = record(service_code=TEXT, attributes={"type": "array", "items": {"type": "object"}})
REQUEST = record(
    service_request_id=TEXT,
    status=STATUS,
    status_notes=TEXT_OR_NONE,
    service_name=TEXT,
    service_code=TEXT_OR_NONE,
    description=TEXT_OR_NONE,
    agency_responsible=TEXT_OR_NONE,
    service_notice=TEXT_OR_NONE,
    requested_datetime=MOMENT,
    updated_datetime=MOMENT,
    expected_datetime=MOMENT_OR_NONE,
    closed_datetime=MOMENT_OR_NONE,
    address=TEXT_OR_NONE,
    address_id=TEXT_OR_NONE,
    zipcode=TEXT_OR_NONE,
    lat=DEGREES,
    long=DEGREES,
    media_url=TEXT_OR_NONE,
)
CREATED = record(
    token=TEXT,
    account_id=TEXT_OR_NONE,
    service_request_id=TEXT,
    expected_datetime=MOMENT_OR_NONE,
    service_notice=TEXT_OR_NONE,
)
TOKEN = record(token=TEXT, service_request_id=TEXT)
UPDATE = record(
    update_id=TEXT, service_request_id=TEXT, status=STATUS, updated_datetime=MOMENT, description=TEXT
)
CREATED_UPDATE = record(update_id=TEXT, service_request_id=TEXT)
ERROR = record(code={"type": "integer"}, description=TEXT)
DISCOVERY = {"type": "object", "required": ["endpoints"]}

FILTERS: dict[str, Schema] = {
    "service_request_id": TEXT,
    "service_code": TEXT,
    "status": {"type": "string", "enum": ["open", "closed", "open,closed"]},
    "start_date": MOMENT,
    "end_date": MOMENT,
    "updated_after": MOMENT,
    "updated_before": MOMENT,
    "page": {"type": "integer", "minimum": 1, "maximum": LAST_PAGE},
    "page_size": {"type": "integer", "minimum": 1, "maximum": MOST_A_PAGE},
    "bbox": TEXT,
    "lat": {"type": "number", "minimum": -85, "maximum": 85},
    "long": {"type": "number", "minimum": -180, "maximum": 180},
    "radius": {"type": "number", "minimum": 1, "maximum": MOST_RADIUS_M},
}
SENT: dict[str, Schema] = {
    "service_code": TEXT,
    "lat": {"type": "number", "minimum": -90, "maximum": 90},
    "long": {"type": "number", "minimum": -180, "maximum": 180},
    "address_string": {"type": "string", "maxLength": 300},
    "description": {"type": "string", "maxLength": LONGEST},
    "attribute[channel]": {"type": "string", "enum": list(CHANNELS)},
    "attribute[landmark]": {"type": "string", "maxLength": 300},
    "media_url": TEXT,
}
SENT_UPDATE: dict[str, Schema] = {
    "service_request_id": TEXT,
    "update_id": TEXT,
    "description": {"type": "string", "maxLength": LONGEST_NOTE},
}


def describe(base: str) -> Schema:
    """`base`: scheme, host and port as the caller wrote them."""
    whole = {"name": "number", "schema": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}}
    code, token = {"name": "code", "schema": TEXT}, {"name": "token", "schema": {**TEXT, "format": "uuid"}}
    span = {name: FILTERS[name] for name in ("service_request_id", "start_date", "end_date")}
    paths = {
        "/discovery.json": {"get": _reading(DISCOVERY)},
        "/services.json": {"get": _reading(_list(SERVICE))},
        "/services/{code}.json": {"get": _reading(DEFINITION, [code])},
        "/requests.json": {
            "get": _reading(_list(REQUEST), query=FILTERS),
            "post": _sending(_list(CREATED), SENT, ["service_code"]),
        },
        "/requests/{number}.json": {"get": _reading(_list(REQUEST), [whole])},
        "/tokens/{token}.json": {"get": _reading(_list(TOKEN), [token])},
        "/servicerequestupdates.json": {
            "get": _reading(_list(UPDATE), query=span),
            "post": _sending(_list(CREATED_UPDATE), SENT_UPDATE, ["service_request_id", "description"]),
        },
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "iKOMEK109: Open311 GeoReport v2", "version": "2"},
        "servers": [{"url": f"{base}/api/open311/v2"}],
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
        "paths": paths,
    }


def _list(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _reading(
    answer: Schema, path: list[Schema] | None = None, query: dict[str, Schema] | None = None
) -> Schema:
    parameters = [{**one, "in": "path", "required": True} for one in path or []]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in (query or {}).items()]
    return {"parameters": parameters, "responses": _responses("200", answer)}


def _sending(answer: Schema, fields: dict[str, Schema], required: list[str]) -> Schema:
    body = {"type": "object", "properties": fields, "required": required}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": body}},
        },
        "responses": _responses("201", answer),
    }


def _responses(status: str, answer: Schema) -> Schema:
    shown = {status: answer} | {code: _list(ERROR) for code in ("400", "403", "404", "409", "413", "429")}
    return {
        code: {"description": code, "content": {"application/json": {"schema": schema}}}
        for code, schema in shown.items()
    }
