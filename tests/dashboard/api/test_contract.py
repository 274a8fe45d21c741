"""No request that somebody can make up is a failure of ours: every route of programs and scripts, asked with
values of its types, with wild ones and with broken bodies, answers, or refuses in our form."""

from __future__ import annotations

import json
import random
import re
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from dashboard.server import create_app
from geo.settings import Settings
from tests.support.json_forms import faults
from tests.support.programs import add_services
from tests.support.route_description import REFUSAL, describe
from tests.support.web import Server

WILD: tuple[Any, ...] = (
    *(0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**70, 1.5, -0.0, 1e308, True, None, "", " ", "x", "NaN", "1e999"),
    *("\x00", "\u2028", "ё" * 300, "2026-11-29", "2026-11-29T10:00:00Z", "9999-12-31T23:59:59-23:59"),
    *("0001-01-01T00:00:00+23:00", "71.40,51.10,71.50,51.20", "1,2", "%00", "'", "{}", "all", "service"),
    *("ru", "M-26-0118", "00000000-0000-0000-0000-000000000000", [], {}, [1], [[]], {"a": 1}),
)
EACH = 15
"""Requests of one operation."""
SLOW = re.compile(r"\.(pdf|docx)$|passports|/export/|/propose|/balance")
"""Printed, or long work: asked once."""


@pytest.fixture(scope="module")
def described(shared_server: Server, shared_settings: Settings) -> dict[str, Any]:
    add_services(shared_settings)
    return describe(create_app(shared_settings), shared_server.url)


def made_up(schema: dict[str, Any], chance: random.Random, depth: int = 0) -> Any:
    """A value of the form, or, one time in five, a wild one."""
    if depth > 6 or chance.random() < 0.2:
        return chance.choice(WILD)
    if "const" in schema or "enum" in schema:
        return chance.choice(schema.get("enum") or [schema["const"]])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return made_up(chance.choice(schema[several]), chance, depth + 1)
    kind = schema.get("type")
    if kind == "object":
        if "properties" not in schema:
            values = schema.get("additionalProperties")
            return {"1": made_up(values, chance, depth + 1)} if isinstance(values, dict) else {}
        return {
            name: made_up(one, chance, depth + 1)
            for name, one in schema["properties"].items()
            if name in schema.get("required", ()) or chance.random() < 0.5
        }
    if kind == "array":
        parts = schema.get("prefixItems") or [schema.get("items", {})] * chance.randint(0, 3)
        return [made_up(one, chance, depth + 1) for one in parts]
    formats = {"uuid": f"00000000-0000-4000-8000-{chance.randrange(16**12):012x}", "date": "2026-11-29"}
    if kind == "string":
        return formats.get(
            schema.get("format", ""), "2026-11-29T10:00:00Z" if "format" in schema else "Текст"
        )
    numbers = {"integer": 1, "number": 51.13, "boolean": True, "null": None}
    return numbers[kind] if kind in numbers else chance.choice(WILD)


def written(value: Any) -> str:
    """In an address."""
    return value if isinstance(value, str) else json.dumps(value)


def ask(client: httpx.Client, path: str, method: str, operation: dict[str, Any], seed: int) -> httpx.Response:
    chance = random.Random(f"{seed} {method} {path}")
    values = {one["name"]: written(made_up(one["schema"], chance)) for one in operation["parameters"]}
    filled = re.sub(r"{(\w+)}", lambda found: quote(values.get(found[1], "1"), safe="") or "-", path)
    inside = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
    query = {name: value for name, value in values.items() if name in inside and chance.random() < 0.8}
    body = operation.get("requestBody")
    if body is None:
        content = b"" if seed else chance.choice((b"", b"{", b"\xff", b"[]", b'{"a": 1}'))
    else:
        schema = body["content"]["application/json"]["schema"]
        content = json.dumps(made_up(schema, chance)).encode()
    headers = {"Content-Type": "application/json"}
    return client.request(
        method.upper(), filled, params=query, content=content if method != "get" else None, headers=headers
    )


def test_no_request_is_a_failure_of_ours(described: dict[str, Any], shared_server: Server) -> None:
    failures = []
    with shared_server.client("administrator") as administrator:
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                for seed in range(1 if SLOW.search(path) else EACH):
                    answer = ask(administrator, path, method, operation, seed)
                    refused = answer.status_code >= 400
                    if answer.status_code >= 500 and answer.status_code not in (503, 507):
                        failures.append(f"{method} {answer.url} {seed}: {answer.status_code}")
                    elif refused and (wrong := faults(answer.json(), REFUSAL)):
                        failures.append(f"{method} {answer.url}: {wrong}")
    assert not failures, "\n".join(failures) + shared_server.logged()[-3000:]
    assert sum(len(operations) for operations in described["paths"].values()) > 90
