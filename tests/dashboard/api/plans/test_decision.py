"""The decision as a document: what it is called, and which names stand in it."""

from __future__ import annotations

import io

import pytest
from docx import Document

from dashboard.api.plans.decision import write_decision
from dashboard.words import LANGUAGES, word
from geo.plans.decision_text.decision import DecisionDocument
from geo.settings import Settings


def written(settings: Settings, name: str) -> tuple[str, str]:
    """Its title, and its text."""
    plan = {"name": name, "in_force_from": None, "steps": []}
    decided = DecisionDocument(plan, [], [], [], {}, {"kk": {}, "ru": {}})
    document = Document(io.BytesIO(write_decision(decided, settings.city)))
    return document.core_properties.title, "\n".join(line.text for line in document.paragraphs)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_decision_does_not_carry_the_working_title_of_a_draft(settings: Settings, lang: str) -> None:
    name = word("studio.draft_of", lang, name=word("studio.draft_of", "ru", name="План 2024"))
    title, written_text = written(settings, name)
    assert title == word("decision.title", "kk")
    assert name not in written_text and "План 2024" not in written_text
    assert word("decision.lead_unnamed", "ru", day="____________") in written_text


def test_a_name_that_a_person_gave_stands_in_quotes(settings: Settings) -> None:
    title, written_text = written(settings, "Выборы 2027")
    assert title == word("decision.title", "kk") and "По плану «Выборы 2027» установить" in written_text
