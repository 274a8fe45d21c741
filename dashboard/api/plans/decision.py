"""`GET /api/v1/plans/<plan>/decision.docx`: the decision on a plan's precincts as a document to sign, in
Kazakh and then in Russian: header, precincts that
are new, changed and abolished, each with its station and its border."""

from __future__ import annotations

import io
from datetime import date

from fastapi import APIRouter
from fastapi.responses import Response

from dashboard.api.plans.requests import PlanId
from dashboard.request_context import RequestContext, current
from dashboard.words import LANGUAGES as WORDS
from dashboard.words import word
from geo.database import Engine
from geo.plans.decision_text.decision import DecisionDocument, compose_decision
from geo.plans.decision_text.words import LANGUAGES
from geo.settings import City
from layers.executors import EXPORTS
from layers.reading import snapshot

router = APIRouter(prefix="/api/v1/plans", include_in_schema=False)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
FONT, SIZE_PT = "Times New Roman", 12
TIMEOUT_S = 60
ANY = "\N{SUBSTITUTE}"
"""Stands for a name in a pattern of words."""


@router.get("/{plan}/decision.docx")
async def decision(plan: PlanId) -> Response:
    context = current()
    body = await context.run(EXPORTS, _exported, context, plan)
    return Response(
        body,
        media_type=DOCX,
        headers={
            "Content-Disposition": f'attachment; filename="decision-{plan}.docx"',
            "Cache-Control": "no-store",
        },
    )


def _exported(context: RequestContext, plan: int) -> bytes:
    body = _written(context.servers.engine, context.settings.city, plan)
    context.record("plan.exported", plan=plan, form="docx")
    return body


def _written(engine: Engine, city: City, plan: int) -> bytes:
    with snapshot(engine, TIMEOUT_S) as connection:
        return write_decision(compose_decision(connection, city, plan), city)


def write_decision(decided: DecisionDocument, city: City) -> bytes:
    """The document as bytes of a .docx."""
    # Its XML library takes 15 MB: only a process that writes a decision loads it.
    from docx import Document
    from docx.shared import Pt

    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE_PT)
    style.paragraph_format.space_after = Pt(4)
    document.core_properties.title = word("decision.title", LANGUAGES[0])
    document.core_properties.author = document.core_properties.comments = ""
    for index, lang in enumerate(LANGUAGES):
        if index:
            document.add_page_break()
        _part(document, decided, city, lang)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _part(document, decided: DecisionDocument, city: City, lang: str) -> None:
    """The whole decision in one language."""
    _middle(document, city.names[lang].upper(), bold=True)
    _middle(document, word("decision.kind", lang), bold=True)
    _middle(document, _signed(decided, lang))
    document.add_paragraph().add_run(word("decision.title", lang)).bold = True
    name, day = decided.plan["name"], _day(decided.plan["in_force_from"])
    document.add_paragraph(
        word("decision.lead", lang, name=name, day=day)
        if is_given(name)
        else word("decision.lead_unnamed", lang, day=day)
    )
    if not (decided.new or decided.changed or decided.abolished):
        document.add_paragraph(word("decision.none", lang))
    for key, numbers in (("new", decided.new), ("changed", decided.changed)):
        if numbers:
            document.add_heading(word(f"decision.{key}", lang), level=2)
        for number in numbers:
            _precinct(document, decided, number, lang)
    if decided.abolished:
        document.add_heading(word("decision.abolished", lang), level=2)
        document.add_paragraph(
            ", ".join(word("number.of", lang, number=number) for number in decided.abolished)
        )
    document.add_paragraph()
    document.add_paragraph(word("decision.signature", lang))


def is_given(name: str) -> bool:
    """Whether a person gave a plan this name: none is in the one that the studio proposes for a draft, in
    whatever language it was open."""
    proposals = (word("studio.draft_of", lang, name=ANY).split(ANY) for lang in WORDS)
    return not any(name.startswith(before) and name.endswith(after) for before, after in proposals)


def _precinct(document, decided: DecisionDocument, number: int, lang: str) -> None:
    head, *rest = decided.texts[lang][number].text.rstrip("\n").split("\n")
    former = decided.former.get(number)
    paragraph = document.add_paragraph()
    paragraph.add_run(head).bold = True
    if former is not None:
        paragraph.add_run(f" ({word('studio.former', lang, number=former)})")
    paragraph.paragraph_format.keep_with_next = True
    for line in rest:
        document.add_paragraph(line)


def _middle(document, text: str, bold: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(text).bold = bold


def _signed(decided: DecisionDocument, lang: str) -> str:
    """The number and the day of the akim's decision, blank while there is none."""
    step = next((step for step in reversed(decided.plan["steps"]) if step["state"] == "approved"), None)
    if step is None:
        return word("decision.blank", lang)
    return word("decision.signed", lang, document=step["document"], day=_day(date.fromisoformat(step["day"])))


def _day(day: date | None) -> str:
    return day.strftime("%d.%m.%Y") if day else "____________"
