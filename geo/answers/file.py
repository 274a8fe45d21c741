"""Articles as a file: CSV in UTF-8, by commas or semicolons, a line (or several, where a text has some) for
each article.

    key;topic;owner;review_on;title_kk;title_ru;title_en;body_kk;body_ru;body_en

`topic` is the key of a category of 109; `review_on` a day ("2026-05-31" or "31.05.2026"). An article whose
key is there already becomes its next version, unless nothing of it is another.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from geo.answers.articles import COLUMNS as OF_ARTICLE
from geo.answers.articles import add, save
from geo.answers.content import LANGUAGES, AnswerContent, mistakes
from geo.errors import LineMistake
from geo.formulas import guarded, unguarded
from geo.projects.file import day_of
from geo.settings import City
from geo.written_text import read_written, twice

TEXTS = tuple(f"{part}_{lang}" for part in ("title", "body") for lang in LANGUAGES)
COLUMNS = ("key", "topic", "owner", "review_on", *TEXTS)
MOST_ARTICLES = 5000
KNOWN = text(f"select id, version, key, retired_at, {OF_ARTICLE} from answer_article where region = :region")
NOTE = "file"


@dataclass(frozen=True)
class ReadArticles:
    """`articles` are those without a mistake."""

    articles: tuple[AnswerContent, ...]
    mistakes: tuple[LineMistake, ...]


@dataclass(frozen=True)
class ImportCount:
    added: int
    changed: int
    same: int


def read_articles(content: str, topics: Collection[str], today: date) -> ReadArticles:
    """Every mistake by the line on which its article ends."""
    found: list[LineMistake] = []
    articles: dict[str, AnswerContent] = {}
    rows = csv.DictReader(io.StringIO(content), delimiter=";" if ";" in content.partition("\n")[0] else ",")
    names = rows.fieldnames or ()
    found += [LineMistake(1, "column", {"column": name}) for name in COLUMNS if name not in names]
    found += [LineMistake(1, "column_twice", {"column": name}) for name in twice(names)]
    found += [LineMistake(1, "unknown", {"column": str(one)[:40]}) for one in names if one not in COLUMNS]
    try:
        for row in () if found else rows:
            line = rows.line_num
            if len(articles) >= MOST_ARTICLES:
                found.append(LineMistake(line, "many", {"most": MOST_ARTICLES}))
                break
            article, wrong = _article(row, topics, today)
            if article and not wrong and article.key in articles:
                wrong = [("twice", {"value": article.key})]
            found += [LineMistake(line, code, parameters) for code, parameters in wrong]
            if article and not wrong:
                articles[article.key] = article
    except csv.Error as error:
        found.append(LineMistake(rows.line_num, "csv", {"reason": str(error)}))
    if not articles and not found:
        found.append(LineMistake(1, "empty", {}))
    return ReadArticles(tuple(articles.values()), tuple(found))


def import_articles(
    connection: Connection, city: City, articles: Iterable[AnswerContent], who: str
) -> ImportCount:
    """In the caller's transaction, which commits it."""
    known = {row["key"]: dict(row) for row in connection.execute(KNOWN, {"region": city.region}).mappings()}
    added = changed = same = 0
    for article in articles:
        before = known.get(article.key)
        if before is None:
            add(connection, city, article, who, NOTE)
            added += 1
        elif before["retired_at"] is None and article.row().items() <= before.items():
            same += 1
        else:
            save(connection, city, before["id"], article, before["version"], who, NOTE)
            changed += 1
    return ImportCount(added, changed, same)


def write_articles(connection: Connection, city: City) -> tuple[str, int]:
    """All that are not retired, as a file that `read_articles` takes, and how many they are."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\n", extrasaction="ignore")
    rows.writeheader()
    known = connection.execute(KNOWN, {"region": city.region}).mappings()
    shown = sorted((row for row in known if row["retired_at"] is None), key=lambda row: row["key"])
    for row in shown:
        cells = dict(row) | {"review_on": row["review_on"].isoformat()}
        rows.writerow({name: guarded(str(cells[name])) for name in COLUMNS})
    return out.getvalue(), len(shown)


def read_file(path: Path) -> str:
    """Raises `InvalidInput` ("answers.file", "file.not_utf8")."""
    return read_written(path, "answers.file")


def _article(
    row: Mapping[str | None, Any], topics: Collection[str], today: date
) -> tuple[AnswerContent | None, list[tuple[str, Mapping[str, Any]]]]:
    if None in row or None in row.values():
        return None, [("cells", {"columns": len(COLUMNS)})]
    cells = {str(name): unguarded(str(value).strip()) for name, value in row.items()}
    review_on = day_of(cells["review_on"])
    if review_on is None:
        return None, [("day", {"value": cells["review_on"][:40]})]
    article = AnswerContent(
        cells["key"],
        cells["topic"],
        cells["owner"],
        review_on,
        {lang: cells[f"title_{lang}"] for lang in LANGUAGES},
        {lang: cells[f"body_{lang}"] for lang in LANGUAGES},
    )
    return article, [(one.code, one.parameters) for one in mistakes(article, topics, today)]
