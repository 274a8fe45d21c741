"""What people see of a city's file: a text in each language."""

from __future__ import annotations

from typing import Any

LANGUAGES = ("kk", "ru", "en")


def in_each_language(raw: Any) -> dict[str, str]:
    """Language -> text. One text is that of every language; in one that a table leaves out, its last text
    stands. Raises `ValueError` for a table without texts."""
    given = raw if isinstance(raw, dict) else dict.fromkeys(LANGUAGES, raw)
    texts = {str(lang): str(text) for lang, text in given.items()}
    if not texts:
        raise ValueError("texts")
    return dict.fromkeys(LANGUAGES, list(texts.values())[-1]) | texts
