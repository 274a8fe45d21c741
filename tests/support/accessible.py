"""What axe finds on a page, which of its targets are too small for a finger (a target may be larger than
what is drawn of it), and what moves while the page comes: under a hand that reaches for something."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

from playwright.sync_api import Page

from dashboard.machine import paths, scripts
from dashboard.words import LANGUAGES
from tests.support.web import ROOT

PAGES = (
    "/map",
    "/map?card=1",
    "/alarms",
    "/shift",
    "/desk",
    "/answers",
    "/answers?show=edit",
    "/precincts",
    "/precincts?plan=1",
    "/buildings",
    "/vote",
    "/voters",
    "/statistics",
    "/statistics?view=levels",
    "/statistics?view=forecast",
    "/statistics?view=staffing",
    "/statistics?view=returns",
    "/statistics?view=projects",
    "/statistics?view=reports",
    "/rating",
    "/feeds",
    "/audit",
    "/mode",
    "/account",
    "/wall/operations",
)
THEMES = ("dark", "light")
DESK, PHONE = (1920, 1080), (390, 844)
FINGER_PX = 44
SHIFT = 0.1
"""Cumulative Layout Shift, the share of the window that moved times how far: up to this it counts as good."""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DRAWN = """() => document.querySelector('#shell-clock time, #wall-clock, .wall-clock')
    && !document.querySelector('.shell-wait')"""
QUIET_MS, LONGEST_MS = 400, 6000
SETTLED = """([quiet, longest]) => new Promise((done) => {
    const root = document.querySelector('#shell-page, main, body');
    let timer = setTimeout(done, quiet);
    new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(done, quiet); })
        .observe(root, { childList: true, subtree: true });
    setTimeout(done, longest);
})"""
"""Nothing has been added or taken away for a moment; a page that is never still is judged as it is."""
RUN = """async (tags) => {
    const found = await axe.run(document, {
        runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'],
    });
    const why = ({ any, all, none }) => (any[0] ?? all[0] ?? none[0])?.message ?? '';
    return found.violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')}: ${why(node)}`));
}"""
SMALL = """(px) => [...document.querySelectorAll(
        'button, a[href], input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]')]
    .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        && !one.closest('.leaflet-container, [inert], [aria-hidden=true]') && !one.disabled)
    .map((one) => one.matches('input[type=checkbox], input[type=radio], input[type=file]')
        ? (one.closest('label') ?? one) : one)
    .filter((one) => {
        const box = one.getBoundingClientRect();
        const inText = one.matches('a') && getComputedStyle(one).display === 'inline';
        if (box.width <= 1 || box.height <= 1 || inText) return false;
        if (Math.min(box.width, box.height) >= px - 0.5) return false;
        one.scrollIntoView({ block: 'center', inline: 'center' });
        const { left, right, top, bottom } = one.getBoundingClientRect();
        const [x, y] = [(left + right) / 2, (top + bottom) / 2], reach = px / 2 - 1;
        const holds = (at) => at && one.contains(at);
        return !(holds(document.elementFromPoint(Math.max(0, x - reach), y)) || right - left >= px - 0.5)
            || !(holds(document.elementFromPoint(x, Math.max(0, y - reach))) || bottom - top >= px - 0.5);
    })
    .map((one) => {
        const { width, height } = one.getBoundingClientRect();
        return `${one.id || one.className || one.tagName} ${width.toFixed(0)} x ${height.toFixed(0)}`;
    })"""

SHIFTS = """() => {
    const name = (node) => node?.id || node?.className || node?.parentElement?.className || node?.nodeName;
    const watch = new PerformanceObserver(() => {});
    watch.observe({ type: 'layout-shift', buffered: true });
    const shifts = watch.takeRecords().filter(({ hadRecentInput }) => !hadRecentInput);
    watch.disconnect();
    return [shifts.reduce((sum, { value }) => sum + value, 0),
        [...new Set(shifts.flatMap(({ sources }) => sources.map(({ node }) => name(node))))].slice(0, 5)];
}"""
"""How much has moved since the page was opened, and of what."""


@dataclass(frozen=True)
class Look:
    """One page as one reader has it."""

    path: str
    lang: str
    theme: str
    size: tuple[int, int]

    def __str__(self) -> str:
        return f"{self.path} {self.lang} {self.theme} {self.size[0]}"


def every_look() -> list[Look]:
    return [
        Look(*one) for one in product(PAGES, LANGUAGES, THEMES, (DESK, PHONE)) if one[-1] in sizes_of(one[0])
    ]


def sizes_of(path: str) -> tuple[tuple[int, int], ...]:
    """A wall has no phone."""
    return (DESK,) if path.startswith("/wall/") else (DESK, PHONE)


def one_of_each_page() -> list[Look]:
    """Each page on a phone and then at a desk, with a language that changes from page to page and the other
    theme for the other size."""
    return [
        Look(path, LANGUAGES[i % len(LANGUAGES)], THEMES[(i + j) % 2], size)
        for i, path in enumerate(PAGES)
        for j, size in enumerate(reversed(sizes_of(path)))
    ]


@cache
def axe() -> str:
    return scripts.axe(paths.in_checkout(ROOT)).read_text(encoding="utf-8")


def faults(page: Page, url: str, look: Look, before: Look | None = None) -> list[str]:
    """What axe says of it, by rule and element; what moved while it came; on a phone also what is smaller
    than a finger. `before` is what the page shows now: where only its size and theme are others it is not
    loaded anew."""
    loaded, size = True, {"width": look.size[0], "height": look.size[1]}
    if before and (before.path, before.lang) == (look.path, look.lang):
        loaded = False
        page.set_viewport_size(size)
        if before.theme != look.theme:
            page.evaluate("() => document.getElementById('shell-theme').click()")
    else:
        cookies = {"ikomek_language": look.lang, "ikomek_theme": look.theme}
        page.context.add_cookies([{"name": key, "value": cookies[key], "url": url} for key in cookies])
        page.set_viewport_size(size)
        page.goto(url + look.path)
        page.wait_for_function(DRAWN)
        page.evaluate("() => ikomek.words.then(() => document.fonts.ready).then(() => true)")
    page.evaluate(SETTLED, [QUIET_MS, LONGEST_MS])
    moved, what = page.evaluate(SHIFTS) if loaded else (0.0, [])
    if loaded:
        page.evaluate(axe())
    found = page.evaluate(RUN, TAGS)
    if moved > SHIFT:
        found.append(f"moved: {moved:.3f}: {', '.join(what)}")
    if look.size == PHONE:
        found += [f"target: {one}" for one in page.evaluate(SMALL, FINGER_PX)]
    return sorted(set(found))
