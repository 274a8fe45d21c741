"""Where rows come from: files, folders, HTTP, SFTP; secrets stay in the environment."""

import os
import time
from dataclasses import replace
from pathlib import Path

import asyncssh
import pytest
from sqlalchemy import text

from etl import readers, sources
from etl.registry import FEEDS, Feed, find
from etl.runs import engine
from etl.sources import web
from etl.sources.address import plain, with_environment
from geo.errors import InvalidInput, Unavailable
from tests.etl.servers import Answers, sftp_server, web_server

FEED = Feed("f", "incident", 60)
CSV = b"source_id,opened_at\nh1,2024-05-01\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT_S", 0.01)


def rows(address: str, feed: Feed = FEED) -> list[dict]:
    return [
        row
        for source in sources.resolve(feed, [address])
        for chunk in readers.read(source, feed)
        for row in chunk.table.to_pylist()
    ]


def test_secrets_come_from_the_environment_and_are_never_shown() -> None:
    assert with_environment("postgresql://a:${PASSWORD}@h/db", {"PASSWORD": "x"}) == "postgresql://a:x@h/db"
    with pytest.raises(InvalidInput, match="feeds.environment"):
        with_environment("${NOT_SET}", {})
    assert plain("https://a:secret@host:8443/x.csv?key=secret") == "https://host:8443/x.csv"


def test_a_folder_stands_for_its_finished_files(tmp_path: Path) -> None:
    for name, age_s in (
        ("b.csv", 60),
        ("a.csv", 50),
        (".hidden.csv", 60),
        ("c.csv.part", 60),
        ("new.csv", 0),
    ):
        path = tmp_path / name
        path.write_bytes(CSV)
        os.utime(path, (time.time() - age_s,) * 2)
    assert [Path(source.name).name for source in sources.resolve(FEED, [str(tmp_path)])] == ["b.csv", "a.csv"]


def test_a_file_of_the_web_is_fetched_after_failures(settings) -> None:
    answers = Answers(files={"/out/police.csv": CSV}, failures=[503, 429])
    with web_server(answers) as address:
        done = engine.run(settings, "police", [f"{address}/out/police.csv?token=secret"])
    assert (done.read, done.written) == (1, 1) and answers.requests[-1] == (
        "/out/police.csv",
        {"token": "secret"},
    )


def test_the_web_that_refuses_or_stays_away_is_named(monkeypatch) -> None:
    monkeypatch.setenv("FEED_TOKEN", "Bearer x")
    answers = Answers(files={"/x.csv": CSV}, failures=[500] * web.TRIES)
    with web_server(answers) as address:
        with pytest.raises(Unavailable, match="source.unreachable"):
            rows(f"{address}/x.csv")
        assert len(answers.requests) == web.TRIES
        with pytest.raises(InvalidInput, match="source.refused"):
            rows(f"{address}/none.csv")
        assert (
            rows(f"{address}/x.csv", replace(FEED, options={"authorization": "${FEED_TOKEN}"}))
            and answers.headers[-1]["authorization"] == "Bearer x"
        )
    with pytest.raises(Unavailable, match="source.unreachable"):
        rows(f"{address}/x.csv")


def test_the_web_says_whether_a_file_has_changed() -> None:
    answers = Answers(files={"/x.csv": CSV})
    with web_server(answers) as address:
        [source] = sources.resolve(FEED, [f"{address}/x.csv"])
        assert sources.fingerprint(source, FEED) is None
        answers.etag = "one"
        first = sources.fingerprint(source, FEED)
        assert first == sources.fingerprint(source, FEED)
        answers.etag = "two"
        assert first != sources.fingerprint(source, FEED)


def test_a_file_that_has_not_changed_is_not_sent_again() -> None:
    answers = Answers(files={"/x.csv": CSV}, etag='"one"')
    with web_server(answers) as address:
        [source] = sources.resolve(FEED, [f"{address}/x.csv"])
        first = sources.fingerprint(source, FEED)
        assert sources.fingerprint(source, FEED, first) == first
        answers.etag = '"two"'
        assert sources.fingerprint(source, FEED, first) != first
    assert answers.statuses == [200, 304, 200] and [
        request.get("if-none-match") for request in answers.headers
    ] == [None, '"one"', '"one"']


def test_redirects_stay_within_the_web_and_are_named(caplog) -> None:
    feed = replace(FEED, options={"authorization": "Bearer secret"})
    there = Answers(files={"/new.csv": CSV})
    with web_server(there) as other:
        elsewhere = Answers(
            redirects={
                "/x.csv": f"{other}/new.csv?token=secret",
                "/file.csv": "ftp://127.0.0.1/x.csv",
                "/round.csv": "/round.csv",
            },
            files={"/y.csv": CSV},
        )
        with web_server(elsewhere) as address:
            elsewhere.redirects["/near.csv"] = "/y.csv"
            assert (
                rows(f"{address}/near.csv", feed)
                == rows(f"{address}/x.csv", feed)
                == [{"source_id": "h1", "opened_at": "2024-05-01"}]
            )
            assert "authorization" in elsewhere.headers[1] and "authorization" not in there.headers[0]
            assert f"redirected to {other}/new.csv" in caplog.text and "secret" not in caplog.text
            for path in ("file.csv", "round.csv"):
                with pytest.raises(InvalidInput, match="source.redirect"):
                    rows(f"{address}/{path}", feed)


def test_files_come_by_sftp_from_a_known_host_with_a_key(tmp_path: Path) -> None:
    root, keys = tmp_path / "root", tmp_path / "keys"
    (root / "out").mkdir(parents=True)
    keys.mkdir()
    (root / "out/a.csv").write_bytes(CSV)
    (root / "out/b.csv").write_bytes(CSV.replace(b"h1", b"h2"))
    (root / "out/c.csv.part").write_bytes(b"no")
    known = replace(FEED, options={"key_file": str(keys / "user"), "known_hosts": str(keys / "known_hosts")})
    with sftp_server(root, keys) as address:
        found = list(sources.resolve(known, [f"{address}/out/*"]))
        assert [source.name.rpartition("/")[2] for source in found] == [
            "a.csv",
            "b.csv",
        ] and "feeds@" not in found[0].name
        assert sources.fingerprint(found[0], known) != sources.fingerprint(found[1], known)
        assert [row["source_id"] for row in rows(f"{address}/out/*.csv", known)] == ["h1", "h2"]
        with pytest.raises(InvalidInput, match="source.missing"):
            rows(f"{address}/out/none.csv", known)
        line = (keys / "known_hosts").read_text().split()
        other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
        for changed in ("", f"{line[0]} {other}"):
            (keys / "known_hosts").write_text(changed)
            with pytest.raises(Unavailable, match="source.host_key"):
                rows(f"{address}/out/a.csv", known)


def test_a_full_list_that_changes_while_it_is_read_takes_nothing_away(
    settings, tmp_path: Path, monkeypatch, connection
) -> None:
    path = tmp_path / "basemap.csv"
    feed = replace(find(FEEDS, "police"), mode="snapshot")
    path.write_bytes(CSV + b"h2,2024-05-01\n")
    engine.run(settings, feed, [str(path)])
    path.write_bytes(CSV)
    prints = iter(("before", "after"))
    monkeypatch.setattr(engine, "fingerprint", lambda *_: next(prints))
    with pytest.raises(InvalidInput, match="source.changed"):
        engine.run(settings, feed, [str(path)])
    assert connection.scalar(text("select sum(vanished) from run")) == 0
