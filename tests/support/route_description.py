"""Every route of ours for programs and scripts as OpenAPI, read from the code itself: its path, the types of
its parameters, the form that its body is checked against, and how a refusal looks. For tests that make up
requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

from dashboard.routes import Body

LEFT_OUT = ("/sign-", "/language", "/live", "/_", "/api/open311", "/assets", "/metrics")
"""What ends the session, never ends, is Dash's, or is described by itself."""
REFUSAL = {
    "type": "object",
    "required": ["error", "message", "parameters"],
    "properties": {
        "error": {"type": "string"},
        "message": {"type": "string"},
        "parameters": {"type": "object"},
    },
}
REFUSED = ("400", "401", "403", "404", "405", "409", "413", "429", "503")
CONVERTER = re.compile(r"\{(\w+):\w+\}")


def describe(app: FastAPI, base: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for route in routes_of(app):
        path = CONVERTER.sub(r"{\1}", route.path)
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(route)
    about = {"title": "routes", "version": "1"}
    return {"openapi": "3.1.0", "info": about, "servers": [{"url": base}], "paths": paths}


def routes_of(app: FastAPI) -> list[APIRoute]:
    routers = [getattr(route, "original_router", None) for route in app.routes]
    every = [*app.routes, *(one for part in routers if isinstance(part, APIRouter) for one in part.routes)]
    return [one for one in every if isinstance(one, APIRoute) and not one.path.startswith(LEFT_OUT)]


def _operation(route: APIRoute) -> dict[str, Any]:
    dependant = route.dependant
    parameters = [_parameter(one, "path", True) for one in dependant.path_params]
    parameters += [_parameter(one, "query", one.field_info.is_required()) for one in dependant.query_params]
    refused = {"description": "refused", "content": {"application/json": {"schema": REFUSAL}}}
    operation: dict[str, Any] = {
        "parameters": parameters,
        "responses": {"200": {"description": "answered"}} | dict.fromkeys(REFUSED, refused),
    }
    forms = list(forms_of(route))
    if forms:
        schema = {"anyOf": [schema_of(form) for form in forms]} if len(forms) > 1 else schema_of(forms[0])
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    return operation


def _parameter(field: Any, where: str, required: bool) -> dict[str, Any]:
    schema = schema_of(field.field_info.rebuild_annotation())
    return {"name": field.alias, "in": where, "required": required, "schema": schema}


def forms_of(route: APIRoute) -> Iterator[type[Body]]:
    """Those that the endpoint names, as a global of its module or around it."""
    endpoint = route.endpoint
    code, seen = endpoint.__code__, set()
    around = zip(code.co_freevars, (cell.cell_contents for cell in endpoint.__closure__ or ()))
    named = {name: endpoint.__globals__.get(name) for name in code.co_names} | dict(around)
    for one in named.values():
        if isinstance(one, type) and issubclass(one, Body) and one not in seen:
            seen.add(one)
            yield one


def schema_of(annotation: Any) -> dict[str, Any]:
    """Without references: each definition stands where it is used."""
    try:
        schema = TypeAdapter(annotation).json_schema()
    except PydanticInvalidForJsonSchema:
        return {}
    return _inlined(schema, schema.pop("$defs", {}))


def _inlined(schema: Any, definitions: dict[str, Any], depth: int = 0) -> Any:
    if isinstance(schema, list):
        return [_inlined(one, definitions, depth) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found = definitions.get(schema["$ref"].rpartition("/")[2], {})
        return {} if depth > 20 else _inlined(found, definitions, depth + 1)
    return {
        name: _inlined(one, definitions, depth) for name, one in schema.items() if name != "discriminator"
    }
