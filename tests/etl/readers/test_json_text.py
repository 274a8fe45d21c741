"""A JSON text is read to its end: what stands behind its first list is read too, or refused."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from etl.readers.json_text import Text

ROWS = some.lists(
    some.dictionaries(some.text(max_size=4), some.integers() | some.text(max_size=6), max_size=3)
)


def values(text: str, one: bool = False) -> list[object]:
    return list(Text(io.BytesIO(text.encode())).values(one))


@given(some.lists(ROWS | some.dictionaries(some.text(max_size=3), some.integers(), max_size=2), max_size=5))
def test_all_that_follow_one_another_are_read(parts: list) -> None:
    text = "\n".join(json.dumps(part) for part in parts)
    assert values(text) == [row for part in parts for row in (part if isinstance(part, list) else [part])]


@pytest.mark.parametrize(
    "text", ['[{"a": 1}]x', '[{"a": 1}] , {"a": 2}', "[1]]", '[1] {"a": ', "[1][2", "[1],"]
)
def test_what_is_no_json_behind_a_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="row"):
        values(text)


def test_one_is_no_more_than_the_list_that_begins_here() -> None:
    assert values("[1, 2] [3]", one=True) == [1, 2] and values("1 2", one=True) == [1]
