"""Open311 GeoReport v2 from a server that pages, fails and repeats, in both representations."""

from datetime import UTC, datetime

import pytest

from etl.declarations.files import load_feeds
from etl.readers import Source, open311
from etl.registry import Feed, find
from etl.runs import engine
from etl.sources import web
from geo.errors import InvalidInput
from tests.etl.servers import Answers, web_server, xml

FEED = open311.by_default(Feed("r", "incident", 60, format="open311"))
DECLARED = """[reports]
noun = "incident"
format = "open311"
sources = ["{address}/v2/"]
new_categories = true
overlap_s = 86400
[reports.constants]
kind = "service"
[reports.options]
representation = "{form}"
jurisdiction_id = "city.gov"
"""


def request(number: int, day: int, status: str = "open", **more: str) -> dict:
    return {
        "service_request_id": str(number),
        "status": status,
        "service_name": "Pothole",
        "requested_datetime": f"2024-05-{day:02}T06:37:38Z",
        "updated_datetime": f"2024-05-{day:02}T08:00:00Z",
        "lat": "51.10",
        "long": "71.41",
        **more,
    }


@pytest.fixture(autouse=True)
def quick(monkeypatch) -> None:
    monkeypatch.setattr(web, "FIRST_WAIT_S", 0.01)


@pytest.fixture
def reports(tmp_path):
    def declared(address: str, form: str):
        path = tmp_path / "feeds.toml"
        path.write_text(DECLARED.format(address=address, form=form))
        return find(load_feeds(path), "reports")

    return declared


@pytest.mark.parametrize("form", ["json", "xml"])
def test_pages_are_read_to_the_end_past_failures_and_repeats_from_the_watermark_on(
    settings, reports, rows, form: str
) -> None:
    moved = [request(2, 2), request(3, 3, status="closed", updated_datetime="2024-05-03T09:00:00Z")]
    answers = Answers(
        pages=[[request(1, 1), request(2, 2)], moved, moved, [request(4, 4)]], failures=[503, 500]
    )
    with web_server(answers) as address:
        feed = reports(address, form)
        first = engine.run(settings, feed)
        assert (first.read, first.written, first.unchanged, first.rejected) == (5, 4, 1, 0)
        assert answers.requests[0] == (
            f"/v2/requests.{form}",
            {"jurisdiction_id": "city.gov", "page_size": "100", "page": "1"},
        )
        assert rows(
            "select source_id, status, to_char(closed_at, 'HH24:MI') from incident where closed_at "
            "is not null or status = 'closed'"
        ) == [("3", "closed", "09:00")]
        answers.requests.clear()
        again = engine.run(settings, feed)
        assert answers.requests[0][1]["start_date"] == "2024-05-03T06:37:38Z"  # the watermark less a day
        assert (again.read, again.written, again.unchanged) == (
            4,
            0,
            4,
        )  # two of them asked for again by their ids
        assert rows("select watermark_at, newest_at from delivery, feed") == [
            (datetime(2024, 5, 4, 6, 37, 38, tzinfo=UTC),) * 2
        ]


def test_a_watermark_of_the_future_waits_for_its_day(settings, reports, rows) -> None:
    with web_server(
        Answers(pages=[[request(1, 1), request(2, 2, requested_datetime="2199-01-01T00:00:00Z")]])
    ) as address:
        done = engine.run(settings, reports(address, "json"))
    assert (done.written, done.rejected) == (1, 1) and rows("select watermark_at <= now() from delivery") == [
        (True,)
    ]


def test_a_server_that_knows_no_pages_is_read_once() -> None:
    answers = Answers(pages=[[request(1, 1)]] * 50)
    with web_server(answers) as address:
        found = list(open311.read(Source("x", address=address), FEED))
    assert len(found) == 1 and len(answers.requests) == 1 + open311.STALE


def test_a_page_kept_as_a_file_is_read_and_what_is_no_answer_is_named() -> None:
    nested = xml([request(1, 1)]).replace(
        b"</request>", b"<notes><note>a</note><note>b</note></notes></request>"
    )
    [chunk] = open311.read(Source("x", body=nested), FEED)
    assert chunk.table["notes"].to_pylist() == ['["a", "b"]'] and chunk.table["long"].to_pylist() == ["71.41"]
    [chunk] = open311.read(Source("x", body=b'{"requests": [{"service_request_id": 7}, 5]}'), FEED)
    assert chunk.table["service_request_id"].to_pylist() == ["7"] and [row.code for row in chunk.broken] == [
        "row.object"
    ]
    [chunk] = open311.read(Source("x", body=b'{"about": {"a": 1}, "service_request_id": "8"}'), FEED)
    assert chunk.table["service_request_id"].to_pylist() == ["8"]
    for body in (b"<html>", b"oops", b"5"):
        with pytest.raises(InvalidInput, match="source.unreadable"):
            list(open311.read(Source("x", body=body), FEED))
