"""A screen's token opens what its scenes show, and nothing else: each show with its tiles, its snapshot, its
stream and its panels."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from dashboard.wall.playlists import shows
from dashboard.wall.scenes import shipped
from dashboard.wall.showing import shown_on
from geo.accounts import sessions
from geo.accounts.users import Shown
from geo.changes.outbox import record
from geo.changes.relay import relay
from geo.database import Engine, connect_engine
from geo.settings import Settings
from layers.tiles.registry import LAYERS
from tests.support.live_client import Listener, serve
from tests.support.web import Patient, Server

BASE_LAYERS = {"basemap", "districts"}
SIX = {"saryarqa", "almaty", "esil", "baikonyr", "nura", "saraishyq"}
SEEN = {
    "operations": (BASE_LAYERS | {"buildings", "incidents"}, None, None),
    "safety": (BASE_LAYERS | {"buildings", "incidents"}, {"police", "emergency", "offence"}, None),
    "districts": (BASE_LAYERS | {"incidents"}, None, {"saryarqa", "almaty", "esil"}),
    "districts_other": (BASE_LAYERS | {"incidents"}, None, {"baikonyr", "nura", "saraishyq"}),
    "day109": (set(), set(), set()),
    "kpi": (set(), set(), set()),
    "rating": (set(), set(), set()),
    "electoral": (BASE_LAYERS | {"precincts"}, set(), set()),
    "rotation": (BASE_LAYERS | {"buildings", "incidents", "precincts"}, None, None),
}
"""Show -> the layers of its maps; of which kinds and in which districts it shows incidents (none: all)."""
TILE = {"density": "10/715/340"}


def test_what_each_shipped_show_shows_is_listed_here() -> None:
    assert set(SEEN) == {*shipped(), *(show.key for show in shows())}
    for show, (layers, kinds, districts) in SEEN.items():
        assert shown_on(show) == Shown(layers, kinds, districts), show
    assert shown_on("of last year") == Shown(), "a scene that is no more shows nothing"


@pytest.fixture(scope="module")
def screens(demo_server: Server) -> Iterator[dict[str, httpx.Client]]:
    accounts = connect_engine(demo_server.settings, "accounts")
    found = {}
    for show in SEEN:
        token = sessions.add_device(accounts, show)
        cookies = httpx.get(f"{demo_server.url}/wall/{show}?token={token}").cookies
        found[show] = httpx.Client(
            base_url=demo_server.url,
            cookies=cookies,
            timeout=30,
            transport=Patient(),
            headers={"Sec-Fetch-Site": "same-origin", "Origin": demo_server.url},
        )
    accounts.dispose()
    yield found
    for client in found.values():
        client.close()


@pytest.mark.parametrize("show", SEEN)
def test_a_screen_gets_the_tiles_of_its_maps_only(screens: dict[str, httpx.Client], show: str) -> None:
    answers = {
        layer.key: screens[show].get(f"/tiles/{layer.key}/{TILE.get(layer.key, '14/11444/5443')}.mvt")
        for layer in LAYERS
    }
    assert {key for key, answer in answers.items() if answer.status_code in (200, 204)} == SEEN[show][0]
    assert {answer.status_code for key, answer in answers.items() if key not in SEEN[show][0]} <= {403}
    boxed = {
        layer.key: screens[show].get(f"/layers/{layer.key}.geojson?bbox=71.43,51.12,71.44,51.13").status_code
        for layer in LAYERS
        if layer.geojson
    }
    assert {key for key, status in boxed.items() if status == 200} == SEEN[show][0] & boxed.keys()


@pytest.mark.parametrize("show", SEEN)
def test_a_screens_snapshot_holds_what_it_shows_and_what_is_critical(
    demo_settings: Settings, screens: dict[str, httpx.Client], show: str
) -> None:
    owner, (_, kinds, districts) = connect_engine(demo_settings, "owner"), SEEN[show]
    with owner.connect() as connection:
        rows = connection.execute(
            text("""select i.id, i.priority, i.kind, d.key from incident i left join district d
                on d.region = i.region and d.id = i.district_id
                where i.region = '71' and i.status <> 'closed' and i.vanished_at is null""")
        ).all()
    owner.dispose()
    seen = {
        row.id
        for row in rows
        if row.priority == 2
        or ((kinds is None or row.kind in kinds) and (districts is None or row.key in districts))
    }
    answer = screens[show].get("/layers/incidents.geojson").json()
    assert {feature["id"] for feature in answer["features"]} == seen
    assert rows and (len(seen) < len(rows) or show in ("operations", "rotation"))


def test_two_screens_in_one_browser_do_not_show_each_other_s_picture(
    screens: dict[str, httpx.Client],
) -> None:
    """The second one's cookie takes the place of the first's, whose page asks with it from then on."""
    second, page = screens["electoral"], {"Referer": "http://127.0.0.1/wall/operations"}
    assert second.get("/live?scene=operations").status_code == 403
    for address in ("/layers/incidents.geojson", "/tiles/basemap/14/11444/5443.mvt"):
        assert second.get(address, headers=page).status_code == 403
        assert second.get(address, headers={"Referer": "http://127.0.0.1/wall/electoral"}).status_code == 200


@pytest.mark.parametrize("show", SEEN)
def test_a_screen_reads_the_panels_of_its_scenes_only(screens: dict[str, httpx.Client], show: str) -> None:
    mine = {"rotation": set(shipped())}.get(show, {show})
    for scene in shipped():
        call = {
            "output": "wall-picture.data",
            "outputs": {"id": "wall-picture", "property": "data"},
            "inputs": [{"id": "wall-refresh", "property": "n_intervals", "value": 1}],
            "state": [{"id": "wall-scene", "property": "data", "value": {"key": scene, "lang": "ru"}}],
            "changedPropIds": ["wall-refresh.n_intervals"],
        }
        answer = screens[show].post("/_dash-update-component", json=call)
        assert ('"panels"' in answer.text) == (scene in mine), answer.text
        assert screens[show].get(f"/wall/{scene}").status_code == (200 if scene == show else 403)


@pytest.fixture
def owner(settings: Settings) -> Iterator[Engine]:
    engine, stop = connect_engine(settings, "owner"), threading.Event()
    stamping = threading.Thread(target=relay, args=(settings, stop))
    stamping.start()
    yield engine
    stop.set()
    stamping.join(10)
    engine.dispose()


def happen(owner: Engine, entity: str, number: int, version: int = 1, **values: object) -> None:
    with owner.begin() as connection:
        record(connection, "71", entity, number, version, {"id": number, "version": version, **values})


def test_the_stream_of_a_screen_tells_what_it_shows_live_and_on_resume(
    settings: Settings, owner: Engine
) -> None:
    """Nobody's work on a plan; of incidents its kinds, and each critical one until it is that no longer."""
    screen = {"x-show": "safety"}
    with serve(settings) as address:
        with Listener(address, **screen) as listener:
            happen(owner, "presence", 1, who="an editor", plan=1, precincts=[7])
            happen(owner, "precinct", 2, plan=1)
            happen(owner, "building", 3)
            happen(owner, "incident", 4, kind="service", status="open", priority=0)
            happen(owner, "incident", 5, kind="service", status="open", priority=2)
            happen(owner, "incident", 5, 2, kind="service", status="open", priority=0)
            happen(owner, "incident", 6, kind="police", status="open", priority=0)
            heard = [listener.expect("change") for _ in range(3)]
            assert [(one["id"], one["payload"] is None) for one in heard] == [
                (5, False),
                (5, True),
                (6, False),
            ]
            cursor = listener.cursor
        happen(owner, "presence", 7, who="an editor", plan=1, precincts=[7])
        happen(owner, "mode", 8, mode="drill")
        with Listener(address, cursor, **screen) as listener:
            assert listener.expect("change")["noun"] == "mode"
            assert listener.nothing(), "of what it never hears it need not fetch anew"
