"""What `./ikomek etl ...` prints."""

import pytest

from etl import commands
from etl.runs import engine
from geo.errors import Conflict, IkomekError, InvalidInput, NotFound, Unavailable

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


def test_a_bad_file_among_several_is_told_and_the_others_are_read(settings, file, rows, capsys) -> None:
    paths = [
        file("a.csv", BODY),
        file("b.csv", "number,when\n1,2\n"),
        file("c.parquet", "PAR1no"),
        file("d.csv", BODY.replace("c1", "c7")),
    ]
    errors = []

    def in_words(error: IkomekError) -> str:
        errors.append((error.code, error.parameters["source"]))
        return error.code

    missing = str(paths[0].with_name("none.csv"))
    argv = ["etl", "run", "police", *map(str, paths), missing]
    assert commands.main(settings, argv, in_words) == 1
    assert sorted(errors) == [
        ("feed.required", str(paths[1])),
        ("source.missing", missing),
        ("source.unreadable", str(paths[2])),
    ]
    assert rows("select source_id from incident order by 1") == [("c1",), ("c7",)]
    out = capsys.readouterr().out
    assert all(str(path) in out for path in paths)
    assert rows("select distinct code from finding") == [("content.aside",)]


@pytest.mark.parametrize(
    "error", [Conflict("run.busy", feed="police"), Unavailable("database.away"), KeyboardInterrupt()]
)
def test_what_was_done_is_told_when_the_work_ends_early(
    settings, file, capsys, monkeypatch, error: BaseException
) -> None:
    paths = [file("a.csv", BODY), file("b.parquet", "PAR1no"), file("c.csv", BODY), file("d.csv", BODY)]
    run = engine.run

    def until_the_third(settings, feed, sources, *more, **others):
        if sources[0].name == str(paths[2]):
            raise error
        return run(settings, feed, sources, *more, **others)

    monkeypatch.setattr(engine, "run", until_the_third)
    with pytest.raises(type(error)) as caught:
        commands.main(settings, ["etl", "run", "police", *map(str, paths)])
    assert caught.value is error
    out, err = capsys.readouterr()
    done = {line.split()[-1]: line for line in out.splitlines()[1:]}
    assert done.keys() == {str(paths[0]), str(paths[1])}
    assert " 2 " in done[str(paths[0])] and "source.unreadable" in done[str(paths[1])]
    assert "source.unreadable" in err
    unread = [line for line in err.splitlines() if "run.not_read" in line]
    assert len(unread) == 1 and str(paths[2]) in unread[0] and str(paths[3]) in unread[0]


def test_feeds_lists_what_is_declared(settings, capsys) -> None:
    commands.main(settings, ["etl", "feeds"])
    assert "inquiries    inquiry" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["dance", "runs --last -5", "rejects 1 --last many"])
def test_wrong_usage_exits_with_2(settings, words: str) -> None:
    with pytest.raises(SystemExit) as caught:
        commands.main(settings, ["etl", *words.split()])
    assert caught.value.code == 2
