"""Groups of a flood and thinned calm symbols, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

ASSETS = Path(__file__).parents[3] / "assets"
BURST = """(most) => {
    let seed = 7;
    const random = () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };
    const spots = Array.from({ length: 2000 }, () => { const x = (random() + random()) * 700,
        y = (random() + random()) * 500; return { x, y, district: x > 700 ? 1 : 2,
        urgent: random() < 0.02 }; });
    return [spots, ikomek.groupSpots(spots, 40, most)];
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.add_script_tag(content="window.ikomek = { symbols: {} };")
    page.add_script_tag(path=ASSETS / "map/incident_groups.js")
    return page


def test_2000_become_about_thirty_groups_that_add_up_by_district_and_keep_clear(page: Page) -> None:
    spots, groups = page.evaluate(BURST, 30)
    assert 10 <= len(groups) <= 30
    for district in (1, 2):
        assert sum(group["n"] for group in groups if group["district"] == district) == sum(
            spot["district"] == district for spot in spots
        )
    assert sum(group["urgent"] for group in groups) == sum(spot["urgent"] for spot in spots)
    for index, one in enumerate(groups):
        for other in groups[index + 1 :]:
            need = (one["side"] + other["side"]) / 2
            assert abs(one["x"] - other["x"]) >= need or abs(one["y"] - other["y"]) >= need, (one, other)


def test_groups_grow_and_do_not_jump(page: Page) -> None:
    moved = page.evaluate("""() => {
        const spots = Array.from({ length: 300 }, (_, i) => ({ x: (i % 20) * 50, y: Math.floor(i / 20) * 40,
            district: 1, urgent: false }));
        const at = (groups) => new Map(groups.map((group) => [group.key, group])),
            before = at(ikomek.groupSpots(spots, 40, 30));
        const after = at(ikomek.groupSpots([...spots, { x: 10, y: 10, district: 1, urgent: true }], 40, 30));
        return [...before].map(([key, group]) => (after.has(key) ? Math.hypot(group.x - after.get(key).x,
            group.y - after.get(key).y) : 1e9));
    }""")
    assert max(moved) < 20


def test_calm_symbols_are_thinned_to_about_two_hundred_and_every_kind_stays(page: Page) -> None:
    kept = page.evaluate("""() => {
        const spots = Array.from({ length: 1200 }, (_, i) => ({ x: (i * 37) % 1300, y: (i * 91) % 900,
            state: { kind: ['service', 'police'][i % 40 === 0 ? 1 : 0] } }));
        const few = ikomek.thinned(spots, 13, { x: 0, y: 0 }, 200);
        return [few.length, new Set(few.map(({ state }) => state.kind)).size, ikomek.thinned(spots.slice(0,
            150), 13, { x: 0, y: 0 }, 200).length];
    }""")
    assert 80 < kept[0] <= 200 and kept[1:] == [2, 150]
