"""What a process answered, by class of route: counted by the minute, forgotten after an hour."""

from __future__ import annotations

from layers.traffic import BEGINNINGS, CLASSES, RouteLedger, class_of, quantile


def test_each_address_has_one_class() -> None:
    assert class_of("/tiles/density/8/1/2.mvt", False) == "tiles"
    assert class_of("/layers/export/incidents.csv", False) == "exports"
    assert class_of("/layers/list.json", False) == "layers"
    assert class_of("/api/v1/ingest/police", False) == "pushes"
    assert class_of("/api/open311/v2/requests.json", False) == "programs"
    assert class_of("/", False) == class_of("/map", True) == "pages"
    assert class_of("/wp-login.php", False) == "other"
    assert {name for _, name in BEGINNINGS} | {"pages", "other"} == set(CLASSES)


def test_answers_are_counted_by_minute_and_outcome() -> None:
    now = [6000.0]
    traffic = RouteLedger(lambda: now[0])
    for seconds, status in ((0.004, 200), (0.09, 200), (0.2, 404), (3.0, 503)):
        traffic.begin("pages")
        traffic.end("pages", status, seconds)
    now[0] += 60
    traffic.begin("pages")
    [pages] = [one for one in traffic.read() if one.key == "pages"]
    assert (pages.answers, pages.refused, pages.failed, pages.busy) == (4, 1, 1, 1)
    assert pages.per_minute[-2:] == (4, 0) and len(pages.per_minute) == 60
    assert (pages.median_s, pages.p95_s) == (0.1, 10.0)
    now[0] += 3600
    [pages] = [one for one in traffic.read() if one.key == "pages"]
    assert (pages.answers, pages.median_s, pages.busy) == (0, None, 1)


def test_a_stream_has_no_length() -> None:
    traffic = RouteLedger(lambda: 0.0)
    traffic.begin("live")
    traffic.end("live", 200, 900.0)
    [live] = [one for one in traffic.read() if one.key == "live"]
    assert live.answers == 1 and live.p95_s is None


def test_a_quantile_is_an_edge_within_which_that_share_was_answered() -> None:
    assert quantile([], 0.5) is None
    assert quantile([90, 5, 5, 0, 0, 0, 0, 0, 0, 0, 0], 0.95) == 0.01
    assert quantile([0] * 10 + [1], 0.5) == 10.0
