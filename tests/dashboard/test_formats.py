"""What is written of parts of which some are absent: an absent part takes what joins it to the others with
it, wherever an address or a place is text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import words
from dashboard.formats import addresses, interval, listed, span
from dashboard.pages.buildings import desk
from dashboard.pages.map import card, location
from dashboard.pages.map.list import row
from dashboard.pages.vote.answer import answer
from layers.buildings.location import Location
from layers.incidents.card import Card
from layers.plans.vote import Vote

INQUIRIES = st.integers(0, 2)
STREET = st.sampled_from((None, "", "Кенесары көшесі", "улица Кенесары"))
BUILDING = st.fixed_dictionaries(
    {"street_kk": STREET, "street_ru": STREET, "house": st.sampled_from((None, "", "7/1"))}
)
JOINTS = (",", "·")
INCIDENT = {
    **dict.fromkeys(
        (
            "title",
            "due",
            "presses",
            "closed",
            "category_name",
            "performer_name",
            "lon",
            "fine_tenge",
            "shelved",
        )
    ),
    **{"id": 1, "kind": "police", "priority": 0, "source": "police", "source_id": "7", "status": "open"},
    **{"paused": False, "warnings": []},
    **{"opened": 0.0, "version": 1, "opened_precision": "second", "category": None, "performer": None},
}


FACTS = {
    "tag_quality": "exact",
    **dict.fromkeys(("tagged_by", "use", "floors", "register_code", "tagged_at", "moved_m")),
}


def texts(component: Any) -> Iterator[str]:
    """What each element of a Dash tree says by itself, its own children put together."""
    if isinstance(component, str | int | float):
        yield str(component)
    elif isinstance(component, list | tuple):
        for child in component:
            yield from texts(child)
    elif component is not None:
        children = getattr(component, "children", None)
        plain = children if isinstance(children, list | tuple) else [children]
        if plain and all(isinstance(child, str) for child in plain):
            yield "".join(plain)
        else:
            yield from texts(children)


def dangling(text: str) -> bool:
    bare = text.strip()
    return (
        "None" in bare or bare.startswith(JOINTS) or bare.endswith(JOINTS) or ", ," in bare or "· ·" in bare
    )


@given(st.lists(st.sampled_from((None, "", "a", "b"))))
def test_what_is_listed_is_what_is_there(parts: list[str | None]) -> None:
    text = listed(*parts)
    assert text.split(", ") == ([part for part in parts if part] or [""])


@pytest.mark.parametrize("lang", words.LANGUAGES)
@given(building=BUILDING, district=st.sampled_from((None, "", "Нура")), street=STREET, inquiries=INQUIRIES)
def test_a_page_that_says_a_place_joins_only_what_is_there(
    lang: str, building: dict[str, Any], district: str | None, street: str | None, inquiries: int
) -> None:
    known = (
        building
        | {"id": 1, "district": district, "district_id": 1, "voters": 0, "lon": 0.0, "lat": 0.0}
        | FACTS
    )
    incident = INCIDENT | {"address": street, "district_name": district, "inquiries": inquiries}
    channels = [("call", inquiries)] if inquiries else []
    shown = Card(incident, known, [], [], channels, [], [], 0, datetime.now(UTC))
    words.language.set(lang)
    assert all(addresses(building)) and not any(map(dangling, addresses(building)))
    for page in (
        answer(Vote(known, None, None, None)),
        desk._title(known),
        location._building(Location(known, None, 0), date(2025, 11, 30), True),
        card._building(shown),
        row(incident, "/map"),
    ):
        assert not [text for text in texts(page) if dangling(text)]


SIZES = {"s": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400}


@given(st.integers(1, 10**6))
def test_an_interval_is_written_exactly(seconds: int) -> None:
    words.language.set("en")
    n, unit = interval(seconds).replace(",", "").split()
    assert int(n) * SIZES[unit] == seconds


@given(st.floats(0, 10**6))
def test_what_something_took_is_never_sixty_seconds(seconds: float) -> None:
    words.language.set("en")
    n, unit = span(seconds).replace(",", "").split()
    assert abs(seconds - float(n) * SIZES[unit]) <= SIZES[unit]
    assert unit != "s" or float(n) < 60
