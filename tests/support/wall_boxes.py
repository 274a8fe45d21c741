"""Every text box of a wall, measured in the browser: none overlaps another, none is cut or covered, none
is lost but in the declared order. For the suite's sample and for the whole of it, `./ikomek bench wall`.

A wall is laid out anew without a reload: the seat is a property of the scene's element, the size that of
the window, a critical incident a row of the live set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from playwright.sync_api import Page

from dashboard.wall.scenes import shipped
from dashboard.words import LANGUAGES

SEATS_M = (2.0, 4.0, 6.0, 8.0, 10.0)
SCREENS_M = (0.685, 1.2)
SIZES = {"1080p": (1920, 1080), "4K": (3840, 2160)}
ARC = 0.0058178
"""An angle of 20 minutes, as a height at the distance 1."""
CAPITAL = 0.714


@dataclass(frozen=True)
class Case:
    lang: str
    scene: str
    size: str
    seat_m: float
    screen_m: float
    critical: bool

    @property
    def letter_share(self) -> float:
        return ARC * self.seat_m / CAPITAL / self.screen_m

    def __str__(self) -> str:
        return (
            f"{self.scene} {self.lang} {self.size} {self.seat_m:g} m x {self.screen_m:g} "
            f"m{' critical' if self.critical else ''}"
        )


def every_case() -> Iterator[Case]:
    """In an order in which neighbours share language, scene and size: those are dear to change."""
    for lang, scene, size, seat_m, screen_m, critical in product(
        LANGUAGES, shipped(), SIZES, SEATS_M, SCREENS_M, (False, True)
    ):
        yield Case(lang, scene, size, seat_m, screen_m, critical)


def sample() -> list[Case]:
    """Every scene from every seat; calm and critical, languages, sizes and screens take turns. In the order
    of `every_case`."""
    sizes, chosen = tuple(SIZES), set()
    for (s, scene), (n, seat_m) in product(enumerate(shipped()), enumerate(SEATS_M)):
        chosen.add(
            Case(
                LANGUAGES[(s + n) % 3],
                scene,
                sizes[(s + n // 3) % 2],
                seat_m,
                SCREENS_M[(s // 2 + n) % 2],
                (s // 3 + n) % 2 == 1,
            )
        )
    return [case for case in every_case() if case in chosen]


def spread(count: int) -> list[Case]:
    """So many of all, evenly."""
    cases = list(every_case())
    return [cases[n * len(cases) // count] for n in range(count)]


READY = """(scene) => window.ikomek && ikomek.live && ikomek.live.loaded && ikomek.live.tick && document.getElementById('wall')?.dataset.scene === scene
    && ikomek.wallConductor.scene === scene && ikomek.wallConductor.shown && document.getElementById('wall') !== ikomek.wallConductor.last
    && ikomek.wall.state.element === document.getElementById('wall') && ikomek.wall.state.spoken
    && ikomek.wall.state.panels.length && ikomek.wall.state.panels.every((p) => p.figures || p.kind === 'map' || p.kind === 'flood')
    && [...document.querySelectorAll('.wall-map')].every((map) => ikomek.maps.has(map.id))"""  # noqa: E501
ALONE = (
    "(scene) => { Object.assign(ikomek.wallConductor.show, { turns: [[scene, 86400]], critical: scene }); }"
)
"""The scene, and the same one while a critical incident has the wall: else it changes in the middle of a
measure."""
LAY_OUT = """async ({ share, critical, width, height }) => {
    const wall = document.getElementById('wall'), { incidents } = ikomek.live,
        frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    if (window.asideCritical === undefined) window.asideCritical = [...incidents.values()].filter((one) =>
        one.priority >= 2);
    for (const one of window.asideCritical) if (critical) incidents.set(one.id, one);
        else incidents.delete(one.id);
    wall.style.setProperty('--letter-share', share);
    const settled = () => innerWidth === width && innerHeight === height && ikomek.wall.isArranged();
    const until = performance.now() + 60e3;
    for (let calm = 0; calm < 2; calm = settled() ? calm + 1 : 0) {
        if (performance.now() > until) return [`never at rest: ${ikomek.wall.unsettled()}`];
        await frame();
        ikomek.wall.state.drawn = -Infinity;
        ikomek.wall.redraw();
    }
    return [];
}"""
"""Until the window has its size, the fonts have come, every panel is drawn for what there is, and
everything is laid out for that, twice running; what does not come to rest in a minute is a fault."""
FAULTS = r"""(letterPx) => {
    const wall = document.getElementById('wall'), ctx = document.createElement('canvas').getContext('2d'),
        faults = [], inks = [], ROOM_FOR_BOTH = 4.5; // letters: the name over a map, and the map
    const name = (e) => `${e.id || String(e.className).split(' ')[0] || e.tagName}`,
        short = (text) => text.trim().slice(0, 40);
    const clips = (e) => { const s = getComputedStyle(e); return s.overflowX !== 'visible' || s.overflowY !==
        'visible'; };
    function cutBy(box, element) {
        if (box.left < -1.5 || box.top < -1.5 || box.right > innerWidth + 1.5 || box.bottom > innerHeight +
            1.5) return 'the screen';
        for (let e = element; e && e !== document.body; e = e.parentElement) {
            if (!clips(e)) continue;
            const at = e.getBoundingClientRect();
            if (box.left < at.left - 1.5 || box.right > at.right + 1.5 || box.top < at.top - 1.5 || box.bottom
                > at.bottom + 1.5) return name(e);
        }
        return null;
    }
    /* What lies over it, or something around that, is painted: letters alone are looked at below. */
    function hides(top, element) {
        for (let e = top; e && !e.contains(element); e = e.parentElement) {
            const s = getComputedStyle(e);
            if (s.backgroundColor !== 'rgba(0, 0, 0, 0)' || s.backgroundImage !== 'none' || e.matches('canvas, img, svg'))
                return true;
        }
        return false;
    }
    const meet = (a, b, by) => Math.min(a.right, b.right) - Math.max(a.left,
        b.left) > by && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > by;
    /* A part beside a title that has no room in its line: it goes whole, to a line that nobody sees. */
    const gone = (e) => { const line = e.closest('.parts'); return line && line !== e &&
        e.getBoundingClientRect().top >= line.getBoundingClientRect().bottom - 1.5; };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement, said = node.textContent;
        if (!said.trim() || !element.checkVisibility({ visibilityProperty: true }) ||
            element.closest('script, style, #wall-message, .leaflet-map-pane') || gone(element)) continue;
        const style = getComputedStyle(element), range = document.createRange();
        ctx.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
        const m = ctx.measureText(said);
        range.selectNodeContents(node);
        if (parseFloat(style.fontSize) < letterPx - 0.5) faults.push(`small: ${name(element)} "${short(said)}"
            ${style.fontSize}`);
        if (style.textOverflow === 'ellipsis' && element.scrollWidth > element.clientWidth + 1)
            faults.push(`ellipsis: ${name(element)} "${short(said)}"`);
        for (const rect of range.getClientRects()) {
            if (rect.width < 1) continue;
            const base = rect.top + (rect.height - m.fontBoundingBoxAscent - m.fontBoundingBoxDescent) / 2 +
                m.fontBoundingBoxAscent;
            inks.push({ element, said, left: rect.left, right: rect.right,
                top: base - m.actualBoundingBoxAscent, bottom: base + m.actualBoundingBoxDescent });
        }
    }
    for (const ink of inks) {
        const cutter = cutBy(ink, ink.element), top = document.elementFromPoint((ink.left + ink.right) / 2,
            (ink.top + ink.bottom) / 2);
        if (cutter) faults.push(`cut by ${cutter}: ${name(ink.element)} "${short(ink.said)}"`);
        else if (top && !ink.element.contains(top) && hides(top, ink.element)) faults.push(`covered by
            ${name(top)}: ${name(ink.element)} "${short(ink.said)}"`);
    }
    inks.forEach((a, i) => inks.slice(i + 1).forEach((b) => {
        if (a.element !== b.element && meet(a, b, 1.5)) faults.push(`overlap: ${name(a.element)}
            "${short(a.said)}" and ${name(b.element)} "${short(b.said)}"`);
    }));
    const seen = (e) => e && e.checkVisibility({ visibilityProperty: true });
    for (const canvas of wall.querySelectorAll('.wall-card canvas, .wall-attention canvas, .wall-legend canvas')) {
        if (!seen(canvas)) continue;
        const box = canvas.getBoundingClientRect();
        if (cutBy(box, canvas)) faults.push(`symbol cut by ${cutBy(box, canvas)}`);
        for (const ink of inks) if (meet(box, ink, 3)) faults.push(`symbol on "${short(ink.said)}"`);
    }
    const high = (e) => (seen(e) ? e.offsetHeight : 0), bars = high(document.getElementById('shell-banners'))
        + high(wall.querySelector('.wall-header')) + high(wall.querySelector('.wall-footer'));
    if (bars > innerHeight * 0.12 + 0.5) faults.push(`header and footer take ${(100 * bars /
        innerHeight).toFixed(1)} %`);
    if (document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth >
        innerWidth) faults.push('scroll bars');
    if (!seen(document.getElementById('wall-clock')) ||
        !/^\d\d:\d\d$/.test(document.getElementById('wall-clock').textContent))
        faults.push('lost: the clock');
    return [...faults, ...lost(), ...[...ikomek.maps.values()].flatMap(marks)];

    /* On a map: symbols, groups, labels, and what stands over it. */
    function marks({ map, incidents, basemap }) {
        const container = map.getContainer(), stage = container.closest('.wall-stage'), found = [];
        if (!seen(stage)) return found;
        const at = container.getBoundingClientRect(), from = map.getPixelBounds().min, world = incidents._world();
        const page = (what, { minX, minY, maxX, maxY }) => ({ what, left: minX - from.x + at.left,
            top: minY - from.y + at.top, right: maxX - from.x + at.left, bottom: maxY - from.y + at.top });
        const around = (x, y, half) => ({ minX: x - half, minY: y - half, maxX: x + half, maxY: y + half });
        const { spots, size } = incidents._calmDrawn;
        const all = incidents._hidden ? [] : [
            ...incidents._groups.map((one) => page(`group ${one.n}`, around(one.x, one.y, one.side * 0.63))),
            ...incidents._pressing.map((box) => page('symbol that presses', box)),
            ...spots.map((one) => page('calm symbol', around(one.x + world.x, one.y + world.y, size * 0.6)))];
        const labels = basemap.names(true).map((box) => page('label', box));
        const over = [...stage.parentElement.querySelectorAll('.wall-card.over, .wall-legend, .leaflet-control-scale,' +
            ' .leaflet-control-attribution')].filter(seen).map((e) => ({ what: name(e), ...e.getBoundingClientRect().toJSON() }));
        const whole = stage.getBoundingClientRect();
        for (const one of [...all, ...labels]) if (one.left < whole.left - 1.5 || one.top < whole.top - 1.5 ||
            one.right > whole.right + 1.5 || one.bottom > whole.bottom + 1.5) found.push(`cut by the map: ${one.what}`);
        all.forEach((one, i) => [...all.slice(i + 1), ...labels, ...over].forEach((other) => {
            if (meet(one, other, 1)) found.push(`on the map: ${one.what} and ${other.what}`);
        }));
        return found;
    }

    /* Would its first row, without a heading, have had the column's height for itself? */
    function hasRoom(column, panel) {
        const all = [...column.querySelectorAll('*')], before = all.map((one) => one.hidden), list =
            panel.querySelector('ol');
        for (const one of column.children) one.hidden = one !== panel;
        if (list) [...list.children].forEach((row, i) => { row.hidden = i > 0; });
        panel.classList.add('untitled');
        const room = column.scrollHeight <= column.clientHeight + 1;
        panel.classList.remove('untitled');
        all.forEach((one, i) => { one.hidden = before[i]; });
        return room;
    }

    /* What must never go, and what goes in its order. */
    function lost() {
        const found = [], card = document.getElementById('wall-card'), { rows, panels } = ikomek.wall.state,
            critical = rows.filter((one) => one.priority >= 2);
        const has = (place) => seen(place) && seen(place.querySelector('canvas')) &&
            seen(place.querySelector('.what')) && place.querySelector('.what').textContent;
        const places = panels.filter((p) => p.kind === 'attention' || (p.kind === 'map' &&
            p.options.layers.includes('incidents')));
        const mine = rows.filter((one) => places.some((p) => ikomek.wall.within(one, p.options)));
        const listed = [...wall.querySelectorAll('.wall-attention li[data-id]')].some(has);
        if ((critical.length ? !has(card) : mine.length && !listed && !has(card)))
            found.push('lost: the problem or its symbol');
        const kindOf = (one) => ikomek.word(`wall.one.${one.kind}`), titleOf = (one) => ikomek.wall.details(one).category || ikomek.wall.title(one);
        if (has(card) && critical.length && titleOf(card.incident).length <= 30 && has(card) === kindOf(card.incident) && titleOf(card.incident) !== kindOf(card.incident))
            found.push('lost: what happened');
        for (const map of wall.querySelectorAll('.wall-panel-map')) { const over = map.parentElement.querySelector(':scope > .wall-panel-district');
            if (over && seen(map) && !seen(over) && map.offsetHeight > ROOM_FOR_BOTH * letterPx) found.push('lost: the name over a map'); }
        if (has(card) && card.incident.priority >= 2 && card.incident.address && !(seen(card.querySelector('.address')) &&
            card.incident.address.startsWith(card.querySelector('.address').textContent)))
            found.push('lost: the address of the problem');
        const incident = has(card) ? card.incident : null, handle = incident && incident.point &&
            !wall.classList.contains('wall-desk') && (critical.length || !listed) ?
            ikomek.wall.mapOf(incident) : null;
        if (handle) {
            const map = handle.map.getContainer(), at = map.getBoundingClientRect(),
                p = handle.map.latLngToContainerPoint([incident.point[1], incident.point[0]]);
            const x = at.left + p.x, y = at.top + p.y, box = card.getBoundingClientRect(), r = letterPx / 3;
            if (p.x < r || p.y < r || p.x > at.width - r || p.y > at.height - r)
                found.push('lost: the symbol on the map');
            if (x > box.left - r && x < box.right + r && y > box.top - r && y < box.bottom + r)
                found.push('covered: the symbol on the map');
        }
        if (!critical.length && ![...wall.querySelectorAll('[data-panel]')].some(seen))
            found.push('lost: every panel');
        const [flood] = ikomek.wall.flood.all, sign = document.querySelector('#wall-flood .head');
        if (flood && !critical.length && !(seen(sign) && /[0-9]/.test(sign.textContent) &&
            sign.textContent.startsWith(ikomek.word(`wall.kind.${flood.kind}`))))
            found.push('lost: the sign of the flood');
        for (const { kind, element, options } of panels) {
            const none = kind === 'attention' && element.querySelector('li.none');
            if (seen(none) && none.textContent === ikomek.word('wall.attention.none') && [...ikomek.live.incidents.values()]
                .some((one) => ikomek.wall.isFlooded(one) && ikomek.wall.within(one, options)))
                found.push('lost: the flood in a list');
        }
        const worth = { map: 4, district: 3, attention: 2, rating: 2, figures: 1 };
        for (const column of wall.querySelectorAll('.wall-column:not(.wall-row)')) {
            const all = [...column.children].filter((e) => !e.hasAttribute('data-idle')),
                least = Math.min(...all.filter(seen).map((e) => worth[e.dataset.kind] || 0));
            for (const e of all) if (seen(column) && !seen(e) && (worth[e.dataset.kind] || 0) > least &&
                (all.filter(seen).length > 1 || hasRoom(column, e)))
                found.push(`order: ${e.dataset.kind} is gone before what is less`);
        }
        for (const list of wall.querySelectorAll('.wall-panel-body > ol')) {
            const shown = [...list.children].map(seen);
            if (seen(list) && shown.lastIndexOf(true) + 1 !== shown.filter(Boolean).length) found.push(`order:
                a row of ${list.className} is gone from the middle`);
        }
        for (const map of wall.querySelectorAll('.wall-stage')) if (seen(map) && map.clientHeight < letterPx *
            2.2) found.push('lost: the map');
        return found;
    }
}"""  # noqa: E501

MEASURE = f"""async (asked) => {{
    const unrest = await ({LAY_OUT})(asked);
    return unrest.length ? unrest : ({FAULTS})(asked.letterPx);
}}"""
"""In one go: what comes in between (a banner, a row) is laid out by the page's next beat only."""


def open_language(page: Page, url: str, lang: str) -> None:
    """Maps are not painted: they hold no text box, and take most of the time of a browser that paints by
    its processor."""
    page.goto(f"{url}/wall/rotation?lang={lang}")
    page.add_style_tag(content=".leaflet-pane { visibility: hidden !important; }")


FLOODED = "() => window.ikomek?.wall?.flood?.all.some(({ count }) => count >= 2000)"


def await_flood(page: Page) -> None:
    """Until the open wall has heard of the flood (`wall_city.BURST`)."""
    page.wait_for_function(FLOODED, timeout=60_000)


BEAT_MS = 1500


def faults(page: Page, case: Case) -> list[str]:
    """All that is wrong with the open wall (`open_language`) when it is laid out so."""
    width, height = SIZES[case.size]
    if page.viewport_size != {"width": width, "height": height}:
        page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("() => window.ikomek?.wallConductor?.show", timeout=60_000)
    page.evaluate(ALONE, case.scene)
    page.wait_for_function(READY, arg=case.scene, timeout=120_000)
    layout = {
        "share": f"{case.letter_share:.5f}",
        "critical": case.critical,
        "width": width,
        "height": height,
        "letterPx": max(18.0, case.letter_share * height),
    }
    found = page.evaluate(MEASURE, layout)
    if found:  # what was on its way at that moment is there a beat later; what is wrong stays
        page.wait_for_timeout(BEAT_MS)
        found = page.evaluate(MEASURE, layout)
    return found
