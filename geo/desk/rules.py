"""The section [desk] of the city's file, with what holds where it says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from geo.settings import City


@dataclass(frozen=True)
class DeskRules:
    reopen_days: int = 10
    """So long after it was closed a citizen can have a case reopened."""
    sample_one_in: int = 20
    """One closed case in so many is drawn for an inspector to check."""
    check_days: int = 3
    """What was opened, or closed and drawn, longer ago waits for nobody's check any more."""

    @classmethod
    def of(cls, city: City) -> DeskRules:
        return cls(**city.desk)
