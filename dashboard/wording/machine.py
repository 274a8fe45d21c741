"""What the machine has measured of itself, in words: a value with its unit, and a sentence about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.formats import age, number
from dashboard.words import word
from geo.monitoring.reading import MEASURES

HOURS_UNTIL = 72
"""So long a time that is limited in hours is told in hours: "1 day" may be 47 of them."""
SECONDS = {"s": 1, "h": 3600, "days": 86400}


def value_words(key: str, value: float) -> str:
    """With its unit: "4.2%", "3 min", "12.0 GB"."""
    unit = MEASURES[key]
    if unit == "h" and 1 <= value < HOURS_UNTIL:
        return word("time.hours", n=int(value))
    if unit in SECONDS:
        return age(value * SECONDS[unit])
    if unit == "bytes":
        return word("operations.gigabytes", size=number(value / 1e9, 1))
    if unit == "%":
        return word("number.percent", share=number(value, 1))
    return number(value, 2)


def machine_words(parameters: Mapping[str, Any]) -> str:
    """What an alarm of the machine is about; `parameters` as `geo.alarms.machine` gives them."""
    key, value = parameters["measure"], float(parameters["value"])
    subject = parameters["subject"] or parameters["host"]
    shown = value_words(key, value)
    if key == "replication_lag" and not parameters.get("active", True):
        shown = word("operations.replication_gone")
    if key == "backup_age":
        subject = word(f"operations.backup.{subject}")
    return word("operations.about", what=word(f"operations.measure.{key}"), subject=subject, value=shown)
