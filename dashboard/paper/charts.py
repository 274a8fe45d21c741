"""Charts on paper: SVG in millimetres, in the light colours of `assets/tokens.css`, the one place where a
colour has a value. What a colour says is also there as a shape: a ring, a tick, a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

TOKENS = Path(__file__).parents[2] / "assets" / "tokens.css"
LIGHT = ':root[data-theme="light"] {'
TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")
FONT = 'font-family="Libertinus Serif"'
LETTER_MM = 2.7
"""Height of the letters: 7.7 points."""
LEFT_MM, BELOW_MM, ABOVE_MM = 11.0, 5.5, 4.0
"""Room for the numbers of the axis, for the names below, for what stands over a column."""
STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)
LINES = 4
"""The lines of the scale above zero."""


@dataclass(frozen=True)
class ChartColumn:
    """`before`: what it is compared with, drawn as a tick; none = nothing. `label`: below it, empty = none.
    `pale`: a day of rest. `ring`: it is out of the ordinary."""

    value: float
    before: float | None = None
    label: str = ""
    pale: bool = False
    ring: bool = False


@cache
def colours() -> dict[str, str]:
    """Token -> its colour in the light theme."""
    text = TOKENS.read_text(encoding="utf-8")
    block = text[text.index(LIGHT) :]
    return dict(TOKEN.findall(block[: block.index("}")]))


def columns(bars: Sequence[ChartColumn], width: float, height: float, write: Callable[[float], str]) -> str:
    """`write`: a number of the scale in words."""
    top = scale_of(max((max(bar.value, bar.before or 0) for bar in bars), default=0))
    plot = _Plot(width, height, top, len(bars))
    parts = [*_lines(plot, write), *(part for n, bar in enumerate(bars) for part in _column(plot, n, bar))]
    return _svg(width, height, parts)


def spark(values: Sequence[float | None], goal: float, width: float, height: float) -> str:
    """A line of weeks with the dashed goal; a gap where nothing was counted."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(*known, goal), max(*known, goal)
    span = (high - low) or 1.0
    inside = height - 2.0

    def at(n: int, value: float) -> tuple[float, float]:
        x = 1.0 + (width - 2.0) * n / max(1, len(values) - 1)
        return x, 1.0 + inside * (1 - (value - low) / span)

    _, goal_y = at(0, goal)
    points = [None if value is None else at(n, value) for n, value in enumerate(values)]
    parts = [
        f'<line x1="0" x2="{width}" y1="{goal_y:.2f}" y2="{goal_y:.2f}" stroke="{colours()["muted"]}" '
        f'stroke-width="0.2" stroke-dasharray="1 0.8"/>'
    ]
    for one, other in zip(points, points[1:]):
        if one and other:
            parts.append(
                f'<line x1="{one[0]:.2f}" y1="{one[1]:.2f}" x2="{other[0]:.2f}" y2="{other[1]:.2f}" '
                f'stroke="{colours()["cell-4"]}" stroke-width="0.45" stroke-linecap="round"/>'
            )
    if last := points[-1]:
        parts.append(f'<circle cx="{last[0]:.2f}" cy="{last[1]:.2f}" r="0.8" fill="{colours()["cell-5"]}"/>')
    return _svg(width, height, parts)


def scale_of(most: float) -> float:
    """The end of a scale with `LINES` round steps that holds `most`: 565 -> 600, 0 -> 4."""
    if most <= LINES:
        return float(LINES)
    unit = 10.0 ** (len(str(int(most / LINES))) - 1)
    steps = (step * unit for step in STEPS if step * unit == int(step * unit))
    step = next(step for step in steps if step * LINES >= most)
    return step * LINES


@dataclass(frozen=True)
class _Plot:
    width: float
    height: float
    top: float
    count: int

    @property
    def bottom(self) -> float:
        return self.height - BELOW_MM

    @property
    def pitch(self) -> float:
        return (self.width - LEFT_MM) / max(1, self.count)

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - ABOVE_MM) * value / self.top

    def x(self, n: float) -> float:
        return LEFT_MM + self.pitch * n


def _lines(plot: _Plot, write: Callable[[float], str]) -> list[str]:
    parts = []
    for n in range(LINES + 1):
        value = plot.top * n / LINES
        y = plot.y(value)
        ink = colours()["muted" if n == 0 else "line"]
        parts.append(
            f'<line x1="{LEFT_MM}" x2="{plot.width}" y1="{y:.2f}" y2="{y:.2f}" stroke="{ink}" '
            f'stroke-width="0.15"/>'
        )
        parts.append(_text(LEFT_MM - 1.5, y + LETTER_MM / 3, write(value), "end", colours()["muted"]))
    return parts


def _column(plot: _Plot, n: int, bar: ChartColumn) -> list[str]:
    ink, middle, wide = colours(), plot.x(n + 0.5), plot.pitch * 0.68
    y = plot.y(bar.value)
    parts = [
        f'<rect x="{middle - wide / 2:.2f}" y="{y:.2f}" width="{wide:.2f}" '
        f'height="{plot.bottom - y:.2f}" fill="{ink["cell-2" if bar.pale else "cell-4"]}"/>'
    ]
    if bar.before is not None:
        tick = plot.y(bar.before)
        reach = min(plot.pitch, wide * 1.3) / 2
        parts.append(
            f'<line x1="{middle - reach:.2f}" x2="{middle + reach:.2f}" y1="{tick:.2f}" y2="{tick:.2f}" '
            f'stroke="#ffffff" stroke-width="1"/><line x1="{middle - reach:.2f}" '
            f'x2="{middle + reach:.2f}" y1="{tick:.2f}" y2="{tick:.2f}" stroke="{ink["text"]}" '
            f'stroke-width="0.45"/>'
        )
    if bar.ring:
        parts.append(
            f'<circle cx="{middle:.2f}" cy="{y - 2:.2f}" r="1.1" fill="none" stroke="{ink["urgent-text"]}" '
            f'stroke-width="0.5"/>'
        )
    if bar.label:
        parts.append(_text(middle, plot.bottom + LETTER_MM + 1.1, bar.label, "middle", ink["muted"]))
    return parts


def _text(x: float, y: float, text: str, anchor: str, ink: str) -> str:
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}" font-size="{LETTER_MM}" {FONT} '
        f'fill="{ink}">{escape(text)}</text>'
    )


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'
    )
