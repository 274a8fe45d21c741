"""The pages together: each is laid out for its address, no id is on two of them, every callback belongs to
one, each document is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from playwright.sync_api import Page, expect

from dashboard import bundles, pages
from dashboard.app import create_dash, find_page
from dashboard.security.rules import SIGNED_IN
from tests.support.web import Server

ADDRESSES = {
    "/wall/<scene>": "/wall/operations",
    "/map": "/map",
    "/desk": "/desk",
    "/answers": "/answers",
    "/alarms": "/alarms",
    "/shift": "/shift",
    "/precincts": "/precincts",
    "/buildings": "/buildings",
    "/vote": "/vote",
    "/voters": "/voters",
    "/statistics": "/statistics",
    "/rating": "/rating",
    "/feeds": "/feeds",
    "/audit": "/audit",
    "/operations": "/operations",
    "/mode": "/mode",
    "/account": "/account",
    "/users": "/users",
}


def lay_out(server: Server, path: str, search: str = "", role: str = "administrator") -> dict:
    call = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "changedPropIds": ["address.pathname"],
        "inputs": [{"id": "address", "property": "pathname", "value": path}],
        "state": [{"id": "address", "property": "search", "value": search}],
    }
    with server.client(role) as client:
        answer = client.post("/_dash-update-component", json=call)
    assert answer.status_code == 200, answer.text
    return answer.json()["response"]["page"]["children"]


def is_refused(page: dict) -> bool:
    (element,) = page["props"]["tree"]
    return element["props"]["className"] == "shell-refusal"


def ids(node: object) -> Iterator[str]:
    """Every id of a laid out component, pattern-matching ids as their text."""
    if isinstance(node, list):
        for child in node:
            yield from ids(child)
    elif isinstance(node, dict) and "props" in node:
        if "id" in node["props"]:
            yield str(node["props"]["id"])
        for value in node["props"].values():
            yield from ids(value)


def test_no_id_is_there_twice(shared_server: Server) -> None:
    assert {page.PATH for page in pages.PAGES} == set(ADDRESSES)
    with shared_server.client() as client:
        found = list(ids(client.get("/_dash-layout").json()))
    for path in ADDRESSES.values():
        found += ids(lay_out(shared_server, path))
    assert "page" in found and "feeds-table" in found
    assert len(found) == len(set(found)), sorted({id_ for id_ in found if found.count(id_) > 1})


@pytest.mark.parametrize("path", ADDRESSES.values())
def test_a_page_takes_any_query(shared_server: Server, path: str) -> None:
    assert "props" in lay_out(shared_server, path, "?nonsense=1&scene=x&kind=%F0%9F%92%A9&self=1&lang=xx")


def test_a_page_that_is_on_its_way_says_so_in_the_callers_language(shared_server: Server) -> None:
    with shared_server.client("duty") as client:
        document = client.get("/map", headers={"Accept-Language": "ru"}).text
    assert "Загрузка…</p>" in document and "Loading..." not in document


def test_an_address_without_a_page_says_so(shared_server: Server) -> None:
    for path in ("/no-such-page", "/feeds/more", "/wall/no-such-scene"):
        assert is_refused(lay_out(shared_server, path))


def test_a_page_that_is_closed_to_the_role_says_so(shared_server: Server) -> None:
    assert is_refused(lay_out(shared_server, "/feeds", role="performer"))


@pytest.mark.parametrize("path", ADDRESSES.values())
def test_a_deep_link_is_a_whole_document(shared_server: Server, path: str) -> None:
    """Also as the first request of a fresh server, and with a title, a language and our scripts."""
    with shared_server.client() as client:
        document = client.get(path, headers={"Accept-Language": "kk"}).text
    assert '<html lang="kk" data-lang="kk" data-zone="Asia/Almaty"' in document
    page, _ = find_page(path)
    for address in (bundles.scripts().address, bundles.styles().address):
        assert f'"{address}"' in document
    assert "· iKOMEK109</title>" in document and f">{page.TITLE}" not in document and "{%" not in document


def test_scripts_and_styles_are_joined_once_and_in_order() -> None:
    """Those of the root first, then folder by folder, by name."""
    for suffix in (".js", ".css"):
        names = [path.relative_to(bundles.ASSETS).as_posix() for path in bundles.files(suffix)]
        assert set(names) == {
            path.relative_to(bundles.ASSETS).as_posix() for path in bundles.ASSETS.rglob(f"*{suffix}")
        }
        ours = [name for name in names if not name.startswith("vendor/")]
        assert len(ours) > 15 and ours == sorted(ours, key=lambda name: ("/" in name, name))
    for path in bundles.files(".js"):
        assert bundles.scripts().body.count(path.read_bytes()) == 1


def test_each_page_runs_its_scripts(shared_server: Server, browser_page: Page) -> None:
    """A script that needs at once what comes later fails, and `browser_page` with it."""
    shared_server.sign_in(browser_page, "administrator")
    for path in ADDRESSES.values():
        browser_page.goto(shared_server.url + path)
        expect(browser_page.locator("#page > *").first).to_be_attached()
        loaded = browser_page.evaluate(
            "() => [...document.scripts].map((script) => script.src.split('/assets/')[1]).filter(Boolean)"
        )
        assert loaded == [bundles.scripts().address.removeprefix("/assets/")]


def test_an_address_in_a_style_is_that_of_its_own_folder(shared_server: Server) -> None:
    with shared_server.client() as client:
        addresses = re.findall(r"url\(\"?([^)\"]+)", bundles.styles().body.decode())
        fonts = [address for address in addresses if address.endswith(".woff2")]
        assert len(fonts) >= 4 and all(client.get(font).status_code == 200 for font in fonts)
        assert all(address.startswith(("/assets/", "data:")) for address in addresses)


def test_every_callback_belongs_to_a_page_or_to_the_router() -> None:
    app, permissions = create_dash(FastAPI())
    assert set(app.callback_map) == set(permissions)
    assert [output for output, needed in permissions.items() if needed == SIGNED_IN] == ["page.children"]
    assert set(permissions.values()) <= {SIGNED_IN, *(page.PERMISSION for page in pages.PAGES)}
