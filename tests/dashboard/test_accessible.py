"""Every page can be used by everybody: axe finds nothing, nothing moves while the page comes, and on a
phone every target is as large as a finger. All languages and themes of each: `./ikomek bench access`."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.assets.strain import plain_page  # noqa: F401 - a fixture
from tests.support.accessible import PHONE, Look, faults, one_of_each_page
from tests.support.web import Server


def test_axe_finds_nothing_and_targets_are_large(plain_page: Page, demo_server: Server) -> None:
    demo_server.sign_in(plain_page)
    looks = one_of_each_page()
    found = [
        f"{look}: {fault}"
        for before, look in zip([None, *looks], looks)
        for fault in faults(plain_page, demo_server.url, look, before)
    ]
    assert not found, "\n".join(found)


def test_the_check_sees_what_is_wrong(plain_page: Page, demo_server: Server) -> None:
    """A button without a name, and one of ten pixels."""
    demo_server.sign_in(plain_page)
    plain_page.route("**/mode", lambda route: route.fulfill(body=BROKEN, content_type="text/html"))
    found = " ".join(faults(plain_page, demo_server.url, Look("/mode", "en", "dark", PHONE)))
    assert "button-name" in found and "target: small 10 x 10" in found


BROKEN = """<!doctype html><html lang="en"><title>x</title><div id="shell-clock"><time></time></div><main>
<h1>x</h1><button id="small" style="width:10px;height:10px;padding:0;border:0"></button></main>
<script>window.ikomek = { words: Promise.resolve() };</script></html>"""
