"""No request that somebody can make up is a failure of ours: every route of programs and scripts, asked with
values of its types, with wild ones and with broken bodies, answers, or refuses in our form."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
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

ROOT = Path(__file__).parents[3]
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


HOSTILE: tuple[Any, ...] = (
    *("\x00", "a\x00b", "\u202eabc", "\ufffe", "9" * 5000, "0" * 5000, "٥١", "²", "1_0", "-1", "1e999"),
    *("2026-12-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31"),
    *("0001-01-01", 2**70, -1, 1.5, True, [], [[1]], {"text": "a"}),
)

KNOWN = {"layer": "incidents", "collection": "incidents", "form": "json"}
ADDRESSED = ("\x00", "0" * 5000, "²", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00")


def sound(schema: dict[str, Any], depth: int = 0) -> Any:
    """A value of the form with all that it may hold."""
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return sound(schema[several][0], depth + 1)
    if "const" in schema or "enum" in schema:
        return (schema.get("enum") or [schema["const"]])[0]
    kind = schema.get("type")
    if kind == "object" and depth < 6:
        values = schema.get("additionalProperties")
        named = {name: sound(one, depth + 1) for name, one in schema.get("properties", {}).items()}
        return named or ({"1": sound(values, depth + 1)} if isinstance(values, dict) else {})
    if kind == "array":
        parts = schema.get("prefixItems") or [schema.get("items", {})]
        return [sound(one, depth + 1) for one in parts] if depth < 6 else []
    texts = {"uuid": "00000000-0000-4000-8000-000000000001", "date": "2026-11-29"}
    texts |= {"date-time": "2026-11-29T10:00:00Z"}
    return {"string": texts.get(schema.get("format", ""), "Текст"), "integer": 1, "number": 51.13}.get(kind)


def ways(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to every value in a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield (*way, name)
        yield from ways(inner, (*way, name))


def put(value: Any, way: tuple[str | int, ...], hostile: Any) -> Any:
    """A copy with another value at the end of a way."""
    copied = json.loads(json.dumps(value))
    at = copied
    for name in way[:-1]:
        at = at[name]
    at[way[-1]] = hostile
    return copied


def bodies(operation: dict[str, Any]) -> Iterator[Any]:
    """One of each form."""
    if described := operation.get("requestBody"):
        schema = described["content"]["application/json"]["schema"]
        yield from map(sound, schema.get("anyOf", [schema]))


def send(client: httpx.Client, method: str, path: str, query: dict[str, str], body: Any) -> httpx.Response:
    content = None if method == "get" else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    return client.request(method.upper(), path, params=query, content=content, headers=headers)


def named(path: str, values: dict[str, Any]) -> str:
    filled = KNOWN | values
    return re.sub(r"{(\w+)}", lambda found: quote(written(filled.get(found[1], 1)), safe="") or "-", path)


def walked(operation: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, str], Any, str]]:
    """Path, query and body of a request for each field and each hostile value in it, and the field."""
    values = {one["name"]: sound(one["schema"]) or "1" for one in operation["parameters"]}
    inside = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
    for hostile in HOSTILE:
        for name in values:
            filled = values | {name: hostile}
            query = {one: written(filled[one]) for one in inside}
            yield named(path, filled), query, next(bodies(operation), {}), name
        for body in bodies(operation):
            for way in ways(body):
                yield named(path, values), {}, put(body, way, hostile), ".".join(map(str, way))


def test_no_hostile_value_in_any_field_is_a_failure_of_ours(
    described: dict[str, Any], shared_server: Server
) -> None:
    """Every field of every address and body; a text that cannot be kept is refused with its field."""
    failures, fields = [], 0
    with shared_server.client("administrator") as administrator:
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                for address, query, body, field in () if SLOW.search(path) else walked(operation, path):
                    answer = send(administrator, method, address, query, body)
                    fields += 1
                    if answer.status_code >= 500 and answer.status_code not in (503, 507):
                        failures.append(f"{method} {address} {field} {query} {json.dumps(body)[:300]}")
    assert not failures, "\n".join(sorted(set(failures))[:60]) + shared_server.logged()[-3000:]
    assert fields > 5000


def test_no_hostile_value_in_a_query_is_a_failure_of_ours(
    described: dict[str, Any], shared_server: Server
) -> None:
    """Names that the code reads by itself from an address, at every address that is read."""
    written_names = re.compile(r"""query(?:_params)?(?:\.get\(|\.pop\(|\[|, )"([a-z_-]+)["]""")
    sources = [
        path.read_text() for room in ("layers", "dashboard/api") for path in (ROOT / room).rglob("*.py")
    ]
    names = sorted({name for source in sources for name in written_names.findall(source)})
    failures = []
    with shared_server.client("administrator") as administrator:
        for path, operations in described["paths"].items():
            if "get" not in operations or SLOW.search(path):
                continue
            values = {one["name"]: sound(one["schema"]) or "1" for one in operations["get"]["parameters"]}
            for name, hostile in product(names, ADDRESSED):
                query = {name: hostile} | ({"lang": "ru"} if name != "lang" else {})
                answer = administrator.get(named(path, values), params=query)
                if answer.status_code >= 500 and answer.status_code not in (503, 507):
                    failures.append(f"{answer.url}"[:200])
    assert not failures, "\n".join(failures) + shared_server.logged()[-3000:]
    assert len(names) > 30


def test_a_text_that_cannot_be_kept_is_refused_with_its_field(
    described: dict[str, Any], shared_server: Server
) -> None:
    wrong, fields = [], 0
    with shared_server.client("administrator") as administrator:
        for path, operations in described["paths"].items():
            for method, operation in operations.items():
                values = {one["name"]: sound(one["schema"]) or "1" for one in operation["parameters"]}
                for body in bodies(operation):
                    for way in ways(body):
                        sent = put(body, way, "a\x00b")
                        answer = send(administrator, method, named(path, values), {}, sent)
                        fields, where = fields + 1, ".".join(map(str, way))
                        closed = answer.json().get("error") == "door.forbidden"  # it is a performer's
                        if not closed and answer.json().get("parameters", {}).get("where") != where:
                            wrong.append(f"{method} {path} {where}: {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)
    assert fields > 200
