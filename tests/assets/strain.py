"""A browser whose way to the server can be slowed, cut or refused, for the tests of what a screen says
then."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Error, Page, Request, Route

CALLBACK = "**/_dash-update-component*"


@pytest.fixture
def plain_page(browser: Browser) -> Iterator[Page]:
    """A page of 1920 x 1080 of which nothing is made of its console: a browser writes every refused answer
    there."""
    context: BrowserContext = browser.new_context(viewport={"width": 1920, "height": 1080})
    yield context.new_page()
    context.close()


UNPAINTED = """() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('.leaflet-pane canvas { visibility: hidden !important; }');
    document.adoptedStyleSheets = [sheet];
}"""


def without_pictures_of_maps(page: Page) -> None:
    """Every page opened from now on leaves unpainted what its maps draw. No box depends on it, and it takes
    most of the time of a browser that paints by its processor."""
    page.add_init_script(f"({UNPAINTED})()")


class Way:
    """The way of some requests: `held` keeps them until `release`; `refuse` answers with a status; `open`
    lets them pass."""

    def __init__(
        self, page: Page | BrowserContext, pattern: str, which: Callable[[Request], bool] = lambda _: True
    ) -> None:
        self.held: list[Route] = []
        self.answers: list[tuple[Route, APIResponse]] = []
        self.asking = False
        self.refused_with: int | None = None
        self.holding = False
        self.seen = 0
        self.which = which
        page.route(pattern, self._handle)

    def _handle(self, route: Route) -> None:
        if not self.which(route.request):
            route.fallback()
            return
        self.seen += 1
        if self.asking:
            self.answers.append((route, route.fetch()))
        elif self.holding:
            self.held.append(route)
        elif self.refused_with:
            route.fulfill(
                status=self.refused_with,
                content_type="application/json",
                body='{"error": "database.away", "message": "away"}',
            )
        else:
            route.fallback()

    def hold(self) -> None:
        self.holding = True

    def hold_answers(self) -> None:
        """The server is asked and answers at once; its answers are kept."""
        self.holding = self.asking = True

    def refuse(self, status: int) -> None:
        self.holding, self.refused_with = False, status

    def open(self) -> None:
        self.holding, self.asking, self.refused_with = False, False, None

    def release(self) -> None:
        """Let what was held go on now, late. What its page has given up meanwhile is gone."""
        self.open()
        for route in self.held:
            try:
                route.continue_()
            except Error:
                continue
        self.held.clear()
        for route, answer in self.answers:
            route.fulfill(response=answer)
        self.answers.clear()


def asks_for(output: str) -> Callable[[Request], bool]:
    """Whether a Dash callback fills `output`."""
    return lambda request: (
        f'"output":"{output}'
        in (request.post_data or "").replace(": ", ":").replace('"output":"..', '"output":"')
    )
