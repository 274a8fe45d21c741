"""The register of personal data in words: when something goes, where it is, whose roles open it."""

from __future__ import annotations

from dashboard.words import word
from geo.privacy.register import PersonalData, kept_days, kept_months
from geo.settings import City


def kept_words(data: PersonalData, city: City) -> str:
    if (days := kept_days(data, city)) is not None:
        return word("privacy.kept.days", days=days)
    if (months := kept_months(data)) is not None:
        return word("privacy.kept.months", months=months)
    return word(f"privacy.kept.{data.kept[-1]}")


def where_words(data: PersonalData) -> list[str]:
    """A line a table."""
    return [f"{table}: {', '.join(columns)}" for table, columns in data.columns.items()]


def people_words(data: PersonalData, roles: dict[str, frozenset[str]]) -> str:
    """The roles of people whose pages show any of them."""
    opening = [word(f"role.{key}") for key, permissions in roles.items() if permissions & set(data.opened_by)]
    return ", ".join(opening) or word("privacy.nobody")
