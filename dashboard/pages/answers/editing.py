"""What waits for the editors: articles past their review, questions that found none with how often they were
asked; and the form of an article. `assets/answers/answers.js` fills the fields and sends them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock, day, number
from dashboard.request_context import current
from dashboard.words import LANGUAGES, word
from geo.answers.content import LONGEST_BODY, LONGEST_OWNER, LONGEST_REVIEW, LONGEST_TITLE
from layers.answers import default_review, read_answer, read_editors, read_topics

ROWS = 8


def draw(article: int | None, typed: str) -> list:
    """`article` none = a new one; `typed`: its title. Raises `NotFound` ("answers.unknown")."""
    context = current()
    engine, city, lang = context.servers.engine, context.settings.city, context.language
    one = read_answer(engine, city, lang, article) if article else _new(typed)
    return [
        html.Div(
            [
                html.Section(_waiting(), className="answers-waiting"),
                html.Section(_form(one, read_topics(engine, city, lang)), className="answers-form"),
            ],
            className="answers-editing",
        )
    ]


def _new(typed: str) -> dict[str, Any]:
    """An article that is not there yet."""
    texts = {f"{part}_{lang}": "" for part in ("title", "body") for lang in LANGUAGES}
    context = current()
    texts[f"title_{context.language}"] = typed[:LONGEST_TITLE]
    review_on = default_review(context.settings.city)
    return {"id": None, "version": 0, "key": "", "topic": "", "owner": context.principal.name} | {
        "review_on": review_on,
        "retired_at": None,
        **texts,
    }


def _waiting() -> list:
    context = current()
    found = read_editors(context.servers.engine, context.settings.city, context.language)
    zone, now = context.settings.city.time_zone, datetime.now(UTC)
    overdue = [
        html.Li(
            html.A(
                [
                    html.Strong(one["title"]),
                    html.Span(f"{one['owner']} · {word('answers.review', review=day(one['review_on']))}"),
                ],
                href=f"/answers?show=edit&article={one['id']}",
            )
        )
        for one in found.overdue
    ]
    questions = [_question(one, zone, now) for one in found.questions]
    retired = [
        html.Li(html.A(one["title"], href=f"/answers?show=edit&article={one['id']}")) for one in found.retired
    ]
    return [
        html.A(word("answers.new"), href="/answers?show=edit", className="button answers-main"),
        html.H2([word("answers.to_review"), " ", html.Span(number(len(found.overdue)))]),
        html.Ul(overdue) if overdue else html.P(word("answers.to_review.none"), className="answers-none"),
        html.H2([word("answers.questions"), " ", html.Span(number(found.counts["questions"]))]),
        html.Ul(questions, className="answers-questions")
        if questions
        else html.P(word("answers.questions.none"), className="answers-none"),
        *([html.H2(word("answers.retired_list")), html.Ul(retired)] if retired else []),
    ]


def _question(one: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> html.Li:
    """A question that found no article, with the ways to write one or to leave it."""
    write = urlencode({"show": "edit", "q": one["question"]})
    times = word("answers.asked", n=one["n"], at=clock(one["last_at"], zone, now))
    return html.Li(
        [
            html.Span([html.Strong(one["question"]), html.Span(times, className="answers-about")]),
            html.A(word("answers.write"), href=f"/answers?{write}", className="button"),
            html.Button(
                word("answers.settle"),
                type="button",
                className="button",
                **{"data-settle": str(one["id"])},
            ),
        ]
    )


def _form(one: dict[str, Any], topics: list[tuple[str, str]]) -> list:
    """The script puts into each field what stands in its `data-value`."""
    chosen = one["topic"] or (topics[0][0] if topics else "")
    options = [html.Option(name, value=key) for key, name in topics]
    fields = [
        _field("key", "answers.field.key", one["key"], 60, fixed=one["id"] is not None),
        html.Label(
            [
                html.Span(word("answers.field.topic")),
                html.Select(options, **{"data-name": "topic", "data-value": chosen}),
            ],
            className="field",
        ),
        _field("owner", "answers.field.owner", one["owner"], LONGEST_OWNER),
        _review(one["review_on"]),
    ]
    texts = [
        html.Fieldset(
            [
                html.Legend(word(f"language.{lang}")),
                _field(
                    f"title_{lang}", "answers.field.title", one[f"title_{lang}"], LONGEST_TITLE, lang=lang
                ),
                _area(f"body_{lang}", "answers.field.body", one[f"body_{lang}"], lang),
            ]
        )
        for lang in LANGUAGES
    ]
    title = "answers.edit.new" if one["id"] is None else "answers.edit.version"
    save = html.Button(
        word("answers.save"), type="button", id="answers-save", className="button answers-main"
    )
    retire = html.Button(word("answers.retire"), type="button", id="answers-retire", className="button")
    return [
        html.H2(word(title, version=one["version"] + 1)),
        html.Div(fields, className="answers-fields"),
        *texts,
        _field("note", "answers.field.note", "", 300),
        html.P(id="answers-error", role="alert"),
        html.Div(
            [save, *([retire] if one["id"] and one["retired_at"] is None else [])],
            id="answers-edited",
            className="answers-use",
            **{"data-article": str(one["id"] or ""), "data-version": str(one["version"])},
        ),
    ]


def _review(review_on: date) -> html.Div:
    """One that is over has to be set anew."""
    today = current().settings.city.today()
    return html.Div(
        className="field",
        **{
            "data-field": "review_on",
            "data-label": word("answers.field.review_on"),
            "data-value": review_on.isoformat(),
            "data-type": "date",
            "data-least": today.isoformat(),
            "data-most": (today + LONGEST_REVIEW).isoformat(),
        },
    )


def _field(name: str, label: str, value: str, longest: int, fixed: bool = False, lang: str = "") -> html.Div:
    return html.Div(
        className="field",
        lang=lang or None,
        **{
            "data-field": name,
            "data-label": word(label),
            "data-value": value,
            "data-longest": str(longest),
            "data-type": "text",
            "data-fixed": "yes" if fixed else "no",
        },
    )


def _area(name: str, label: str, value: str, lang: str) -> html.Label:
    area = html.Textarea(
        rows=ROWS, maxLength=LONGEST_BODY, lang=lang, **{"data-name": name, "data-value": value}
    )
    return html.Label([html.Span(word(label)), area], className="field")
