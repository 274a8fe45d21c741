"""What is done with answers: `POST /api/v1/answers/<article>/used` with {"inquiry", "one_take"} and
`/unanswered` with {"question"} by who answers; `/save` and `/<article>/save` with the article,
`/<article>/retire` with {"version"}, `/questions/<question>/settle` with {} by its editors. Each answers
{"message"} and, of an article, its `article` and `version`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, StringConstraints

from dashboard.api.incidents.actions import PathId, caller
from dashboard.routes import Body, read_body, respond
from dashboard.words import word
from geo.answers import articles, questions
from geo.answers.content import LONGEST_BODY, LONGEST_OWNER, LONGEST_TITLE, AnswerContent
from geo.database import Connection
from geo.ranges import Id

Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Owner = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_OWNER)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TITLE)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_BODY)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

router = APIRouter(prefix="/api/v1/answers", include_in_schema=False)


class AnswersBody(Body):
    refusal: ClassVar[str] = "answers.body"


class UsedBody(AnswersBody):
    inquiry: Key | None = None
    one_take: bool = True


class UnansweredBody(AnswersBody):
    question: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class ArticleBody(AnswersBody):
    key: Key
    topic: Key
    owner: Owner
    review_on: date
    title_kk: Title
    title_ru: Title
    title_en: Title
    body_kk: Text
    body_ru: Text
    body_en: Text
    note: Note | None = None

    @property
    def content(self) -> AnswerContent:
        titles = {"kk": self.title_kk, "ru": self.title_ru, "en": self.title_en}
        bodies = {"kk": self.body_kk, "ru": self.body_ru, "en": self.body_en}
        return AnswerContent(self.key, self.topic, self.owner, self.review_on, titles, bodies)


class NextVersionBody(ArticleBody):
    version: Annotated[Id, Field(ge=1)]


class RetireBody(AnswersBody):
    version: Annotated[Id, Field(ge=1)]


@router.post("/{article}/used")
async def used(request: Request, article: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, UsedBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        questions.use(connection, city, article, body.inquiry, body.one_take, principal.name)
        return {"message": word("answers.done.used")}

    return await respond(request, done)


@router.post("/unanswered")
async def unanswered(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, UnansweredBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        questions.keep_unanswered(connection, city, body.question, principal.name)
        return {"message": word("answers.done.unanswered")}

    return await respond(request, done)


@router.post("/save")
async def add(request: Request) -> JSONResponse:
    body, (city, principal) = await read_body(request, ArticleBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        saved = articles.add(connection, city, body.content, principal.name, body.note)
        return {"article": saved.id, "version": saved.version, "message": word("answers.done.saved")}

    return await respond(request, done)


@router.post("/{article}/save")
async def save(request: Request, article: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, NextVersionBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        saved = articles.save(
            connection, city, article, body.content, body.version, principal.name, body.note
        )
        return {"article": saved.id, "version": saved.version, "message": word("answers.done.saved")}

    return await respond(request, done)


@router.post("/{article}/retire")
async def retire(request: Request, article: PathId) -> JSONResponse:
    body, (city, principal) = await read_body(request, RetireBody), caller()

    def done(connection: Connection) -> dict[str, Any]:
        articles.retire(connection, city, article, body.version, principal.name)
        return {"message": word("answers.done.retired")}

    return await respond(request, done)


@router.post("/questions/{question}/settle")
async def settle(request: Request, question: PathId) -> JSONResponse:
    await read_body(request, AnswersBody)
    city, principal = caller()

    def done(connection: Connection) -> dict[str, Any]:
        questions.settle(connection, city, question, principal.name)
        return {"message": word("answers.done.settled")}

    return await respond(request, done)
