"""The name of a feed."""

from __future__ import annotations

from dashboard.words import catalogue, language, word


def feed_name(key: str) -> str:
    """A shipped feed by its name, one of the city's own by its key."""
    named = f"feed.{key}"
    return word(named) if named in catalogue(language.get()).entries else key
