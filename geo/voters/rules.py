"""Decisions on address lines, kept as rules: they are applied to every later list until they are undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, NotFound
from geo.voters.matching import KnownRule, line_key
from geo.voters.model import take_turn
from geo.voters.sealing import ListKey

IN_FORCE = text("""select r.id, r.hash, r.line, r.building_id, r.who, b.street_ru, b.street_kk, b.house
    from voters.address_rule r left join building b on b.region = r.region and b.id = r.building_id
    where r.region = :region and r.undone_at is null order by r.id""")
OF_LINE = text("""select r.id, r.building_id, r.who, b.street_ru, b.street_kk, b.house
    from voters.address_rule r left join building b on b.region = r.region and b.id = r.building_id
    where r.region = :region and r.hash = :hash and r.undone_at is null""")
ADD = text("""insert into voters.address_rule (region, hash, line, building_id, who)
    values (:region, :hash, :line, :building, :who) returning id""")
UNDO = text("""update voters.address_rule set undone_by = :who, undone_at = now()
    where region = :region and id = :rule and undone_at is null returning id""")
ALL = text("select id, hash, line from voters.address_rule where region = :region order by id")
SEAL_AGAIN = text("""update voters.address_rule set hash = :hash, line = :line
    where region = :region and id = :rule""")
COLUMN = "rule"


@dataclass(frozen=True)
class ShownRule:
    """A rule in force: the line that it is for, and the house; none = no building has this address."""

    id: int
    line: str
    house: str | None
    who: str


def hash_of(key: ListKey, line: str) -> bytes:
    """The hash by which the rule for a line is found."""
    return key.lookup(line_key(line))


def known(connection: Connection, region: str, key: ListKey) -> Callable[[str], KnownRule | None]:
    """The rule that applies to a line, or none."""
    rows = connection.execute(IN_FORCE, {"region": region})
    rules = {bytes(row.hash): KnownRule(row.id, row.building_id) for row in rows}

    def find(line: str) -> KnownRule | None:
        return rules.get(hash_of(key, line)) if rules else None

    return find


def shown(connection: Connection, region: str, key: ListKey) -> list[ShownRule]:
    """Those in force, the oldest first."""
    return [
        ShownRule(row.id, key.open(COLUMN, bytes(row.hash), bytes(row.line)), _house(row), row.who)
        for row in connection.execute(IN_FORCE, {"region": region})
    ]


def add(connection: Connection, region: str, key: ListKey, line: str, building: int | None, who: str) -> int:
    """The rule for a line that has none; its id."""
    hash_ = hash_of(key, line)
    bound = {"region": region, "hash": hash_, "who": who, "building": building}
    return int(connection.execute(ADD, bound | {"line": key.seal(COLUMN, hash_, line)}).scalar_one())


def same(connection: Connection, region: str, key: ListKey, line: str, building: int | None) -> int | None:
    """The rule in force that says the same of a line; none where nobody has decided on it. Raises `Conflict`
    ("voters.decided_otherwise", "voters.decided_none"): what somebody has decided is undone first."""
    bound = {"region": region, "hash": hash_of(key, line)}
    rule = connection.execute(OF_LINE, bound).one_or_none()
    if rule is None:
        return None
    if rule.building_id == building:
        return int(rule.id)
    if (house := _house(rule)) is None:
        raise Conflict("voters.decided_none", who=rule.who, rule=rule.id)
    raise Conflict("voters.decided_otherwise", who=rule.who, rule=rule.id, house=house)


def undo(connection: Connection, region: str, rule: int, who: str) -> None:
    """It is applied to no later list; the list in force stays as it is. Raises `NotFound`
    ("voters.unknown_rule")."""
    take_turn(connection)
    if connection.scalar(UNDO, {"region": region, "rule": rule, "who": who}) is None:
        raise NotFound("voters.unknown_rule", rule=rule)
    record_audit(connection, who, "voters.rule_undone", rule=rule)


def seal_again(connection: Connection, region: str, old: ListKey, new: ListKey) -> int:
    """All of them, those that are undone too; how many."""
    rows = connection.execute(ALL, {"region": region}).all()
    for row in rows:
        line = old.open(COLUMN, bytes(row.hash), bytes(row.line))
        hash_ = hash_of(new, line)
        bound = {"region": region, "rule": row.id, "hash": hash_, "line": new.seal(COLUMN, hash_, line)}
        connection.execute(SEAL_AGAIN, bound)
    return len(rows)


def _house(row: AnyRow) -> str | None:
    if row.building_id is None:
        return None
    return ", ".join(filter(None, (row.street_ru or row.street_kk, row.house))) or str(row.building_id)
