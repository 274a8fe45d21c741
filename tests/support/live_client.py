"""The live routes in a thread of the test, without doors, and a client of their stream."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from dashboard.wall.showing import shown_on
from geo.accounts.users import Principal
from geo.errors import STATUS, IkomekError
from geo.settings import Settings
from layers.live import routes as live
from layers.state import open_servers
from tests.support.web import NOBODY


def create_app(settings: Settings) -> FastAPI:
    """The live routes alone; the caller's scope comes from its headers, `x-show` makes it a screen of that
    show, `x-organisation` an account of a performer."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_servers(settings) as servers, live.open_hub(servers) as (hub, snapshots):
            app.state.servers, app.state.hub, app.state.snapshots = servers, hub, snapshots
            yield

    app = FastAPI(lifespan=lifespan)
    app.include_router(live.router)

    @app.middleware("http")
    async def caller(request: Request, call_next: Callable) -> object:
        kinds, districts = (
            tuple(value.split(",")) if (value := request.headers.get(key)) else None
            for key in ("x-kinds", "x-districts")
        )
        show = request.headers.get("x-show")
        works_for = request.headers.get("x-organisation")
        request.state.principal = Principal(
            "test",
            "duty",
            frozenset({"case.work"}) if works_for else frozenset(),
            districts,
            kinds,
            show,
            shown=shown_on(show) if show else None,
            organisation=works_for,
        )
        return await call_next(request)

    @app.exception_handler(IkomekError)
    async def refuse(request: Request, error: IkomekError) -> JSONResponse:
        return JSONResponse({"code": error.code}, STATUS[type(error)])

    return app


@contextmanager
def serve(settings: Settings) -> Iterator[str]:
    """The address of a server that runs in a thread until the end."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings), port=0, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    until = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < until and thread.is_alive()
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


class Listener:
    """A client of `/live` in a thread: `events` in order, `cursor` to resume from."""

    def __init__(self, address: str, cursor: str | None = None, **headers: str) -> None:
        self.events: queue.Queue[tuple[str, str, dict]] = queue.Queue()
        self.cursor = cursor
        self.headers = headers | ({"Last-Event-ID": cursor} if cursor else {})
        self.client = httpx.Client(timeout=30, verify=NOBODY)
        self.thread = threading.Thread(target=self._read, args=(address,), daemon=True)
        self.closing = threading.Event()

    def __enter__(self) -> Listener:
        self.thread.start()
        self.expect("hello")
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.thread.join(12)
        self.client.close()

    def _read(self, address: str) -> None:
        fields: dict[str, str] = {}
        try:
            with self.client.stream("GET", f"{address}/live", headers=self.headers) as answer:
                for line in answer.iter_lines():
                    if self.closing.is_set():
                        return
                    if line:
                        name, _, value = line.partition(": ")
                        fields[name] = value
                    elif "event" in fields:
                        self.events.put((fields["event"], fields["id"], json.loads(fields["data"])))
                        fields = {}
        except httpx.HTTPError:
            return

    def next(self, seconds: float = 15) -> tuple[str, dict]:
        """The next event that is no tick."""
        until = time.monotonic() + seconds
        while True:
            event, self.cursor, data = self.events.get(timeout=max(until - time.monotonic(), 0.001))
            if event != "tick":
                return event, data

    def expect(self, event: str) -> dict:
        got, data = self.next()
        assert got == event, data
        return data

    def ids(self, count: int) -> list[int]:
        return [self.expect("change")["id"] for _ in range(count)]

    def nothing(self, seconds: float = 1.0) -> bool:
        with pytest.raises(queue.Empty):
            self.next(seconds)
        return True
