"""What `./ikomek etl ...` prints."""

import pytest

from etl import commands
from geo.errors import InvalidInput, NotFound

BODY = "source_id,opened_at,status,lon,lat\nc1,2024-05-01,open,51.1,71.4\nc2,never,open,,\n"


def test_try_writes_nothing_and_shows_what_would_come(settings, file, rows, capsys) -> None:
    assert commands.main(settings, ["etl", "try", "police", str(file("p.csv", BODY))]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    for part in (
        "source_id text source_id c1",
        "kind text = police",
        "read good rejected no_coordinates 2 1 1 1",
        "inside_the_city of coordinates 0 1 as declared 1 1 swapped = true <-",
        "1 value.time opened_at",
        "2 value.time opened_at never",
    ):
        assert part in shown
    assert rows(
        "select (select count(*) from run), (select count(*) from feed), (select count(*) from incident)"
    ) == [(0, 0, 0)]


def test_run_prints_its_ledger_and_runs_and_rejects_show_it(settings, file, capsys) -> None:
    commands.main(settings, ["etl", "run", "police", str(file("p.csv", BODY))])
    assert "2     1        0          1" in capsys.readouterr().out
    commands.main(settings, ["etl", "runs"])
    assert "police  done" in capsys.readouterr().out
    commands.main(settings, ["etl", "rejects", "1"])
    assert "2           value.time  opened_at  never" in capsys.readouterr().out
    with pytest.raises(NotFound, match="run.unknown"):
        commands.main(settings, ["etl", "rejects", "99"])


@pytest.mark.parametrize(
    "name, body",
    [("cut.geojson", '{"type": "FeatureCollection", "features": [{"type"'), ("no.parquet", "PAR1no")],
)
def test_a_damaged_file_is_a_failed_run_and_no_traceback(settings, file, rows, name: str, body: str) -> None:
    with pytest.raises(InvalidInput, match="source.unreadable"):
        commands.main(settings, ["etl", "run", "police", str(file(name, body))])
    assert rows("select state, error_code from run") == [("failed", "source.unreadable")]


def test_feeds_lists_what_is_declared(settings, capsys) -> None:
    commands.main(settings, ["etl", "feeds"])
    assert "inquiries    inquiry" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["dance", "runs --last -5", "rejects 1 --last many"])
def test_wrong_usage_exits_with_2(settings, words: str) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.main(settings, ["etl", *words.split()])
    assert caught.value.code == 2
