"""What a feed brings is shown to, and handled by, those alone whose scope holds all that it may bring: each
door, for callers limited by kind and by district."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from etl.registry import FEEDS, Feed
from geo.accounts import sessions
from geo.accounts.users import add_user
from geo.database import Engine, connect_engine
from tests.support.web import NOBODY, Server

SECRET = "Иванов, +7 701 555 44 33, "
"""How a row begins; behind it stands its feed."""
KINDS = {
    "police": ["police"],
    "inquiries": ["service"],
    "own": None,
    "buildings": [],
}
"""Feed -> what its rows may become; None: of any kind."""
CALLERS: dict[str, tuple[list[str] | None, list[str] | None]] = {
    "whole": (None, None),
    "of service": (["service"], None),
    "of police": (["police", "service"], None),
    "of a district": (None, ["almaty"]),
    "of both": (["police"], ["almaty"]),
}
"""Caller -> kinds and districts; none = all."""
HELD = {
    "whole": {"police", "inquiries", "own", "buildings"},
    "of service": {"inquiries", "buildings"},
    "of police": {"police", "inquiries", "buildings"},
    "of a district": {"buildings"},
    "of both": {"buildings"},
}
PAIRS = [(caller, feed) for caller in CALLERS for feed in KINDS]


@dataclass(frozen=True)
class Run:
    id: int
    reject: int


@pytest.fixture(scope="module")
def runs(shared_server: Server) -> dict[str, Run]:
    """A run of each feed with a rejected row, a failure and a finding, all of which quote what came."""
    engine = connect_engine(shared_server.settings, "owner")
    with engine.begin() as connection:
        made = {feed: _run(connection, feed) for feed in KINDS}
    engine.dispose()
    return made


def _run(connection: Any, feed: str) -> Run:
    quoted, row = {"rows": 9, "example": SECRET + feed}, {"title": SECRET + feed}
    about = {"feed": feed, "kinds": KINDS[feed], "quoted": json.dumps(quoted), "row": json.dumps(row)}
    connection.execute(
        text("""insert into feed (region, key, interval_s, polled_at, kinds, failed_at, error_code,
            error_parameters) values ('71', :feed, 60, now(), :kinds, now(), 'content.ids',
            cast(:quoted as jsonb))"""),
        about,
    )
    run = connection.scalar(
        text("""insert into run (region, feed, source, state, read_rows, rejected, error_code,
            error_parameters) values ('71', :feed, '/data/rows.csv', 'failed', 1, 1, 'content.ids',
            cast(:quoted as jsonb)) returning id"""),
        about,
    )
    connection.execute(
        text("""insert into finding (region, feed, code, parameters)
            values ('71', :feed, 'content.ids', cast(:quoted as jsonb))"""),
        about,
    )
    reject = connection.scalar(
        text("""insert into reject (region, run_id, row_number, code, row)
            values ('71', :run, 1, 'status.unknown', cast(:row as jsonb)) returning id"""),
        about | {"run": run},
    )
    return Run(run, reject)


@pytest.fixture(scope="module")
def clients(shared_server: Server) -> Iterator[dict[str, httpx.Client]]:
    made, accounts = {}, connect_engine(shared_server.settings, "accounts")
    for caller, (kinds, districts) in CALLERS.items():
        add_user(accounts, caller, "duty", None, districts, kinds)
        made[caller] = httpx.Client(
            base_url=shared_server.url,
            cookies=httpx.get(shared_server.link("duty", caller), verify=NOBODY).cookies,
            headers={"sec-fetch-site": "same-origin", "Accept-Language": "en"},
            verify=NOBODY,
        )
    accounts.dispose()
    yield made
    for client in made.values():
        client.close()


def ask(client: httpx.Client, output: str, inputs: list, state: list | None = None, changed: str = "") -> str:
    part, _, what = output.partition(".")
    call = {
        "output": output,
        "outputs": {"id": part, "property": what},
        "changedPropIds": [changed or f"{inputs[0]['id']}.{inputs[0]['property']}"],
        "inputs": inputs,
        "state": state or [],
    }
    answer = client.post("/_dash-update-component", json=call)
    return json.dumps(answer.json(), ensure_ascii=False)


def page(client: httpx.Client, search: str) -> str:
    pathname = [{"id": "address", "property": "pathname", "value": "/feeds"}]
    return ask(client, "page.children", pathname, [{"id": "address", "property": "search", "value": search}])


def panel(client: httpx.Client, search: str) -> str:
    inputs = [
        {"id": "address", "property": "search", "value": search},
        {"id": "feeds-panel-pulse", "property": "data", "value": 1},
    ]
    return ask(client, "feeds-panel.children", inputs)


def quoted(shown: str) -> set[str]:
    """The feeds of which anything that came is shown."""
    return {feed for feed in KINDS if SECRET + feed in shown}


def press(client: httpx.Client, output: str, button: dict, *more: list) -> str:
    clicked = json.dumps(button, separators=(",", ":")) + ".n_clicks"
    inputs: list = [[{"id": button, "property": "n_clicks", "value": 1}]]
    inputs += [[] for _ in range(1 if output.startswith("feeds-resubmitted") else 0)]
    if button["type"] == "feeds-replay":
        inputs.reverse()
    return ask(client, output, inputs, list(more), clicked)


@pytest.mark.parametrize(("caller", "feed"), PAIRS)
def test_rows_and_what_quotes_them_are_shown_to_who_may_see_all_of_the_feed(
    clients: dict[str, httpx.Client], runs: dict[str, Run], web: Engine, caller: str, feed: str
) -> None:
    client, run, held = clients[caller], runs[feed], feed in HELD[caller]
    with web.connect() as connection:
        looks = text("select count(*) from audit where what = 'reject.seen' and who = :who")
        before = connection.scalar(looks, {"who": caller})
    shown = [
        view(client, search)
        for search in (f"?feed={feed}&run={run.id}", f"?feed={feed}&run={run.id}&mend={run.reject}")
        for view in (page, panel)
    ]
    rows_of = {feed} if held else set()
    assert [quoted(one) for one in shown] == [HELD[caller], rows_of] * 2  # a page has its table too
    assert quoted(panel(client, f"?feed={feed}")) == rows_of, "findings, and why runs have failed"
    assert all("feeds-reasons" in one for one in shown), "counts are everybody's"
    with web.connect() as connection:
        assert connection.scalar(looks, {"who": caller}) - before == (4 if held else 0)


@pytest.mark.parametrize("caller", list(CALLERS))
def test_the_table_and_the_runs_of_all_feeds_quote_those_alone(
    clients: dict[str, httpx.Client], runs: dict[str, Run], caller: str
) -> None:
    assert quoted(page(clients[caller], "")) == quoted(panel(clients[caller], "")) == HELD[caller]
    by_another_feed = panel(clients[caller], f"?feed=buildings&run={runs['police'].id}")
    assert quoted(by_another_feed) == set()


@pytest.mark.parametrize(("caller", "feed"), [pair for pair in PAIRS if pair[1] not in HELD[pair[0]]])
def test_only_they_repeat_a_run_send_its_rows_again_and_accept_what_was_found(
    clients: dict[str, httpx.Client],
    runs: dict[str, Run],
    shared_owner: Engine,
    caller: str,
    feed: str,
) -> None:
    client, run = clients[caller], runs[feed]
    cell = {"type": "reject-cell", "reject": run.reject, "column": "title"}
    typed = (
        [{"id": cell, "property": "id", "value": cell}],
        [{"id": cell, "property": "value", "value": "x"}],
    )
    messages = [
        press(client, "feeds-message.children", {"type": "feeds-repeat", "run": run.id}),
        press(client, "feeds-resubmitted.children", {"type": "reject-send", "reject": run.reject}, *typed),
        press(
            client,
            "feeds-resubmitted.children",
            {"type": "feeds-replay", "run": run.id, "code": ""},
            *typed,
        ),
        press(client, "feeds-released.children", {"type": "feeds-release", "feed": feed}),
    ]
    assert ["outside your scope" in one for one in messages] == [True] * 4, messages
    with shared_owner.connect() as connection:
        requests = text("select count(*) from inbox where asked_by = :who")
        assert connection.scalar(requests, {"who": caller}) == 0
        left = text("select accepted_by is null from finding where feed = :feed")
        assert connection.scalar(left, {"feed": feed})


@pytest.mark.parametrize("caller", list(CALLERS))
def test_a_program_pushes_to_and_reads_of_feeds_that_its_scope_holds(
    shared_server: Server, runs: dict[str, Run], accounts: Engine, caller: str
) -> None:
    kinds, districts = CALLERS[caller]
    add_user(accounts, f"program {caller}", "push", None, districts, kinds)
    for feed in KINDS:
        token = sessions.add_token(accounts, f"program {caller}", feed)
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": f"{caller} {feed}".replace(" ", "-"),
        }
        with httpx.Client(base_url=shared_server.url, headers=headers, verify=NOBODY) as program:
            json_ = {"content-type": "application/json"}
            pushed = program.post(f"/api/v1/ingest/{feed}", content=b"[{}]", headers=json_)
            read = program.get(f"/api/v1/ingest/{feed}/{runs[feed].id}")
        held = feed in HELD[caller]
        assert (pushed.status_code, read.status_code) == ((202, 404) if held else (403, 403))
        assert held or pushed.json()["error"] == read.json()["error"] == "feed.outside"


def test_a_feed_says_of_which_kinds_its_rows_may_be() -> None:
    kinds = {feed.key: feed.kinds for feed in FEEDS}
    assert (kinds["police"], kinds["offences"], kinds["inquiries"]) == (
        ("police",),
        ("offence",),
        ("service",),
    )
    assert kinds["buildings"] == kinds["operators"] == ()
    assert Feed("own", "incident").kinds is None, "a column says it, and may say anything"
    assert Feed("own", "incident", constants={"kind": "fire"}).kinds is None
