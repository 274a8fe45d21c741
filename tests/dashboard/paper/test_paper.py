"""What is printed: the rows of the filter with their map, a hand-over with its signatures, in three
languages; what people wrote stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4
from xml.etree import ElementTree

import pytest
import typst

from dashboard.commands import report
from dashboard.paper import incidents as paper
from dashboard.paper.shift import PAGES, shift_pdf, shift_report_pdf
from dashboard.wording.shift import ShownShift
from dashboard.words import LANGUAGES, language, word
from geo.database import connect_engine, transact
from geo.errors import NotFound, TooLarge
from geo.settings import Settings
from geo.shifts.contents import collect
from geo.shifts.notes import save_notes
from geo.shifts.post import DutyPost
from geo.shifts.sign import sign
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import read_page
from layers.incidents.picture import read_picture
from layers.shifts import read_handover
from tests.support.connected import engine_as
from tests.support.desk import Desk, officer
from tests.support.web import Server

CITY = DutyPost(None, None)
engine = engine_as("reader", "engine", of="demo_settings", scope="module")


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    made = Desk(settings, incidents=2)
    yield made
    made.close()


def hand_over(desk: Desk) -> int:
    """With a title and notes that would be markup."""
    desk.execute("update incident set priority = 2, title = '#strong[огонь] *и* `дым` $x$'")

    def signed(connection) -> int:
        save_notes(connection, desk.city, officer("aidos"), "#panic()\n= не заголовок", 0)
        marks = collect(connection, desk.city, CITY, datetime.now(UTC)).marks()
        return sign(connection, desk.city, officer("aidos"), marks, uuid4())

    return transact(desk.editor, signed)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_handover_is_printed_in_each_language_and_what_people_wrote_stays_text(
    desk: Desk, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = read_handover(desk.editor, desk.city, CITY, hand_over(desk))
    shown = ShownShift(one.contents, lang, desk.city.time_zone)
    chosen = language.set(lang)
    try:
        now = datetime.now(desk.city.time_zone)
        pdf = shift_pdf(one, shown, now)
        assert pdf == shift_pdf(one, shown, now), "the same bytes of the same content"
        assert pdf.startswith(b"%PDF-") and f"/Lang({lang})".encode() in pdf and b"/StructTreeRoot" in pdf
        monkeypatch.setattr(typst, "compile", headings)
        found = shift_pdf(one, shown, now).decode()
        assert word("shift.section.critical") in found and word("shift.notes") in found
        assert "не заголовок" not in found
    finally:
        language.reset(chosen)


def test_as_a_report_a_handover_is_two_pages_and_says_what_is_left_out(settings: Settings) -> None:
    """A shift with ninety critical ones; on paper of its own all of them are listed."""
    desk = Desk(settings, incidents=90)
    try:
        one = read_handover(desk.editor, desk.city, CITY, hand_over(desk))
        shown, now = ShownShift(one.contents, "en", desk.city.time_zone), datetime.now(desk.city.time_zone)
        assert pages(shift_pdf(one, shown, now)) > PAGES
        assert pages(shift_report_pdf(one, shown, now)) <= PAGES
        assert shift_pdf(one, shown, now, 3) != shift_pdf(one, shown, now, 8)
    finally:
        desk.close()


def headings(template: Path, **options: object) -> bytes:
    """What Typst makes a heading of, in place of the PDF."""
    kept = {key: options[key] for key in ("root", "sys_inputs", "ignore_system_fonts")}
    return typst.query(template, "heading", **kept).encode()


def test_the_command_prints_the_newest_and_writes_over_nothing(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="shift.none"):
        report.main(desk.settings, ["report", "shift"])
    number = hand_over(desk)
    assert report.main(desk.settings, ["report", "shift"]) == 0
    path = tmp_path / f"ikomek-shift-{number}.pdf"
    assert capsys.readouterr().out.strip() == path.name and path.read_bytes().startswith(b"%PDF-")
    with pytest.raises(FileExistsError):
        report.main(desk.settings, ["report", "shift", str(number)])
    acts = desk.rows("select parameters from audit where what = 'shift.exported'")
    assert acts[0] == ({"handover": number, "form": "pdf"},)


def test_paper_comes_by_its_address_for_who_may_see_it(demo_server: Server) -> None:
    with demo_server.client("duty") as duty:
        wanted = "window=dates&kind=police"
        listed = duty.get(f"/layers/export/incidents.csv?{wanted}")
        found = duty.get(f"/layers/export/incidents.pdf?{wanted}")
        assert found.status_code == 200 and found.headers["content-type"] == "application/pdf"
        assert found.headers["x-rows"] == listed.headers["x-rows"] != "0"
        assert found.content.startswith(b"%PDF-") and pages(found.content) >= 1
        assert duty.get("/api/v1/shift/999999.pdf").status_code == 404
    with demo_server.client("operator") as operator:
        assert operator.get("/api/v1/shift/1.pdf").status_code == 403


def test_more_rows_than_paper_takes_are_refused_with_their_number(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = connect_engine(desk.settings, "reader")
    servers = SimpleNamespace(engine=reader)
    context = SimpleNamespace(servers=servers, settings=desk.settings, language="ru")
    assert paper.incidents_pdf(context, IncidentFilter())[1] == 2
    monkeypatch.setattr(paper, "MOST_ROWS", 1)
    with pytest.raises(TooLarge) as refused:
        paper.incidents_pdf(context, IncidentFilter())
    reader.dispose()
    assert refused.value.parameters == {"most": 1, "rows": 2}


def test_the_map_holds_every_point_and_lies_over_the_city(engine: object, demo_settings: Settings) -> None:
    answer = read_page(engine, demo_settings.city, IncidentFilter(window="dates"), "ru", rows=300)
    placed = [(n, row) for n, row in enumerate(answer.rows, 1) if row["lon"] is not None]
    points = [(row["lon"], row["lat"]) for _, row in placed]
    picture = read_picture(engine, demo_settings.city, points, 2.0)
    left, top, width, height = picture.box
    assert width == pytest.approx(2 * height)
    assert len(picture.points) == len(placed)
    assert all(left < x < left + width and top < y < top + height for x, y in picture.points)
    assert {theme for theme, _ in picture.shapes} >= {"district", "road"}
    drawn = ElementTree.fromstring(paper._svg(picture, placed))
    symbols = [part for part in drawn if part.tag.endswith("}g")]
    assert len(symbols) == len(placed)


def test_one_point_alone_has_its_neighbourhood(settings: Settings, desk: Desk) -> None:
    picture = read_picture(desk.editor, desk.city, [(71.43, 51.13)], 2.0)
    _, _, width, height = picture.box
    assert (width, height) == (1500.0, 750.0)
