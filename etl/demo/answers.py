"""Answers for operators of the demo city: invented, one of them past its review, with questions that found
none."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, text

from etl.demo.facts.answers import ANSWERS, QUESTIONS
from geo.answers.content import LANGUAGES, AnswerContent
from geo.answers.file import import_articles
from geo.database import connected
from geo.settings import City, Settings

WHO = "demo"
BY_THEN = "update answer_article set review_on = :day where region = :region and key = :key"
QUESTION = "insert into answer_question (region, question, n) values (:region, :question, :n)"


def write_answers(settings: Settings) -> None:
    with connected(settings, "owner") as connection:
        _write(connection, settings.city)


def _write(connection: Connection, city: City) -> None:
    today = city.today()
    articles = [_article(block, today) for block in ANSWERS.strip().split("\n\n")]
    import_articles(connection, city, [article for article, _ in articles], WHO)
    for article, days in articles:
        if days < 0:  # nobody can save one like that: time makes it so
            bound = {"region": city.region, "key": article.key, "day": today + timedelta(days=days)}
            connection.execute(text(BY_THEN), bound)
    rows = [{"region": city.region, "question": question, "n": n} for question, n in QUESTIONS]
    connection.execute(text(QUESTION), rows)


def _article(block: str, today: date) -> tuple[AnswerContent, int]:
    """The article, and in how many days somebody has to look at it."""
    head, *lines = block.split("\n")
    key, topic, owner, days = head.split("|")
    titles = dict(zip(LANGUAGES, lines[::2]))
    bodies = {lang: body.replace(" / ", "\n") for lang, body in zip(LANGUAGES, lines[1::2])}
    review_on = today + timedelta(days=max(0, int(days)))
    return AnswerContent(key, topic, owner, review_on, titles, bodies), int(days)
