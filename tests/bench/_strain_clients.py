"""Clients of the live feed as a screen is one, by the protocol alone: a stream that is resumed, a snapshot
where it must be fetched, and questions between."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx

from tests.bench._strain_ledger import KINDS, Ledger

LOST_S = 10.0
"""The age of the last word of the server from which a screen says that the connection is lost."""
PAUSE_S = 1.0
QUIET_S = 15.0
EXPECTED = (httpx.HTTPError, ConnectionError, TimeoutError)


@dataclass
class Record:
    """What all clients together met."""

    claims: int = 0
    """How many times a client that said it was live was judged."""
    silent: int = 0
    """How many times it said that it was not."""
    answers: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Client:
    def __init__(self, number: int, url: str, cookies: httpx.Cookies, ledger: Ledger, record: Record) -> None:
        self.number, self.ledger, self.record = number, ledger, record
        self.http = httpx.AsyncClient(base_url=url, cookies=cookies, timeout=QUIET_S)
        self.cursor: str | None = None
        self.shown: dict[int, int] = {}
        self.kept: list[tuple[int, int, int, bool]] = []
        """Changes (position, incident, version, open) heard while a snapshot is needed."""
        self.wanted: int | None = 0
        """The position that the next snapshot may not be older than; none = no snapshot is needed."""
        self.as_of = 0.0
        """The time of the last tick, by the server's clock, which is this machine's."""

    @property
    def live(self) -> bool:
        """It would say that what it shows is now."""
        return self.wanted is None and time.time() - self.as_of < LOST_S

    async def listen(self) -> None:
        while True:
            try:
                await self._stream()
            except EXPECTED:
                pass
            await asyncio.sleep(PAUSE_S)

    async def _stream(self) -> None:
        query = {"from": self.cursor} if self.cursor else {}
        async with self.http.stream(
            "GET", "/live", params=query, timeout=httpx.Timeout(QUIET_S, read=LOST_S + 2)
        ) as answer:
            if answer.status_code != 200:
                self._count("/live", answer.status_code)
                return
            fields: dict[str, str] = {}
            async for line in answer.aiter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    self._hear(fields["event"], fields["id"], json.loads(fields["data"]))
                    fields = {}

    def _hear(self, event: str, cursor: str, data: dict) -> None:
        before, self.cursor = self.cursor, cursor
        position = int(cursor.rpartition("-")[2])
        if event == "tick":
            self.as_of = data["as_of"]
        elif event == "hello" and (before is None or before.rpartition("-")[0] != data["epoch"]):
            self.as_of = self.as_of or data["now"]
            self._want(position)
        elif event == "reset" and data["reset"] in ("all", "incidents"):
            self._want(position)
        elif event == "change" and data["noun"] == "incident":
            payload = data["payload"]
            change = (
                position,
                data["id"],
                data["version"],
                payload is not None and payload["status"] != "closed",
            )
            if self.wanted is not None:
                self.kept.append(change)
            _apply(self.shown, *change[1:])

    def _want(self, position: int) -> None:
        self.wanted, self.kept = position, []

    async def fetch(self) -> None:
        """The snapshot, whenever one is needed; what the stream tells meanwhile has newer versions and
        stays."""
        while True:
            await asyncio.sleep(PAUSE_S * random.uniform(0.2, 1))
            wanted = self.wanted
            if wanted is None or self.cursor is None:
                continue
            try:
                answer = await self.http.get("/layers/incidents.geojson", params={"position": wanted})
                self._count("snapshot", answer.status_code)
                if answer.status_code == 200:
                    self._take(answer.json(), wanted)
            except EXPECTED:
                continue

    def _take(self, snapshot: dict, wanted: int) -> None:
        if f"{snapshot['epoch']}" != self.cursor.rpartition("-")[0] or snapshot["position"] < wanted:
            return
        self.shown = {feature["id"]: feature["properties"]["version"] for feature in snapshot["features"]}
        for position, *change in self.kept:
            if position > snapshot["position"]:
                _apply(self.shown, *change)
        self.wanted, self.kept = None, []

    async def ask(self) -> None:
        """Questions to the rows, each judged by what was committed when it was asked."""
        while True:
            await asyncio.sleep(random.uniform(2, 8))
            kind, requested_at = random.choice(KINDS), time.monotonic()
            try:
                answer = await self.http.get("/layers/points/incidents.json", params={"kind": kind})
            except EXPECTED:
                self.record.answers["points", "none"] += 1
                continue
            self._count("points", answer.status_code)
            if answer.status_code == 200 and answer.json()["points"] is not None:
                found = {point["id"] for point in answer.json()["points"]}
                self.record.wrong += self.ledger.judge_list(found, kind, requested_at)

    def _count(self, question: str, status: int) -> None:
        self.record.answers[question, status] += 1
        if status not in (200, 503):
            self.record.wrong.append(f"{question} answered {status}")

    def judge(self, slack_s: float) -> None:
        if not self.live:
            self.record.silent += 1
            return
        self.record.claims += 1
        self.record.wrong += [
            f"client {self.number}: {mistake}"
            for mistake in self.ledger.judge(self.shown, time.monotonic() - slack_s)
        ]


def _apply(shown: dict[int, int], incident: int, version: int, is_open: bool) -> None:
    if version <= shown.get(incident, 0):
        return
    if is_open:
        shown[incident] = version
    else:
        shown.pop(incident, None)


class Crowd:
    """So many clients on a loop of their own, judged once a second, until the block ends."""

    def __init__(self, url: str, cookies: httpx.Cookies, count: int, ledger: Ledger, slack_s: float) -> None:
        self.record, self.slack_s = Record(), slack_s
        self.loop = asyncio.new_event_loop()
        self.clients: list[Client] = []
        self.making = (url, cookies, count, ledger)
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> Crowd:
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self.loop).result(30)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result(30)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()

    async def _start(self) -> None:
        url, cookies, count, ledger = self.making
        self.clients = [Client(number, url, cookies, ledger, self.record) for number in range(count)]
        self.tasks = [
            asyncio.create_task(work())
            for client in self.clients
            for work in (client.listen, client.fetch, client.ask)
        ]
        self.tasks.append(asyncio.create_task(self._judge()))

    async def _judge(self) -> None:
        while True:
            await asyncio.sleep(1)
            for client in self.clients:
                client.judge(self.slack_s)

    async def _stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        for failure in await asyncio.gather(*self.tasks, return_exceptions=True):
            if not isinstance(failure, asyncio.CancelledError):
                self.record.wrong.append(f"a client broke: {failure!r}")
        for client in self.clients:
            await client.http.aclose()

    def behind(self, ledger: Ledger) -> list[str]:
        """What keeps the clients from showing exactly what is open now."""
        now = time.monotonic()
        return [
            mistake
            for client in self.clients
            for mistake in ([] if client.live else [f"client {client.number} is not live"])
            + ledger.judge(client.shown, now)
        ]
