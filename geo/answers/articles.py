"""An article saved: each time a new version, on the version that its editor has read. What is retired is
found by nobody, and can be brought back by saving it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.answers.content import AnswerContent, check
from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, NotFound
from geo.incidents.cases.state import on_the_clock
from geo.settings import City

TEXTS = ", ".join(f"{part}_{lang}" for part in ("title", "body") for lang in ("kk", "ru", "en"))
COLUMNS = f"topic, owner, review_on, {TEXTS}"
VALUES = ", ".join(f":{name}" for name in COLUMNS.split(", "))
LOCK = text("""select id, version, key, retired_at, retired_by from answer_article
    where region = :region and id = :id for update""")
TOPICS = text("select key from category where kind = 'service'")
INSERT = text(f"""
    insert into answer_article (region, key, version, searched_titles, searched_words, {COLUMNS})
    values (:region, :key, 1, :searched_titles, :searched_words, {VALUES})
    on conflict (region, key) do nothing returning id""")
UPDATE = text(f"""
    update answer_article set version = :version, searched_titles = :searched_titles,
        searched_words = :searched_words, retired_at = null,
        {", ".join(f"{name} = :{name}" for name in COLUMNS.split(", "))}
    where region = :region and id = :id""")
KEEP = text(f"""
    insert into answer_version (region, article_id, version, note, who, {COLUMNS})
    values (:region, :id, :version, :note, :who, {VALUES})""")
WRITTEN = text("""select who, at from answer_version
    where region = :region and article_id = :id and version = :version""")
RETIRE = text("""update answer_article set retired_at = now(), retired_by = :who
    where region = :region and id = :id""")


@dataclass(frozen=True)
class SavedArticle:
    id: int
    version: int


def topics(connection: Connection) -> frozenset[str]:
    """The keys of the categories that an article can be about."""
    return frozenset(connection.execute(TOPICS).scalars())


def add(
    connection: Connection, city: City, content: AnswerContent, who: str, note: str | None
) -> SavedArticle:
    """Raises `InvalidInput` ("answers.CODE" of `geo.answers.content`), `Conflict` ("answers.exists")."""
    check(content, topics(connection), city.today())
    row = _row(city, content)
    article = connection.execute(INSERT, row).scalar()
    if article is None:
        raise Conflict("answers.exists", key=content.key)
    return _keep(connection, row, SavedArticle(article, 1), who, note)


def save(
    connection: Connection,
    city: City,
    article: int,
    content: AnswerContent,
    seen: int,
    who: str,
    note: str | None,
) -> SavedArticle:
    """A new version on top of `seen`; the key stays. Raises as `add`, `NotFound` ("answers.unknown"),
    `Conflict` ("answers.stale")."""
    before = _lock(connection, city, article)
    if before.version != seen:
        raise _stale(connection, city, before)
    check(content, topics(connection), city.today())
    saved = SavedArticle(article, seen + 1)
    row = _row(city, content) | {"id": article, "version": saved.version}
    connection.execute(UPDATE, row)
    return _keep(connection, row, saved, who, note)


def retire(connection: Connection, city: City, article: int, seen: int, who: str) -> None:
    """Raises as `save`, `Conflict` ("answers.retired")."""
    before = _lock(connection, city, article)
    if before.version != seen:
        raise _stale(connection, city, before)
    if before.retired_at is not None:
        at = on_the_clock(city, before.retired_at)
        raise Conflict("answers.retired", who=before.retired_by or "–", at=at)
    connection.execute(RETIRE, {"region": city.region, "id": article, "who": who})
    record_audit(connection, who, "answers.retired", number=article, version=seen)


def _lock(connection: Connection, city: City, article: int) -> AnyRow:
    row = connection.execute(LOCK, {"region": city.region, "id": article}).first()
    if row is None:
        raise NotFound("answers.unknown", number=article)
    return row


def _stale(connection: Connection, city: City, before: AnyRow) -> Conflict:
    """Who wrote the version that is there, and when."""
    bound = {"region": city.region, "id": before.id, "version": before.version}
    last = connection.execute(WRITTEN, bound).one()
    at = on_the_clock(city, last.at)
    return Conflict("answers.stale", version=before.version, who=last.who, at=at)


def _row(city: City, content: AnswerContent) -> dict[str, object]:
    found_by = {"searched_titles": content.searched_titles, "searched_words": content.searched_words}
    return {"region": city.region, "key": content.key} | found_by | content.row()


def _keep(
    connection: Connection, row: dict[str, object], saved: SavedArticle, who: str, note: str | None
) -> SavedArticle:
    about = {"id": saved.id, "version": saved.version, "who": who, "note": note}
    connection.execute(KEEP, row | about)
    record_audit(connection, who, "answers.saved", number=saved.id, version=saved.version)
    return saved
