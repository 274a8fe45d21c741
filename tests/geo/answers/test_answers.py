"""Articles: saved by version, refused where anything is wrong, found by words, beginnings and typing errors
in three languages; what was used and what found nothing is counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from geo.answers import articles, questions
from geo.answers.content import AnswerContent
from geo.answers.file import import_articles, read_articles, write_articles
from geo.errors import Conflict, InvalidInput, NotFound
from geo.settings import Settings
from layers.answers import find_answers, read_editors, read_versions
from tests.support.first_comer import assert_first

CATEGORIES = """insert into category (id, key, kind, name_kk, name_ru, name_en) overriding system value
    values (1, 'heating', 'service', 'Жылыту', 'Отопление', 'Heating'),
    (2, 'transport', 'service', 'Көлік', 'Транспорт', 'Transport'),
    (3, 'fire', 'emergency', 'Өрт', 'Пожар', 'Fire')"""


def article(today: date, key: str = "cold", topic: str = "heating") -> AnswerContent:
    return AnswerContent(
        key,
        topic,
        "Диспетчерская",
        today + timedelta(days=30),
        {"kk": "Пәтер суық", "ru": "В квартире холодно", "en": "The flat is cold"},
        {"kk": "Термометр қойыңыз", "ru": "Измерьте температуру батарей", "en": "Measure the radiators"},
    )


@pytest.fixture
def today(settings: Settings) -> date:
    return settings.city.today()


@pytest.fixture
def topics(connection: Connection) -> Connection:
    connection.execute(text(CATEGORIES))
    return connection


def test_a_version_is_added_on_the_one_that_was_read(
    topics: Connection, settings: Settings, today: date, owner: Engine
) -> None:
    city = settings.city
    saved = articles.add(topics, city, article(today), "dana", None)
    with pytest.raises(Conflict, match=r"answers\.exists"):
        articles.add(topics, city, article(today), "dana", None)
    changed = replace(article(today), titles=article(today).titles | {"ru": "В комнате холодно"})
    assert articles.save(topics, city, saved.id, changed, 1, "aigul", "точнее").version == 2
    with pytest.raises(Conflict) as stale:
        articles.save(topics, city, saved.id, changed, 1, "dana", None)
    assert_first(stale, "answers.stale", "aigul")
    topics.commit()
    versions = read_versions(owner, city, saved.id)
    assert [(one["version"], one["who"], one["note"]) for one in versions] == [
        (2, "aigul", "точнее"),
        (1, "dana", None),
    ]
    assert [one["title_ru"] for one in versions] == ["В комнате холодно", "В квартире холодно"]


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("key", "Ключ", "answers.key"),
        ("topic", "fire", "answers.topic"),
        ("owner", " ", "answers.absent"),
        ("titles", {"kk": "а", "ru": "б", "en": ""}, "answers.absent"),
        ("bodies", {"kk": "а", "ru": "б" * 8001, "en": "c"}, "answers.long"),
        ("review_on", date(2020, 1, 1), "answers.review"),
        ("review_on", date(2999, 1, 1), "answers.review"),
    ],
)
def test_what_is_wrong_is_refused(
    topics: Connection, settings: Settings, today: date, field: str, value: object, code: str
) -> None:
    with pytest.raises(InvalidInput) as error:
        articles.add(topics, settings.city, replace(article(today), **{field: value}), "dana", None)
    assert error.value.code == code


@pytest.mark.parametrize(
    "typed",
    ["холодно", "квартире хол", "батарей", "температуры", "halodno", "холодна в квартире", "суык", "flat"],
)
def test_it_is_found_while_it_is_typed(
    topics: Connection, settings: Settings, today: date, owner: Engine, typed: str
) -> None:
    articles.add(topics, settings.city, article(today), "dana", None)
    bus = replace(
        article(today, "bus", "transport"),
        titles={"kk": "Автобус картасы", "ru": "Транспортная карта", "en": "Travel card"},
        bodies={"kk": "Дүңгіршек", "ru": "Киоски города", "en": "Kiosks"},
    )
    articles.add(topics, settings.city, bus, "dana", None)
    topics.commit()
    found = [row["key"] for row in find_answers(owner, settings.city, "ru", typed, None).rows]
    assert found == ([] if typed == "halodno" else ["cold"])
    assert find_answers(owner, settings.city, "ru", typed, "transport").rows == []


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("отопление", {"season", "cold"}),
        ("отоплене", {"season", "cold"}),
        ("отоплние", {"season", "cold"}),
        ("Отопительный", {"season"}),
        ("жылыту", {"cold"}),
        ("heating", {"season", "cold"}),
        ("паспорт", set()),
        ("отапление", {"cold"}),
        ("транспорт", {"season"}),
    ],
)
def test_it_is_found_by_its_topic_by_another_form_and_with_a_slip(
    topics: Connection, settings: Settings, today: date, owner: Engine, typed: str, found: set[str]
) -> None:
    """The season is of another topic: its own words alone find it."""
    season = replace(
        article(today, "season", "transport"),
        titles={"kk": "Маусым", "ru": "Отопительный сезон", "en": "The heating season"},
        bodies={"kk": "Қазан", "ru": "Начало сезона в октябре", "en": "From October"},
    )
    for one in (season, article(today)):
        articles.add(topics, settings.city, one, "dana", None)
    topics.commit()
    assert {row["key"] for row in find_answers(owner, settings.city, "ru", typed, None).rows} == found


def test_everything_is_listed_while_nothing_is_typed_and_no_sign_breaks_the_search(
    topics: Connection, settings: Settings, today: date, owner: Engine
) -> None:
    saved = articles.add(topics, settings.city, article(today), "dana", None)
    topics.commit()
    for typed in ("", "  ", "'!& | :*", "(("):
        assert [row["id"] for row in find_answers(owner, settings.city, "en", typed, None).rows] == [saved.id]
    articles.retire(topics, settings.city, saved.id, 1, "dana")
    topics.commit()
    with pytest.raises(Conflict) as retired:
        articles.retire(topics, settings.city, saved.id, 1, "aigul")
    assert_first(retired, "answers.retired", "dana")
    topics.rollback()
    assert find_answers(owner, settings.city, "en", "flat", None).rows == []
    assert [row["id"] for row in read_editors(owner, settings.city, "en").retired] == [saved.id]


def test_uses_and_questions_without_an_answer_are_counted(
    topics: Connection, settings: Settings, today: date, owner: Engine
) -> None:
    city = settings.city
    saved = articles.add(topics, city, article(today), "dana", None)
    questions.use(topics, city, saved.id, "109-77", True, "dana")
    questions.use(topics, city, saved.id, None, False, "dana")
    with pytest.raises(NotFound, match=r"answers\.unknown"):
        questions.use(topics, city, 99, None, True, "dana")
    for typed in ("Где сдать батарейки 87011234567?", "где  сдать БАТАРЕЙКИ"):
        questions.keep_unanswered(topics, city, typed, "dana")
    with pytest.raises(InvalidInput, match=r"answers\.question"):
        questions.keep_unanswered(topics, city, "870112 34567", "dana")
    topics.commit()
    found = read_editors(owner, city, "ru")
    assert [(one["question"], one["n"]) for one in found.questions] == [("где сдать батареики", 2)]
    [row] = find_answers(owner, city, "ru", "", None).rows
    assert row["used"] == 2
    questions.settle(topics, city, found.questions[0]["id"], "aigul")
    with pytest.raises(NotFound, match=r"answers\.no_question"):
        questions.settle(topics, city, found.questions[0]["id"], "aigul")
    topics.commit()
    assert read_editors(owner, city, "ru").questions == []


def test_a_file_goes_out_and_comes_in_as_it_was(topics: Connection, settings: Settings, today: date) -> None:
    city, known = settings.city, articles.topics(topics)
    both = [article(today), article(today, "bus", "transport")]
    assert vars(import_articles(topics, city, both, "dana")) == {"added": 2, "changed": 0, "same": 0}
    written, n = write_articles(topics, city)
    read = read_articles(written, known, today)
    assert n == 2 and not read.mistakes
    assert vars(import_articles(topics, city, read.articles, "dana")) == {"added": 0, "changed": 0, "same": 2}
    changed = read_articles(written.replace("Измерьте", "Проверьте", 1), known, today)
    assert vars(import_articles(topics, city, changed.articles, "dana"))["changed"] == 1


def test_every_mistake_of_a_file_has_its_line(topics: Connection, settings: Settings, today: date) -> None:
    known = articles.topics(topics)
    import_articles(topics, settings.city, [article(today)], "dana")
    written, _ = write_articles(topics, settings.city)
    head, row = written.strip().split("\n")
    rows = [
        head,
        row,
        row,
        row.replace("heating", "nowhere").replace("cold", "c2"),
        row.replace(";20", ";x20"),
        "a;b",
    ]
    read = read_articles("\n".join(rows), known, today)
    assert [(one.line, one.code) for one in read.mistakes] == [
        (3, "twice"),
        (4, "topic"),
        (5, "day"),
        (6, "cells"),
    ]
    assert [one.code for one in read_articles("key;topic\n", known, today).mistakes].count("column") == 8
    assert [one.code for one in read_articles(head, known, today).mistakes] == ["empty"]
    repeated = read_articles(f"{head};topic\n{row};heating\n", known, today)
    assert [(one.line, one.code) for one in repeated.mistakes] == [(1, "column_twice")]
