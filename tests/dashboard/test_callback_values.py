"""A callback that is sent values of other types than a page sends refuses them in words: no failure of ours,
no traceback in the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from dashboard.callback_values import checked
from dashboard.words import word
from geo.errors import InvalidInput
from tests.support.web import Server

WRONG: tuple[Any, ...] = (
    *(None, 5, -1, 2**70, 1.5, 1e308, True, "", "x", "a\x00b", "\u202e", "0" * 5000, "?page=" + "9" * 5000),
    *([], [1], [[]], [None], {}, {"text": "a"}, {"lon": "x", "lat": []}, {"building": {}}, {"a": {"b": [1]}}),
    *({"lon": 71.4, "lat": 1e300}, {"lon": None, "lat": None}, {"building": "1e5"}, {"building": 2**70}),
)


def concrete(id_: str) -> Any:
    """An id as a browser sends it: one of a pattern is one of its components."""
    if not id_.startswith("{"):
        return id_
    return {name: "1" if isinstance(value, list) else value for name, value in json.loads(id_).items()}


def fields(given: list[dict[str, Any]], values: list[Any]) -> list[Any]:
    sent = []
    for one, value in zip(given, values, strict=True):
        field = {"id": concrete(one["id"]), "property": one["property"], "value": value}
        sent.append([field] if one["id"].startswith("{") else field)
    return sent


def calls(callback: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A call for each value in the place of each input and state, and in all of them at once."""
    inputs, state = callback["inputs"], callback["state"]
    outputs = [part.rpartition(".") for part in callback["output"].strip(".").split("...")]
    named = [{"id": concrete(id_), "property": name.partition("@")[0]} for id_, _, name in outputs]
    first = concrete(inputs[0]["id"])
    changed = first if isinstance(first, str) else json.dumps(first, separators=(",", ":"), sort_keys=True)
    count = len(inputs) + len(state)
    for wrong in WRONG:
        for values in [
            [wrong] * count,
            *([wrong if n == at else None for n in range(count)] for at in range(count)),
        ]:
            yield {
                "output": callback["output"],
                "outputs": named if callback["output"].startswith("..") else named[0],
                "changedPropIds": [f"{changed}.{inputs[0]['property']}"],
                "inputs": fields(inputs, values[: len(inputs)]),
                "state": fields(state, values[len(inputs) :]),
            }


def test_no_value_of_another_type_is_a_failure_of_ours(shared_server: Server) -> None:
    failed = {json.dumps(word("error.request.failed", lang))[1:-1] for lang in ("kk", "ru", "en")}
    wrong, calls_sent = set(), 0
    with shared_server.client("administrator") as client:
        for callback in client.get("/_dash-dependencies").json():
            if callback.get("clientside_function"):
                continue
            for call in calls(callback):
                answer = client.post("/_dash-update-component", json=call)
                calls_sent += 1
                if (
                    answer.status_code >= 500
                    and answer.status_code != 503
                    or any(map(answer.text.__contains__, failed))
                ):
                    wrong.add(f"{callback['output']} {json.dumps([call['inputs'], call['state']])[:200]}")
    assert not wrong, "\n".join(sorted(wrong)[:40]) + shared_server.logged()[-4000:]
    assert "failed in a callback" not in shared_server.logged()
    assert calls_sent > 1000


def test_a_value_is_refused_by_the_name_of_its_argument() -> None:
    @checked
    def show(point: dict[str, int] | None, *names: str) -> tuple:
        return point, names

    assert show({"a": 1}, "b", "c\r\nd") == ({"a": 1}, ("b", "c\nd"))
    for values, where in (
        ((5,), "point"),
        (({"a": "x"},), "point.a"),
        ((None, "b", 7), "names"),
    ):
        with pytest.raises(InvalidInput) as caught:
            show(*values)
        assert caught.value.parameters["where"].startswith(where)
    with pytest.raises(InvalidInput, match="request.unstorable"):
        show(None, "a\0b")
