"""The real server in a process of its own, and a real browser, for the tests of pages, doors and journeys.

`server` serves the test's empty database, with the relay beside it, `demo_server` the tiny city, to be read.
`browser_page` is a Chromium page that fails its test on an error in the console, an uncaught exception, or a
request to a host that is not ours.
"""

from __future__ import annotations

import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from geo.accounts.sessions import one_time_link
from geo.changes.outbox import CHANNEL
from geo.changes.relay import keep_running, relay
from geo.database import connect_engine, role_dsn
from geo.settings import Settings
from tests.support.warm import start_server

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium-headless-shell"
"""Half the work of a browser with a window that nobody sees."""
CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--accept-lang=en-US,en",  # without one it asks for no language, and every page is the city's first
)
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Whom a client of http trusts. By default each client reads 140 certificates of authorities first."""
START_S = 60
STOP_S = 20
PATIENCE_S = 20
expect.set_options(timeout=20_000)
"""What is to come true may take long on a machine that is busy; what is wrong stays wrong."""


class Patient(httpx.HTTPTransport):
    """Asks again what a busy server refuses for the moment (503 with Retry-After), as our own pages do."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        end = time.monotonic() + PATIENCE_S
        while True:
            answer = super().handle_request(request)
            refused = answer.status_code == 503 and "retry-after" in answer.headers
            if request.method != "GET" or not refused or time.monotonic() > end:
                return answer
            answer.close()
            time.sleep(0.2)


class Server:
    """`python -m dashboard.server` on a free port, forked from a warm process. `client(role)` and
    `link(role)` sign a user of that role in."""

    def __init__(
        self, settings: Settings, certificate: Path | None = None, key: Path | None = None, **environment: str
    ) -> None:
        self.settings = settings
        self.environment = environment
        self.tls = ["--certificate", str(certificate), "--key", str(key)] if certificate else []
        self.verify = ssl.create_default_context(cafile=certificate) if certificate else NOBODY
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.port}"
        self.log = Path(settings.data) / f"server-{self.port}.log"
        self.signed_in: list[BrowserContext] = []
        self.start()

    def start(self) -> None:
        """Start and wait until it answers; `stop` and `start` keep the port."""
        address = self.settings.database_url.replace("+psycopg2", "")
        ours = {
            "IKOMEK_DATABASE_URL": address,
            "IKOMEK_REDIS_URL": self.settings.redis_url,
            "IKOMEK_DATA": str(self.settings.data),
        }
        self.process = start_server(
            ["--port", str(self.port), *self.tls], os.environ | ours | self.environment, self.log
        )
        end = time.monotonic() + START_S
        with httpx.Client(verify=self.verify) as client:
            while time.monotonic() < end and self.process.is_alive():
                with suppress(httpx.TransportError):
                    if client.get(f"{self.url}/healthz").status_code == 200:
                        return
                time.sleep(0.02)
        raise RuntimeError(f"the server did not start:\n{self.logged()}")

    def stop(self) -> None:
        """Raises `RuntimeError` where it does not end; it is ended then all the same."""
        self.process.terminate()
        self.process.join(STOP_S)
        if self.process.is_alive():
            self.process.kill()
            raise RuntimeError(f"the server did not stop:\n{self.logged()}")

    def close(self) -> None:
        """Stop for good. Pages leave first: one that is still open would ask a server that is gone, and its
        test would be told of that."""
        for page in (page for context in self.signed_in for page in context.pages):
            if page.url.startswith(self.url):
                page.goto("about:blank")
        self.stop()

    def logged(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(errors="replace")

    def link(self, role: str = "administrator", name: str | None = None) -> str:
        """A one-time address that signs a user in, by default the one named like the role, and leads to
        `/`."""
        engine = connect_engine(self.settings, "accounts")
        try:
            return self.url + one_time_link(engine, name=name or role, role=role)
        finally:
            engine.dispose()

    def sign_in(
        self, page: Page | BrowserContext, role: str = "administrator", name: str | None = None
    ) -> None:
        """Sign the browser of a page in, as a click on `link` does, without the first section that follows
        it: that is a whole page, and a test asks for its own next. A page that is open is left first, as by
        that click: it would ask in the name of another, and be refused."""
        if isinstance(page, Page) and page.url.startswith(self.url):
            page.goto("about:blank")
        context = page if isinstance(page, BrowserContext) else page.context
        self.signed_in.append(context)
        cookies = httpx.get(self.link(role, name), verify=self.verify).cookies
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.url, "httpOnly": True, "sameSite": "Lax"}
                for name, value in cookies.items()
            ]
        )

    def client(self, role: str | None = "administrator") -> httpx.Client:
        """A client that sends what a browser on our own pages sends; signed in unless `role` is none."""
        cookies = httpx.get(self.link(role), verify=self.verify).cookies if role else None
        return httpx.Client(
            base_url=self.url,
            verify=self.verify,
            cookies=cookies,
            headers={"Sec-Fetch-Site": "same-origin", "Origin": self.url},
            timeout=30,
        )


@contextmanager
def stamping(settings: Settings) -> Iterator[None]:
    """The relay beside a server: while committed changes wait for it, screens rightly say that they are
    not of now."""
    stop = threading.Event()
    relaying = threading.Thread(target=keep_running, args=("relay", relay, settings, stop))
    relaying.start()
    try:
        yield
    finally:
        stop.set()
        with suppress(psycopg2.Error):  # of a server that the test has ended
            ring(settings)
        relaying.join()


def ring(settings: Settings) -> None:
    """So that a relay looks at once, and need not be waited for."""
    connection = psycopg2.connect(role_dsn(settings, "owner"))
    connection.autocommit = True
    connection.cursor().execute(f"notify {CHANNEL}")
    connection.close()


@contextmanager
def serving(settings: Settings, **environment: str) -> Iterator[Server]:
    """A server as it stands in the product, with its relay."""
    with stamping(settings):
        server = Server(settings, **environment)
        try:
            yield server
        finally:
            server.close()


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    with serving(settings) as server:
        yield server


@pytest.fixture(scope="session")
def demo_server(demo_settings: Settings) -> Iterator[Server]:
    server = Server(demo_settings)
    yield server
    server.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, ended with its module: while Playwright's loop runs, no other test of this thread can run
    one of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page of 1920 x 1080; sign in with `server.sign_in(browser_page, "duty")`."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    complaints: list[str] = []
    context.on(
        "request",
        lambda request: complaints.append(f"foreign: {request.url}") if _is_foreign(request.url) else None,
    )
    context.on(
        "console",
        lambda message: (
            complaints.append(f"console: {message.text} {message.location.get('url', '')}")
            if message.type == "error"
            else None
        ),
    )
    context.on("weberror", lambda error: complaints.append(f"uncaught: {error.error}"))
    yield context.new_page()
    context.close()
    assert not complaints, "\n".join(complaints)


def _is_foreign(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost")
