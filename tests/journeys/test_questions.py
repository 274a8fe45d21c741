"""The fifteen commonest questions of a shift, as an officer asks them at the desk that stands open: each in
at most three actions, counted by `Officer`, and each figure is the one that the database gives, the list's
and the file's.

One server and one browser tab for all; a question begins with /map loaded anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect
from sqlalchemy import text

from dashboard import words
from dashboard.machine.cluster import Cluster
from dashboard.wording.statistics import change
from geo.database import connect_engine
from geo.settings import Settings
from tests.support.officer import Officer
from tests.support.recent_city import city_until_now
from tests.support.web import serving

ROWS = """i.region = '71' and i.vanished_at is null"""
OPEN = f"{ROWS} and i.status <> 'closed'"
AROUND = """st_dwithin(st_transform(i.point_4326, 32642),
    st_transform(st_setsrid(st_makepoint(:lon, :lat), 4326), 32642), 500)"""

Count = Callable[..., int]


@pytest.fixture(scope="module")
def city(
    cluster: Cluster, demo_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    with city_until_now(cluster, "questions", tmp_path_factory.mktemp("questions")) as settings:
        yield settings


@pytest.fixture(scope="module")
def desk(city: Settings, browser: Browser) -> Iterator[Officer]:
    with serving(city) as server, browser.new_context(viewport={"width": 1920, "height": 1080}) as context:
        page = context.new_page()
        faults: list[str] = []
        context.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page.goto(server.link("duty"))
        yield Officer(page, server)
        assert not faults, faults


@pytest.fixture(scope="module")
def rows(city: Settings) -> Iterator[Callable[..., list[Any]]]:
    engine = connect_engine(city, "owner")

    def read(statement: str, **bound: Any) -> list[Any]:
        with engine.connect() as connection:
            return list(connection.execute(text(statement), bound).all())

    yield read
    engine.dispose()


@pytest.fixture(scope="module")
def count(rows: Callable[..., list[Any]]) -> Count:
    return lambda where, **bound: rows(f"select count(*) from incident i where {where}", **bound)[0][0]


def test_open_critical(desk: Officer, count: Count) -> None:
    with desk.question():
        desk.facet("priority", 2)
        desk.agrees(count(f"{OPEN} and i.priority = 2"))


def test_overdue_heating_in_a_district(desk: Officer, rows: Callable, count: Count) -> None:
    [(root, district, n)] = rows(
        f"""select c.parent_id, i.district_id, count(*) from incident i
        join category c on c.id = i.category_id join category t on t.id = c.parent_id
        where {OPEN} and i.due_at < now() and t.name_en ilike '%heat%' and i.district_id is not null
        group by 1, 2 order by 3 desc limit 1"""
    )
    with desk.question():
        desk.click(f'[data-branch="{root}"] .duty-only')
        desk.page.wait_for_url("**category=**")
        desk.facet("district", district)
        desk.facet("marks", "overdue")
        of_heat = "i.category_id in (select c.id from category c where :root in (c.id, c.parent_id))"
        late = f"{OPEN} and i.due_at < now() and i.district_id = :district and {of_heat}"
        assert count(late, root=root, district=district) >= n
        desk.agrees(count(late, root=root, district=district))


def test_within_500_m_of_a_school_in_24_hours(desk: Officer, rows: Callable, count: Count) -> None:
    day = f"{ROWS} and i.opened_at >= now() - interval '24 hours' and {AROUND}"
    schools = rows(
        """select s.name_ru, st_x(s.point_4326), st_y(s.point_4326) from station s
        where s.name_ru ilike '%школа%' and s.point_4326 is not null"""
    )
    n, name = max((count(day, lon=lon, lat=lat), name) for name, lon, lat in schools)
    with desk.question():
        desk.search(name)
        desk.click(desk.page.locator('.duty-result[data-type="landmark"]').first)
        desk.click(desk.page.locator("#duty-location-card dd a").nth(1))
        desk.page.wait_for_url(re.compile("area=circle.*window=24h|window=24h.*area=circle"))
        desk.agrees(n)


def test_a_year_of_a_building(desk: Officer, rows: Callable, count: Count, city: Settings) -> None:
    [(building, street, house, _)] = rows(
        f"""select b.id, b.street_ru, b.house, count(*) from incident i join building b
        on b.id = i.building_id where {ROWS} and i.opened_at > now() - interval '300 days'
        group by 1, 2, 3 order by 4 desc, 1 limit 1"""
    )
    with desk.question():
        desk.search(f"{street} {house}")
        desk.click(f'.duty-result[data-type="building"][data-id="{building}"]')
        desk.click(desk.page.locator('#duty-location-card a[href*="from="]'))
        desk.page.wait_for_url("**from=**")
        first = city.city.today() - timedelta(days=365)
        since = f"""{ROWS} and i.building_id = :building
            and (i.opened_at at time zone 'Asia/Almaty')::date >= cast(:first as date)"""
        desk.agrees(count(since, building=building, first=first))


def test_who_is_late(desk: Officer, rows: Callable) -> None:
    late = dict(
        rows(
            f"""select coalesce(i.performer_id, c.performer_id), count(*) from incident i
            left join category c on c.id = i.category_id where {OPEN} and i.due_at < now() group by 1"""
        )
    )
    with desk.question():
        desk.facet("marks", "overdue")
        shown = desk.page.locator('[data-facet="performer"] li')
        read = {
            int(one.get_attribute("data-value") or 0): int(
                one.locator(".duty-n").get_attribute("data-n") or 0
            )
            for one in shown.all()
        }
        assert {key or 0: n for key, n in late.items()} == {key: n for key, n in read.items() if n}
        assert all(before >= after for before, after in pairwise(read.values())), "who is most so first"
        worst = next(iter(read))
        desk.facet("performer", worst)
        desk.agrees(late[worst or None])


@pytest.fixture(scope="module")
def written(rows: Callable) -> dict[str, tuple[str, str, str]]:
    """What is searched for: how, the type of the result, and its id or a part of its title."""
    [(number, own)] = rows(
        f"select source_id, id from incident i where {OPEN} and source_id ~ '^[0-9A-Z-]{{5,}}$' "
        "order by id limit 1"
    ) or rows(f"select source_id, id from incident i where {OPEN} order by id limit 1")
    [(building, street, kazakh, house)] = rows(
        """select id, street_ru, street_kk, house from building where street_ru ~ '^улица [А-Я][а-я]{6,}'
        and street_kk ~ '[әғқңөұүһі]' and house ~ '^[0-9]+$' order by id limit 1"""
    )
    typo = street[:-3] + street[-2] + street[-3] + street[-1]
    return {
        "number": (number, "incident", str(own)),
        "phrase": ("трубу в подвале", "incident", ""),
        "typo": (f"{typo} {house}", "building", str(building)),
        "kazakh": (f"{kazakh} {house}", "building", str(building)),
        "coordinates": ("51.13, 71.43", "coordinates", ""),
    }


@pytest.mark.parametrize("how", ["number", "phrase", "typo", "kazakh", "coordinates"])
def test_found_by(desk: Officer, written: dict[str, tuple[str, str, str]], how: str) -> None:
    query, kind, wanted = written[how]
    with desk.question(most=2):
        desk.search(query)
        named = f'[data-id="{wanted}"]' if wanted else ""
        desk.click(desk.page.locator(f'.duty-result[data-type="{kind}"]{named}').first)
        if kind == "incident":
            desk.page.wait_for_url("**incident=**")
            expect(desk.page.locator("#duty-card h2")).to_be_visible()
        else:
            expect(desk.page.locator("#duty-location-card dl").first).to_be_visible()


def test_found_by_a_crossing(desk: Officer, rows: Callable) -> None:
    pairs = rows(
        """select a.name_ru, b.name_ru from basemap_feature a join basemap_feature b
        on a.theme = 'road' and b.theme = 'road' and a.id < b.id and a.name_ru <> b.name_ru
        and st_crosses(a.geom_4326, b.geom_4326) where a.name_ru ~ '^улица' and b.name_ru ~ '^улица'
        order by a.id, b.id limit 1"""
    )
    [(one, other)] = pairs
    with desk.question(most=2):
        desk.search(f"{one.removeprefix('улица ')} / {other.removeprefix('улица ')}")
        desk.click(desk.page.locator('.duty-result[data-type="crossing"]').first)
        expect(desk.page.locator("#duty-location-card h3").first).to_contain_text("/")


def test_without_coordinates(desk: Officer, count: Count) -> None:
    with desk.question():
        desk.facet("marks", "no_coordinates")
        desk.agrees(count(f"{OPEN} and i.point_4326 is null"))


def test_this_week_against_the_last(desk: Officer, rows: Callable, city: Settings) -> None:
    today = city.city.today()
    received = """select count(*) from inquiry
        where (received_at at time zone 'Asia/Almaty')::date >= cast(:first as date)
        and (received_at at time zone 'Asia/Almaty')::date < cast(:after as date)"""
    weeks = [
        rows(received, first=today - timedelta(days=back), after=today - timedelta(days=back - 7))[0][0]
        for back in (7, 14)
    ]
    assert min(weeks) > 0
    spoken = words.language.set("en")
    percent = change(*weeks)
    words.language.reset(spoken)
    with desk.question():
        desk.click('.shell-nav a[href="/statistics"]')
        desk.click('.views a[href*="compare=week"] >> nth=0')
        card = desk.page.locator('[data-card="inquiries"]')
        expect(desk.page.locator("#statistics-from")).to_have_value(f"{today - timedelta(days=7):%d.%m.%Y}")
        shown = re.sub(r"\D", "", card.locator(".statistics-rows").inner_text())
        assert int(shown) == weeks[0]
        expect(card.locator(".statistics-headline")).to_contain_text(percent)


def test_a_drawn_area(desk: Officer, count: Count) -> None:
    box = {"west": 71.40, "south": 51.11, "east": 71.46, "north": 51.15}
    with desk.question():
        desk.press("r")
        desk.point(box["west"], box["south"])
        desk.point(box["east"], box["north"])
        desk.page.wait_for_url("**area=box**")
        drawn = re.search(r"area=box(?:,|%2C)([\d.,%C2]+)", desk.page.url)
        assert drawn
        sides = dict(zip(box, map(float, drawn[1].replace("%2C", ",").split(","))))
        assert all(abs(sides[side] - wanted) < 0.002 for side, wanted in box.items())
        inside = """i.point_3857 && st_transform(st_makeenvelope(:west, :south, :east, :north, 4326), 3857)"""
        desk.agrees(count(f"{OPEN} and {inside}", **sides))
        expect(desk.page.locator("#duty-area-total")).to_have_text(re.compile(r"\d"))


def test_excel(desk: Officer, count: Count) -> None:
    with desk.question():
        desk.facet("kind", "police")
        file = BytesIO(desk.take_file('#duty-export a[data-form="xlsx"]').read_bytes())
        [sheet, *_] = load_workbook(file, read_only=True).worksheets
        filled = [row for row in sheet.iter_rows(values_only=True) if any(row)]
        assert len(filled) - 1 == count(f"{OPEN} and i.kind = 'police'")


def test_print(desk: Officer) -> None:
    with desk.question():
        desk.facet("priority", 2)
        paper = desk.take_file('#duty-export a[data-form="pdf"]').read_bytes()
        assert paper.startswith(b"%PDF-")
        href = desk.page.get_attribute('#duty-export a[data-form="pdf"]', "href") or ""
        assert "priority=2" in href


def first_row(desk: Officer) -> int:
    row = desk.page.locator("#duty-rows > ol > li[data-incident]:not([data-mass])").first
    incident = int(row.get_attribute("data-incident") or 0)
    desk.click(row.locator("a").first)
    expect(desk.page.locator("#duty-actions")).to_have_attribute("data-incident", str(incident))
    expect(desk.page.locator("#duty[data-card-late]")).to_have_count(0)
    return incident


def test_acknowledge(desk: Officer, rows: Callable) -> None:
    with desk.question():
        incident = first_row(desk)
        desk.press("a")
        expect(desk.page.locator("#duty-undo")).to_be_visible()
        assert rows("select acknowledged_by from incident_case where incident_id = :id", id=incident) == [
            ("duty",)
        ]


def test_note(desk: Officer, rows: Callable) -> None:
    with desk.question():
        incident = first_row(desk)
        desk.press("n")
        expect(desk.page.locator('[data-form="note"] textarea')).to_be_focused()
        desk.write("бригада выехала", send="Control+Enter")
        expect(desk.page.locator("#duty-card .duty-words").first).to_have_text("бригада выехала")
        assert rows(
            "select who from incident_action where incident_id = :id and verb = 'note'", id=incident
        ) == [("duty",)]


def test_assign(desk: Officer, rows: Callable) -> None:
    [(performer, name)] = rows("select id, name_en from performer order by name_en desc limit 1")
    with desk.question():
        incident = first_row(desk)
        desk.press("p")
        expect(desk.page.locator('[data-form="assign"] select')).to_be_focused()
        desk.write(name, send="Control+Enter")
        expect(desk.page.locator("#duty-undo")).to_be_visible()
        assert rows("select performer_id from incident where id = :id", id=incident) == [(performer,)]


def test_merge(desk: Officer, rows: Callable) -> None:
    with desk.question():
        listed = desk.page.locator("#duty-rows > ol > li[data-incident]:not([data-mass])")
        shown = listed.evaluate_all("(all) => all.map((one) => Number(one.dataset.incident))")
        [(pair,)] = rows(
            """select array[i.id, o.id] from incident i join incident o on o.id > i.id
                and o.category_id = i.category_id and o.district_id = i.district_id
            where i.id = any(:shown) and o.id = any(:shown) and i.group_id is null and o.group_id is null
            order by i.point_4326 <-> o.point_4326 limit 1""",
            shown=shown,
        )
        for incident in pair:
            desk.click(f'#duty-rows > ol > li[data-incident="{incident}"] .duty-mark-row')
        desk.click('[data-bulk="merge"]')
        desk.page.wait_for_url("**event=**")
        event = int(desk.page.url.partition("event=")[2].partition("&")[0])
        assert rows("select id from incident where group_id = :id order by id", id=event) == [
            (incident,) for incident in pair
        ]


def test_yesterday_at_18(desk: Officer, count: Count, city: Settings) -> None:
    evening = datetime.now(city.city.time_zone).replace(hour=18, minute=0, second=0, microsecond=0)
    evening -= timedelta(days=1)
    with desk.question():
        desk.click("#duty-day-before")
        expect(desk.page.locator("#duty-past")).to_be_visible()
        desk.slide("#duty-slider", 18 * 60)
        desk.page.wait_for_url(re.compile(f"moment={evening:%Y-%m-%dT%H}(:|%3A)00"))
        expect(desk.page.locator("#duty[data-list-late]")).to_have_count(0)
        then = f"{ROWS} and i.opened_at <= :at and (i.closed_at is null or i.closed_at > :at)"
        desk.agrees(count(then, at=evening))


def test_hand_over(desk: Officer, rows: Callable) -> None:
    with desk.question():
        desk.click('.shell-nav a[href="/shift"]')
        desk.click("#shift-read-all")
        desk.click("#shift-sign")
        expect(desk.page.locator(".shift-state")).to_have_attribute("data-state", "waiting")
        shown = {
            one.get_attribute("data-section"): int(one.get_attribute("data-n") or 0)
            for one in desk.page.locator(".shift-section").all()
        }
        [(critical,)] = rows(f"select count(*) from incident i where {OPEN} and i.priority = 2")
        assert shown["critical"] == critical > 0
