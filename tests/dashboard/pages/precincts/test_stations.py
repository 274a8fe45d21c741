"""Stations, numbers, kinds and locks in the studio, in a real browser: set by key, click and address,
shared, undone, raced for, refused, and told to voters.

Beside the houses of `tests.support.studio_room` stand a school in the middle of precinct 1 and a college
at its border with 2, with streets every 100 m.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
import shapely
from docx import Document
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import text

from geo.crs import shapes_to_lon_lat
from geo.database import Engine, connect_engine
from geo.plans import lifecycle
from geo.settings import Settings
from tests.support.studio_room import (  # noqa: F401 - fixtures are asked for by name
    build,
    click,
    corner,
    draft,
    drag,
    draw,
    lon_lat,
    open_plan,
    studio,
    two,
)
from tests.support.web import Server

SCHOOL, COLLEGE = (0.5, 0.45), (0.95, 0.5)
NAMES = ((SCHOOL, "school", "Сығанақ", "Сыганак", "10/1"), (COLLEGE, "college", "Қонаев", "Кунаева", "1"))


@pytest.fixture(scope="module")
def owner(shared_settings: Settings) -> Iterator[Engine]:
    engine = connect_engine(shared_settings, "owner")
    with engine.begin() as connection:
        for (x, y), use, kk, ru, house in NAMES:
            lon, lat = lon_lat(shared_settings, x, y)
            connection.execute(
                text("""insert into building (region, source, source_id, street_kk, street_ru, house, use,
                voters, point_4326, point_3857)
                select '71', 'test', :use, :kk, :ru, :house, :use, 0, p, st_transform(p, 3857) from (select
                st_setsrid(st_makepoint(:lon, :lat), 4326) p) q"""),
                {"use": use, "kk": kk, "ru": ru, "house": house, "lon": lon, "lat": lat},
            )
        ways = [line for n in range(21) for line in (((0, n / 10), (3, n / 10)), ((n / 7, 0), (n / 7, 2)))]
        lines = shapes_to_lon_lat(
            shared_settings.city.metric_srid,
            np.array([shapely.LineString([corner(*a), corner(*b)]) for a, b in ways]),
        )
        connection.execute(
            text("""insert into basemap_feature (region, source, source_id, theme, class, geom_4326,
            geom_3857)
            select '71', 'test', :id, 'road', 'residential', g, st_transform(g, 3857) from (select
            st_geomfromwkb(:wkb, 4326) g) t"""),
            [{"id": str(n), "wkb": line.wkb} for n, line in enumerate(lines)],
        )
        build(connection, shared_settings)
    yield engine
    engine.dispose()


def station(owner: Engine, plan: int, number: int) -> tuple | None:
    with owner.connect() as connection:
        row = connection.execute(
            text("""select s.name_ru, s.address_kk, s.address, s.entrance_ru, b.use from precinct p
            join station s on s.id = p.station_id left join building b on b.id = s.building_id where p.plan_id
            = :plan and p.number = :number"""),
            {"plan": plan, "number": number},
        ).one_or_none()
    return row and tuple(row)


def choose(page: Page, settings: Settings, x: float, y: float) -> None:
    """A precinct, with the tool in hand."""
    page.keyboard.press("Escape")
    page.locator('.studio-tool[data-tool="station"]').click()
    click(page, settings, x, y)


def done(page: Page) -> None:
    expect(page.locator('#studio-message[data-kind="done"]')).to_be_visible()


DRAWN = """(zoom) => {
    const { map, layer } = ikomek.studio, proto = CanvasRenderingContext2D.prototype;
    const { fillText, roundRect } = proto, numbers = [], boxes = [];
    proto.fillText = function (text, x, y) {
        const { width } = this.measureText(text), high = parseFloat(this.font.split(' ')[1]) * 0.72;
        if (this.canvas.className.includes('studio-base') && this.textAlign === 'center')
            numbers.push({ text, left: x - width / 2, right: x + width / 2, top: y - high / 2,
                bottom: y + high / 2 });
        fillText.call(this, text, x, y);
    };
    proto.roundRect = function (x, y, w, h, ...more) {
        if (this.canvas.className.includes('studio-live') && w === h)
            boxes.push({ left: x, right: x + w, top: y, bottom: y + h });
        roundRect.call(this, x, y, w, h, ...more);
    };
    map.setZoom(zoom, { animate: false });
    layer.paint();
    Object.assign(proto, { fillText, roundRect });
    const covered = numbers.filter((one) => boxes.some((box) => box.left < one.right && box.right > one.left
        && box.top < one.bottom && box.bottom > one.top)).map(({ text }) => text);
    return [covered, numbers.length, boxes.length];
}"""
"""Tells which texts of precincts a station's box covers, as both are drawn, and how many there are."""


def test_no_station_stands_over_the_number_of_a_precinct(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    """In the middle of every precinct, and beside it."""
    for dx, dy in ((0, 0), (0.0001, 0.0001), (-0.0001, -0.00005)):
        with owner.begin() as connection:
            connection.execute(
                text("""update station set point_4326 = st_translate(st_transform(st_setsrid(
                    st_pointonsurface(p.geom), :srid), 4326), :dx, :dy)
                    from precinct p where p.station_id = station.id and p.plan_id = :plan"""),
                {"plan": draft, "dx": dx, "dy": dy, "srid": shared_settings.city.metric_srid},
            )
        open_plan(studio, shared_server, draft)
        shift = studio.evaluate("() => ikomek.studio.zoomShift")
        for zoom in (14, 15, 16, 17):
            covered, numbers, boxes = studio.evaluate(DRAWN, zoom + shift)
            assert covered == [] and numbers and boxes, (zoom, covered)


def test_a_station_is_set_by_its_number_on_the_map_and_undone(
    studio: Page, shared_server: Server, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    """All by keyboard once the precinct is chosen: 8, the candidate's number, Enter, Ctrl+Z."""
    click(studio, shared_settings, 0.5, 0.6)
    expect(studio.locator("#studio-station-line")).to_contain_text("Школа")
    studio.keyboard.press("8")
    candidates = studio.locator(".studio-candidate")
    expect(candidates).to_have_count(2)
    walks = [
        [
            int("".join(filter(str.isdigit, cell)))
            for cell in row.locator(".studio-candidate-row > b").all_inner_texts()
        ]
        for row in candidates.all()
    ]
    assert walks == sorted(walks) and all(300 < median <= farthest < 1300 for farthest, median in walks)
    studio.keyboard.press("1")
    expect(studio.locator('.studio-candidate[data-chosen="true"]')).to_contain_text("Сыганак 10/1")
    studio.wait_for_function(
        "() => [...window.ikomek.studio.station.walks.values()].some((told) => "
        "Object.keys(told.rings).length === 2)"
    )
    studio.keyboard.press("Enter")
    done(studio)
    assert station(owner, draft, 1) == ("Школа", "Сығанақ 10/1", "Сыганак 10/1", None, "school")
    open_plan(studio, shared_server, draft)
    studio.keyboard.press("Control+z")
    done(studio)
    assert station(owner, draft, 1) == ("Школа", None, "ул. Достык, 1", None, None)
    studio.keyboard.press("Control+Shift+z")
    studio.wait_for_function("() => window.ikomek.studio.plan.precincts.get(1).station.building != null")
    assert station(owner, draft, 1)[4] == "school"


PARTS = """() => {
    const { station, plan } = window.ikomek.studio, said = [];
    const forms = [
        { street_kk: null, street_ru: null }, { house: null }, { across: true },
        { shared: [{ number: 2, voters: 1 }] }, { building: null }, { name_kk: null, name_ru: null },
    ];
    const kept = station.candidates;
    for (let some = 0; some < 2 ** forms.length; some += 1) {
        const chosen = forms.filter((_, i) => some & (1 << i));
        station.candidates = [Object.assign({}, kept[0], { across: false, shared: [] }, ...chosen)];
        window.ikomek.studio.showStation();
        const row = document.querySelector('.studio-candidate-row > span');
        said.push(row.querySelector('strong').textContent, row.querySelector('small').textContent);
    }
    station.candidates = kept;
    window.ikomek.studio.showStation();
    return said;
}"""
"""What a candidate says of itself, with every choice of its parts absent or there: name, place."""


def test_a_candidate_s_part_that_is_absent_takes_what_joins_it_with_it(
    studio: Page, shared_settings: Settings
) -> None:
    click(studio, shared_settings, 0.5, 0.6)
    studio.keyboard.press("8")
    expect(studio.locator(".studio-candidate")).to_have_count(2)
    texts = studio.evaluate(PARTS)
    assert len(texts) == 128 and all(texts[::2]) and any(" · " in note for note in texts[1::2])
    assert not [one for one in texts if one != one.strip(" ·,") or "· ·" in one or "undefined" in one]


def test_two_precincts_share_a_building_found_by_click_and_by_address(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    choose(studio, shared_settings, 0.5, 0.6)
    expect(studio.locator(".studio-candidate")).to_have_count(2)
    click(studio, shared_settings, *COLLEGE)
    studio.click("#studio-station-set")
    expect(studio.locator("#studio-message")).to_contain_text("No. 1")
    choose(studio, shared_settings, 1.5, 0.6)
    studio.keyboard.press("/")
    studio.keyboard.type("кунаева 1")
    studio.keyboard.press("Enter")
    chosen = studio.locator('.studio-candidate[data-chosen="true"]')
    expect(chosen.locator(".studio-shared-head")).to_contain_text("2")
    expect(chosen.locator(".studio-shared").first).to_contain_text("No. 1")
    studio.click("#studio-station-entrance")
    studio.fill('[name="entrance_kk"]', "ауладан, 2-қабат")
    studio.fill('[name="entrance_ru"]', "со двора, 2 этаж")
    studio.click("#studio-station-set")
    expect(studio.locator('#studio-message[data-kind="done"]')).to_contain_text("No. 2")
    assert station(owner, draft, 2) == ("Колледж", "Қонаев 1", "Кунаева 1", "со двора, 2 этаж", "college")
    expect(studio.locator('.studio-check[data-key="shared_station"] b')).to_contain_text("2 · No. 1, No. 2")
    studio.click("#studio-station-clear")
    expect(studio.locator('.studio-check[data-key="no_station"]')).to_have_attribute("data-level", "error")
    assert station(owner, draft, 2) is None


def test_of_two_editors_the_second_is_told_and_may_set_it_again(
    two: tuple[Page, Page], owner: Engine, shared_settings: Settings, draft: int
) -> None:
    first, second = two
    for page in two:
        choose(page, shared_settings, 0.5, 0.6)
        expect(page.locator(".studio-candidate")).to_have_count(2)
    click(second, shared_settings, *COLLEGE)
    expect(second.locator("#studio-station-set")).to_be_visible()
    click(first, shared_settings, *SCHOOL)
    first.click("#studio-station-set")
    done(first)
    second.wait_for_function("() => window.ikomek.studio.plan.precincts.get(1).version > 1", timeout=5000)
    second.evaluate(
        "window.ikomek.studio.plan.precincts.get(1).version = 1"
    )  # as if it had not been heard yet
    click(second, shared_settings, *COLLEGE)
    second.click("#studio-station-set")
    expect(second.locator("#studio-conflict")).to_contain_text("electoral_editor")
    assert station(owner, draft, 1)[4] == "school"
    second.click("#studio-again")
    done(second)
    assert station(owner, draft, 1)[4] == "college"
    first.wait_for_function(
        "() => window.ikomek.studio.plan.precincts.get(1).station.address_ru === 'Кунаева 1'", timeout=5000
    )


def test_what_is_agreed_with_the_commission_is_refused_to_others_who_are_told_by_whom(
    two: tuple[Page, Page],
    owner: Engine,
    shared_settings: Settings,
    draft: int,
) -> None:
    first, second = two
    click(first, shared_settings, 0.5, 0.6)
    first.click("#studio-to-lock")
    first.fill('.studio-dialog [name="document"]', "№ 5")
    first.click('.studio-dialog [value="yes"]')
    done(first)
    expect(second.locator("#studio")).to_have_attribute("data-locks", "", timeout=5000)
    click(second, shared_settings, 1, 0.5)
    drag(second, shared_settings, (1, 0.5), (0.8, 0.5))
    refused = second.locator('#studio-message[data-kind="refused"]')
    expect(refused).to_contain_text("No. 1")
    expect(refused).to_contain_text("electoral_editor")
    with owner.connect() as connection:
        assert (
            connection.execute(
                text("select st_area(geom) from precinct where plan_id = :plan and number = 1"),
                {"plan": draft},
            ).scalar_one()
            == 1_000_000
        )
    click(second, shared_settings, 0.5, 0.6)
    expect(second.locator("#studio-lock")).to_contain_text("electoral_editor")
    second.click("#studio-unlock")
    second.click('.studio-dialog [value="yes"]')
    expect(second.locator(".studio-dialog")).to_be_visible()
    second.fill('.studio-dialog [name="reason"]', "школа закрыта")
    second.click('.studio-dialog [value="yes"]')
    done(second)
    expect(second.locator("#studio-lock")).to_have_count(0)
    click(second, shared_settings, 1, 0.5)
    drag(second, shared_settings, (1, 0.5), (0.8, 0.5))
    done(second)


def test_a_precinct_gets_a_number_and_a_hospital_becomes_a_closed_one(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    click(studio, shared_settings, 0.5, 0.6)
    studio.click("#studio-describe")
    studio.fill('.studio-dialog [name="number"]', "501")
    studio.click('.studio-dialog [value="yes"]')
    expect(studio.locator("#studio-described")).to_contain_text("No. 1")
    studio.keyboard.press("Escape")
    studio.click("#studio-found-new")
    studio.fill('.studio-dialog [name="number"]', "900")
    studio.click('.studio-dialog [value="yes"]')
    studio.click("#studio-station-line")
    for name, words in (
        ("name_kk", "Елшілік"),
        ("name_ru", "Посольство"),
        ("address_kk", "Мадрид, Катилья 1"),
        ("address_ru", "Мадрид, ул. Кастилья 1"),
    ):
        studio.fill(f'.studio-station-form [name="{name}"]', words)
    studio.click("#studio-station-set")
    done(studio)
    assert station(owner, draft, 900) == (
        "Посольство",
        "Мадрид, Катилья 1",
        "Мадрид, ул. Кастилья 1",
        None,
        None,
    )
    with owner.connect() as connection:
        assert set(
            connection.execute(
                text("select number, kind from precinct where plan_id = :plan and (number > 6)"),
                {"plan": draft},
            )
        ) == {(501, "open"), (900, "closed")}


def held(owner: Engine, plan: int, number: int) -> list[str]:
    """The houses of a precinct by their ids in the source."""
    with owner.connect() as connection:
        rows = connection.execute(
            text("""select b.source_id from assignment a join precinct p on p.id = a.precinct_id
                join building b
            on b.id = a.building_id where p.plan_id = :plan and p.number = :number
                order by length(b.source_id),
            b.source_id"""),
            {"plan": plan, "number": number},
        )
        return [source_id for (source_id,) in rows]


def test_houses_of_a_closed_precinct_are_given_by_lasso_and_by_address_and_given_back(
    studio: Page, owner: Engine, shared_settings: Settings, draft: int
) -> None:
    studio.click("#studio-found-new")
    studio.fill('.studio-dialog [name="number"]', "900")
    studio.click('.studio-dialog [value="yes"]')
    expect(studio.locator("#studio-groundless")).to_contain_text("No buildings yet")
    studio.click("#studio-groundless-give")
    expect(studio.locator("#studio-message")).to_contain_text("900")
    draw(studio, shared_settings, (0.6, 0.1), (0.8, 0.1), (0.8, 0.9), (0.6, 0.9))
    expect(studio.locator("#studio-give-now")).to_have_count(0)
    studio.click("#studio-assign-now")
    expect(studio.locator("#studio-groundless .studio-row")).to_have_count(2)
    assert held(owner, draft, 900) == ["3", "4"]
    studio.fill("#studio-groundless-address", "сыганак 10")
    studio.press("#studio-groundless-address", "Enter")
    expect(studio.locator("#studio-groundless .studio-row")).to_have_count(3)
    assert held(owner, draft, 900) == ["3", "4", "school"]
    studio.get_by_role("button", name="Give back: Достык 3").click()
    expect(studio.locator("#studio-groundless .studio-row")).to_have_count(2)
    assert (held(owner, draft, 900), "3" in held(owner, draft, 1)) == (["4", "school"], True)


def test_a_precinct_made_in_this_draft_says_what_it_came_from(
    studio: Page, shared_settings: Settings, draft: int
) -> None:
    studio.keyboard.press("4")
    draw(studio, shared_settings, (0.6, -0.1), (0.6, 1.1))
    done(studio)
    choose(studio, shared_settings, 0.8, 0.5)
    expect(studio.locator(".studio-station-head")).to_contain_text("from No. 1, 200 stay there")
    click(studio, shared_settings, 1.5, 0.5)
    expect(studio.locator(".studio-candidate")).to_have_count(2)
    expect(studio.locator(".studio-station-head")).not_to_contain_text("stay there")


def test_a_refused_drag_leads_to_its_place_and_offers_the_nearest_line(
    two: tuple[Page, Page], owner: Engine, shared_settings: Settings, draft: int
) -> None:
    page = two[0]
    click(page, shared_settings, 1, 0.5)
    drag(page, shared_settings, (1, 0.5), (-0.1, 0.5))
    panel = page.locator("#studio-refused")
    expect(panel).to_contain_text("No. 1 | No. 2 was not moved")
    before = page.evaluate("window.ikomek.studio.map.getZoom()")
    page.click("#studio-to-point")
    page.wait_for_function("(before) => window.ikomek.studio.map.getZoom() > before", arg=before)
    page.click("#studio-nearest")
    expect(page.locator("#studio-nearest-take")).to_be_focused()
    page.keyboard.press("Enter")
    done(page)
    expect(panel).to_have_count(0)
    with owner.connect() as connection:
        area = connection.execute(
            text("select st_area(geom) / 1e6 from precinct where plan_id = :plan and number = 1"),
            {"plan": draft},
        ).scalar_one()
    assert 0.5 < area < 0.6, "half of the precinct less what is left of the way"
    page.keyboard.press("Control+z")
    done(page)


def test_a_station_that_was_set_is_told_to_voters_on_paper_and_in_the_decision(
    browser: Browser,
    shared_server: Server,
    owner: Engine,
    shared_settings: Settings,
    draft: int,
) -> None:
    """From the editor's command to what the city reads once the plan is in force."""
    with shared_server.client("electoral_editor") as editor:
        with owner.connect() as connection:
            school, house = (
                connection.execute(text("select id from building where " + which)).scalar_one()
                for which in ("use = 'school'", "source_id = '1'")
            )
        location = {
            "name_kk": "№ 60 мектеп",
            "name_ru": "Школа № 60",
            "building": school,
            "entrance_kk": "ауладан",
            "entrance_ru": "вход со двора",
        }
        assert (
            editor.post(
                f"/api/v1/plans/{draft}/station", json={"precinct": 1, "station": location}
            ).status_code
            == 200
        )
        assert (
            editor.post(f"/api/v1/plans/{draft}/describe", json={"precinct": 1, "number": 501}).status_code
            == 200
        )
        assert (
            editor.get(f"/api/v1/plans/{draft}/text/kk?number=501").text.splitlines()[1]
            == "Орналасқан жері: № 60 мектеп, Сығанақ 10/1, ауладан"
        )
        paper = editor.get(f"/api/v1/plans/{draft}/passports?number=501").text.replace("\u00a0", " ")
        assert "№ 60 мектеп, Сығанақ 10/1, ауладан" in paper and "бұрынғы № 1" in paper
        written = Document(io.BytesIO(editor.get(f"/api/v1/plans/{draft}/decision.docx").content))
        words = [paragraph.text.replace("\u00a0", " ") for paragraph in written.paragraphs]
        assert (
            words.index("АСТАНА")
            < words.index("№ 501 сайлау учаскесі (бұрынғы № 1)")
            < words.index("Избирательный участок № 501 (прежний № 1)")
        )
        assert (
            "Орналасқан жері: № 60 мектеп, Сығанақ 10/1, ауладан" in words
            and "Местонахождение: Школа № 60, Сыганак 10/1, вход со двора" in words
        )
        assert [
            words[at + 1]
            for at, line in enumerate(words)
            if line in ("Таратылатын учаскелер", "Упраздняемые участки")
        ] == ["№ 1", "№ 1"]
        assert not [line for line in words if "№ 2" in line], "what does not change is not decided"
    city, day = shared_settings.city, shared_settings.city.today()
    with owner.begin() as connection:
        for state, paper in (("checked", None), ("agreed", "№ 1"), ("approved", "№ 2")):
            lifecycle.advance(connection, city, draft, state, "akim", document=paper, day=day)
        lifecycle.advance(connection, city, draft, "published", "akim", in_force_from=day)
    try:
        page = browser.new_page(locale="ru-RU")
        shared_server.sign_in(page, "operator")
        page.goto(f"{shared_server.url}/vote?building={house}")
        expect(page.locator(".vote-station")).to_contain_text("Школа № 60")
        expect(page.locator(".vote-station")).to_contain_text("Сыганак 10/1, вход со двора")
        expect(page.locator(".vote-number")).to_contain_text("№ 501")
        expect(page.locator(".vote-number")).to_contain_text("прежний № 1")
        page.context.close()
    finally:
        with owner.begin() as connection:
            connection.execute(
                text("update plan set in_force_from = :day where id = :plan"),
                {"plan": draft, "day": day + timedelta(days=4000)},
            )
