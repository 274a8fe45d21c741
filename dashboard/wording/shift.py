"""The sections of a hand-over as lines of words, the same on the page and on paper: what, about it, and what
stands at the end of the line (a time, a count)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.formats import age, clock, listed, number
from dashboard.words import word, word_or
from geo.alarms.rules import AlarmRule, current_rules
from geo.errors import InvalidInput
from geo.shifts.contents import SECTIONS, Contents

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """`level` none = of no priority; `incident`, `event`: whose card it leads to."""

    what: str
    about: str = ""
    end: str = ""
    level: int | None = None
    kind: str = "service"
    incident: int | None = None
    event: int | None = None


@dataclass(frozen=True)
class ShiftSection:
    """`counted`: all of it by performer, or by what was done. `hidden`: so many rows are not listed."""

    key: str
    n: int
    mark: str
    lines: Sequence[Line]
    counted: Sequence[Line] = ()
    hidden: int = 0

    @property
    def title(self) -> str:
        return word(f"shift.section.{self.key}")

    @property
    def is_empty(self) -> bool:
        return not self.n and not self.lines


def known_rules() -> Mapping[str, AlarmRule]:
    """None while their file is wrong: a hand-over is written all the same, rules then go by their keys."""
    try:
        return current_rules()
    except InvalidInput:
        return {}


@dataclass(frozen=True)
class ShownShift:
    """Contents in whose language and by whose clock. Times without a date are of the day of its end."""

    contents: Contents
    lang: str
    zone: ZoneInfo
    rules: Mapping[str, AlarmRule] = field(default_factory=known_rules)

    def sections(self) -> list[ShiftSection]:
        """The sections of the hand-over; one that was signed before a section existed is without it."""
        marks, held = self.contents.marks(), self.contents.sections
        return [self._section(key, held[key], marks[key]) for key in SECTIONS if key in held]

    def span(self) -> str:
        """Its day and hours, or both of each."""
        begins, ends = (
            datetime.fromtimestamp(at, UTC).astimezone(self.zone)
            for at in (self.contents.begins, self.contents.read_at)
        )
        until = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{ends:%d.%m.%Y %H:%M}"
        return f"{begins:%d.%m.%Y %H:%M}–{until}"

    def at(self, seconds: float | None) -> str:
        return "" if seconds is None else self.clock(datetime.fromtimestamp(seconds, UTC))

    def clock(self, at: datetime) -> str:
        return clock(at, self.zone, datetime.fromtimestamp(self.contents.read_at, UTC))

    def whole(self, at: datetime) -> str:
        """The time to the second, with its day."""
        return at.astimezone(self.zone).strftime("%d.%m.%Y %H:%M:%S")

    def _section(self, key: str, found: Mapping[str, Any], mark: str) -> ShiftSection:
        line = {
            "critical": self._critical,
            "overdue": self._overdue,
            "shelved": self._shelved,
            "mass_events": self._mass_event,
            "alarms": self._alarms,
            "feeds": self._feeds,
            "decisions": self._decisions,
            "notes": self._note,
        }[key]
        count = self._overdue_of if key == "overdue" else self._decisions_of
        rows: Sequence[Row] = found["rows"]
        counted = [count(group) for group in found.get("groups", ())]
        return ShiftSection(
            key, found["n"], mark, [line(row) for row in rows], counted, found["n"] - len(rows)
        )

    def _name(self, names: Mapping[str, str] | None) -> str | None:
        return None if names is None else names[self.lang]

    def _title(self, row: Row) -> str:
        number_of = row.get("number")
        return row["title"] or self._name(row["category"]) or str(number_of or "")

    def _critical(self, row: Row) -> Line:
        by = row["acknowledged_by"]
        state = word("shift.acknowledged_by", who=by) if by else word("alarms.state.new")
        about = listed(row["address"], self._name(row["district"]), state, by=" · ")
        return Line(self._title(row), about, self.at(row["opened"]), row["priority"], row["kind"], row["id"])

    def _overdue(self, row: Row) -> Line:
        late = word("shift.late", t=age(self.contents.read_at - row["due"]))
        about = listed(row["address"], self._name(row["performer"]), by=" · ")
        return Line(self._title(row), about, late, row["priority"], row["kind"], row["id"])

    def _overdue_of(self, group: Row) -> Line:
        late = word("shift.oldest", t=age(self.contents.read_at - group["oldest"]))
        return Line(self._name(group["performer"]) or word("shift.nobody"), late, number(group["n"]))

    def _shelved(self, row: Row) -> Line:
        what = self._title(row) if row["incident"] is not None else self._rule(row["rule"])
        about = listed(row["address"], row["who"], row["reason"], by=" · ")
        until = word("alarms.until", at=self.at(row["until"]))
        return Line(what, about, until, incident=row["incident"])

    def _mass_event(self, row: Row) -> Line:
        about = listed(
            row["number"],
            word("duty.mass.inquiries", n=row["inquiries"]) if row["inquiries"] else None,
            word(f"duty.mass.status.{row['of']}"),
            row["answer"],
            by=" · ",
        )
        what = listed(self._name(row["category"]), word("duty.mass.incidents", n=row["incidents"]))
        return Line(
            what, about, self.at(row["opened"]), max(1, row["priority"]), row["kind"], event=row["id"]
        )

    def _alarms(self, row: Row) -> Line:
        by = row["acknowledged_by"]
        state = word("shift.acknowledged_by", who=by) if by else word("alarms.state.new")
        about = listed(
            self._rule(row["rule"]) if row["incident"] is not None else self._feed(row),
            row["address"],
            state,
            by=" · ",
        )
        what = self._title(row) if row["incident"] is not None else self._rule(row["rule"])
        kind = row.get("kind") or "service"  # what was signed before alarms had their kind lacks it
        return Line(what, about, self.at(row["raised"]), row["priority"], kind, row["incident"])

    def _feeds(self, row: Row) -> Line:
        since = self.at(row["parameters"].get("since") or row["raised"])
        if row["cleared"] is None:
            return Line(self._feed(row) or row["rule"], word("shift.feed.silent"), since, row["priority"])
        return Line(
            self._feed(row) or row["rule"], word("shift.feed.back"), f"{since}–{self.at(row['cleared'])}"
        )

    def _decisions(self, row: Row) -> Line:
        undone = word("shift.undone") if row["undone"] else None
        what = listed(self._done(row["verb"]), self._title(row), by=": ")
        about = listed(row["address"], row["who"], row["remark"], undone, by=" · ")
        return Line(what, about, self.at(row["at"]), incident=row["incident"])

    def _decisions_of(self, group: Row) -> Line:
        return Line(self._done(group["verb"]), "", number(group["n"]))

    def _note(self, row: Row) -> Line:
        about = listed(self._title(row), row["address"], row["who"], by=" · ")
        return Line(row["remark"] or "", about, self.at(row["at"]), incident=row["incident"])

    def _done(self, verb: str) -> str:
        return word_or(f"duty.done.{verb}", verb)

    def _rule(self, key: str) -> str:
        return self.rules[key].name[self.lang] if key in self.rules else key

    def _feed(self, row: Row) -> str | None:
        key = row["parameters"].get("feed")
        return None if key is None else word_or(f"feed.{key}", key)
