"""The page /voters on a copy of the tiny city: differences, flags and the approval by a second person, and
what it says where the list's own process is away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from dashboard.machine import cluster as machine
from dashboard.pages.voters.address import VotersAddress
from dashboard.pages.voters.changes import PrecinctChange, ordered, percent
from dashboard.words import language
from etl.demo.voters.writing import InventedList
from geo.audit.records import record_audit
from geo.database import Engine, connect_engine
from geo.errors import Unavailable
from geo.settings import Settings
from geo.voters.transfer.model import keep_receipt, note_delivered, note_failed, note_sent, register
from geo.voters.transfer.receipts import Receipt
from tests.conftest import DEMO, _administer, clone, settings_for
from tests.support.connected import engine_as
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import Server, serving


@pytest.fixture(scope="module")
def town(
    demo_settings: Settings, cluster: machine.Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Settings, InventedList]]:
    """A list in force, and one that waits, in which a house is empty and two addresses are unknown; and the
    persons of that."""
    clone(cluster, DEMO, "voters_page")
    folder = tmp_path_factory.mktemp("v")
    settings = settings_for(cluster, "voters_page", folder)
    people = invented(settings, 0.3)
    approve(settings, load(settings, write(people, folder / "first.csv"), "electoral_editor").id)
    houses = [line.building for line in people.lines if line.building]
    fullest = max(sorted(set(houses)), key=houses.count)
    left = InventedList([line for line in people.lines if line.building != fullest])
    sound = [line for line in left.lines if line.building and not line.fault and not line.also]
    for n, line in enumerate(sound[:2]):
        line.cells["Адрес регистрации"] = f"ул. Никому Неизвестная, д. {n + 1}, кв. 5"
    load(settings, write(left, folder / "next.csv"), "electoral_editor")
    yield settings, left
    _administer(cluster, 'drop database "voters_page" with (force)')


@pytest.fixture(scope="module")
def city(town: tuple[Settings, InventedList]) -> Settings:
    return town[0]


@pytest.fixture(scope="module")
def voters_server(city: Settings) -> Iterator[Server]:
    with answering(city), serving(city) as server:
        yield server


owner = engine_as("owner", of="city")


def opened(server: Server, page: Page, role: str) -> Page:
    server.sign_in(page, role)
    page.goto(server.url + "/voters")
    page.click(".shell-language[lang=en]")
    expect(page.locator(".voters h1")).to_have_text("Voters' list")
    return page


def test_without_a_list_the_page_says_how_one_is_loaded(demo_settings: Settings, browser_page: Page) -> None:
    """Nothing fails for want of one either: the fixture asserts that the browser has no errors."""
    with answering(demo_settings), serving(demo_settings) as server:
        with browser_page.expect_response(lambda answer: "/layers/precincts.geojson" in answer.url) as drawn:
            page = opened(server, browser_page, "electoral_editor")
        none = page.locator(".voters-none")
        expect(none).to_have_text(
            "There is no voters' list yet. Choose its file with “Load a file” above, or drop it there."
        )
        assert drawn.value.finished() is None
        page.wait_for_function("() => [...ikomek.maps.values()].some(({ map }) => map.getContainer().id)")
        page.evaluate("() => new Promise((after) => setTimeout(after, 300))")


def counts(page: Page, selector: str) -> list[int]:
    return [int(re.sub(r"\D", "", text)) for text in page.locator(selector).all_inner_texts()]


def test_everything_adds_up_and_two_people_bring_it_into_force(
    voters_server: Server, browser_page: Page, owner: Engine
) -> None:
    page = opened(voters_server, browser_page, "electoral_editor")
    rows, *parts = counts(page, ".voters-equation dd")
    assert rows == sum(parts) and len(parts) == 5
    expect(page.locator(".voters-chip").first).to_contain_text("in list 2 (waits for approval)")
    page.click(".voters-checks summary")
    summary = page.locator(".voters-checks summary").inner_text()
    refused, remarks = (int(n.replace(",", "")) for n in re.findall(r"[\d,]+", summary))
    assert refused == parts[-1] and refused + remarks == sum(counts(page, ".voters-checks li b"))
    days = page.locator(".voters-days li")
    expect(days).to_have_count(6)
    applications = page.locator(".voters-days [data-day=applications]")
    expect(applications).to_contain_text("12.02.2027")
    expect(applications).to_contain_text("doubtful addresses: 2")
    expect(page.locator(".voters-days [data-day=commissions]")).to_contain_text("not approved")
    page.click(".voters-source summary")
    expect(page.locator(".voters-source")).to_contain_text("cap 3,000")
    head = page.locator(".voters-table tfoot td[data-column]").all_inner_texts()
    before, new, came, went, gone, after = (int(re.sub(r"\D", "", one)) for one in head[:6])
    assert before + new + came - went - gone == after and came == went
    expect(page.locator(".voters-precinct")).not_to_have_count(0)
    counted = sum(counts(page, ".voters-classes b"))
    assert counted == page.locator(".voters-precinct").count()
    expect(page.locator(".voters-locked")).to_contain_text("first")
    expect(page.locator(".voters-acts")).to_contain_text("only another person can approve it")
    still_open = page.locator(".voters-flag button >> text=Accept")
    while n := still_open.count():
        details = page.locator(".voters-flags + details:not([open]) summary")
        if not still_open.first.is_visible() and details.count():
            details.click()
        still_open.first.click()
        expect(still_open).to_have_count(n - 1)
    expect(page.locator("#voters-done")).to_have_text("The change is accepted.")
    page.locator(".voters-flag button >> text=Undo").first.click()
    expect(still_open).to_have_count(1)
    still_open.first.click()
    expect(still_open).to_have_count(0)
    expect(page.locator(".voters-approve")).to_have_count(0)
    decide_by_keys(page)
    opened(voters_server, page, "electoral_approver")
    page.click(".voters-approve summary")
    page.click(".voters-approve button")
    expect(page.locator("#voters-done")).to_contain_text("List 2 is in force.")
    expect(page.locator(".voters-line h2").first).to_have_text("List 2: in force")
    with owner.connect() as connection:
        found = connection.execute(text("select who from audit where what = 'voters.approved' order by id"))
        assert [row.who for row in found][-1] == "electoral_approver"


SEEN = "() => ikomek.isSeen('voters-desk')"


def decide_by_keys(page: Page) -> None:
    """Two addresses: both decided at once, undone; one decided, undone; and both decided."""
    waiting = page.locator(".voters-unsure li")
    expect(waiting).to_have_count(2)
    expect(page.locator(".voters-desk h3")).to_contain_text("Неизвестная, д. 1")
    alike = page.locator("#voters-unsure .voters-alike")
    alike.locator("summary").click()
    expect(alike.locator("li")).to_have_text(
        [re.compile("Неизвестная, д. 1"), re.compile("Неизвестная, д. 2")]
    )
    alike.locator("button").click()
    expect(page.locator("#voters-done")).to_have_text("2 addresses are decided.")
    expect(waiting).to_have_count(0)
    page.keyboard.press("u")
    expect(page.locator("#voters-done")).to_have_text("The decision on 2 addresses is undone.")
    expect(waiting).to_have_count(2)
    page.wait_for_function(SEEN)
    page.keyboard.press("j")
    expect(page.locator(".voters-desk h3")).to_contain_text("Неизвестная, д. 2")
    page.wait_for_function(SEEN)
    page.keyboard.press("0")
    expect(waiting).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator("#voters-done")).to_have_text("The decision on the address is undone.")
    expect(waiting).to_have_count(2)
    for left in (1, 0):
        page.wait_for_function(SEEN)
        page.keyboard.press("0")
        expect(waiting).to_have_count(left)
    expect(page.locator("#voters-unsure")).to_contain_text("All addresses have their buildings.")


def test_a_person_is_shown_masked_and_recorded(
    voters_server: Server, town: tuple[Settings, InventedList], browser_page: Page, owner: Engine
) -> None:
    lines = [line for line in town[1].lines if line.building and not line.fault and not line.also]
    person = lines[50]
    number = person.cells["ИИН"]
    page = opened(voters_server, browser_page, "electoral_editor")
    page.fill("#voters-who", number)
    page.click("#voters-look")
    expect(page.locator("#voters-person [role=alert]")).to_contain_text("Say why you look")
    expect(page.locator("#voters-who")).to_have_value(number)
    page.check("#voters-why input[value=application]")
    page.fill("#voters-document", "Application 114")
    page.click("#voters-look")
    expect(page.locator("#voters-person")).to_contain_text(person.cells["Фамилия"])
    expect(page.locator("#voters-person")).to_contain_text(f"**********{number[-2:]}")
    expect(page.locator("#voters-who")).to_have_value("")
    assert number not in page.content() and number not in page.url
    page.fill("#voters-who", "850417300123")
    expect(page.locator("#voters-person")).to_be_empty()  # before anything is asked
    page.click("#voters-look")
    expect(page.locator("#voters-person [role=alert]")).not_to_be_empty()
    expect(page.locator("#voters-person")).not_to_contain_text(person.cells["Фамилия"])
    page.fill("#voters-who", person.cells["Адрес регистрации"])
    page.click("#voters-look")
    expect(page.locator("#voters-person li").first).to_be_visible()
    expect(page.locator("#voters-person")).not_to_contain_text(person.cells["Фамилия"])
    with owner.connect() as connection:
        found = connection.execute(
            text("select who, what from audit where what in ('voter.seen', 'voters.house_seen') order by id")
        )
        assert [tuple(row) for row in found] == [
            ("electoral_editor", "voter.seen"),
            ("electoral_editor", "voters.house_seen"),
        ]


def test_a_precinct_opens_its_houses_and_a_house_who_changes(
    voters_server: Server, town: tuple[Settings, InventedList], browser_page: Page, owner: Engine
) -> None:
    page = opened(voters_server, browser_page, "electoral_editor")
    flag = page.locator(".voters-flag", has_text=": 0, before").filter(has_not_text="No.").first
    flag.locator("b a").click()
    expect(page.locator(".voters-houses tr.voters-chosen")).to_have_count(1)
    chosen = page.locator(".voters-houses tr.voters-chosen")
    expect(chosen.locator("td[data-column=after]")).to_have_text("0")
    before = int(chosen.locator("td[data-column=before]").inner_text())
    persons = page.locator("#voters-changed li")
    expect(persons).to_have_count(before)
    assert set(persons.locator("b").all_inner_texts()) == {"removed"}
    assert re.fullmatch(r"\*{10}\d{2}", persons.first.locator("span").last.inner_text())
    names = {line.cells["Фамилия"] for line in town[1].lines if line.cells["Фамилия"]}
    assert not names & set(page.locator("#voters-changed").inner_text().split())
    house = int(page.url.partition("house=")[2])
    with owner.connect() as connection:
        found = connection.execute(
            text("select who, parameters from audit where what = 'voters.house_changes_seen'")
        ).all()
    assert {(row.who, row.parameters["building"]) for row in found} == {("electoral_editor", house)}
    page.click("text=All precincts")
    expect(page.locator(".voters-houses")).to_have_count(0)
    row = page.locator(".voters-table tr[data-precinct]:not([data-precinct=''])").first
    of_precinct = [row.locator(f"td[data-column={name}]").inner_text() for name in ("before", "after")]
    row.locator("th a").click()
    expect(page.locator(".voters-houses")).to_be_visible()
    expect(page.locator("#voters-changed")).to_have_count(0)
    changes = [
        counts(page, f".voters-houses tbody tr[data-house] td[data-column={name}]")
        for name in ("before", "after")
    ]
    total = [counts(page, f".voters-houses tfoot td[data-column={name}]")[0] for name in ("before", "after")]
    assert [sum(one) for one in changes] == total
    gained = [int(re.sub(r"\D", "", one)) for one in of_precinct]
    assert total[1] - total[0] == gained[1] - gained[0], "houses that stay as they were are left out"
    opened(voters_server, page, "auditor")
    page.goto(f"{voters_server.url}/voters?house={house}")
    expect(page.locator(".voters-houses tr.voters-chosen")).to_have_count(1)
    expect(page.locator("#voters-changed")).to_contain_text("only to those who may look at a person")


def test_what_was_seen_of_a_house_goes_by_itself(
    voters_server: Server, town: tuple[Settings, InventedList], browser_page: Page
) -> None:
    page = browser_page
    page.clock.install()
    opened(voters_server, page, "electoral_editor")
    page.locator(".voters-flag", has_text=": 0, before").filter(has_not_text="No.").first.locator(
        "b a"
    ).click()
    expect(page.locator("#voters-changed li").first).to_be_visible()
    page.clock.fast_forward(61_000)
    expect(page.locator("#voters-changed li")).to_have_count(0)


def test_the_operator_hears_yes_precinct_and_station(
    voters_server: Server, town: tuple[Settings, InventedList], browser_page: Page
) -> None:
    lines = [line for line in town[1].lines if line.building and not line.fault and not line.also]
    cells, page = lines[60].cells, browser_page
    voters_server.sign_in(page, "operator")
    page.goto(voters_server.url + "/vote")
    page.click(".shell-language[lang=en]")
    page.click(".vote-listed summary")
    for birth, answer in ((cells["Дата рождения"], "Yes: precinct No."), ("02.03.1901", "No: nobody")):
        page.fill("#vote-listed-iin", cells["ИИН"])
        page.fill("#vote-listed-birth", birth)
        page.click("#vote-listed-ask")
        expect(page.locator(".vote-listed-answer")).to_contain_text(answer)
        expect(page.locator("#vote-listed-iin")).to_have_value("")
    assert cells["Фамилия"] not in page.content() and cells["ИИН"] not in page.content()
    page.fill("#vote-listed-iin", "123456789012")
    expect(page.locator(".vote-listed-answer")).to_be_empty()
    page.fill("#vote-listed-birth", cells["Дата рождения"])
    page.click("#vote-listed-ask")
    expect(page.locator(".vote-listed-answer [role=alert]")).not_to_be_empty()
    expect(page.locator(".vote-listed-answer")).not_to_contain_text("nobody")
    expect(page.locator("#vote-listed-iin")).to_have_value("123456789012")


def test_an_address_of_no_list_leaves_no_older_one_on_the_page(
    voters_server: Server, browser_page: Page
) -> None:
    page = opened(voters_server, browser_page, "auditor")
    expect(page.locator(".voters-equation")).to_be_visible()
    page.evaluate(
        """() => { history.pushState({}, "", "/voters?list=999");
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate")); }"""
    )
    expect(page.locator("#voters-version [role=alert]")).to_contain_text("999")
    expect(page.locator(".voters-equation")).to_have_count(0)


def test_a_heading_sorts_and_a_version_opens(voters_server: Server, browser_page: Page) -> None:
    page = opened(voters_server, browser_page, "auditor")
    expect(page.locator(".voters-flag button")).to_have_count(0)
    page.click(".voters-table thead >> text=Before")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Before")
    sizes = counts(page, ".voters-table tbody tr[data-precinct] td[data-column=before]")
    assert sizes == sorted(sizes, reverse=True) and "sort=before" in page.url
    page.click(".voters-checks summary")
    page.click(".voters-checks >> text=IIN whose check digit does not fit")
    expect(page.locator(".voters-lines li").first).to_be_visible()
    listed = page.locator(".voters-lines").inner_text().split()
    assert all(line.isdigit() for line in listed) and "check=iin" in page.url
    page.click(".voters-versions >> text=List 1")
    expect(page.locator(".voters-line h2").first).to_contain_text("List 1: ")


def test_a_package_is_shown_on_its_way_and_with_its_receipt(
    voters_server: Server, city: Settings, browser_page: Page
) -> None:
    page = opened(voters_server, browser_page, "auditor")
    expect(page.locator("#voters-legend")).to_contain_text("No package has been sent yet.")
    about = {"list": 1, "sha256": b"s" * 32, "name": "list.tar", "voters": 803_412, "size": 212_000_000}
    lost = Unavailable("voters.transfer.unreachable", host="cec.example", reason="ReadTimeout")
    engine = connect_engine(city, "voters", pool_size=1)
    with engine.begin() as connection:
        for manifest, address in (
            (b"a" * 32, "https://cec.example/in"),
            (b"b" * 32, "sftp://cec.example/in"),
        ):
            transfer = register(connection, city.city.region, address, "anna", manifest=manifest, **about)
            record_audit(connection, "anna", "voters.sent", list=1, hash=manifest.hex())
            note_sent(connection, transfer.id, 53_000_000)
            if transfer.address.startswith("sftp"):
                note_failed(connection, transfer.id, lost, None)
                continue
            note_delivered(connection, transfer.id)
            receipt = Receipt("CEC-2027-000318", datetime(2027, 2, 9, 13, 52, tzinfo=UTC), b"{}")
            assert keep_receipt(connection, transfer.id, receipt)
            assert not keep_receipt(connection, transfer.id, replace(receipt, number="CEC-2027-000319"))
    engine.dispose()
    page.reload()
    packages = page.locator(".voters-package")
    expect(packages).to_have_count(2)
    expect(packages.nth(0)).to_contain_text("being sent · 25%")
    expect(packages.nth(0)).to_contain_text("cec.example does not answer (ReadTimeout)")
    expect(packages.nth(0)).to_contain_text("stopped at byte 53,000,000")
    expect(packages.nth(1)).to_contain_text("taken · ")
    expect(packages.nth(1)).to_contain_text("CEC-2027-000318")
    expect(packages.nth(1)).to_contain_text("212.0 MB · voters: 803,412")
    expect(packages.nth(1).locator("code")).to_have_attribute("title", "61" * 32)


def test_where_the_process_is_away_the_page_says_so(
    voters_server: Server, city: Settings, tmp_path: Path
) -> None:
    with voters_server.client("duty") as client:
        assert client.get("/voters").status_code == 403
    with serving(city, IKOMEK_DATA=str(tmp_path)) as alone, alone.client("auditor") as client:
        call = {
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "changedPropIds": ["address.pathname"],
            "inputs": [{"id": "address", "property": "pathname", "value": "/voters"}],
            "state": [{"id": "address", "property": "search", "value": ""}],
        }
        answer = client.post("/_dash-update-component", json=call).json()
    (element,) = answer["response"]["page"]["children"]["props"]["tree"]
    refusal = element["props"]
    assert refusal["className"] == "shell-refusal" and "./ikomek status" in refusal["children"]


def test_the_address_keeps_what_can_be_read() -> None:
    assert VotersAddress.read({"list": "7", "sort": "after", "all": "1"}) == VotersAddress(7, "after", True)
    assert VotersAddress.read({"list": "x" * 20, "sort": "name", "all": "yes"}) == VotersAddress()
    assert VotersAddress(7, None, True).href(sort="after") == "/voters?list=7&sort=after&all=1"


def test_flags_come_first_and_a_change_has_its_class() -> None:
    def row(id_: int, before: int, after: int) -> dict:
        names = dict.fromkeys(("name_kk", "name_ru", "name_en"), "Esil")
        zeros = dict.fromkeys(("added", "moved_in", "moved_out", "removed", "corrected"), 0)
        own = {"id": id_, "number": id_, "kind": "open", "before": before, "after": after}
        return own | names | zeros

    rows = [row(1, 100, 130), row(2, 1000, 1010), row(3, 100, 100), row(4, 100, 90), row(5, 180, 0)]
    flag = {"level": "precinct", "of_id": 5, "code": "emptied", "accepted_by": None}
    language.set("en")
    found: list[PrecinctChange] = ordered(rows, [flag], None)
    assert [one.id for one in found] == [5, 1, 2, 3, 4]
    assert [one.on_map for one in found] == ["emptied", "great", "up", "same", "down"]
    assert (percent(1000, 1010), percent(100, 90), percent(0, 4)) == ("+1.0%", "−10.0%", "–")
    assert [one.id for one in ordered(rows, [flag], "before")][0] == 2
    never = [row(6, 0, 0), row(7, 0, 0) | {"kind": "closed"}]
    found = ordered([*rows, *never], [flag], None)
    assert [one.id for one in found] == [5, 6, 1, 2, 3, 4, 7], "no voter of a first list either"
    assert [one.on_map for one in found if not one.counts["after"]] == ["emptied", "emptied", "same"]
