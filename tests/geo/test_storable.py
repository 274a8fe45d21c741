"""Whatever a file or a person says can be kept with what was wrong with it."""

from __future__ import annotations

import json
import xml.sax
from xml.sax.saxutils import escape

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from etl.clean.texts import tidy
from geo.storable import as_json, as_typed, shows, unstorable
from layers.spreadsheets import as_cell

TEXTS = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\x00", "a\ud800b", "\udfff"])
VALUES = st.recursive(
    TEXTS | st.integers() | st.binary() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner) | st.tuples(inner),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), VALUES))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_parameters_can_be_stored(connection: Connection, parameters: dict[str, object]) -> None:
    taken = connection.execute(
        text("select cast(:parameters as jsonb)"), {"parameters": as_json(parameters)}
    ).scalar_one()
    assert len(taken) <= len(parameters) and all("\x00" not in name for name in taken)


UNSEEN = st.text(
    st.sampled_from(
        "aЯ \n\r\t\x01\x0b\x0c\x1f\x7f\x85\x9f\u200e\u2028\u202a\u202e\u2066\u2069\ufeff\ufffe\uffff"
    )
    | st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
)


@given(UNSEEN)
@settings(max_examples=400, deadline=None)
def test_what_is_kept_of_a_text_says_the_same_in_every_file(words: str) -> None:
    """A workbook, XML and JSON: none drops a character that another has, nothing turns the writing round."""
    for kept in (as_typed(words), tidy(pa.array([words], pa.string()))[0].as_py() or ""):
        assert as_cell(kept) == kept[: len(as_cell(kept))]
        xml.sax.parseString(f"<a>{escape(kept)}</a>".encode(), xml.sax.ContentHandler())
        assert json.loads(json.dumps(kept)) == kept
        assert not set(kept) & set("\x01\x0b\x7f\x85\u202a\u202b\u202c\u202d\u202e\u2066\u2069\ufffe\uffff")
        assert as_typed(kept) == (kept if shows(kept) else ""), "once is enough"


def test_the_way_to_a_place_is_told() -> None:
    assert list(unstorable({"wish": {"text": "a\0", "words": ["b", "\0"]}})) == ["wish.text", "wish.words.1"]


BLANKS = "\u200b\u200d\u2060\u00ad\u3164\u2800\u115f\u00a0\u034f\ufe0f\u180e \t\n"


@given(st.text(st.sampled_from(BLANKS)))
def test_what_shows_nothing_is_no_text(words: str) -> None:
    assert not shows(words) and as_typed(words) == ""
    assert as_typed({"text": words, "other": [f"{words}ә{words}"]})["text"] == ""
    for seen in ("ә", "7", "—", "№", "🚒"):
        assert shows(words + seen + words) and seen in as_typed(words + seen + words)
