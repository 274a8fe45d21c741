"""Groups of a flood and thinned calm symbols, in a real browser."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
    for script in ("clear", "incident_groups"):
        page.add_script_tag(path=ASSETS / f"map/{script}.js")
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


SIDE = 1000
SPOT = st.builds(
    lambda x, y, district, urgent: {"x": x, "y": y, "district": district, "urgent": urgent},
    *(st.floats(0, SIDE) for _ in "xy"),
    st.integers(1, 6),
    st.booleans(),
)
NAME = st.builds(
    lambda x, y, width, height: {"minX": x, "minY": y, "maxX": x + width, "maxY": y + height},
    *(st.floats(0, SIDE) for _ in "xy"),
    *(st.floats(1, 300) for _ in "wh"),
)
EDGES = [
    {"minX": -9e9, "minY": -9e9, "maxX": 0, "maxY": 9e9},
    {"minX": SIDE, "minY": -9e9, "maxX": 9e9, "maxY": 9e9},
    {"minX": -9e9, "minY": -9e9, "maxX": 9e9, "maxY": 0},
    {"minX": -9e9, "minY": SIDE, "maxX": 9e9, "maxY": 9e9},
]
PROPERTY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def around(spot: dict, half: float) -> dict:
    return {
        "minX": spot["x"] - half,
        "minY": spot["y"] - half,
        "maxX": spot["x"] + half,
        "maxY": spot["y"] + half,
    }


def meet(a: dict, b: dict) -> bool:
    return (
        min(a["maxX"], b["maxX"]) - max(a["minX"], b["minX"]) > 1e-6
        and min(a["maxY"], b["maxY"]) - max(a["minY"], b["minY"]) > 1e-6
    )


def apart(boxes: list[dict], taken: list[dict]) -> bool:
    return not any(meet(a, b) for a, b in combinations(boxes, 2)) and not any(
        meet(box, one) for box in boxes for one in taken
    )


@PROPERTY
@given(st.lists(SPOT, max_size=300), st.lists(NAME, max_size=12), st.floats(20, 300), st.integers(3, 30))
def test_groups_lie_on_nothing_are_cut_by_nothing_and_count_all_or_there_are_none(
    page: Page, spots: list[dict], names: list[dict], base: float, most: int
) -> None:
    spots = [spot | {"id": number} for number, spot in enumerate(spots)]
    taken = [*EDGES, *names]
    groups = page.evaluate(
        "([spots, base, most, taken]) => ikomek.groupSpots(spots, base, most, taken)",
        [spots, base, most, taken],
    )
    assert apart([around(group, group["side"] * 0.63) for group in groups], taken)
    assert sorted(key for group in groups for key in group["ids"]) == (
        [spot["id"] for spot in spots] if groups else []
    )
    districts = {spot["id"]: spot["district"] for spot in spots}
    for group in groups:
        assert group["n"] == len(group["ids"])
        assert len(groups) == 1 or {districts[key] for key in group["ids"]} == {group["district"]}


@pytest.mark.parametrize(("count", "side"), [(1500, 300), (300, 210), (1500, 200)])
def test_where_there_is_little_room_groups_are_as_small_as_their_counts_allow(
    page: Page, count: int, side: int
) -> None:
    """A square of 150 holds three digits; a map of 200 has room for none of four."""
    far = 1e5
    edges = [
        {"minX": -far, "minY": -far, "maxX": 0, "maxY": far},
        {"minX": side, "minY": -far, "maxX": far, "maxY": far},
        {"minX": -far, "minY": -far, "maxX": far, "maxY": 0},
        {"minX": -far, "minY": side, "maxX": far, "maxY": far},
    ]
    groups = page.evaluate(
        """([count, side, edges]) => ikomek.groupSpots(Array.from({ length: count }, (_, id) => ({ id,
            x: (id * 0.618 % 1) * side, y: (id * 0.755 % 1) * side, district: 1, urgent: false })),
            150, 9, edges)""",
        [count, side, edges],
    )
    assert [group["n"] for group in groups] == ([] if side == 200 else [count])


@PROPERTY
@given(st.lists(SPOT, max_size=40), st.lists(NAME, max_size=4), st.floats(8, 30))
def test_what_presses_is_whole_and_calm_symbols_lie_on_nothing(
    page: Page, spots: list[dict], names: list[dict], size: float
) -> None:
    """Where there is room: forty symbols of this size and four names take less than half of it."""
    spots = [spot | {"id": number, "fixed": False} for number, spot in enumerate(spots)]
    taken = [*EDGES, *names]
    settled, clear = page.evaluate(
        """([spots, size, taken]) => { const settled = [...ikomek.settle(spots, () => size, taken)];
            return [settled, ikomek.clearOf(spots, size, taken)]; }""",
        [spots, size, taken],
    )
    boxes = [around(spot, size) for _, spot in settled]
    assert len(boxes) == len(spots) and apart(boxes, taken)
    assert apart([around(spot, size * 0.6) for spot in clear], taken)
