"""The card says who is next, and when, by the rules of the file; a file that is wrong is told there too."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from geo.escalation.rules import VARIABLE
from geo.settings import Settings
from tests.dashboard.pages.map.test_area import open_map
from tests.support.wall_room import Room
from tests.support.web import serving

RULES = """[[step]]
key = "nobody"
level = 1
unacknowledged_min = 15
"""


@pytest.mark.parametrize(
    ("rules", "message"),
    [(RULES, "Next step: duty centre ·"), (RULES.replace("15", '"soon"'), "unacknowledged_min")],
)
def test_who_is_next_and_when(
    settings: Settings, browser_page: Page, tmp_path: Path, rules: str, message: str
) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(rules, encoding="utf-8")
    with serving(settings, **{VARIABLE: str(file)}) as server:
        room = Room(server, settings)
        incident = room.incident(1, priority=1, age=timedelta(minutes=5))
        open_map(room, browser_page, f"?incident={incident}")
        expect(browser_page.locator("#duty-card")).to_contain_text(message)
        room.engine.dispose()
