"""Public alerts: declared by a person, read by everybody as CAP 1.2, updated, cancelled, and cancelled by
themselves once what they are about is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from xml.etree import ElementTree

import httpx
import pytest

from dashboard.commands import alert as command
from geo.database import transact
from geo.errors import Conflict, InvalidInput, NotFound
from geo.exchange.alerts import Notice, cancel, cancel_over, declare
from geo.settings import Settings
from tests.support.cap_structure import CAP, faults
from tests.support.desk import Desk
from tests.support.programs import add_services
from tests.support.web import Server

ATOM = "{http://www.w3.org/2005/Atom}"
TEXTS = {
    lang: {"headline": f"{lang}: жылу жоқ <12> & \x0b", "description": "Until 22:00", "instruction": ""}
    for lang in ("kk", "ru", "en")
}
NOTICE = Notice("Severe", "Immediate", "Observed", 6, TEXTS)
FILE = """severity = "Severe"
urgency = "Immediate"
certainty = "Observed"
hours = 6
""" + "".join(f'[{lang}]\nheadline = "H {lang}"\ndescription = "D"\n' for lang in ("kk", "ru", "en"))


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    add_services(settings)
    made = Desk(settings, incidents=3)
    made.execute("""update incident set category_id = 3,
        point_4326 = st_point(71.43 + id * 0.002, 51.13 + (id % 2) * 0.001, 4326)""")
    made.execute("""insert into mass_event (region, number, category_id, kind, status, radius_m, window_h,
        confirmed_by, confirmed_at, version)
        values ('71', 'M-26-0118', 3, 'service', 'open', 500, 6, 'x', now(), 1)""")
    made.execute("update incident set group_id = (select id from mass_event)")
    yield made
    made.close()


def publish(desk: Desk, subject: str = "M-26-0118", notice: Notice = NOTICE):
    now = datetime.now(UTC)
    return transact(
        desk.editor, lambda connection: declare(connection, desk.city, "officer", subject, notice, now)
    )


def documents(server: Server) -> list[ElementTree.Element]:
    """All of the index, the newest first; each is held to the structure."""
    index = httpx.get(f"{server.url}/api/cap/v1/alerts.atom")
    assert index.status_code == 200 and index.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(index.content)
    assert all(root.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
    found = []
    for entry in root.iter(f"{ATOM}entry"):
        assert all(entry.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        link = entry.find(f"{ATOM}link")
        assert link is not None and link.get("type") == "application/cap+xml"
        answer = httpx.get(link.get("href") or "")
        assert answer.status_code == 200 and faults(answer.content) == []
        found.append(ElementTree.fromstring(answer.content))
    return found


def texts(root: ElementTree.Element, *names: str) -> list[str | None]:
    return [root.findtext(f"{CAP}{name}") for name in names]


def test_an_alert_an_update_and_a_cancellation(desk: Desk, server: Server) -> None:
    assert documents(server) == []
    publish(desk)
    first = publish(desk)
    assert first.message == "Update"
    now = datetime.now(UTC)
    with desk.editor.begin() as connection:
        done = cancel(connection, desk.city, "officer", first.id, now)
    newest, update, alert = documents(server)
    assert texts(alert, "msgType", "status", "scope", "references") == ["Alert", "Actual", "Public", None]
    blocks = alert.findall(f"{CAP}info")
    assert [texts(block, "language")[0] for block in blocks] == ["kk-KZ", "ru-KZ", "en-GB"]
    assert [texts(block, "event")[0] for block in blocks] == ["Жылу", "Отопление", "Heating"]
    assert texts(blocks[0], "headline", "instruction") == ["kk: жылу жоқ <12> & ", None]
    assert blocks[0].find(f"{CAP}area/{CAP}polygon") is not None
    [own] = texts(alert, "identifier")
    assert (texts(update, "references")[0] or "").split(",")[1] == own
    assert texts(newest, "msgType", "identifier") == ["Cancel", done.identifier]
    assert len((texts(newest, "references")[0] or "").split()) == 2
    assert texts(newest.findall(f"{CAP}info")[0], "urgency", "responseType") == ["Past", "AllClear"]
    with desk.editor.begin() as connection, pytest.raises(NotFound, match=r"alert\.unknown"):
        cancel(connection, desk.city, "officer", first.id, now)
    assert publish(desk).message == "Alert", "a new one begins anew"


def test_one_incident_is_a_circle(desk: Desk, server: Server) -> None:
    publish(desk, str(desk.incidents[0]))
    [alert] = documents(server)
    circle = alert.findtext(f"{CAP}info/{CAP}area/{CAP}circle")
    assert circle is not None and circle.endswith(" 0.150") and circle.startswith("51.13")


def test_what_is_closed_is_cancelled_by_itself(desk: Desk, server: Server) -> None:
    publish(desk)
    publish(desk, str(desk.incidents[0]))
    now = datetime.now(UTC)
    with desk.editor.begin() as connection:
        assert cancel_over(connection, desk.city, "jobs", now) == []
    desk.execute("update mass_event set status = 'closed', closed_at = now(), outcome = 'done'")
    with desk.editor.begin() as connection:
        [done] = cancel_over(connection, desk.city, "jobs", now)
        assert done.message == "Cancel" and cancel_over(connection, desk.city, "jobs", now) == []
    assert [texts(root, "msgType")[0] for root in documents(server)] == ["Cancel", "Alert", "Alert"]
    with pytest.raises(Conflict, match=r"alert\.over"):
        publish(desk)


def test_what_cannot_be_published_is_refused(desk: Desk) -> None:
    for subject in ("M-26-9999", "812812"):
        with pytest.raises(NotFound, match=r"alert\.subject"):
            publish(desk, subject)
    for change in ({"severity": "Bad"}, {"hours": 0}, {"texts": {"ru": TEXTS["ru"]}}):
        with pytest.raises(InvalidInput, match=r"alert\.(value|text)"):
            publish(desk, notice=Notice(**(vars(NOTICE) | change)))
    desk.execute("update incident set point_4326 = null, point_3857 = null")
    with pytest.raises(InvalidInput, match=r"alert\.no_area"):
        publish(desk, str(desk.incidents[0]))


def test_the_command_publishes_the_texts_of_a_file(
    desk: Desk, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "alert.toml"
    path.write_text(FILE, encoding="utf-8")
    assert command.main(settings, ["alert", "publish", "M-26-0118", str(path)]) == 0
    capsys.readouterr()
    assert command.main(settings, ["alert", "list"]) == 0
    listed = capsys.readouterr().out
    assert "Alert" in listed and "H ru" in listed
    [(number,)] = desk.rows("select id from public_alert")
    assert command.main(settings, ["alert", "cancel", str(number)]) == 0
    path.write_text("hours = 'x'", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"alert\.value"):
        command.main(settings, ["alert", "publish", "M-26-0118", str(path)])
    path.write_text("= 1", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"alert\.file"):
        command.main(settings, ["alert", "publish", "M-26-0118", str(path)])


def test_a_message_that_is_none(server: Server) -> None:
    assert httpx.get(f"{server.url}/api/cap/v1/alerts/none.xml").status_code == 404
    assert httpx.post(f"{server.url}/api/cap/v1/alerts.atom", content=b"x").status_code in (404, 405, 413)


def test_the_structure_tells_what_is_wrong() -> None:
    space = CAP.strip("{}")
    assert faults(b"<alert/>") == ["the root is alert"]
    broken = f'<alert xmlns="{space}"><sender>a b</sender><identifier>x</identifier></alert>'
    found = "\n".join(faults(broken.encode()))
    assert "sender is 'a b'" in found and "0 x sent" in found and "the order is" in found


def test_an_officer_tells_everybody_from_a_card_once_for_a_click(server: Server, desk: Desk) -> None:
    texts = {f"{part}_{lang}": text for lang, of in TEXTS.items() for part, text in of.items() if text}
    wish = {"severity": "Severe", "urgency": "Expected", "valid_h": 6} | texts
    body = {"key": str(uuid4()), "version": 1, "wish": wish}
    [(event,)] = desk.rows("select id from mass_event")
    addresses = (
        f"/api/v1/incidents/{desk.incidents[0]}/alert",
        f"/api/v1/incidents/mass-events/{event}/alert",
    )
    english = {"accept-language": "en"}
    with server.client("duty") as duty, server.client("operator") as operator:
        for address in addresses:
            assert operator.post(address, json=body).status_code == 403
        first = duty.post(addresses[0], json=body, headers=english).json()
        assert (first["message"], first["undo_s"]) == ("Published for everybody", 0)
        assert duty.post(addresses[0], json=body).json()["number"] == first["number"]
        again = body | {"key": str(uuid4())}
        updated = duty.post(addresses[0], json=again, headers=english).json()
        assert updated["message"] == "The public alert is updated"
        assert duty.post(addresses[1], json=body | {"key": str(uuid4())}).status_code == 200
        without = {**wish, "headline_kk": " "}
        refused = duty.post(addresses[1], json=again | {"wish": without, "key": str(uuid4())})
        assert (refused.status_code, refused.json()["error"]) == (400, "alert.text")
        assert duty.post("/api/v1/incidents/999999/alert", json=again).status_code == 404
    assert faults(httpx.get(server.url + first["address"]).content) == []
    rows = desk.rows("select subject, message, declared_by from public_alert order by id")
    of_incident = f"incident {desk.incidents[0]}"
    assert rows == [
        (of_incident, "Alert", "duty"),
        (of_incident, "Update", "duty"),
        (f"event {event}", "Alert", "duty"),
    ]
