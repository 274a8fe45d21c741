"""Values of an incident's timeline, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from dashboard.pages.map.values import HIDDEN, Values
from dashboard.words import catalogue, language

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SHOWN = (
    "status",
    "priority",
    "kind",
    "category",
    "title",
    "opened_at",
    "opened_precision",
    "due_at",
    "closed_at",
    "address",
    "performer",
    "fine_tenge",
    "channel",
    "attributes",
    "inquiries",
    "vanished",
    "source_status",
    "source_priority",
    "point",
    "district",
)
"""Fields whose changes the loader writes down."""


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("kind", "service", "Заявки 109"),
        ("status", "in_progress", "В работе"),
        ("priority", "2", "Критическая"),
        ("source_priority", "1", "Срочная"),
        ("category", "12", "Нет воды"),
        ("performer_id", "3", "Водоканал"),
        ("category", "99", "99"),
        ("opened_at", "2026-11-28 11:14:00+00", "16:14"),
        ("due_at", "2026-11-20 11:14:00+00", "20.11.2026 16:14"),
        ("point", "71.43 51.13", "51.13000, 71.43000"),
        ("title", None, "—"),
        ("fine_tenge", "39000", "39\u2009000 тенге"),
        ("title", "Прорыв трубы", "Прорыв трубы"),
    ],
)
def test_a_value_is_in_words(field: str, value: str | None, shown: str) -> None:
    token = language.set("ru")
    try:
        values = Values(
            {("category", "12"): "Нет воды", ("performer", "3"): "Водоканал"}, ZoneInfo("Asia/Almaty"), NOW
        )
        assert values.text_of(field, value).replace("\u00a0", " ") == shown
    finally:
        language.reset(token)


def test_every_field_that_can_change_has_a_name_or_is_not_shown() -> None:
    assert not [
        field
        for field in SHOWN
        if field not in HIDDEN and f"duty.fact.{field}" not in catalogue("kk").entries
    ]
