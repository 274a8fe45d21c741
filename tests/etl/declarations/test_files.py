from pathlib import Path

import pytest

from etl.declarations.files import load_feeds
from etl.registry import FEEDS, find
from geo.errors import InvalidInput, NotFound

EXAMPLES = Path(__file__).parents[3] / "etl/examples"


def test_without_a_file_the_shipped_feeds_hold() -> None:
    assert load_feeds(environ={}) == FEEDS
    assert [feed.key for feed in FEEDS] == [
        "managers",
        "performers",
        "operators",
        "categories",
        "districts",
        "buildings",
        "basemap",
        "precincts",
        "inquiries",
        "police",
        "emergencies",
        "offences",
        "calls",
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_examples_are_valid(path: Path) -> None:
    assert len(load_feeds(path)) > len(FEEDS)


def test_a_shipped_feed_is_changed_in_what_is_given(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text('[police]\nsources = ["in/*.csv"]\ninterval_s = 30\n')
    feed = find(load_feeds(environ={"IKOMEK_FEEDS": str(path)}), "police")
    assert (
        feed.sources == (str(tmp_path / "in/*.csv"),)
        and feed.interval_s == 30
        and feed.constants == {"kind": "police"}
    )


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('[a]\nnoun = "incident"\ncolour = "red"\n', "feeds.key", 3),
        ('[a]\nnoun = "ghost"\n', "feeds.choice", 2),
        ('[b]\nnoun = "calls"\n[a]\ninterval_s = 5\n', "feeds.noun", 3),
        ('[a]\nnoun = "calls"\ninterval_s = -5\n', "feeds.type", 3),
        ('[a]\nnoun = "calls"\n[a.fields]\nhour = "h"\nname = "n"\n', "feeds.field", 5),
        ('[a]\nnoun = "calls"\ntime_zone = "Mars/Base"\n', "feeds.time_zone", 3),
        ('["A B"]\nnoun = "calls"\n', "feeds.name", 1),
        ("[a\n", "feeds.file", None),
    ],
)
def test_an_error_names_file_line_and_key(tmp_path: Path, text: str, code: str, line: int | None) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load_feeds(path)
    assert (
        caught.value.code == code
        and caught.value.parameters["file"] == str(path)
        and caught.value.parameters.get("line") == line
    )


def test_an_unknown_feed_lists_the_known() -> None:
    with pytest.raises(NotFound, match="police"):
        find(FEEDS, "ghost")


def test_sources_elsewhere_and_their_options_are_declared(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(
        '[a]\nnoun = "incident"\nformat = "open311"\nsources = ["https://host/v2", '
        '"in"]\n[a.options]\napi_key = "${KEY}"\n'
    )
    feed = find(load_feeds(path), "a")
    assert feed.sources == ("https://host/v2", str(tmp_path / "in")) and feed.options == {"api_key": "${KEY}"}
    assert (feed.fields["source_id"], feed.watermark, feed.doubles, feed.patience_s) == (
        "service_request_id",
        "requested_datetime",
        "last",
        900,
    )


def test_what_files_of_people_need_can_be_said(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(
        '[a]\nnoun = "incident"\nheader = false\ncolumns = ["y", "hm", "x"]\ncontent_id = '
        'true\nmember = "*.csv"\nscale = 100000\nswapped = true\n'
        'guess = false\n[a.fields]\nopened_at = ["y", "hm"]\n[a.formats]\nopened_at = ["%Y-%m '
        '%H%M", "%y-%m %H%M"]\n'
    )
    feed = find(load_feeds(path), "a")
    assert (feed.header, feed.columns, feed.content_id, feed.member, feed.scale, feed.swapped) == (
        False,
        ("y", "hm", "x"),
        True,
        "*.csv",
        100_000,
        True,
    )
    assert feed.formats == {"opened_at": ("%Y-%m %H%M", "%y-%m %H%M")}
    assert feed.interval_s is None  # nobody polls it: it comes when it comes
    path.write_text('[a]\nnoun = "incident"\nsources = ["in"]\n')
    assert find(load_feeds(path), "a").interval_s == 300


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('[a]\nnoun = "calls"\n[a.formats]\nhour = "%H:%M"\n', "feeds.format", 4),
        ('[a]\nnoun = "calls"\n[a.formats]\nopened_at = "%Y-%m"\n', "feeds.field", 4),
        ('[a]\nnoun = "calls"\nencoding = "latin-9000"\n', "feeds.encoding", 3),
        ('[a]\nnoun = "calls"\nsrid = 1\n', "feeds.srid", 3),
        ('[a]\nnoun = "calls"\n[a.options]\nfile = "x"\n', "feeds.option", 4),
        (
            '[b]\nnoun = "calls"\n[b.fields]\nhour = "h"\n[a]\nnoun = "calls"\n[a.fields]\nhour = 5\n',
            "feeds.type",
            8,
        ),
        ('[a]\nnoun = "calls"\nfields = { hour = "h", name = "n" }\n', "feeds.field", 3),
        ('[a]\nnoun = "incident"\n[a.words.status]\nnew = 5\n', "feeds.type", 4),
    ],
)
def test_an_error_names_the_nearest_line(tmp_path: Path, text: str, code: str, line: int) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput) as caught:
        load_feeds(path)
    assert (caught.value.code, caught.value.parameters["line"]) == (code, line)


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ('keep = ["Ward"]\npublic = ["Ward", "Zone"]', "feeds.public"),
        ('keep = ["Ward"]\npublic = "Ward"', "feeds.type"),
        ('keep = ["Who"]\nfields = {caller_name = "Who"}', "feeds.personal"),
        ('keep = ["a", "b"]\nfields = {words = ["x", "b"]}', "feeds.personal"),
        ('keep = ["caller_phone"]', "feeds.personal"),
    ],
)
def test_what_is_shown_is_kept_and_nothing_personal_is(tmp_path: Path, declared: str, code: str) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(f'[own]\nnoun = "inquiry"\n{declared}\n')
    with pytest.raises(InvalidInput) as refused:
        load_feeds(path)
    assert refused.value.code == code and refused.value.parameters["line"] >= 3


def test_public_columns_keep_their_order(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text('[own]\nnoun = "incident"\nkeep = ["a", "b", "c"]\npublic = ["c", "a"]\n')
    assert find(load_feeds(path), "own").public == ("c", "a")
