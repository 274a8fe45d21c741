"""Every page on the screens of offices, from 1024 to 1920 px: nothing is wider than the window, and in header
and bars nothing lies on or touches what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from dashboard.words import LANGUAGES, catalogue
from tests.assets.strain import plain_page, without_pictures_of_maps  # noqa: F401 - a fixture
from tests.support.web import Server

WIDTHS = (1024, 1280, 1366, 1440, 1536, 1680, 1920)
PAGES = (
    "/map",
    "/alarms",
    "/precincts",
    "/buildings",
    "/vote",
    "/statistics",
    "/rating",
    "/feeds",
    "/audit",
    "/users",
    "/mode",
    "/account",
)
SAMPLE = [(path, "ru") for path in PAGES] + [("/map", "kk"), ("/map", "en")]
"""Russian has the longest words; the whole of it, 9 pages in 3 languages, stood when this was written."""
FAULTS = """() => {
    const seen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0;
    const box = (one) => {
        const text = ![...one.children].length && !one.matches('button, a, input, select, .button'),
            range = document.createRange();
        range.selectNodeContents(one);
        return text ? range.getBoundingClientRect() : one.getBoundingClientRect();
    };
    const name = (one) => `${one.id || one.className || one.tagName} "${one.textContent.slice(0, 30)}"`;
    const rows = [...document.querySelectorAll(
        'header, nav, [role=group], .shell-user, .duty-head, .duty-list-head, .duty-map-foot, '
        + '.duty-stage, .duty-news, .duty-windows, .duty-export, '
        + '#shell-page > * > header')].filter(seen);
    const faults = [];
    const wide = document.documentElement.scrollWidth;
    if (wide > innerWidth) {
        const out = [...document.body.querySelectorAll('*')]
            .filter((one) => seen(one) && one.getBoundingClientRect().right > innerWidth);
        faults.push(`the page is ${wide} px wide: ${out.map(name).slice(-3)}`);
    }
    for (const row of rows) {
        const parts = [...row.children]
            .flatMap((one) => one.matches('.duty-over') ? [...one.children] : [one])
            .filter((one) => seen(one) && !one.matches('.duty-map, [hidden]'));
        for (const one of parts) {
            const { left, right } = one.getBoundingClientRect(), around = row.getBoundingClientRect();
            if (right > Math.min(innerWidth, around.right) + 1 || left < around.left - 1)
                faults.push(`out of ${name(row)}: ${name(one)}`);
            const style = getComputedStyle(one);
            if (style.textOverflow !== 'ellipsis' && style.overflowX !== 'auto' &&
                one.scrollWidth > one.clientWidth + 1 && style.display !== 'inline')
                faults.push(`cut: ${name(one)}`);
        }
        for (const [i, one] of parts.entries())
            for (const other of parts.slice(i + 1)) {
                const a = box(one), b = box(other),
                    gap = one.tagName === other.tagName ? 0 : 4,
                    apart = Math.max(a.left, b.left) - Math.min(a.right, b.right) >= gap - 0.5 ||
                        Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom) >= -0.5;
                if (!apart) faults.push(`${name(one)} on ${name(other)}`);
            }
    }
    return rows.length > 2 ? faults : ['no rows were found'];
}"""


@pytest.fixture
def page(demo_server: Server, plain_page: Page) -> Iterator[Page]:
    demo_server.sign_in(plain_page)
    without_pictures_of_maps(plain_page)
    yield plain_page


HEADER_WIDTHS = (*WIDTHS, 2200, 2560, 2999, 3000, 3840)
HEADER = """([name, role, links]) => {
    document.querySelector('.shell-name').textContent = name;
    document.querySelector('.shell-role').textContent = role;
    window.sections ??= [...document.querySelectorAll('.shell-link')];
    document.querySelector('.shell-nav').replaceChildren(...window.sections.slice(0, links));
    const written = (one) => {
        const range = document.createRange(), box = one.getBoundingClientRect();
        range.selectNodeContents(one);
        const { left, right, top, bottom } = range.getBoundingClientRect();
        if (getComputedStyle(one).overflow === 'hidden') return box;
        return { left: Math.min(left, box.left), right: Math.max(right, box.right),
                 top: Math.min(top, box.top), bottom: Math.max(bottom, box.bottom) };
    };
    const header = document.querySelector('.shell-header').getBoundingClientRect();
    const parts = [...document.querySelectorAll('.shell-brand > *, .shell-link, .shell-clock > *, '
        + '.shell-language, .shell-name, .shell-role, .shell-out')].filter((one) => one.checkVisibility());
    const faults = [];
    for (const [i, one] of parts.entries()) {
        const a = written(one), what = one.textContent;
        if (a.left < 0 || a.right > innerWidth + 0.5 || a.bottom > header.bottom + 0.5 ||
            a.top < header.top - 0.5)
            faults.push(`out of the header: ${what}`);
        for (const other of parts.slice(i + 1)) {
            const b = written(other);
            if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5 &&
                Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5)
                faults.push(`${what} on ${other.textContent}`);
        }
    }
    return parts.length > 6 ? faults : ['no header was found'];
}"""
"""What is written in the header, by its letters and not its boxes; `links`: how many sections there are."""
NAMES = ("a", "Нұрмағамбетова Гүлбаршын Жұмағалиқызы", "administrator.of.the.situation.centre@astana.example")


def test_no_name_or_role_lies_on_what_stands_beside_it(page: Page, demo_server: Server) -> None:
    found = {}
    for language in LANGUAGES:
        page.context.add_cookies([{"name": "ikomek_language", "value": language, "url": demo_server.url}])
        page.goto(demo_server.url + "/mode")
        page.wait_for_function("() => document.querySelector('#shell-clock time')")
        page.evaluate("() => ikomek.words.then(() => document.fonts.ready).then(() => true)")
        texts = catalogue(language).entries
        roles = sorted((texts[key] for key in texts if key.startswith("role.")), key=len)
        for width in HEADER_WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for name in NAMES:
                for role, links in ((roles[0], 3), (roles[-1], 9), (roles[-1], 99)):
                    if faults := page.evaluate(HEADER, [name, role, links]):
                        found[f"{language} {width} {links} {name[:9]} {role}"] = faults
    assert found == {}


def test_nothing_is_too_wide_or_lies_on_its_neighbour(page: Page, demo_server: Server) -> None:
    found = {}
    for path, language in SAMPLE:
        page.context.add_cookies([{"name": "ikomek_language", "value": language, "url": demo_server.url}])
        page.goto(demo_server.url + path)
        page.wait_for_function(
            "() => document.querySelector('#shell-clock time') && !document.querySelector('.shell-wait')"
        )
        page.evaluate("() => ikomek.words.then(() => document.fonts.ready).then(() => true)")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)))")
            if faults := page.evaluate(FAULTS):
                found[f"{path} {language} {width}"] = faults
    assert found == {}
