"""Persons of two regions on the page /voters: shown masked, decided with a reason, by those who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, text

from geo.audit.records import record_audit
from geo.settings import Settings
from tests.support.connected import engine_as
from tests.support.voters_list import approve, invented, load, write
from tests.support.voters_service import answering
from tests.support.web import serving

owner = engine_as("owner", of="demo_copy")


@pytest.fixture
def doubles(demo_copy: Settings, owner: Engine, tmp_path: Path) -> int:
    """Two persons of the list in force, found by a comparison; how many."""
    approve(demo_copy, load(demo_copy, write(invented(demo_copy), tmp_path / "list.csv")).id)
    with owner.begin() as connection:
        comparison = connection.scalar(
            text("""insert into voters.comparison (region, session, role, other, list_id, own_rows, sent,
                    begun_by, finished_by, finished_at)
                values (:region, '\\x00', 'begins', '75', 1, 1, '\\x00', 'anna', 'anna', now())
                returning id"""),
            {"region": demo_copy.city.region},
        )
        connection.execute(
            text("""insert into voters.region_double (region, comparison_id, hash, lasting)
                select region, :comparison, hash, hash from voters.person order by line limit 2"""),
            {"comparison": comparison},
        )
        record_audit(connection, "anna", "voters.compared_regions", comparison=comparison, count=2)
    return 2


def test_one_after_the_other_is_decided_with_a_reason(
    demo_copy: Settings, doubles: int, browser_page: Page, owner: Engine
) -> None:
    page = browser_page
    with answering(demo_copy), serving(demo_copy) as server:
        server.sign_in(page, "electoral_editor")
        page.goto(server.url + "/voters")
        page.click(".shell-language[lang=en]")
        shown = page.locator("#voters-double")
        expect(shown).to_contain_text(
            f"region 75 · found on {demo_copy.city.today():%d.%m.%Y} · still open: 2"
        )
        expect(shown).to_contain_text("****")
        page.click("#voters-double-struck")
        expect(page.locator("#shell-notice")).to_contain_text("Write the reason")
        for name, left in (("struck", "still open: 1"), ("stays", "Doubles still open: 0.")):
            page.fill("#voters-double-reason", "Moved in 2026")
            page.click(f"#voters-double-{name}")
            expect(shown).to_contain_text(left)
            expect(page.locator("#voters-double-reason")).to_have_value("")
    with owner.connect() as connection:
        rows = connection.execute(text("select * from voters.region_double order by id")).all()
    assert [(row.decision, row.reason, row.decided_by) for row in rows] == [
        ("struck", "Moved in 2026", "electoral_editor"),
        ("stays", "Moved in 2026", "electoral_editor"),
    ]
