"""What stands over a map (buttons, scale, legend, search, what the map does not know) never lies on one
another and never changes places, from a telephone to a 4K desk, before and after resizes, in three
languages."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from dashboard.words import LANGUAGES, word
from tests.assets.strain import plain_page, without_pictures_of_maps  # noqa: F401 - a fixture
from tests.support.web import Server

SIZES = ((1440, 900), (390, 844), (1920, 1080), (3840, 2160), (1024, 768), (1440, 900))
"""The first is also the last: a window that comes back to its size finds everything where it was."""
PAGES = {"/map": "duty", "/buildings": "buildings", "/vote": "vote", "/precincts?plan=1": "studio"}
UNKNOWN = ("map.unknown", "map.density.unknown", "map.ground.unknown")
FAULTS = """(before) => {
    const map = document.querySelector('.leaflet-container'), stage = map.closest('[data-layers]');
    const seen = (one) => one.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
        one.getBoundingClientRect().width > 1 && one.getBoundingClientRect().height > 1;
    const clear = 'rgba(0, 0, 0, 0)';
    const solid = (one) => {
        const { backgroundColor, borderTopWidth, overflowX } = getComputedStyle(one);
        return backgroundColor !== clear || overflowX === 'auto' || borderTopWidth !== '0px' || one.matches('button, input, canvas, svg') ||
            [...one.childNodes].some(({ nodeType, data }) => nodeType === 3 && data.trim());
    };
    const parts = (one) => !seen(one) ? [] : solid(one) ? [one] : [...one.children].flatMap(parts);
    const over = [...stage.querySelectorAll(':scope > *')].filter((one) => !one.contains(map));
    const furniture = [...map.querySelectorAll('.leaflet-control, :scope > .map-unknown'), ...over].flatMap(parts);
    const name = (one) => `${one.id || one.className || one.parentElement.className} "${one.textContent.slice(0, 24)}"`;
    const around = stage.getBoundingClientRect(), faults = [];
    const far = (one, { left, top, bottom }) => // what stands at the foot of a map grows upwards with its words
        [left - around.left, one.closest('.leaflet-bottom') ? bottom - around.top : top - around.top].map(Math.round);
    const boxes = furniture.map((one) => [one, one.getBoundingClientRect()]);
    for (const [i, [one, a]] of boxes.entries()) {
        if (a.left < around.left - 1 || a.right > around.right + 1 || a.top < around.top - 1 || a.bottom > around.bottom + 1)
            faults.push(`out of the map: ${name(one)}`);
        for (const [other, b] of boxes.slice(i + 1)) {
            if (one.contains(other)) continue;
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left),
                high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 1 && high > 1) faults.push(`${name(one)} on ${name(other)} (${wide} x ${high})`);
        }
    }
    for (const note of map.querySelectorAll(':scope > .map-unknown')) {
        const lines = [...note.children].reduce((sum, line) => sum + line.offsetHeight, 0);
        if (note.offsetHeight > lines * 1.6 + 20) faults.push(`higher than its words: ${name(note)}`);
    }
    const places = Object.fromEntries(boxes.map(([one, box]) => [name(one), far(one, box)]));
    for (const [key, [left, top]] of before ? Object.entries(before) : []) {
        const now = places[key];
        if (now && Math.hypot(now[0] - left, now[1] - top) > 2) faults.push(`moved: ${key} ${[left, top]} -> ${now}`);
    }
    return [faults, places, furniture.length];
}"""  # noqa: E501
MARK = """([id, sentences]) => {
    const handle = ikomek.maps.get(id), many = sentences.length > 0;
    if (Boolean(handle.density._map) !== many) handle.setLayer('density', many);
    for (const nth of [0, 1, 2]) ikomek.markMap(handle, `test${nth}`, sentences[nth] || '');
}"""
READY = """(id) => window.ikomek?.maps?.get(id) && ikomek.live.tick && ikomek.live.loaded &&
    document.querySelector('#shell-banners').offsetHeight > 0 &&
    (!document.querySelector('#studio') || document.querySelector('#studio[data-ready]')) &&
    document.querySelector('.leaflet-control-attribution').textContent &&
    document.querySelector('.leaflet-control-scale-line').textContent"""
SETTLED = """() => new Promise((done) => {
    let last = '', frames = 0;
    requestAnimationFrame(function step() {
        const now = JSON.stringify([...document.querySelectorAll('.leaflet-control, [data-layers] > *')]
            .map((one) => Object.values(one.getBoundingClientRect().toJSON())));
        frames = now === last ? frames + 1 : 0;
        last = now;
        if (frames > 4) done(true);
        else requestAnimationFrame(step);
    });
})"""
"""Until nothing has moved for some frames."""
IN_TIME = "() => !document.querySelector('#duty-late')?.textContent"
"""While an answer is late, a notice of that stands above the foot of the map, and the legend above it."""


@pytest.fixture
def page(demo_server: Server, plain_page: Page) -> Iterator[Page]:
    demo_server.sign_in(plain_page)
    without_pictures_of_maps(plain_page)
    yield plain_page


def faults_of(page: Page, map_id: str, language: str) -> dict[str, list[str]]:
    """At each size while the map knows nothing, and at the first and last also while it knows all; in Kazakh
    and English on a telephone and at a desk alone."""
    found, first = {}, {}
    sentences = [word(key, language) for key in UNKNOWN]
    for nth, size in enumerate(SIZES if language == "ru" else SIZES[:2]):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for lines in (0, len(sentences)) if size == SIZES[0] else (len(sentences),):
            page.evaluate(MARK, [map_id, sentences[:lines]])
            page.wait_for_function(IN_TIME)
            page.evaluate(SETTLED)
            page.evaluate(MARK, [map_id, sentences[:lines]])
            faults, positions, many = page.evaluate(FAULTS, first.get(lines) if size == SIZES[0] else None)
            if size == SIZES[0]:
                first.setdefault(lines, positions)
            if faults or many < 2:
                found[f"{nth} {size[0]} {'unknown' if lines else ''}"] = faults or ["no furniture was found"]
    return found


def test_nothing_over_a_map_lies_on_another_or_changes_places(page: Page, demo_server: Server) -> None:
    found = {}
    for address, name in PAGES.items():
        for language in LANGUAGES:
            page.context.add_cookies([{"name": "ikomek_language", "value": language, "url": demo_server.url}])
            page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
            page.goto(demo_server.url + address)
            map_id = f"ikomek-map-{name}"
            page.wait_for_function(READY, arg=map_id)
            page.evaluate("() => ikomek.words.then(() => document.fonts.ready).then(() => true)")
            if faults := faults_of(page, map_id, language):
                found[f"{address} {language}"] = faults
    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)


PLANT = """() => {
    const { map, basemap, incidents } = ikomek.maps.get('ikomek-map-duty');
    const [name] = basemap.names(false), [any] = ikomek.live.incidents.values();
    const at = map.unproject([(name.minX + name.maxX) / 2, (name.minY + name.maxY) / 2]);
    ikomek.live.incidents.clear();
    ikomek.live.incidents.set(-1, { ...any, id: -1, kind: 'service', status: 'open', priority: 1,
        group: null, point: [at.lng, at.lat] });
    incidents.redraw();
}"""
APART = """() => {
    const { map, basemap } = ikomek.maps.get('ikomek-map-duty');
    const boxes = ikomek.pressingOn(map), names = basemap.names(false);
    return boxes.length > 0 && names.length > 0 &&
        !names.some((name) => boxes.some((box) => ikomek.boxesMeet(box, name)));
}"""


def test_a_name_gives_way_to_a_symbol_that_presses(page: Page, demo_server: Server) -> None:
    page.goto(demo_server.url + "/map")
    page.wait_for_function(READY, arg="ikomek-map-duty")
    page.wait_for_function("() => ikomek.maps.get('ikomek-map-duty').basemap.names(false).length > 0")
    page.evaluate(PLANT)
    page.wait_for_function(APART)
