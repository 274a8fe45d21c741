"""The categories, performers and managers of `facts`, as rows with ids. Ids are places in the tables, from
1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from etl.demo.facts.organisations import MANAGERS, PERFORMERS
from etl.demo.facts.topics import CATEGORIES


@dataclass(frozen=True)
class Topic:
    """One category. `performer` may stand for several (`facts.organisations`)."""

    id: int
    key: str
    parent: str | None
    kind: str
    due_hours: float | None
    performer: str
    name_kk: str
    name_ru: str
    name_en: str
    weight: float


@lru_cache
def categories() -> tuple[Topic, ...]:
    out = []
    for i, line in enumerate(CATEGORIES.strip().splitlines(), 1):
        key, parent, due, performer, kk, ru, en, *weight = line.split("|")
        root = key.split(".")[0]
        kind = root if root in ("police", "emergency", "offence") else "service"
        out.append(
            Topic(
                i,
                key,
                parent or None,
                kind,
                float(due) if due else None,
                performer,
                kk,
                ru,
                en,
                float(weight[0]) if weight else 0.0,
            )
        )
    return tuple(out)


@lru_cache
def by_key() -> dict[str, Topic]:
    return {topic.key: topic for topic in categories()}


def leaves(root: str) -> list[Topic]:
    """The topics below a root; the root itself where there are none."""
    return [topic for topic in categories() if topic.parent == root] or [by_key()[root]]


@lru_cache
def managers() -> tuple[tuple[str, ...], ...]:
    """key, name, post in kk, ru, en."""
    return tuple(tuple(line.split("|")) for line in MANAGERS.strip().splitlines())


@lru_cache
def performers() -> tuple[tuple[str, ...], ...]:
    """key, type, manager, names in kk, ru, en."""
    return tuple(tuple(line.split("|")) for line in PERFORMERS.strip().splitlines())


@lru_cache
def performer_ids() -> dict[str, int]:
    return {row[0]: i for i, row in enumerate(performers(), 1)}
