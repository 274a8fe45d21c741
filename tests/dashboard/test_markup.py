"""What is packed into one component, what stays one of Dash, and how large the pages are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dash import Input, Output, dcc, html, no_update
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from dashboard.app import create_dash
from dashboard.markup import CHANGED_BY_SCRIPTS, Markup, pack, pack_answer
from tests.dashboard.test_app import ADDRESSES, lay_out
from tests.support.web import Server

MOST_COMPONENTS = 45
"""A page with its frame has no more of Dash. An element is none."""
MOST_REQUESTS = 40
COLD_KB, WARM_KB = 880, 60
"""Most of a first load and of a later one; beside them what `APART` says: tiles, the live layer, charts."""
APART = ("/tiles/", "/layers/incidents.geojson", "/live", "plotly")
SETTLED = "() => ikomek.callbacks.awaited() === 0 && ikomek.wordsAwaited() === 0"
ON_THE_LINE = """() => ["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
  .filter((one) => one.transferSize).map((one) => [one.name, one.transferSize])"""
"""Address and bytes of each answer that did not come from what the browser keeps."""
OTHERS = {"/statistics": 13}
"""More components, for each card is one that is asked for by itself, and one that asks again."""


def components(node: Any) -> int:
    """Those of Dash, at any depth."""
    if isinstance(node, list):
        return sum(map(components, node))
    if not isinstance(node, dict) or "namespace" not in node:
        return 0
    return 1 + components(node["props"].get("children"))


def sent(part: Any) -> Any:
    """What reaches the browser."""
    return json.loads(json.dumps(part, default=lambda one: one.to_plotly_json()))


def test_elements_become_data_and_what_callbacks_know_stays() -> None:
    page = html.Div(
        [
            html.H1("<b>&", className="big", **{"data-n": "1"}),
            dcc.Store(id="kept-store", data=1),
            html.Section([html.P(["a", html.B("b"), 3, None])], id="known"),
            html.Section(id="shell-notice"),
            html.Button("x", id={"type": "act", "n": 1}),
        ],
        id="unknown",
    )
    packed = sent(pack(page, {"known"}))
    assert (packed["type"], packed["namespace"]) == ("Markup", "ikomek")
    (root,) = packed["props"]["tree"]
    assert root["type"] == "div" and root["props"]["id"] == "unknown"
    head = {"type": "h1", "props": {"className": "big", "data-n": "1", "children": "<b>&"}}
    assert root["props"]["children"] == [head, *({"slot": n} for n in range(4))]
    store, known, notice, button = packed["props"]["children"]
    assert [one["type"] for one in (store, known, notice, button)] == [
        "Store",
        "Section",
        "Section",
        "Button",
    ]
    paragraph = known["props"]["children"]["props"]["tree"][0]
    bold = {"type": "b", "props": {"children": "b"}}
    assert paragraph == {"type": "p", "props": {"children": ["a", bold, 3, None]}}
    assert button["props"]["children"] == "x"


def test_a_link_stays_on_the_page_unless_it_is_to_leave() -> None:
    tree = pack([dcc.Link("a", href="/x"), dcc.Link("b", href="/y", refresh=True)], ()).tree
    assert [node.get("within", False) for node in tree] == [True, False]
    assert [node["props"]["href"] for node in tree] == ["/x", "/y"]


def test_what_is_packed_is_left_as_it_is_when_packed_again() -> None:
    once = pack(html.Div([html.P("a"), dcc.Store(id="s")]), ())
    assert sent(pack(once, ())) == sent(once)


def test_the_data_of_an_answer_are_not_touched() -> None:
    data = [{"children": [1]}, "text"]
    children, stored, still = pack_answer(([html.P("a")], data, no_update), (), 3)
    assert isinstance(children, Markup) and stored is data and still is no_update
    assert pack_answer(data, (), 1) is data and pack_answer("text", (), 1) == "text"
    assert pack_answer(no_update, (), 3) is no_update


def test_every_id_of_a_callback_is_known() -> None:
    app, _ = create_dash(FastAPI())
    for call in app._callback_list:
        for field in (*call["inputs"], *call["state"]):
            assert field["id"].startswith("{") or field["id"] in app.known_ids
    assert {"page", "duty-list", "statistics-card-calendar", "wall-message"} <= app.known_ids
    assert not CHANGED_BY_SCRIPTS & app.known_ids


def test_what_runs_is_known_too() -> None:
    app, _ = create_dash(FastAPI())
    assert "voters-who" in app.known_ids
    app.clientside_callback("() => 1", Output("seen", "children"), Input("press", "n_clicks"))
    assert {"seen", "press"} <= app.known_ids


@pytest.mark.parametrize("path", ADDRESSES.values())
def test_a_page_is_few_components(demo_server: Server, path: str) -> None:
    """Each costs the browser a millisecond: /map had 3,043, /audit 1,303, /desk 1,042."""
    with demo_server.client() as client:
        frame = components(client.get("/_dash-layout").json())
    found = frame + components(lay_out(demo_server, path))
    assert 2 < found <= MOST_COMPONENTS + OTHERS.get(path, 0), found


def test_answers_of_callbacks_are_compressed(demo_server: Server) -> None:
    call = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "changedPropIds": ["address.pathname"],
        "inputs": [{"id": "address", "property": "pathname", "value": "/map"}],
        "state": [{"id": "address", "property": "search", "value": ""}],
    }
    with demo_server.client() as client:
        answer = client.post("/_dash-update-component", json=call)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 5


@pytest.mark.parametrize(
    "address", ["/words/ru.json", "/_dash-component-suites/plotly/package_data/plotly.min.js"]
)
def test_what_is_asked_for_each_time_is_sent_once(demo_server: Server, address: str) -> None:
    """The library of charts is 1.5 MB on the line."""
    with demo_server.client() as client:
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["content-encoding"] == "gzip" and len(first.content) > 50_000
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/map", "/statistics", "/feeds"])
def test_a_load_keeps_its_budget(demo_server: Server, browser_page: Page, path: str) -> None:
    demo_server.sign_in(browser_page, "administrator")
    for limit in (COLD_KB, WARM_KB):
        browser_page.goto(demo_server.url + path)
        expect(browser_page.locator("#page > *").first).to_be_attached()
        browser_page.wait_for_function(SETTLED)
        answers = [
            size
            for address, size in browser_page.evaluate(ON_THE_LINE)
            if not any(part in address for part in APART)
        ]
        print(f"{path}: {sum(answers) / 1000:.0f} kB in {len(answers)} answers")
        assert 0 < sum(answers) / 1000 <= limit and len(answers) <= MOST_REQUESTS
