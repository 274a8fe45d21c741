"""A breach report is read from its top: whose data was seen, then how."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.commands.voters.access import print_breach
from dashboard.words import language
from geo.settings import DEFAULT_CITY, City
from geo.voters.access import Access, BreachReport, SeenPerson

AT = datetime(2027, 2, 1, 4, 0, tzinfo=UTC)


def test_persons_come_first_and_looks_of_one_kind_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    def look(minute: int, how: str, document: str = "") -> Access:
        return Access(AT + timedelta(minutes=minute), "anna", how, "", document, "10.0.0.1", 1)  # type: ignore[arg-type]

    looks = [look(0, "addresses"), look(1, "person", "Act 7"), *(look(n, "addresses") for n in range(2, 40))]
    language.set("en")
    print_breach(
        City.load(DEFAULT_CITY),
        BreachReport(looks, [SeenPerson("**********12", "Seen Person", "Abay 5")], [3], [(3, 7)], 2),
    )
    printed = capsys.readouterr().out
    first, rest = printed.split("\n\n")
    assert "Seen Person" in first and "anna" not in first
    _, *rows = rest.splitlines()
    assert len(rows) == 2
    assert rows[0].startswith("2027-02-01 09:00:00 – 2027-02-01 09:39:00") and " 39 " in rows[0]
    assert rows[1].startswith("2027-02-01 09:01:00 ") and "Act 7" in rows[1] and " 1 " in rows[1]
