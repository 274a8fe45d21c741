"""What an article holds, what is wrong with it, and the text by which it is found."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from geo.addresses.folding import fold
from geo.errors import InvalidInput

LANGUAGES = ("kk", "ru", "en")
KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LONGEST_TITLE, LONGEST_BODY, LONGEST_OWNER = 200, 8000, 100
LONGEST_REVIEW = timedelta(days=366 * 3)
"""An answer that nobody has to look at for longer is nobody's."""


@dataclass(frozen=True)
class AnswerContent:
    """`titles` and `bodies` by language; `topic` the key of a category; `owner` who answers for it (a person
    or a post), `review_on` by when they look at it again."""

    key: str
    topic: str
    owner: str
    review_on: date
    titles: Mapping[str, str]
    bodies: Mapping[str, str]

    @property
    def searched_titles(self) -> str:
        return fold(" ".join(self.titles[lang] for lang in LANGUAGES))

    @property
    def searched_words(self) -> str:
        """Titles count twice."""
        texts = [self.titles[lang] for lang in LANGUAGES] * 2 + [self.bodies[lang] for lang in LANGUAGES]
        return fold(" ".join(texts))

    def row(self) -> dict[str, Any]:
        """Column of the tables -> value."""
        texts = {f"title_{lang}": self.titles[lang] for lang in LANGUAGES}
        texts |= {f"body_{lang}": self.bodies[lang] for lang in LANGUAGES}
        return {"topic": self.topic, "owner": self.owner, "review_on": self.review_on} | texts


@dataclass(frozen=True)
class ContentMistake:
    """`code` with its parameters: words are under "answers.mistake.CODE"."""

    code: str
    parameters: Mapping[str, Any]


def mistakes(content: AnswerContent, topics: Collection[str], today: date) -> list[ContentMistake]:
    """What is wrong with it; empty = nothing."""
    found = []

    def add(code: str, **parameters: object) -> None:
        found.append(ContentMistake(code, parameters))

    if not KEY.fullmatch(content.key):
        add("key", value=content.key[:60])
    if content.topic not in topics:
        add("topic", value=content.topic[:60])
    for name, value, longest in _texts(content):
        if not value.strip():
            add("absent", column=name)
        elif len(value) > longest:
            add("long", column=name, most=longest)
    if not today <= content.review_on <= today + LONGEST_REVIEW:
        add("review", value=content.review_on.isoformat())
    return found


def check(content: AnswerContent, topics: Collection[str], today: date) -> None:
    """Raises `InvalidInput` ("answers.CODE") with the first mistake."""
    for mistake in mistakes(content, topics, today):
        raise InvalidInput(f"answers.{mistake.code}", **mistake.parameters)


def _texts(content: AnswerContent) -> list[tuple[str, str, int]]:
    texts = [("owner", content.owner, LONGEST_OWNER)]
    texts += [(f"title_{lang}", content.titles[lang], LONGEST_TITLE) for lang in LANGUAGES]
    return texts + [(f"body_{lang}", content.bodies[lang], LONGEST_BODY) for lang in LANGUAGES]
