"""Early warnings against the desk's rule of grouping: failures planted in a city whose requests come by
chance at the full rate. Goals: the scan names them at least 15 minutes before the rule groups them (the
median), at no more than one false warning a shift of 12 hours over 30 quiet days.

`./ikomek bench warnings [--days 30] [--failures 40]`: the same seed, the same figures; thresholds were chosen
on other seeds. A failure that the rule never groups in four hours counts as grouped when they are over.

`most` is the lead that any warning can have: from the second house that reports, for one house is no line.
Where neighbours are in the dark at once the rule has its three before a quarter of an hour is over. `groups`:
how many groups the rule itself suggests on a quiet day of what is no failure.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from datetime import datetime
from statistics import median

import numpy as np

from etl.demo.outages import KINDS, LASTS_MIN, FailureKind
from geo.early_warning.causes import Cause, read_causes
from geo.early_warning.look import SAME
from tests.bench._warnings_city import DAY_MIN, QuietCity, Reports, Watched, grouped, groups

LEAD_MIN, FALSE_A_SHIFT = 15.0, 1.0
SHIFTS_A_DAY, HOUR_MIN = 2, 60
BEGINS = datetime(2025, 11, 6)
"""Its quiet days are those of January, when most fails."""


@dataclass(frozen=True)
class Named:
    """Minutes after a failure began: named by the scan, grouped by the rule, none = never; reported by a
    `second` house. `away_m`: from
    the middle of its reports to the circle's."""

    scan: float | None
    rule: float | None
    second: float
    away_m: float

    @property
    def lead(self) -> float | None:
        if self.scan is None:
            return None
        return self.grouped - self.scan

    @property
    def grouped(self) -> float:
        return LASTS_MIN if self.rule is None else self.rule


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="./ikomek bench warnings")
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--failures", type=int, default=40)
    args = parser.parse_args(argv)
    city = QuietCity(args.days, BEGINS, seed=109)
    false, leads = 0, []
    heads = ("a day", "false", "groups"), ("named", "grouped"), ("scan", "rule", "lead", "most")
    widths = zip((6, 8, 6), heads)
    print(f"{'cause':14}", *(f"{head:>{width}}" for width, names in widths for head in names))
    for cause in read_causes():
        watched = Watched(city, cause)
        wrong = false_warnings(watched)
        false += wrong
        kind = next((kind for kind in KINDS if kind.cause == cause.key), None)
        found = [] if kind is None else [plant_one(watched, kind) for _ in range(args.failures)]
        leads += [one.lead if one.lead is not None else -LASTS_MIN for one in found]
        print(_line(cause, watched, wrong, found), flush=True)
    a_shift = false / (args.days * SHIFTS_A_DAY)
    lead = median(leads)
    print(f"false warnings a shift: {a_shift:.2f} (at most {FALSE_A_SHIFT:g}); quiet days: {args.days}")
    print("load", *(f"{load:.2f}" for load in os.getloadavg()))
    print(f"median lead over the rule: {lead:.0f} min (at least {LEAD_MIN:g}); failures: {len(leads)}")
    return 0 if a_shift <= FALSE_A_SHIFT and lead >= LEAD_MIN else 1


def false_warnings(watched: Watched) -> int:
    """New warnings of the quiet days; one that goes on, or comes again near by, is the same."""
    city, standing, found = watched.city, [], 0
    for at in watched.quiet.between(city.first_min, city.last_min).at:
        late, cluster = watched.cluster(watched.quiet, at)
        if cluster is None or cluster.surprise < watched.cause.surprise:
            continue
        centre, owner = late.xy[cluster.centre], late.owner[cluster.centre]
        radius = watched.zones[cluster.zone].length_m if watched.cause.by != "performer" else 0.0
        standing = [one for one in standing if at - one[0] <= SAME.total_seconds() / 60]
        same = [n for n, one in enumerate(standing) if _is_same(watched.cause, one, centre, radius, owner)]
        if same:
            standing[same[0]] = (at, *standing[same[0]][1:])
        else:
            standing.append((at, centre, radius, owner))
            found += 1
    return found


def suggested(watched: Watched) -> float:
    """Groups of a quiet day that the desk's rule suggests, each once: those of its last moment are looked at
    every hour, and one that shares an incident with a group before is the same."""
    city, seen, found = watched.city, set(), 0
    for at in np.arange(city.first_min, city.last_min, HOUR_MIN):
        for incidents in groups(watched.quiet, at):
            found += not incidents & seen
            seen |= incidents
    return found / city.days


def _is_same(cause: Cause, one: tuple, centre: np.ndarray, radius: float, owner: int) -> bool:
    if cause.by == "performer":
        return bool(one[3] == owner)
    return bool(np.hypot(*(one[1] - centre)) <= one[2] + radius)


def plant_one(watched: Watched, kind: FailureKind) -> Named:
    """A failure at any moment of the quiet days by day or by night."""
    city = watched.city
    begins = city.rng.uniform(city.first_min, city.last_min - LASTS_MIN)
    planted = city.failure(kind, begins)
    around = watched.quiet.between(begins - 2 * DAY_MIN, begins + LASTS_MIN)
    reports = around.joined(planted)
    scan, away = _first_scan(watched, reports, planted)
    rule = next((at - begins for at in planted.at if grouped(reports, at)), None)
    _, first = np.unique(planted.xy, axis=0, return_index=True)
    second = np.sort(planted.at[first])[1] - begins if len(first) > 1 else LASTS_MIN
    return Named(None if scan is None else scan - begins, rule, float(second), away)


def _first_scan(watched: Watched, reports: Reports, planted: Reports) -> tuple[float | None, float]:
    for at in planted.at:
        late, cluster = watched.cluster(reports, at)
        if cluster is None or cluster.surprise < watched.cause.surprise:
            continue
        if late.planted[cluster.rows].mean() > 0.5:
            away = late.xy[cluster.centre] - planted.xy.mean(axis=0)
            return float(at), float(np.hypot(*away))
    return None, 0.0


def _line(cause: Cause, watched: Watched, wrong: int, found: list[Named]) -> str:
    city = watched.city
    a_day = len(watched.quiet.between(city.first_min, city.last_min).at) / city.days
    head = f"{cause.key:14} {a_day:6.0f} {wrong:6} {suggested(watched):6.1f}"
    if not found:
        return head
    scans = [one.scan for one in found if one.scan is not None]
    rules, most = [one.grouped for one in found], [one.grouped - one.second for one in found]
    leads = [one.lead for one in found if one.lead is not None]
    never = sum(one.rule is None for one in found)
    return (
        f"{head} {len(scans):4}/{len(found):<3} {len(found) - never:4}/{len(found):<3} "
        f"{median(scans):6.0f} {median(rules):6.0f} {median(leads):6.0f} {median(most):6.0f}"
    )
