"""What is to be known of a year of a subject: why its figures are no continuation of the years before, as
another way of counting. A note is never changed: a later one of the same year takes its place, an empty one
takes it away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.audit.records import record_audit
from geo.base import Base, Now, Region
from geo.errors import InvalidInput, NotFound
from geo.settings import City
from geo.statistics.day_counts import SUBJECTS

LONGEST = 200
YEARS = range(1990, 2100)
WRITE = text("""insert into statistic_note (region, subject, year, text_kk, text_ru, text_en, written_by)
    values (:region, :subject, :year, :kk, :ru, :en, :who)""")
READ = """select distinct on (year) year, text_{lang} as note from statistic_note
    where region = :region and subject = :subject order by year, id desc"""
WRITTEN = """select n.year, n.subject, n.note, n.written_by, n.written_at from (
        select distinct on (subject, year) year, subject, text_{lang} as note, written_by, written_at
        from statistic_note where region = :region order by subject, year, id desc) n
    where n.note <> '' order by n.year desc, array_position(:subjects, n.subject)"""


class YearNote(Base):
    """Empty texts: there is no note any longer."""

    __tablename__ = "statistic_note"
    __table_args__ = (Index("ix_statistic_note_subject", "region", "subject", "year"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    subject: Mapped[str]
    year: Mapped[int] = mapped_column(SmallInteger)
    text_kk: Mapped[str]
    text_ru: Mapped[str]
    text_en: Mapped[str]
    written_by: Mapped[str]
    written_at: Mapped[Now]


@dataclass(frozen=True)
class WrittenNote:
    year: int
    subject: str
    note: str
    written_by: str
    written_at: datetime


def in_each_language(texts: Mapping[str, str]) -> dict[str, str]:
    """A language without a text of its own reads that of another."""
    other = next((texts[one] for one in ("ru", "kk", "en") if texts[one].strip()), "")
    return {one: text if text.strip() else other for one, text in texts.items()}


def write_year_note(
    connection: Connection, city: City, subject: str, year: int, texts: Mapping[str, str], who: str
) -> None:
    """`texts`: by language; all empty takes the note away. Raises `NotFound` ("statistics.subject"),
    `InvalidInput` ("statistics.note_year", "statistics.note_length")."""
    if subject not in SUBJECTS:
        raise NotFound("statistics.subject", subject=subject[:40], known=", ".join(SUBJECTS))
    if year not in YEARS:
        raise InvalidInput("statistics.note_year", year=year, first=YEARS[0], last=YEARS[-1])
    row = {language: texts[language].strip() for language in ("kk", "ru", "en")}
    if max(map(len, row.values())) > LONGEST:
        raise InvalidInput("statistics.note_length", most=LONGEST)
    connection.execute(WRITE, {"region": city.region, "subject": subject, "year": year, **row, "who": who})
    record_audit(connection, who, "figure.noted", figure=subject, number=year)


def year_notes(connection: Connection, city: City, subject: str, lang: str) -> dict[int, str]:
    """Year -> its note."""
    rows = connection.execute(text(READ.format(lang=lang)), {"region": city.region, "subject": subject})
    return {row.year: row.note for row in rows if row.note}


def written_notes(connection: Connection, city: City, lang: str) -> list[WrittenNote]:
    """Those that stand, the last years first."""
    bound = {"region": city.region, "subjects": list(SUBJECTS)}
    return [WrittenNote(*row) for row in connection.execute(text(WRITTEN.format(lang=lang)), bound)]
