"""Maps that are open when a layer changes: they ask for the layer's tiles anew, for those alone, and what
they get is the new ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine, text

from geo.changes.outbox import announce_reset, new_epoch
from geo.changes.relay import relay
from geo.changes.rollup import rollup
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.killable import eventually
from tests.support.web import Server


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The owner's engine, with relay and roll-up beside it."""
    stop = threading.Event()
    beside = [threading.Thread(target=work, args=(settings, stop)) for work in (relay, rollup)]
    for thread in beside:
        thread.start()
    engine = connect_engine(settings, "owner")
    yield engine
    engine.dispose()
    stop.set()
    for thread in beside:
        thread.join(10)


@pytest.fixture
def tiles(browser: Browser, server: Server, engine: Engine) -> Iterator[tuple[Page, list[str]]]:
    """An open map with the districts on it, and the addresses of the tiles that it asks for."""
    change_district(engine, "Ескі")
    context = browser.new_context(viewport={"width": 900, "height": 600})
    page, requests = context.new_page(), []
    page.on("request", lambda request: requests.append(request.url) if "/tiles/" in request.url else None)
    server.sign_in(page, "duty")
    page.goto(f"{server.url}/map")
    page.wait_for_function("() => window.ikomek?.live?.tick && ikomek.maps.get('ikomek-map-duty')")
    page.wait_for_function("() => ikomek.live.version('districts') !== ''", timeout=20_000)
    page.wait_for_timeout(3000)
    yield page, requests
    context.close()


def change_district(engine: Engine, name: str) -> None:
    """Does what a load of districts does: the rows, and the layer's reset, before the roll-up has raised a
    version."""
    with engine.begin() as connection:
        changed = connection.execute(
            text("update district set name_kk = :name, name_ru = :name, name_en = :name"), {"name": name}
        ).rowcount
        if not changed:
            connection.execute(
                text("""
                insert into district (region, key, name_kk, name_ru, name_en, valid_from, geom_4326,
                    geom_3857)
                select '71', 'esil', :name, :name, :name, '2020-01-01', st_multi(box),
                    st_multi(st_transform(box, 3857))
                from st_makeenvelope(71.3, 51, 71.6, 51.3, 4326) box"""),
                {"name": name},
            )
        announce_reset(connection, "71", "districts")


def of_layer(requests: list[str], layer: str) -> list[str]:
    return [url for url in requests if f"/tiles/{layer}/" in url]


def wait_for(page: Page, holds) -> None:
    def looked() -> bool:
        page.wait_for_timeout(100)
        return holds()

    eventually(looked, 20)


def test_an_open_map_shows_a_layer_that_changed(tiles: tuple[Page, list[str]], engine: Engine) -> None:
    page, requests = tiles
    requests.clear()
    change_district(engine, "Жаңа")
    wait_for(page, lambda: of_layer(requests, "districts"))
    version = parse_qs(urlsplit(of_layer(requests, "districts")[0]).query)["v"]
    assert version == [page.evaluate("() => ikomek.live.version('districts')")]
    wait_for(
        page,
        lambda: (
            "Жаңа"
            in page.evaluate(
                "(url) => fetch(url).then((answer) => answer.text())", of_layer(requests, "districts")[0]
            )
        ),
    )
    assert of_layer(requests, "basemap") == []


def test_an_open_map_shows_the_database_that_was_restored(
    tiles: tuple[Page, list[str]], engine: Engine
) -> None:
    page, requests = tiles
    requests.clear()
    with engine.begin() as connection:
        epoch = new_epoch(connection)
    wait_for(page, lambda: any(epoch in url for url in of_layer(requests, "districts")))
