"""Another PostgreSQL as a source: the test's own database stands for it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from etl import readers, sources
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
