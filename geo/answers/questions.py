"""What an answer was used for, and the questions that found none: counted, listed for the editors,
settled."""

from __future__ import annotations

import re

from sqlalchemy import Connection, text

from geo.addresses.folding import fold
from geo.audit.records import record_audit
from geo.errors import InvalidInput, NotFound
from geo.settings import City

SHORTEST, LONGEST = 3, 120
NUMBER = re.compile(r"[\w/-]*\d[\w/-]*")
USE = text("""
    insert into answer_use (region, article_id, version, inquiry, one_take, who)
    select :region, a.id, a.version, :inquiry, :one_take, :who from answer_article a
    where a.region = :region and a.id = :article and a.retired_at is null returning id""")
MISS = text("""
    insert into answer_question (region, question, n) values (:region, :question, 1)
    on conflict (region, question) do update set n = answer_question.n + 1, last_at = now(),
        settled_at = null, settled_by = null
    returning id""")
SETTLE = text("""update answer_question set settled_at = now(), settled_by = :who
    where region = :region and id = :id and settled_at is null returning id""")


def use(
    connection: Connection, city: City, article: int, inquiry: str | None, one_take: bool, who: str
) -> int:
    """The article has answered an inquiry; the number of that. Raises `NotFound` ("answers.unknown")."""
    bound = {"region": city.region, "article": article, "inquiry": inquiry, "one_take": one_take, "who": who}
    number = connection.execute(USE, bound).scalar()
    if number is None:
        raise NotFound("answers.unknown", number=article)
    record_audit(connection, who, "answers.used", number=article, count=number)
    return number


def keep_unanswered(connection: Connection, city: City, question: str, who: str) -> int:
    """One more time that this question found nothing; its number. Words with figures (telephones, houses,
    documents) are left out. Raises `InvalidInput` ("answers.question") where too little is left."""
    plain = " ".join(fold(NUMBER.sub(" ", question)).split())[:LONGEST]
    if len(plain) < SHORTEST:
        raise InvalidInput("answers.question", least=SHORTEST)
    number = connection.execute(MISS, {"region": city.region, "question": plain}).scalar_one()
    record_audit(connection, who, "answers.unanswered", number=number)
    return number


def settle(connection: Connection, city: City, question: int, who: str) -> None:
    """An editor has dealt with it. Raises `NotFound` ("answers.no_question")."""
    if not connection.execute(SETTLE, {"region": city.region, "id": question, "who": who}).first():
        raise NotFound("answers.no_question", number=question)
    record_audit(connection, who, "answers.settled", number=question)
