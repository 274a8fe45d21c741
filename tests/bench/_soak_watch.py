"""What is watched beside a page's own counts: memory as the system counts it, the console, the turns of the
playlist, frames that do not come."""

from __future__ import annotations

import math
import os
import statistics
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench._soak_goals import Goal
from tests.bench._soak_heap import collect
from tests.bench._soak_page import BarePage

RISE_MB = {"browser": 25.0, "server": 25.0}
"""By how much the last third of the readings may be above the first, without those of the beginning: what
only the system sees, pictures and buffers of the browser's own. What scripts hold is counted to the byte."""
WARM = 0.2
"""The first share of the readings, in which caches still fill."""
SETTLES_MS = 3000.0
OWN_PAGES = ("Pss_Anon:", "Pss_Shmem:")
MOST_FROZEN_S = 5.0
"""A frame may come so late: a third of what the wall's own watchdog waits before it loads the page anew."""
LEAST_TURN_S = 4.0
"""A turn that was cut shorter than this, by a critical incident or by the measurement, is not asked for."""
TURNS = """([speed, least_s]) => {
    const { show } = ikomek.wallConductor, element = document.getElementById('wall-show');
    show.turns = show.turns.map(([scene, seconds, when]) => [scene, Math.max(seconds, least_s * 2) * speed, when]);
    window.turned = { turns: 0, missed: [], frames: 0, late: 0, slowest: 0 };
    let scene = null, since = 0, seen = false;
    setInterval(() => {
        const now = performance.now(), { show } = ikomek.wallConductor,
            wanted = ikomek.wallTurn() ? show.critical : ikomek.wallRunning(show.turns, ikomek.live.serverNow() / 1000);
        if (wanted !== scene) {
            if (scene && now - since >= least_s * 1000) {
                window.turned.turns += 1;
                if (!seen && element.dataset.shown !== wanted) window.turned.missed.push([scene, Math.round(now - since)]);
            }
            [scene, since, seen] = [wanted, now, false];
        }
        seen = seen || element.dataset.shown === scene;
    }, 100);
    /* Twice a second one frame is waited for; not while the page is held to be measured. */
    setInterval(() => {
        if (window.playlist) return;
        const since = performance.now();
        requestAnimationFrame(() => {
            if (window.playlist) return;
            const waited = performance.now() - since, { turned } = window;
            Object.assign(turned, { frames: turned.frames + 1, late: turned.late + (waited > 1000),
                slowest: Math.max(turned.slowest, waited) });
        });
    }, 500);
    /* A picture is read as often as ever: of a clock that runs faster it is as much older. */
    setInterval(() => {
        const wall = document.getElementById('wall');
        if (speed > 1 && wall && !wall.dataset.true) wall.dataset.refresh = wall.dataset.refresh * (wall.dataset.true = speed);
    }, 50);
}"""  # noqa: E501
"""A turn lasts as long in true seconds as without the faster clock. Missed is a turn whose scene was never
shown while it was its turn; the end of one that a critical incident or the measurement cut short is none,
where what stands there comes next anyway."""

NO_TURNS = {"turns": 0, "missed": [], "frames": 0, "late": 0, "slowest": 0}


@dataclass(frozen=True)
class Memory:
    """MB by the kind of process: that a browser gives it ("renderer", "gpu-process"), else its name."""

    browser: Counter[str]
    server: Counter[str]


class Watch:
    """Watches one page and its server's process; begun before the page is opened."""

    def __init__(self, page: BarePage, server: int) -> None:
        self.page, self.server = page, server
        self.complaints: list[str] = []
        self.used: list[Memory] = []
        self.loads: set[float] = set()
        """When each page that was looked at began to load."""
        page.on("Runtime.consoleAPICalled", self._heard)
        page.on("Runtime.exceptionThrown", self._thrown)
        page.on("Log.entryAdded", self._logged)
        self.browser = _browser()

    def _heard(self, event: dict[str, Any]) -> None:
        if event["type"] in ("error", "warning", "assert"):
            texts = [one.get("description") or one.get("value", "") for one in event["args"]]
            self.complaints.append(" ".join(map(str, texts)))

    def _thrown(self, event: dict[str, Any]) -> None:
        thrown = event["exceptionDetails"]
        what = thrown.get("exception", {}).get("description") or thrown["text"]
        self.complaints.append(f"uncaught: {what}")

    def _logged(self, event: dict[str, Any]) -> None:
        entry = event["entry"]
        if entry["level"] in ("error", "warning"):
            self.complaints.append(f"{entry['text']} {entry.get('url', '')}")

    def weigh(self) -> None:
        """Read the memory of the browser and of the server while the page stands still, once nobody listens
        and garbage and what the browser keeps for speed alone have been given back: half of it is these, more
        or less by the moment."""
        collect(self.page)
        self.page.send("Memory.simulatePressureNotification", {"level": "critical"})
        self.page.left_alone(SETTLES_MS, self._read_memory)

    def _read_memory(self) -> None:
        self.used.append(Memory(*map(_by_kind, (self.browser, self.server))))

    def turns(self, speed: int) -> None:
        self.page.evaluate(TURNS, [speed, LEAST_TURN_S])

    def look(self) -> str:
        """How many turns there were."""
        answer = self._turned()
        return f"{answer['turns']} ({len(answer['missed'])} missed)"

    def _turned(self) -> dict[str, Any]:
        """None of a page that has loaded anew."""
        self.loads.add(self.page.evaluate("() => performance.timeOrigin"))
        return self.page.evaluate("() => window.turned ?? null") or NO_TURNS

    def report(self) -> list[Goal]:
        """Print what was found."""
        answer = self._turned()
        print(f"  turns {answer['turns']}, frames {answer['frames']}, later than 1 s {answer['late']}")
        for complaint in dict.fromkeys(self.complaints):
            print(f"  console: {complaint[:300]}")
        missed = answer["missed"]
        return [
            *(self._rise(name, most) for name, most in RISE_MB.items()),
            Goal("messages in the console", len(self.complaints), 0),
            Goal("loads of the page", len(self.loads), 1, least=1),
            Goal("missed turns", len(missed), 0, why=f"{missed[:5]}"),
            Goal("frames that were waited for", answer["frames"], math.inf, least=1),
            Goal("slowest frame", answer["slowest"] / 1000, MOST_FROZEN_S, " s"),
        ]

    def _rise(self, name: str, most: float) -> Goal:
        """How much the lower quarter of the readings rises from the first third to the last: the least of
        them is one moment's."""
        settled = self.used[int(len(self.used) * WARM) :]
        levels = [sum(getattr(used, name).values()) for used in settled]
        third = max(1, len(levels) // 3)
        first, last = settled[0], settled[-1]
        parts = ", ".join(
            f"{part} {getattr(first, name)[part]:.0f} -> {size:.0f}"
            for part, size in sorted(getattr(last, name).items())
        )
        print(f"  {name} {levels[0]:.0f} -> {levels[-1]:.0f} MB, most {max(levels):.0f}: {parts}")
        rise = _lower_quarter(levels[-third:]) - _lower_quarter(levels[:third])
        return Goal(f"rise of the {name}'s memory", rise, most, " MB")


def _lower_quarter(levels: list[float]) -> float:
    return statistics.quantiles(levels, n=4)[0] if len(levels) > 1 else levels[0]


def in_parts(used: Counter[str]) -> str:
    """189 MB (chrome 40, renderer 120 ...)."""
    parts = ", ".join(f"{part} {size:.0f}" for part, size in sorted(used.items()))
    return f"{used.total():.0f} MB ({parts})"


def _browser() -> int:
    """The browser that this process started, by Playwright's driver."""
    mine = _family(os.getpid())
    found = [pid for pid in mine if "chrom" in _name(pid)]
    if not found:
        raise RuntimeError("no browser among the processes of the bench")
    return found[0]


def _by_kind(pid: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in _family(pid):
        kinds = [
            word.partition("=")[2]
            for word in _read(one, "cmdline").replace("\0", " ").split()
            if word.startswith(("--type=", "--utility-sub-type="))
        ]
        found[" ".join(kinds) or _name(one)] += _mb(one)
    return found


def _name(pid: int) -> str:
    return _read(pid, "comm").strip()


def _read(pid: int, what: str) -> str:
    """Empty of a process that has ended meanwhile."""
    try:
        return Path(f"/proc/{pid}/{what}").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _family(pid: int) -> list[int]:
    """The process and those that it and its children started, parents first."""
    parents = {
        int(entry.name): int(status.rpartition(")")[2].split()[1])
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and (status := _read(int(entry.name), "stat"))
    }
    found = [pid]
    for parent in found:
        found += [child for child, its in sorted(parents.items()) if its == parent]
    return found


def _mb(pid: int) -> float:
    """Its proportional set size: what it shares is counted once. Pages of files are left out: those of a
    program are shared with whoever else runs it, so that the part that falls to this process grows by 30 MB
    when another browser of the machine ends."""
    lines = _read(pid, "smaps_rollup").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(OWN_PAGES)) / 1024
