"""Titles in the JSON that PostgreSQL has written, for a wall that everybody in the hall reads."""

from __future__ import annotations

import json
import re

from geo.contacts import without_contacts

TITLE = re.compile(r'"title": "((?:[^"\\]|\\.)*)"')
"""A member, as jsonb spells it; a quotation mark inside another text has a backslash before it."""


def cut_titles(document: str) -> str:
    """The document with each title as strangers may read it."""
    return TITLE.sub(_cut, document)


def _cut(found: re.Match[str]) -> str:
    title = json.loads(f'"{found[1]}"')
    cut = without_contacts(title)
    return found[0] if cut == title else f'"title": {json.dumps(cut, ensure_ascii=False)}'
