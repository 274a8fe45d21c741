"""Answers as the page /answers reads them: found while something is typed, one with its uses, its history,
and what waits for the editors.

What is typed is folded as the articles are. An article is found by the beginnings of words of its texts (full
text), by titles that look like it (pg_trgm), by its topic as the search of the map reads names
(`geo.addresses.name_index`), and last by words of its texts that are near to each word that was typed: so
typing errors find it too, and "heating" the season that heats.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Engine, text

from geo.addresses.folding import fold
from geo.addresses.name_index import NameIndex
from geo.answers.articles import COLUMNS
from geo.errors import InvalidInput, NotFound
from geo.settings import City
from layers.reading import snapshot

MOST_FOUND = 50
MOST_QUESTIONS = 100
ALIKE = 0.45
"""From so much similarity of words on (0..1) a title is what was meant: "отопленее" has 0.7."""
NEAR = 0.4
"""A word of a text is near: "отопление" and "отопительный" have 0.4."""
SHORTEST_NEAR = 5
"""Letters of a word that is looked for among near ones: of fewer, many others are near."""
TOPICS_FOUND = 8
TOPIC_ALIKE = 0.75
"""So much of a topic's name agrees (0..1): "паспорт" and "транспорт" have less, "отапление" more."""
NAMES = """a.id, a.key, a.version, a.topic, a.owner, a.review_on, a.title_{lang} as title, a.retired_at,
    left(a.body_{lang}, 200) as beginning, coalesce(c.name_{lang}, a.topic) as topic_name,
    a.review_on < :today as overdue,
    (select count(*) from answer_use u where u.region = a.region and u.article_id = a.id
        and u.at >= now() - interval '30 days') as used"""
JOINED = "answer_article a left join category c on c.key = a.topic"
FOUND = f"""
    select {NAMES}, ts_rank(to_tsvector('russian', a.searched_words), to_tsquery('russian', :words))
        + word_similarity(:query, a.searched_titles)
        + case when a.topic = any(:topics) then 1 else 0 end as score
    from {JOINED} cross join lateral (select min(word_similarity(part, a.searched_words)) as nearness
        from unnest(cast(:parts as text[])) part) near
    where a.region = :region and a.retired_at is null and (cast(:topic as text) is null or a.topic = :topic)
        and (to_tsvector('russian', a.searched_words) @@ to_tsquery('russian', :words)
            or :query <% a.searched_titles or a.topic = any(:topics) or near.nearness >= :near)
    order by score desc, used desc, a.id limit {MOST_FOUND}"""
LISTED = f"""
    select {NAMES} from {JOINED}
    where a.region = :region and a.retired_at is null and (cast(:topic as text) is null or a.topic = :topic)
    order by used desc, title, a.id limit {MOST_FOUND}"""
TOPICS = """select a.topic as key, coalesce(c.name_{lang}, a.topic) as name, count(*) as n from {joined}
    where a.region = :region and a.retired_at is null group by 1, 2 order by 2"""
ONE = f"""
    select {NAMES}, {", ".join(f"a.{name}" for name in COLUMNS.split(", "))},
        (select count(*) from answer_use u where u.region = a.region and u.article_id = a.id and u.one_take
            and u.at >= now() - interval '30 days') as used_one_take
    from {JOINED} where a.region = :region and a.id = :id"""
VERSIONS = f"""select version, note, who, at, {COLUMNS} from answer_version
    where region = :region and article_id = :id order by version desc"""
OVERDUE = f"""select {NAMES} from {JOINED} where a.region = :region and a.retired_at is null
    and a.review_on < :today order by a.review_on, a.id"""
QUESTIONS = f"""select id, question, n, first_at, last_at from answer_question
    where region = :region and settled_at is null order by n desc, last_at desc limit {MOST_QUESTIONS}"""
COUNTS = """select (select count(*) from answer_question where region = :region and settled_at is null)
        as questions,
    (select count(*) from answer_article where region = :region and retired_at is null) as articles,
    (select count(*) from answer_article where region = :region and retired_at is not null) as retired"""
RETIRED = f"""select {NAMES} from {JOINED} where a.region = :region and a.retired_at is not null
    order by a.retired_at desc limit {MOST_FOUND}"""
TOPIC_NAMES = """select distinct a.topic as key, c.name_kk, c.name_ru, c.name_en
    from answer_article a join category c on c.key = a.topic
    where a.region = :region and a.retired_at is null"""
EVERY_TOPIC = "select key, name_{lang} as name, parent_id from category where kind = 'service' order by id"


@dataclass(frozen=True)
class FoundAnswers:
    """`topics`: key, name and how many articles."""

    rows: list[dict[str, Any]]
    topics: list[dict[str, Any]]
    total: int


@dataclass(frozen=True)
class EditorsList:
    """What waits for them: articles past their review, questions that found nothing. `counts`: questions,
    articles, retired."""

    overdue: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    retired: list[dict[str, Any]]
    counts: dict[str, int]


def find_answers(engine: Engine, city: City, lang: str, query: str, topic: str | None) -> FoundAnswers:
    """Nothing typed: what is used most. Raises `InvalidInput` ("request.language")."""
    typed = fold(query[:200])
    parts = _words(typed)
    words = " & ".join(f"{word}:*" for word in parts)
    bound = {"region": city.region, "today": city.today(), "topic": topic, "query": typed, "words": words}
    bound |= {"near": NEAR, "parts": [part for part in parts if len(part) >= SHORTEST_NEAR]}
    with snapshot(engine) as connection:
        connection.execute(text(f"set local pg_trgm.word_similarity_threshold = {ALIKE}"))
        topics = _rows(connection, TOPICS.format(lang=_known(city, lang), joined=JOINED), bound)
        bound["topics"] = _topics_meant(connection, bound)
        statement = FOUND if words else LISTED
        rows = _rows(connection, statement.format(lang=lang), bound)
    return FoundAnswers(rows, topics, sum(one["n"] for one in topics))


def _topics_meant(connection: Connection, bound: dict[str, Any]) -> list[str]:
    """The keys of topics whose name, in any language, is what was typed."""
    named = [
        (row["key"], row[column])
        for row in _rows(connection, TOPIC_NAMES, bound)
        for column in ("name_kk", "name_ru", "name_en")
        if row[column]
    ]
    found = NameIndex(named).find(bound["query"], TOPICS_FOUND)
    return [match.key for match in found if match.score >= TOPIC_ALIKE]


def read_answer(engine: Engine, city: City, lang: str, article: int) -> dict[str, Any]:
    """Raises `NotFound` ("answers.unknown")."""
    bound = {"region": city.region, "today": city.today(), "id": article}
    with snapshot(engine) as connection:
        found = _rows(connection, ONE.format(lang=_known(city, lang)), bound)
    if not found:
        raise NotFound("answers.unknown", number=article)
    return found[0]


def read_versions(engine: Engine, city: City, article: int) -> list[dict[str, Any]]:
    """Newest first. Raises `NotFound` ("answers.unknown")."""
    with snapshot(engine) as connection:
        found = _rows(connection, VERSIONS, {"region": city.region, "id": article})
    if not found:
        raise NotFound("answers.unknown", number=article)
    return found


def read_editors(engine: Engine, city: City, lang: str) -> EditorsList:
    bound: dict[str, Any] = {"region": city.region, "today": city.today()}
    with snapshot(engine) as connection:
        [counts] = _rows(connection, COUNTS, bound)
        return EditorsList(
            _rows(connection, OVERDUE.format(lang=_known(city, lang)), bound),
            _rows(connection, QUESTIONS, bound),
            _rows(connection, RETIRED.format(lang=lang), bound),
            counts,
        )


def read_topics(engine: Engine, city: City, lang: str) -> list[tuple[str, str]]:
    """What an article can be about: key and name of the categories of 109."""
    with snapshot(engine) as connection:
        rows = _rows(connection, EVERY_TOPIC.format(lang=_known(city, lang)), {})
    return sorted(((row["key"], row["name"]) for row in rows), key=lambda one: one[1].casefold())


def default_review(city: City) -> date:
    """Half a year from today: the review of a new article."""
    today = city.today()
    year, month = divmod(today.year * 12 + today.month - 1 + 6, 12)
    return date(year, month + 1, min(today.day, 28))


def _words(typed: str) -> list[str]:
    """What a query of full text can hold."""
    return [word for word in typed.replace("/", " ").replace("-", " ").split() if word.isalnum()]


def _known(city: City, lang: str) -> str:
    if lang not in city.languages:
        raise InvalidInput("request.language", language=lang[:10])
    return lang


def _rows(connection: Connection, statement: str, bound: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(text(statement), bound).mappings()]
