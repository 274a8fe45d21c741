"""Saved views of the duty desk: a name for an address of /map, of a person or of a post, whose officers all
have it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Connection, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from geo.base import Base, Now, Region
from geo.errors import Conflict, NotFound

MOST = 30
"""The most saved views of one person, and of one post."""
SAVE = text("""
    insert into saved_view (region, owner, post, name, query, made_by)
    values (:region, :owner, :post, :name, :query, :who)
    on conflict (region, coalesce(owner, ''), coalesce(post, ''), name) do update set
        query = excluded.query, made_by = excluded.made_by, made_at = now() returning id""")
COUNT = text("""
    select count(*) from saved_view where region = :region and owner is not distinct from :owner
        and post is not distinct from :post and name <> :name""")
REMOVE = text("""
    delete from saved_view where region = :region and id = :id and (owner = :who or post = :own_post)""")


class SavedView(Base):
    """`owner`: the person whose it is, or `post`: the key of the post (`geo.shifts.post`). `query` is the
    part of the address after "?", without cards and pages."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("(owner is null) <> (post is null)", name="one_owner"),
        Index(
            "ix_saved_view_name",
            "region",
            text("coalesce(owner, '')"),
            text("coalesce(post, '')"),
            "name",
            unique=True,
        ),
    )
    region: Mapped[Region]
    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    owner: Mapped[str | None]
    post: Mapped[str | None]
    name: Mapped[str]
    query: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[Now]


@dataclass(frozen=True)
class Holder:
    """Who saves: a person at a post; `shared`: for all of the post."""

    who: str
    post: str
    shared: bool


def save_view(connection: Connection, region: str, holder: Holder, name: str, query: str) -> int:
    """A view of that name that is there already says this from now on. Returns its id. Raises `Conflict`
    ("view.many")."""
    bound = {
        "region": region,
        "owner": None if holder.shared else holder.who,
        "post": holder.post if holder.shared else None,
        "name": name,
    }
    if connection.execute(COUNT, bound).scalar_one() >= MOST:
        raise Conflict("view.many", most=MOST)
    saved = connection.execute(SAVE, bound | {"query": query, "who": holder.who})
    return int(saved.scalar_one())


def remove_view(connection: Connection, region: str, holder: Holder, view: int) -> None:
    """One's own, or one of the post. Raises `NotFound` ("view.unknown")."""
    bound = {"region": region, "id": view, "who": holder.who, "own_post": holder.post}
    if not connection.execute(REMOVE, bound).rowcount:
        raise NotFound("view.unknown", view=view)
