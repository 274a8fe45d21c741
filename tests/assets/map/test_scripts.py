"""The map's small scripts, each on its own in a browser without a server."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from geo.settings import Settings
from tests.support.city_rows import connect

ASSETS = Path(__file__).parents[3] / "assets"
LEVELS = ("symbol", "urgent", "critical")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A blank page with our tokens and the scripts that need no map."""
    context = browser.new_context()
    page = context.new_page()
    page.set_content("<!doctype html><html data-zone='Asia/Almaty'><body></body></html>")
    page.add_style_tag(path=ASSETS / "tokens.css")
    for name in ("map/mvt", "map/symbols", "geometry", "feed_ages", "map/incidents", "map/density"):
        page.add_script_tag(path=ASSETS / f"{name}.js")
    yield page
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_symbol_fades_with_age_but_never_below_three_to_one(page: Page, theme: str) -> None:
    ratios = page.evaluate(
        """([theme, names]) => {
        document.documentElement.dataset.theme = theme;
        const s = ikomek.symbols, ground = s.ink('map');
        const edge = (name) => name === 'urgent' ? s.contrast(s.ink('urgent-edge'), ground) : 0;
        return names.map((name) => [0, 0.25, 0.5, 0.75, 1].map((age) =>
          Math.max(s.contrast(s.faded(s.ink(name), ground, age), ground), edge(name))));
    }""",
        [theme, list(LEVELS)],
    )
    for name, by_age in zip(LEVELS, ratios):
        assert min(by_age) >= 3, (name, by_age)
        assert by_age == sorted(by_age, reverse=True), name


def test_kind_urgency_and_staleness_are_told_apart_without_colour(page: Page) -> None:
    """In grey levels, twelve symbols are twelve different pictures; a stale one is another."""
    pictures = page.evaluate("""() => {
        const seen = [];
        for (const kind of ['service', 'police', 'emergency', 'offence']) for (const priority of [0, 1,
            2]) for (const stale of [false, true]) {
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 120;
            const ctx = canvas.getContext('2d');
            ikomek.symbols.draw(ctx, 60, 60, 20, { kind, priority, stale });
            const { data } = ctx.getImageData(0, 0, 120, 120), shape = [];
            for (let i = 3; i < data.length; i += 4) shape.push(data[i] > 100 ? 1 : 0);
            seen.push(shape.join('') + stale);
        }
        return seen;
    }""")
    assert len(set(pictures)) == 24


def test_age_grows_from_half_an_hour_to_a_day(page: Page) -> None:
    ages = page.evaluate("() => [0, 1800, 7200, 86400, 1e7].map(ikomek.symbols.ageRatio)")
    assert ages[0] == ages[1] == 0 and 0 < ages[2] < 1 and ages[3] == ages[4] == 1


def test_a_deadline_presses_from_its_last_warning_on(page: Page) -> None:
    due = page.evaluate("""() => [899, 900, 1001].map((now) => ikomek.symbols.isDue({ due: 1000, presses: 900, status: 'open' }, now))
        .concat(ikomek.symbols.isDue({ due: 1000, presses: 900, status: 'closed' }, 2000), ikomek.symbols.isDue({ due: null, presses: null, status: 'open' }, 2000))""")  # noqa: E501
    assert due == [False, True, True, False, False]


def test_a_tile_of_postgis_is_read_back(page: Page, settings: Settings) -> None:
    connection = connect(settings)
    with connection.cursor() as cursor:
        cursor.execute("""select ST_AsMVT(t, 'things', 4096, 'geom', 'id') from (values
            (1, 'река Есіл', 7, -3, 2.5::float8, true, 'LINESTRING(10 20, 300 40, 4000 4090)'::geometry),
            (2, null, 8000000, 0, -0.25, false, 'POLYGON((0 0, 0 100, 100 100, 100 0, 0 0))'), (3, 'x', 0, 1,
                0, null, 'MULTIPOINT(5 5, 9 9)')
            ) as t (id, name, n, m, f, yes, geom)""")
        body = base64.b64encode(cursor.fetchone()[0]).decode()
    connection.close()
    layer = page.evaluate(
        """(data) => {
        const layers = ikomek.readTile(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).buffer),
            layer = layers.get('things');
        return { size: layers.size, extent: layer.extent, features: layer.features };
    }""",
        body,
    )
    line, square, points = layer["features"]
    assert (layer["size"], layer["extent"], [line["id"], square["id"], points["id"]]) == (1, 4096, [1, 2, 3])
    assert line["properties"] == {"name": "река Есіл", "n": 7, "m": -3, "f": 2.5, "yes": True}
    assert line["type"] == 2 and line["geometry"] == [[[10, 20], [300, 40], [4000, 4090]]]
    assert (
        square["type"] == 3
        and len(square["geometry"][0]) == 5
        and square["properties"]["n"] == 8_000_000
        and square["properties"]["f"] == -0.25
    )
    assert points["type"] == 1 and sorted(map(tuple, sum(points["geometry"], []))) == [(5, 5), (9, 9)]


def test_an_empty_tile_has_no_layers(page: Page) -> None:
    assert page.evaluate("() => ikomek.readTile(new ArrayBuffer(0)).size") == 0


def test_density_classes_rise_and_stop_below_the_most(page: Page) -> None:
    breaks = page.evaluate("() => ikomek.densityBreaks(Array.from({ length: 1000 }, (_, i) => i + 1))")
    assert breaks == [500, 750, 900, 970]
    assert page.evaluate("() => [ikomek.densityBreaks([]), ikomek.densityBreaks([3, 3, 3])]") == [[], []]


def test_names_stand_inside_their_polygon_and_apart(page: Page) -> None:
    ring = [[71.3, 51.0], [71.6, 51.0], [71.6, 51.2], [71.45, 51.05], [71.3, 51.2], [71.3, 51.0]]
    points = page.evaluate(
        "(ring) => ikomek.innerPoints({ type: 'Polygon', coordinates: [ring] }, 2.5)", ring
    )
    assert len(points) > 5
    for lon, lat in points:
        assert 71.3 < lon < 71.6 and lat > 51.0 and lat < 51.05 + abs(lon - 71.45)
    gaps = [
        math.dist((a[0] * 0.63, a[1]), (b[0] * 0.63, b[1])) for i, a in enumerate(points) for b in points[:i]
    ]
    assert min(gaps) * 111.2 == pytest.approx(2.5, rel=0.05)


def test_a_filter_keeps_what_it_names(page: Page) -> None:
    words = page.evaluate("""() => {
        const incident = { kind: 'police', category: 7, status: 'open', priority: 1, district: 3,
            opened: 1000, due: 2000 };
        return [{}, { kind: 'police' }, { kind: ['service'] }, { category: ['7', '8'] }, { priority: 0 }, {
            from: 1001 }, { to: 1000 }, { overdue: true }]
            .map((filter) => ikomek.passesFilter(incident, filter, 2001));
    }""")
    assert words == [True, True, False, True, False, False, False, True]


def test_overdue_means_open_past_the_deadline_as_in_the_list(page: Page) -> None:
    words = page.evaluate("""() => ['open', 'taken', 'closed'].map(
        (status) => ikomek.passesFilter({ kind: 'police', status, opened: 1, due: 2 }, { overdue: true }, 3))""")  # noqa: E501
    assert words == [True, True, False]


def test_a_feed_is_stale_after_twice_its_interval_or_when_never_polled(page: Page) -> None:
    words = page.evaluate(
        "() => [[100, 60, 219], [100, 60, 221], [null, 60, 0], [100, null, 1e9], [null, null, "
        "0]].map(([polled_at, interval_s, now]) => ikomek.feedIsStale({ polled_at, interval_s }, "
        "now))"
    )
    assert words == [False, True, True, False, False]  # without an interval it comes when it comes


def test_every_question_to_the_server_is_asked_by_the_one_helper() -> None:
    """A bare `fetch` has no end and does not know whether its answer is still wanted. Workers have no
    page, that of the second factor loads one script alone; they bound theirs themselves."""
    ours = [path for path in ASSETS.rglob("*.js") if "vendor" not in path.relative_to(ASSETS).parts]
    bare = [
        str(path.relative_to(ASSETS))
        for path in ours
        if re.search(r"(?<![.\w])fetch\(", path.read_text(encoding="utf-8"))
    ]
    alone = {"live_worker.js", "wall/watch_worker.js", "passkeys.js"}
    assert len(ours) > 10 and set(bare) <= {"ask.js", *alone}
