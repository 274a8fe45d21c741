"""What is cleaned together is as if each push had been cleaned by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from etl.entities.registry import ENTITIES
from etl.entities.shaping import ReferenceCatalogue
from etl.registry import FEEDS, Feed, find
from etl.runs import pushed_batch, pushes
from etl.runs.cleaning import Cleaner
from geo.loading.deliveries import Taken
from geo.loading.inbox import Entry
from geo.settings import Settings

CITY = Settings.load({}).city
NOW = datetime(2026, 11, 27, tzinfo=UTC)
IDS = ("a", "b", "c", "d", " a", "b\x00", "", "null")
TIMES = (
    "2024-05-01",
    "2024-05-01T10:00:00Z",
    "03/04/2024",
    "13/04/2024 10:00",
    "04/13/2024",
    "July 2018",
    "?",
    None,
)
ROW = st.fixed_dictionaries(
    {"source_id": st.sampled_from(IDS), "opened_at": st.sampled_from(TIMES)},
    optional={
        "closed_at": st.sampled_from(TIMES),
        "title": st.sampled_from(["x", "null", " y  z"]),
        "status": st.sampled_from(["open", "closed", "?"]),
        "lon": st.sampled_from([71.4, "71,4", 0, "east"]),
        "lat": st.sampled_from([51.1, 91, None]),
        "seen": st.sampled_from(TIMES),
    },
)
BODY = st.one_of(st.lists(ROW, max_size=4).map(json.dumps), st.just("{"), st.just("[1, 2]"))
FEED = replace(find(FEEDS, "police"), day_first=None)


def cleaner(feed: Feed) -> Cleaner:
    return Cleaner(feed, ENTITIES[feed.noun], CITY, NOW, ReferenceCatalogue(), lambda word: 0)


def entries(bodies: Sequence[str]) -> list[Entry]:
    return [
        Entry(
            "71",
            "police",
            n,
            n,
            "application/json",
            body.encode(),
            len(body),
            None,
            f"k{n}",
            0,
            Taken(n, NOW.replace(hour=n % 24)),
        )
        for n, body in enumerate(bodies, 1)
    ]


def state(together: pushed_batch.Together) -> list[tuple]:
    """The outcome of each push, and its good rows."""
    rows = [row for table in together.staged for row in table.to_pylist()]
    found = []
    for push in together.pushes:
        run = push.entry.run_id
        own = [
            {name: value for name, value in row.items() if value is not None}
            for row in rows
            if row["run_id"] == run
        ]
        found.append(
            (
                run,
                push.error and push.error.code,
                together.outcomes.get(run, pushed_batch.Outcome()),
                sorted(own, key=lambda row: row["source_id"]),
            )
        )
    return found


@pytest.mark.parametrize(
    "feed",
    [
        FEED,
        replace(FEED, changed="seen"),
        replace(FEED, guess=True),
        replace(FEED, day_first=True),
        replace(FEED, content_id=True, keep=("seen",)),
        replace(FEED, fields={"source_id": ("title", "source_id"), "opened_at": "opened_at"}),
    ],
    ids=["plain", "changed", "guess", "days", "content", "parts"],
)
@examples(max_examples=10, deadline=None)
@example(
    bodies=[
        '[{"source_id": "b", "opened_at": "2024-05-01", "seen": "03/04/2024"}]',
        '[{"source_id": "a", "opened_at": "2024-05-01", "seen": "04/13/2024"}]',
    ]
)
@given(bodies=st.lists(BODY, min_size=1, max_size=7))
def test_cleaned_together_is_as_each_alone(feed: Feed, bodies: list[str]) -> None:
    together = pushed_batch.clean_together(list(pushes.going_together(feed, entries(bodies))), cleaner)
    assert 1 <= len(together.pushes) <= len(bodies)
    alone = [
        pushed_batch.clean_together(list(pushes.going_together(feed, [entry])), cleaner)
        for entry in entries(bodies)[: len(together.pushes)]
    ]
    assert state(together) == [line for one in alone for line in state(one)]
    assert together.newest == max((one.newest for one in alone if one.newest), default=None)
    ids = pa.concat_tables(
        [*together.staged, pa.table({"source_id": pa.array([], pa.string())})], promote_options="default"
    )["source_id"]
    assert len(ids.unique()) == len(ids)


def test_pushes_of_one_kind_are_one_frame(monkeypatch) -> None:
    """Whatever the order of their columns: what a frame costs is paid once."""
    sizes = []
    clean = Cleaner.clean
    monkeypatch.setattr(
        Cleaner, "clean", lambda self, chunk: sizes.append(chunk.table.num_rows) or clean(self, chunk)
    )
    bodies = [
        json.dumps(
            [
                {"source_id": f"a{n}", "opened_at": "2024-05-01"}
                if n % 2
                else {"opened_at": "2024-05-01", "source_id": f"a{n}"}
            ]
        )
        for n in range(40)
    ]
    together = pushed_batch.clean_together(list(pushes.going_together(FEED, entries(bodies))), cleaner)
    assert (len(together.pushes), sizes) == (40, [40])
