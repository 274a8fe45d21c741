"""Notes to a year of the statistics: `POST /api/v1/statistics/notes` with {"subject", "year", "kk", "ru",
"en"} answers {"message"}. Empty texts take the note away."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import StringConstraints

from dashboard.api.incidents.actions import caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.database import Connection
from geo.statistics.year_notes import LONGEST, in_each_language, write_year_note

router = APIRouter(prefix="/api/v1/statistics", include_in_schema=False)
Text = Annotated[str, StringConstraints(max_length=4 * LONGEST)]


class NoteBody(Body):
    refusal: ClassVar[str] = "statistics.note_body"
    subject: Annotated[str, StringConstraints(max_length=40)]
    year: int
    kk: Text = ""
    ru: Text = ""
    en: Text = ""


@router.post("/notes")
async def write(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, NoteBody), caller()
    texts = in_each_language({"kk": body.kk, "ru": body.ru, "en": body.en})

    def done(connection: Connection) -> dict[str, Any]:
        write_year_note(connection, city, body.subject, body.year, texts, principal.name)
        key = "command.report.noted" if any(texts.values()) else "command.report.note_removed"
        return {"message": word(key, subject=body.subject, year=body.year)}

    return await respond(request, done)
