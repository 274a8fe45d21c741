"""An early warning is a suggestion of the desk with its likely cause: of one topic, of what is no event yet
and what no rule has found."""

from __future__ import annotations

from typing import Any

from layers.incidents.mass_events import warned

RULES = {7: {"id": 7, "name": "No heating", "radius_m": 500.0, "window_h": 3.0}}


def row(id_: int, category: int = 7, event: int | None = None, dismissed: bool = False) -> dict[str, Any]:
    return {
        "id": id_,
        "category": category,
        "event": event,
        "dismissed": dismissed,
        "kind": "service",
        "inquiries": 2,
        "building": id_,
        "opened": 1000.0 + id_,
        "lon": 71.4,
        "lat": 51.1,
    }


def test_its_incidents_of_one_topic_with_the_cause() -> None:
    warning = {"cause": "heating_line", "category": 7, "incidents": [1, 2, 3, 4, 5, 6]}
    rows = [row(1), row(2), row(3, category=8), row(4, event=9), row(5, dismissed=True)]
    [one] = warned([warning], rows, RULES, [], "en")
    assert (one["incidents"], one["cause"], one["n"], one["inquiries"]) == ([1, 2], "heating line", 2, 4)
    assert one["event"] is None and one["name"] == "No heating"


def test_what_a_rule_has_found_and_what_is_alone_is_none() -> None:
    warning = {"cause": "gone", "category": 7, "incidents": [1, 2]}
    assert warned([warning], [row(1), row(2)], RULES, [{"incidents": [2]}], "ru") == []
    [one] = warned([warning, warning], [row(1), row(2)], RULES, [], "ru")
    assert one["cause"] == "gone", "a cause that the file does not have is shown by its key"
