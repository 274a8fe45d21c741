"""The strategy: goals, indicators with weights and plan values, and who answers for which. A TOML file with a
version; the one that a month was closed with is kept whole, so that the month can be counted again.

    version = 3
    from = "2025-01"          # the first month that it holds for
    threshold = 75            # a score below is a matter for the meeting
    least_cases = 30          # fewer in a month: no score
    recorded_within_h = 2     # a closing written down later than this counts from when it was written down

    [name]
    kk = "…"
    ru = "…"
    en = "…"

    [[goal]]                  # key, kk, ru, en
    [[indicator]]             # key, goal, figure, weight, plan, zero; adjusted_by = ["category"] where the
                              # mix of cases is allowed for, assign_weight = [5, 20] and
                              # assign_plan = [0.85, 1.0] where it may be assigned
    [[manager]]               # key; weights = { on_time = 60, returned = 40 } where they are not everybody's

`figure` is one of `geo.statistics.definitions` that is a share of incidents or of milestones of projects.
`plan` gives all points of the weight, `zero` none, and between them they are linear; `plan` may lie below
`zero`, where less is better. A manager without projects has `weights` that leave the milestones out.
`adjusted_by`: by what a case was first written down as (`DIMENSIONS`); points are then given for the adjusted
share (`geo.rating.mix`). Milestones have none.

`assign_weight`: the least and the most weight with which the indicator may be assigned to a manager
(`geo.rating.assignments`); without it nobody is assigned it. `assign_plan`: between which values the plan may
then lie; without it the plan stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from geo.errors import InvalidInput, LineMistake
from geo.ranges import YEARS, month_in
from geo.statistics.definitions import BY_KEY, INCIDENT, MILESTONE, Figure
from geo.toml import Keys, TomlChecker, TomlFile
from geo.toml_values import are_all, is_one_of

LANGUAGES = ("kk", "ru", "en")
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
FULL = 100
"""The sum of a manager's weights."""
MOST_INDICATORS = 30
"""Two bits of a case's pattern each (`geo.rating.scores.Patterns`), below those that say what it is."""
TOP_KEYS = frozenset(
    "version from threshold least_cases recorded_within_h name goal indicator manager".split()
)
GOAL_KEYS = frozenset(("key", *LANGUAGES))
INDICATOR_KEYS = frozenset("key goal figure weight plan zero adjusted_by assign_weight assign_plan".split())
MANAGER_KEYS = frozenset(("key", "weights"))
RATED: Mapping[str, Figure] = {
    key: figure
    for key, figure in BY_KEY.items()
    if figure.source in (INCIDENT, MILESTONE) and figure.unit == "share"
}
"""Figures that can be an indicator."""
DIMENSIONS: Mapping[str, str] = {"category": "coalesce(i.category_id::text, '-')", "kind": "i.kind"}
"""By what the mix of cases can be allowed for: SQL over a case `i` (`geo.rating.relation.RATED`)."""


@dataclass(frozen=True)
class StrategyGoal:
    key: str
    names: Mapping[str, str]


@dataclass(frozen=True)
class Indicator:
    """`plan` and `zero` are shares, 0..1. `adjusted_by`: of `DIMENSIONS`, empty = not adjusted.
    `assign_weight`, `assign_plan`: the least and the most that may be assigned, none = nothing may."""

    key: str
    goal: str
    figure: Figure
    weight: int
    plan: float
    zero: float
    adjusted_by: tuple[str, ...] = ()
    assign_weight: tuple[int, int] | None = None
    assign_plan: tuple[float, float] | None = None

    @property
    def is_less_better(self) -> bool:
        return self.plan < self.zero

    def reached(self, share: float) -> float:
        """How much of the way from `zero` to `plan`, 0..1."""
        return min(1.0, max(0.0, (share - self.zero) / (self.plan - self.zero)))


@dataclass(frozen=True)
class AssignedIndicator:
    """What an accepted assignment says, and its number. `plan` none = that of the strategy."""

    number: int
    manager: str
    indicator: str
    weight: int
    plan: float | None


@dataclass(frozen=True)
class Strategy:
    """`weights`: manager -> indicator -> weight, those that are 0 left out; what is `assigned` is in them."""

    version: int
    since: date
    threshold: float
    least_cases: int
    recorded_within_h: float
    names: Mapping[str, str]
    goals: tuple[StrategyGoal, ...]
    indicators: tuple[Indicator, ...]
    weights: Mapping[str, Mapping[str, int]]
    text: str
    assigned: tuple[AssignedIndicator, ...] = ()

    def indicator_of(self, manager: str, n: int) -> Indicator:
        """Indicator n, with the plan that was assigned to the manager."""
        indicator = self.indicators[n]
        for one in self.assigned:
            if (one.manager, one.indicator) == (manager, indicator.key) and one.plan is not None:
                return replace(indicator, plan=one.plan)
        return indicator

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Those that any indicator is adjusted by."""
        return tuple(name for name in DIMENSIONS if any(name in one.adjusted_by for one in self.indicators))


def read_strategy(path: Path) -> Strategy:
    """Raises `InvalidInput`: "rating.file" for a file that is no TOML, "rating.strategy" with the first
    mistake's line, its code, and how many there are."""
    return strategy_of(TomlFile.read(path, "rating.file"))


def strategy_of(file: TomlFile) -> Strategy:
    """The strategy in a file that has been read; raises what `read_strategy` raises."""
    if mistakes := check(file):
        first = mistakes[0]
        raise InvalidInput(
            "rating.strategy", file=str(file.path), line=first.line, mistake=first.code, count=len(mistakes)
        )
    tables = file.tables
    goals = tuple(StrategyGoal(row["key"], _names(row)) for row in tables["goal"])
    indicators = tuple(
        Indicator(
            row["key"],
            row["goal"],
            RATED[row["figure"]],
            row["weight"],
            float(row["plan"]),
            float(row["zero"]),
            tuple(row.get("adjusted_by", ())),
            _pair(row.get("assign_weight")),
            _pair(row.get("assign_plan")),
        )
        for row in tables["indicator"]
    )
    own = {indicator.key: indicator.weight for indicator in indicators}
    weights = {row["key"]: row.get("weights", own) for row in tables["manager"]}
    return Strategy(
        tables["version"],
        first_of_month(tables["from"]),
        float(tables["threshold"]),
        tables["least_cases"],
        float(tables["recorded_within_h"]),
        _names(tables["name"]),
        goals,
        indicators,
        {key: {name: n for name, n in of.items() if n} for key, of in weights.items()},
        file.text,
    )


def check(file: TomlFile) -> list[LineMistake]:
    """Every mistake of the file, in the order of its lines."""
    checker = Checker(file)
    checker.run()
    return sorted(checker.mistakes, key=lambda mistake: mistake.line)


def first_of_month(text: str) -> date:
    """The first day of "2025-01". Raises `InvalidInput` ("rating.month")."""
    month = month_in(text)
    if month is None:
        raise InvalidInput("rating.month", month=text[:20], first=YEARS[0], last=YEARS[1] - 1)
    return month


class Checker(TomlChecker):
    """What is wrong with a strategy's file."""

    def run(self) -> None:
        self.top()
        goals = self.keyed("goal", GOAL_KEYS)
        for at, row in self.tables_of("goal"):
            self.named(row, at)
        indicators = self.keyed("indicator", INDICATOR_KEYS)
        if len(self.tables_of("indicator")) > MOST_INDICATORS:
            self.add(("indicator", MOST_INDICATORS), "many", most=MOST_INDICATORS)
        for at, row in self.tables_of("indicator"):
            self.indicator(row, at, goals)
        self.keyed("manager", MANAGER_KEYS)
        own = {str(row.get("key")): row.get("weight") for _, row in self.tables_of("indicator")}
        for at, row in self.tables_of("manager"):
            self.weights(row, at, own, indicators)

    def top(self) -> None:
        tables = self.file.tables
        self.known(tables, (), TOP_KEYS)
        self.number(tables, (), "version", 1, 10**6, whole=True)
        self.number(tables, (), "threshold", 0, FULL)
        self.number(tables, (), "least_cases", 1, 10**6, whole=True)
        self.number(tables, (), "recorded_within_h", 0, 24 * 31)
        if not (isinstance(tables.get("from"), str) and month_in(tables["from"])):
            self.add(("from",), "month", first=YEARS[0], last=YEARS[1] - 1)
        if isinstance(tables.get("name"), dict):
            self.named(tables["name"], ("name",))
        else:
            self.add(("name",), "missing", key="name")

    def indicator(self, row: dict[str, Any], at: Keys, goals: set[str]) -> None:
        self.number(row, at, "weight", 0, FULL, whole=True)
        plan, zero = (self.number(row, at, name, 0, 1) for name in ("plan", "zero"))
        if plan is not None and plan == zero:
            self.add((*at, "zero"), "zero")
        if not is_one_of(row.get("figure"), RATED):
            self.add((*at, "figure"), "figure", known=", ".join(RATED))
        self.adjusted(row, at)
        self.assignable(row, at, plan, zero)
        if not is_one_of(row.get("goal"), goals):
            self.add((*at, "goal"), "goal", known=", ".join(sorted(goals)))

    def adjusted(self, row: dict[str, Any], at: Keys) -> None:
        """Names of `DIMENSIONS`, each once; a milestone has none of them."""
        if "adjusted_by" not in row:
            return
        given = row["adjusted_by"]
        if not given or not are_all(given, DIMENSIONS.__contains__) or len(set(given)) < len(given):
            self.add((*at, "adjusted_by"), "adjusted_by", known=", ".join(DIMENSIONS))
        figure = RATED.get(str(row.get("figure")))
        if figure is not None and figure.source is not INCIDENT:
            self.add((*at, "adjusted_by"), "adjusted_figure", figure=figure.key)

    def assignable(self, row: dict[str, Any], at: Keys, plan: float | None, zero: float | None) -> None:
        """The plan that may be assigned lies on the side of `zero` on which the plan does."""
        if "assign_weight" in row and not _is_range(row["assign_weight"], int, FULL):
            self.add((*at, "assign_weight"), "assign_weight", of=FULL)
        if "assign_plan" not in row:
            return
        given = row["assign_plan"]
        if "assign_weight" not in row or not _is_range(given, float, 1):
            self.add((*at, "assign_plan"), "assign_plan")
        elif plan is not None and zero is not None:
            if any((end > zero) != (plan > zero) or end == zero for end in given):
                self.add((*at, "assign_plan"), "assign_side")

    def weights(self, row: dict[str, Any], at: Keys, own: Mapping[Any, Any], known: set[str]) -> None:
        """Those of a manager add up to 100."""
        given = row.get("weights", own)
        where: Keys = (*at, "weights") if "weights" in row else at
        if not isinstance(given, dict) or not all(type(n) is int and 0 <= n <= FULL for n in given.values()):
            self.add(where, "weights")
            return
        for name in given.keys() - known:
            self.add(where, "indicator", indicator=str(name)[:40], known=", ".join(sorted(known)))
        if sum(given.values()) != FULL:
            self.add(where, "sum", sum=sum(given.values()), of=FULL)

    def tables_of(self, name: str) -> list[tuple[Keys, dict[str, Any]]]:
        given = self.file.tables.get(name)
        if not isinstance(given, list):
            return []
        return [((name, n), row) for n, row in enumerate(given) if isinstance(row, dict)]

    def keyed(self, name: str, known: frozenset[str]) -> set[str]:
        """The keys of the tables `[[name]]`: there is one at least, each has one of its own."""
        seen: set[str] = set()
        tables = self.tables_of(name)
        if not tables:
            self.add((name,), "missing", key=f"[[{name}]]")
        for at, row in tables:
            self.known(row, at, known)
            key = row.get("key")
            if not isinstance(key, str) or not KEY.fullmatch(key):
                self.add((*at, "key"), "key")
            elif key in seen:
                self.add((*at, "key"), "twice", key=key)
            else:
                seen.add(key)
        return seen

    def named(self, row: Mapping[str, Any], at: Keys) -> None:
        for lang in LANGUAGES:
            if not isinstance(row.get(lang), str) or not row[lang].strip():
                self.add((*at, lang), "words", language=lang)


def _is_range(given: object, kind: type, most: float) -> bool:
    """[least, most], both from 0 to `most`; whole numbers where `kind` is int."""
    if not isinstance(given, list) or len(given) != 2:
        return False
    return all(type(n) in (int, kind) for n in given) and 0 <= given[0] <= given[1] <= most


def _pair(given: list[Any] | None) -> Any:
    return None if given is None else tuple(given)


def _names(row: Mapping[str, str]) -> dict[str, str]:
    return {lang: row[lang] for lang in LANGUAGES}
