"""The tables of answers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region

WORDS = "to_tsvector('russian', searched_words)"
"""Words of titles and bodies for full-text search: Russian and, where they are Latin, English stems."""


class AnswerArticle(Base):
    """An article as it is now. `searched_titles` and `searched_words` are folded as what is typed is
    (`geo.answers.content`)."""

    __tablename__ = "answer_article"
    __table_args__ = (
        UniqueConstraint("region", "key"),
        Index("ix_answer_article_words", text(WORDS), postgresql_using="gin"),
        Index(
            "ix_answer_article_titles",
            text("searched_titles gin_trgm_ops"),
            postgresql_using="gin",
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    key: Mapped[str]
    version: Mapped[int]
    topic: Mapped[str]
    owner: Mapped[str]
    review_on: Mapped[date] = mapped_column(Date())
    title_kk: Mapped[str]
    title_ru: Mapped[str]
    title_en: Mapped[str]
    body_kk: Mapped[str]
    body_ru: Mapped[str]
    body_en: Mapped[str]
    searched_titles: Mapped[str]
    searched_words: Mapped[str]
    retired_at: Mapped[datetime | None]
    retired_by: Mapped[str | None]


class AnswerVersion(Base):
    """Every version of an article, append-only."""

    __tablename__ = "answer_version"
    region: Mapped[Region]
    article_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    topic: Mapped[str]
    owner: Mapped[str]
    review_on: Mapped[date] = mapped_column(Date())
    title_kk: Mapped[str]
    title_ru: Mapped[str]
    title_en: Mapped[str]
    body_kk: Mapped[str]
    body_ru: Mapped[str]
    body_en: Mapped[str]
    note: Mapped[str | None]
    who: Mapped[str]
    at: Mapped[Now]


class AnswerUse(Base):
    """An article that answered an inquiry, in one take or not. `inquiry`: its number as its source has it,
    none = the operator did not say."""

    __tablename__ = "answer_use"
    __table_args__ = (
        Index("ix_answer_use_article", "region", "article_id", "at"),
        Index("ix_answer_use_at", "region", "at"),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    article_id: Mapped[int]
    version: Mapped[int]
    inquiry: Mapped[str | None]
    one_take: Mapped[bool]
    who: Mapped[str]
    at: Mapped[Now]


class UnansweredQuestion(Base):
    """A question that found no article, folded and without its numbers, so that nobody is named by it. `n`:
    how often it was asked. `settled_at`: an editor has dealt with it; asked again after that, it is back."""

    __tablename__ = "answer_question"
    __table_args__ = (UniqueConstraint("region", "question"),)
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    question: Mapped[str]
    n: Mapped[int]
    first_at: Mapped[Now]
    last_at: Mapped[Now]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
