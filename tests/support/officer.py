"""An officer at a page, whose actions are counted. An action is a click, a press of a key, or a text that is
written into a field and sent: getting into the field and the key that sends it belong to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Download, Locator, Page, expect

from tests.support.web import Server

READY = """() => window.ikomek?.live?.loaded && window.ikomek.maps?.get('ikomek-map-duty')
    && document.querySelector('#duty-total') && document.querySelector('#duty-dates input')"""
AT = """([lon, lat]) => {
    const map = ikomek.maps.get('ikomek-map-duty').map, box = map.getContainer().getBoundingClientRect(),
        at = map.latLngToContainerPoint([lat, lon]);
    return [box.left + at.x, box.top + at.y];
}"""


class Officer:
    """`page` is looked at; what is done goes through here, where it is counted."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page, self.server = page, server
        self.actions = 0

    @contextmanager
    def question(self, most: int = 3) -> Iterator[None]:
        """The desk as it stands open, and a question asked of it in at most so many actions."""
        self.page.goto(f"{self.server.url}/map")
        self.page.wait_for_function(READY)
        self.page.locator(".shell-banner").first.wait_for()  # what is below it moves when it comes
        self.actions = 0
        yield
        assert 1 <= self.actions <= most, f"{self.actions} actions"

    def click(self, target: str | Locator) -> None:
        self.actions += 1
        (self.page.locator(target) if isinstance(target, str) else target).click()

    def facet(self, name: str, value: object) -> None:
        """Takes a value of a filter in."""
        link = self.page.locator(f'[data-facet="{name}"] [data-value="{value}"] a').first
        self.click(link)
        expect(link).to_have_attribute("aria-current", "true")

    def press(self, key: str) -> None:
        self.actions += 1
        self.page.keyboard.press(key)

    def write(self, text: str, send: str = "Enter") -> None:
        """Into the field that has the focus."""
        self.actions += 1
        self.page.keyboard.type(text)
        self.page.keyboard.press(send)

    def search(self, text: str) -> None:
        self.actions += 1
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)

    def slide(self, target: str, value: int) -> None:
        """Moves a slider."""
        self.actions += 1
        self.page.locator(target).fill(str(value))

    def point(self, lon: float, lat: float) -> None:
        """A click on the map (EPSG:4326)."""
        self.actions += 1
        self.page.mouse.click(*self.page.evaluate(AT, [lon, lat]))

    def take_file(self, target: str) -> Path:
        """A click that brings a file, in a tab of its own."""
        found: list[Download] = []

        def take(file: Download) -> None:
            found.append(file)

        def watch(tab: Page) -> None:
            tab.on("download", take)

        watch(self.page)
        self.page.context.once("page", watch)
        self.click(target)
        while not found:
            self.page.wait_for_timeout(20)
        self.page.remove_listener("download", take)
        return Path(found[0].path())

    def agrees(self, n: int) -> None:
        """Total, list and file have `n` rows; there are some."""
        expect(self.page.locator("#duty-total")).to_have_attribute("data-n", str(n))
        assert n > 0 and self.exported() == n
        listed = self.page.locator("#duty-rows > ol > li[data-incident]").count()
        assert 0 < listed <= min(n, 100)

    def exported(self) -> int:
        """How many rows the file of what is shown has."""
        href = self.page.get_attribute('#duty-export a[data-form="csv"]', "href") or ""
        answer = self.page.request.get(self.server.url + href)
        rows = answer.text().splitlines()[1:]
        assert answer.headers["x-rows"] == str(len(rows)), href
        return len(rows)
