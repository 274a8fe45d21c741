"""Another PostgreSQL as a source: the test's own database stands for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from etl import readers, sources
from etl.chunk import BOOLEAN, NESTED
from etl.readers import CHUNK_ROWS
from etl.registry import Feed
from geo.database import role_dsn
from geo.errors import InvalidInput, Unavailable

FEED = Feed("f", "incident", 60, table="theirs", watermark="changed")


@pytest.fixture
def theirs(settings, change) -> str:
    change(
        "create table theirs (id int, name text, changed timestamptz, ok boolean, place "
        "geometry(Point, 32642))"
    )
    change("""insert into theirs values (1, 'Абая, "1"', '2024-05-01 10:00+05', true,
        st_transform(st_setsrid(st_makepoint(71.4, 51.1), 4326), 32642)),
        (2, null, '2024-05-02 10:00+05', false, null)""")
    return role_dsn(settings, "owner")


def chunks(address: str, feed: Feed = FEED, since: datetime | None = None) -> list[readers.Chunk]:
    [source] = sources.resolve(feed, [address])
    return list(readers.read(replace(source, since=since), feed))


def test_a_table_is_read_with_its_geometry(theirs: str) -> None:
    [chunk] = chunks(theirs)
    assert chunk.geometry == "place" and chunk.crs == "EPSG:32642" and chunk.table["place"].null_count == 1
    assert [
        tuple(row[name] for name in ("id", "name", "changed", "ok")) for row in chunk.table.to_pylist()
    ] == [("1", 'Абая, "1"', "2024-05-01 05:00:00+00", "t"), ("2", "", "2024-05-02 05:00:00+00", "f")]


def test_what_is_a_boolean_an_array_or_an_object_is_known_by_its_type(theirs: str) -> None:
    query = """select 1 as id, true as b, array[1] as a, row(1, 2) as r, '{"a": 1}'::jsonb as o,
        '"x"'::jsonb as t, 'true' as word union all select null, null, null, null, null, null, null"""
    [chunk] = chunks(theirs, replace(FEED, table=None, watermark=None, options={"query": query}))
    assert {name: kinds.tolist() for name, kinds in chunk.kinds.items()} == {
        "b": [BOOLEAN, 0],
        "a": [NESTED, 0],
        "r": [NESTED, 0],
        "o": [NESTED, 0],
        "t": [0, 0],
    }


def test_two_crs_in_one_table_are_none_that_anybody_knows(theirs: str) -> None:
    query = "select place from theirs union all select st_transform(place, 4326) from theirs"
    [chunk] = chunks(theirs, replace(FEED, table=None, watermark=None, options={"query": query}))
    assert chunk.crs == "EPSG:4326, EPSG:32642"


def test_only_rows_newer_than_the_watermark_are_read(theirs: str) -> None:
    [chunk] = chunks(theirs, since=datetime(2024, 5, 2, tzinfo=UTC))
    assert chunk.table["id"].to_pylist() == ["2"]


def test_a_query_is_read_in_bounded_pieces(theirs: str) -> None:
    found = chunks(
        theirs,
        replace(
            FEED,
            options={"query": f"select i, repeat('x', 50) as x from generate_series(1, {2 * CHUNK_ROWS}) i;"},
        ),
    )
    assert (
        sum(chunk.table.num_rows for chunk in found) == 2 * CHUNK_ROWS
        and max(chunk.table.num_rows for chunk in found) <= CHUNK_ROWS
    )


@pytest.mark.parametrize(
    ("feed", "code"),
    [
        (replace(FEED, table="nowhere"), "source.refused_statement"),
        (replace(FEED, table=None), "source.statement"),
        (
            replace(FEED, options={"query": "insert into theirs values (3) returning id"}),
            "source.refused_statement",
        ),
    ],
)
def test_a_refused_query_is_named_with_its_reason(theirs: str, feed: Feed, code: str, rows) -> None:
    with pytest.raises(InvalidInput, match=code):
        chunks(theirs, feed)
    assert rows("select count(*) from theirs") == [(2,)]


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(Unavailable, match="source.unreachable") as caught:
        chunks("postgresql://user:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)
