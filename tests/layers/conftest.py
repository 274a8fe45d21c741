"""The routes of `layers.serve` in this process, over a real database and Redis, with a caller whom the
test names."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from geo.accounts.users import Principal
from geo.errors import STATUS, IkomekError
from geo.settings import Settings
from layers.serve import router
from layers.state import open_servers

EVERYTHING = Principal(name="aigerim", role="duty", permissions=frozenset({"page.buildings"}))


class Tiles:
    """`get(path)` asks the application, which runs on a loop of its own; `principal` is who asks from then
    on, none = nobody."""

    def __init__(self, settings: Settings) -> None:
        self.principal: Principal | None = EVERYTHING
        self.settings = settings
        self.app = FastAPI(lifespan=self._open)
        self.app.include_router(router)
        self.app.middleware("http")(self._admit)
        self.app.exception_handler(IkomekError)(self._answer)

    @asynccontextmanager
    async def _open(self, app: FastAPI):
        async with open_servers(self.settings) as app.state.servers:
            yield

    async def _admit(self, request: Request, call_next):
        request.state.principal = self.principal
        return await call_next(request)

    async def _answer(self, request: Request, error: IkomekError) -> JSONResponse:
        return JSONResponse({"code": error.code}, STATUS[type(error)])

    def get(self, path: str, **headers: str) -> httpx.Response:
        """May be called from several threads at once."""
        # What was folded before the call must be in the answer.
        self.app.state.servers.versions.read_at = float("-inf")
        return self.ask(path, **headers)

    def ask(self, path: str, **headers: str) -> httpx.Response:
        """The same, with the versions that the process holds."""
        return self._wait(self.client.get(path, headers=headers))

    def __enter__(self) -> Tiles:
        self.loop, self.stack = asyncio.new_event_loop(), AsyncExitStack()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.client = self._wait(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self.stack.aclose())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    async def _start(self) -> httpx.AsyncClient:
        await self.stack.enter_async_context(self.app.router.lifespan_context(self.app))
        return await self.stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://city")
        )

    def on_loop(self, work: Coroutine):
        """What it gives, run where the application runs."""
        return self._wait(work)

    def _wait(self, work: Coroutine):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)


@pytest.fixture
def tiles(settings: Settings) -> Iterator[Tiles]:
    with Tiles(settings) as tiles:
        yield tiles
