"""What the page /voters and the question of /vote cannot read is refused in words, and is no failure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest

from geo.settings import Settings
from tests.support.voters_service import answering
from tests.support.web import serving

ACT = {"type": "voters-act", "act": "undo", "list": 2, "level": "1", "of": 0}
UNREADABLE = "cannot be read (field: {})"
WRONG = "The request is wrong: {} (it is not as expected)"
NUMBER, DAY = "850417300122", "17.04.1985"


@pytest.fixture
def editor(demo_copy: Settings) -> Iterator[httpx.Client]:
    with answering(demo_copy), serving(demo_copy) as server, server.client("electoral_editor") as client:
        client.cookies.set("ikomek_language", "en")
        yield client


def call(
    client: httpx.Client, filled: Sequence[tuple[str, str]], button: object, state: Sequence[tuple]
) -> str:
    """What the callback answers that fills these, after a click."""
    listed = isinstance(button, dict)
    id_ = json.dumps(button, separators=(",", ":"), sort_keys=True) if listed else button
    click: Any = {"id": button, "property": "n_clicks", "value": 1}
    body = {
        "output": ".." + "...".join(f"{id_}.{name}" for id_, name in filled) + "..",
        "outputs": [{"id": id_, "property": name} for id_, name in filled],
        "changedPropIds": [f"{id_}.n_clicks"],
        "inputs": [[click] if listed else click],
        "state": [{"id": id_, "property": name, "value": value} for id_, name, value in state],
    }
    return client.post("/_dash-update-component", json=body).text


def test_an_act_that_cannot_be_read_is_refused_in_words(editor: httpx.Client) -> None:
    filled = [("voters-done", "children"), ("voters-pulse", "data")]
    for wrong, message in (
        ({"act": "erase"}, "There is no such action"),
        ({"act": ["undo"]}, "There is no such action"),
        ({"level": ""}, UNREADABLE.format("address")),
        ({"level": "9" * 5_000}, UNREADABLE.format("address")),
        ({"level": ["1"]}, UNREADABLE.format("address")),
        ({"list": ["2"]}, UNREADABLE.format("list_id")),
        ({"act": "decide", "level": ""}, UNREADABLE.format("address")),
    ):
        answer = call(editor, filled, ACT | wrong, [("voters-pulse", "data", None)])
        assert message in answer, (wrong, answer)


def test_a_list_in_place_of_a_text_is_refused_in_words(editor: httpx.Client) -> None:
    person = [("voters-person", "children"), ("voters-who", "value")]
    for who, document, field in (([NUMBER], "109-7", "who"), (NUMBER, ["109-7"], "document")):
        given = [("voters-who", "value", who), ("voters-why", "value", "call")]
        answer = call(editor, person, "voters-look", [*given, ("voters-document", "value", document)])
        assert WRONG.format(field) in answer, answer
    fields = ["vote-listed-iin", "vote-listed-birth"]
    filled = [("vote-listed", "children"), *((id_, "value") for id_ in fields)]
    for number, birth, field in (([NUMBER], DAY, "number"), (NUMBER, [DAY], "birth")):
        given = [(fields[0], "value", number), (fields[1], "value", birth)]
        assert WRONG.format(field) in call(editor, filled, "vote-listed-ask", given)
