"""Pushes with a ledger of what was acknowledged, a screen that listens, and what has become of it all in
the database."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import httpx
from sqlalchemy import Engine, text

from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.errors import Conflict

FEEDS = ("police", "emergencies", "inquiries")
GOOD = 2
"""Rows of a push that are taken; one more is rejected."""
RETRY_S = 0.5
TIMEOUT_S = 8.0

KEPT = text("""select source_id, version, (select count(*) from incident_event e where e.region = i.region
    and e.incident_id = i.id and e.what = 'opened') as opened
    from incident i""")
RUNS = text("""select i.idempotency_key as key, i.state as asked, r.state, r.read_rows, r.written,
    r.unchanged, r.rejected,
        (select count(*) from reject j where j.region = r.region and j.run_id = r.id) as rejects, r.error_code
    from inbox i left join run r on r.region = i.region and r.id = i.run_id""")
WAITING = text("select count(*) from inbox where state = 'waiting'")


@dataclass
class Ledger:
    """What was sent and what was acknowledged, by key; answers by status ("lost" for a connection that
    broke or timed out)."""

    sent: set[str] = field(default_factory=set)
    acknowledged: dict[str, int] = field(default_factory=dict)
    answers: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Verdict:
    """`lost`, `twice`, `half` and `failed` name keys of pushes."""

    acknowledged: int
    lost: list[str]
    twice: list[str]
    half: list[str]
    failed: list[str]

    @property
    def clean(self) -> bool:
        return not (self.lost or self.twice or self.half or self.failed)


def row(feed: str, name: str) -> dict:
    if feed == "inquiries":
        return {
            "source_id": name,
            "received_at": "2026-11-01 10:00",
            "channel": "call",
            "incident_id": name,
            "title": "Су жоқ",
            "lon": 71.43,
            "lat": 51.13,
        }
    return {
        "source_id": name,
        "opened_at": "2026-11-01 10:00",
        "status": "open",
        "title": "Оқиға",
        "lon": 71.43,
        "lat": 51.13,
    }


def body(feed: str, key: str, padding: int = 0) -> bytes:
    rows = [row(feed, f"{key}.{n}") for n in range(GOOD)] + [row(feed, f"{key}.bad") | {"status": "?"}]
    return json.dumps([one | ({"note": "x" * padding} if padding else {}) for one in rows]).encode()


class Pusher(threading.Thread):
    """Pushes without end, `rate` a second; what is not acknowledged is sent again under its key, as a good
    sender does."""

    def __init__(
        self, url: str, token: str, feed: str, rate: float, ledger: Ledger, padding: int = 0
    ) -> None:
        super().__init__(daemon=True)
        self.url, self.feed, self.rate, self.ledger, self.padding = url, feed, rate, ledger, padding
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.stop = threading.Event()

    def run(self) -> None:
        number, at = 0, time.monotonic()
        with httpx.Client(base_url=self.url, headers=self.headers, timeout=TIMEOUT_S) as client:
            while not self.stop.is_set():
                number += 1
                key = f"{self.feed}-{id(self)}-{number}"
                while not push(client, self.ledger, self.feed, key, self.padding) and not self.stop.wait(
                    RETRY_S
                ):
                    pass
                at = max(at + 1 / self.rate, time.monotonic() - 1)
                self.stop.wait(max(0.0, at - time.monotonic()))


def push(client: httpx.Client, ledger: Ledger, feed: str, key: str, padding: int = 0) -> bool:
    """Send one push once; whether it was acknowledged."""
    ledger.sent.add(key)
    try:
        answer = client.post(
            f"/api/v1/ingest/{feed}", content=body(feed, key, padding), headers={"Idempotency-Key": key}
        )
    except httpx.HTTPError:
        with ledger.lock:
            ledger.answers["lost"] += 1
        return False
    with ledger.lock:
        ledger.answers[str(answer.status_code)] += 1
        if answer.status_code == 202:
            ledger.acknowledged[key] = answer.json()["run"]
        elif answer.status_code not in (503, 507):
            ledger.wrong.append(f"{answer.status_code} {answer.text[:200]}")
    return answer.status_code == 202


class Screen(threading.Thread):
    """What a wall does: listens to `/live`, resumes from its cursor, and reads the snapshot anew when told
    to. `ids`: the incidents that it shows."""

    def __init__(self, url: str, cookies: httpx.Cookies) -> None:
        super().__init__(daemon=True)
        self.url, self.cookies = url, cookies
        self.ids: set[int] = set()
        self.cursor: str | None = None
        self.stop = threading.Event()

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.listen()
            except (httpx.HTTPError, ValueError):
                self.stop.wait(RETRY_S)

    def listen(self) -> None:
        with httpx.Client(
            base_url=self.url, cookies=self.cookies, timeout=httpx.Timeout(12, connect=2)
        ) as client:
            headers = {"Last-Event-ID": self.cursor} if self.cursor else {}
            with client.stream("GET", "/live", headers=headers) as answer:
                if answer.status_code != 200:
                    raise httpx.HTTPError(f"{answer.status_code}")
                if self.cursor is None:
                    self.read_snapshot(client)
                self.read(client, answer)

    def read(self, client: httpx.Client, answer: httpx.Response) -> None:
        fields: dict[str, str] = {}
        for line in answer.iter_lines():
            if self.stop.is_set():
                return
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                self.take(client, fields)
                fields = {}

    def take(self, client: httpx.Client, fields: dict[str, str]) -> None:
        data = json.loads(fields["data"])
        if fields["event"] == "change" and data["noun"] == "incident" and data["payload"] is not None:
            self.ids.add(data["id"])
        elif fields["event"] == "reset":
            self.read_snapshot(client)
        self.cursor = fields["id"]

    def read_snapshot(self, client: httpx.Client) -> None:
        with httpx.Client(base_url=self.url, cookies=self.cookies, timeout=12) as other:
            answer = other.get("/layers/incidents.geojson")
            answer.raise_for_status()
        self.ids |= {feature["id"] for feature in answer.json()["features"]}


def admit(accounts: Engine, url: str) -> tuple[str, httpx.Cookies]:
    """A token that may push to all feeds, and the cookies of a duty officer's screen."""
    try:
        add_user(accounts, "exchange", "push", None)
    except Conflict:
        pass
    link = sessions.one_time_link(accounts, name="duty", role="duty")
    return sessions.add_token(accounts, "exchange"), httpx.get(url + link).cookies


def judge(owner: Engine, ledger: Ledger) -> Verdict:
    """Every row of every acknowledged push stands in the database once, under a run that says so; of one
    that was not acknowledged all or nothing."""
    with owner.connect() as connection:
        kept = {row.source_id: row for row in connection.execute(KEPT)}
        runs = {row.key: row for row in connection.execute(RUNS)}
    lost, twice, half, failed = [], [], [], []
    for key in ledger.sent:
        rows = [kept[name] for n in range(GOOD) if (name := f"{key}.{n}") in kept]
        run = runs.get(key)
        if 0 < len(rows) < GOOD or f"{key}.bad" in kept:
            half.append(key)
        if any(row.version != 1 or row.opened != 1 for row in rows) or run is not None and run.rejects > 1:
            twice.append(key)
        if key not in ledger.acknowledged:
            continue
        if len(rows) < GOOD or run is None:
            lost.append(key)
        elif (
            run.asked,
            run.state,
            run.read_rows,
            run.written + run.unchanged,
            run.rejected,
            run.rejects,
        ) != ("done", "done", GOOD + 1, GOOD, 1, 1):
            failed.append(f"{key}: {tuple(run)}")
    return Verdict(len(ledger.acknowledged), lost, twice, half, failed)
