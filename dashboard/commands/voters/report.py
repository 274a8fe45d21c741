"""What `./ikomek voters` prints of a version of the list: counts, codes, lines of the file, houses and
precincts; never what stands in a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.commands.table import print_table
from dashboard.words import language, word
from geo.database import AnyRow, Connection
from geo.settings import City
from geo.voters import approval, compare, model, worklist
from geo.voters.cells import GUESSED
from geo.voters.transfer.model import TransferState

SHOWN = 12
"""Precincts and flags that are printed; the rest is counted."""
OPEN = 1
"""The exit code of a version that waits for decisions."""
PARTS = ("added", "moved_in", "moved_out", "removed", "corrected")


def print_check(connection: Connection, city: City, list_id: int) -> int:
    """A version whole: the equation, what was refused, how addresses were matched, what is implausible, the
    precincts that change most. `OPEN` while decisions are open, and of one that is overtaken, said first."""
    row = model.version(connection, city.region, list_id)
    overtaken = approval.is_overtaken(row, model.current(connection, city.region))
    if overtaken:
        print(word("voters.overtaken", list=list_id))
    _print_equation(row)
    if GUESSED in row.checks:
        print(word("voters.guessed", n=row.checks[GUESSED]["count"]))
    print_table(
        [
            {
                "check": word(f"voters.check.{code}"),
                "found": one["count"],
                "rows": ", ".join(map(str, one["lines"])),
            }
            for code, one in row.checks.items()
        ]
    )
    print()
    print_table([{"way": word(f"voters.way.{way}"), "voters": n} for way, n in _most_first(row.matching)])
    print()
    _print_precincts(connection, city, list_id)
    flags = approval.flags(connection, city.region, list_id)
    for flag in flags[:SHOWN]:
        print(flag_line(flag))
    addresses = worklist.count_open(connection, city.region, list_id).addresses
    if row.state == "checked" and not overtaken:
        print(word("command.voters.open", addresses=addresses, flags=len(flags)))
    return OPEN if overtaken or (row.state == "checked" and (addresses or flags)) else 0


def _print_equation(row: Any) -> None:
    counts = {name: getattr(row, name) for name in model.COUNTS}
    print(word("command.voters.equation", rows=row.rows_read, **counts))
    after = row.before + row.added - row.removed
    print(
        word(
            "command.voters.sum",
            before=row.before,
            added=row.added,
            removed=row.removed,
            after=after,
            kept=row.kept,
        )
    )


def _print_precincts(connection: Connection, city: City, list_id: int) -> None:
    rows = compare.by_precinct(connection, city, list_id)
    print_table(
        [
            {
                "precinct": "–" if one.number is None else one.number,
                "before": one.before,
                **{name: getattr(one, name) for name in PARTS},
                "after": one.after,
            }
            for one in rows[:SHOWN]
        ]
    )
    if len(rows) > SHOWN:
        print(word("command.voters.more", n=len(rows) - SHOWN))
    print()


def print_status(versions: Sequence[Any]) -> None:
    print_table(
        [
            {
                "id": row.id,
                "state": word(f"voters.state.{row.state}"),
                "rows": row.rows_read,
                "voters": row.before + row.added - row.removed,
                "day": row.voting_day.isoformat(),
                "loaded": row.loaded_by,
                "approved": row.approved_by or "–",
            }
            for row in versions
        ]
    )


def print_transfers(found: Sequence[TransferState]) -> None:
    """Each package on its way, or taken; nothing where none was ever sent."""
    for one in found:
        print(
            word(
                "command.voters.transfer",
                name=one.name,
                state=word(f"voters.package.state.{one.state}"),
                share=100 * one.sent // one.size,
                attempts=one.attempts,
                address=one.address,
            )
        )


def flag_line(flag: AnyRow) -> str:
    counts = {"before": flag.before, "after": flag.after, "gone": flag.gone}
    return word(f"voters.flag.{flag.level}.{flag.code}", of=flag.of_id, **counts)


def house_of(named: Mapping[str, Any]) -> str:
    street = "street_kk" if language.get() == "kk" else "street_ru"
    return ", ".join(part for part in (named[street], named["house"]) if part)


def print_worklist(found: Sequence[worklist.OpenAddress], of: int) -> None:
    """Each address with its candidates, by whose ids it is decided."""
    for address in found:
        print(
            word(
                "command.voters.address",
                id=address.id,
                line=address.line,
                reason=word(f"voters.reason.{address.reason}"),
                n=address.persons,
            )
        )
        for one in address.candidates:
            print(f"  {one['building']:>8}  {one['score']:.2f}  {house_of(one)}")
    if of > len(found):
        print(word("command.voters.more", n=of - len(found)))
    if not of:
        print(word("command.voters.all_matched"))


def _most_first(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: -pair[1])
