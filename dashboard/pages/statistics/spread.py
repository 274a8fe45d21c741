"""Two small charts of a figure, drawn with boxes alone: its 13 weeks, and its teams along one scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dash import html

from dashboard.formats import number
from dashboard.words import word
from geo.statistics.definitions import Figure
from layers.statistics.levels import LevelFigure, TeamCount

ValueText = Callable[[Figure, float | None], str]
HALF_LINE = "0.06rem"
LEAST_REM, MOST_REM = 0.35, 0.95
"""Diameters of a team's circle; its area grows with its cases."""
LANES = 3
NEAR = 0.035
"""Circles of one lane keep so far apart, of the width."""
MARGIN = 0.12


@dataclass(frozen=True)
class ValueScale:
    """Values from `low` to `high`, as the figure has them; the goal always lies on it. Across, better is
    always further right: `falling` where less is better."""

    low: float
    high: float
    falling: bool = False

    @classmethod
    def of(cls, figure: Figure, values: Sequence[float]) -> ValueScale:
        every = [*values, *(goals_of(figure) or [0.0])]
        margin = MARGIN * ((max(every) - min(every)) or abs(max(every)) or 1.0)
        low, high = min(every) - margin, max(every) + margin
        falling = figure.goal is not None and not figure.goal.at_least
        high = min(high, 1 + margin / 4) if figure.unit == "share" else high
        return cls(max(low, -margin / 4), high, falling)

    def share(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def across(self, value: float) -> float:
        """How far right it stands, of the width."""
        return 1 - self.share(value) if self.falling else self.share(value)

    def at(self, value: float) -> str:
        return f"{100 * self.across(value):.2f}%"

    def down(self, value: float) -> str:
        return f"{100 * (1 - self.share(value)):.2f}%"


def goals_of(figure: Figure) -> list[float]:
    """The goal, and the limit beside it where there is one."""
    if figure.goal is None:
        return []
    return [figure.goal.value, *([] if figure.goal.limit is None else [figure.goal.limit])]


def trend(one: LevelFigure, scale: ValueScale, value_text: ValueText, off: bool) -> html.Div:
    """A line through the weeks that have a value, and the goal."""
    points = [(n, value) for n, value in enumerate(one.weeks) if value is not None]
    if not points:
        return _nothing(one)
    last, value = points[-1]
    marks = [
        html.I(
            className="statistics-week",
            style={"left": _week(n, one), "top": scale.down(value)},
            title=word(
                "statistics.levels.week", week=n + 1, all=len(one.weeks), value=value_text(one.figure, value)
            ),
        )
        for n, value in points
    ]
    goals = goals_of(one.figure) or [0.0]
    return html.Div(
        [
            *(html.I(className="statistics-goal", style={"top": scale.down(goal)}) for goal in goals),
            html.I(className="statistics-line", style={"clipPath": _line(points, one, scale)}),
            *marks,
            html.B(
                value_text(one.figure, value),
                style={"left": _week(last, one), "top": scale.down(value)},
                className="statistics-off" if off else "",
            ),
        ],
        className="statistics-trend",
    )


def spread(
    one: LevelFigure, scale: ValueScale, value_text: ValueText, address: Callable[[str], str]
) -> html.Div:
    """A circle for each team, its worst and its best by name, and all of them as a list."""
    if one.now.value is None:
        return _nothing(one)
    if not one.teams:
        return html.Div(word("statistics.levels.no_teams"), className="statistics-about")
    most = max(team.counted.whole for team in one.teams)
    circles = [
        _circle(team, scale.at(team.counted.value or 0.0), _label(one, team, value_text), most, lane)
        for team, lane in zip(one.teams, _lanes(one.teams, scale))
    ]
    lines = [
        html.I(className="statistics-goal", style={"left": scale.at(goal)}) for goal in goals_of(one.figure)
    ]
    return html.Div(
        [_teams(one, value_text, address), html.Div([*lines, *circles], className="statistics-dots")],
        className="statistics-spread",
    )


def _teams(one: LevelFigure, value_text: ValueText, address: Callable[[str], str]) -> html.Details:
    """Behind the names at the ends all teams, each with its cases: a circle is too small to be pressed."""
    ends = [one.teams[0], one.teams[-1]] if len(one.teams) > 1 else [one.teams[0]]
    names = [html.Span(f"{team.name} {value_text(one.figure, team.counted.value)}") for team in ends]
    names.insert(1, html.Span(word("statistics.levels.all_teams", n=len(one.teams))))
    rows = [html.Li(html.A(_label(one, team, value_text), href=address(team.key))) for team in one.teams]
    return html.Details(
        [html.Summary(names, className="statistics-ends"), html.Ol(rows)], className="statistics-teams"
    )


def _label(one: LevelFigure, team: TeamCount, value_text: ValueText) -> str:
    value = value_text(one.figure, team.counted.value)
    return word("statistics.levels.team", name=team.name, value=value, whole=number(team.counted.whole))


def _nothing(one: LevelFigure) -> html.Div:
    """No record is not the same as nothing that happened."""
    key = "unrecorded" if one.now.whole else "nothing"
    return html.Div(word(f"statistics.levels.{key}"), className="statistics-about")


def _circle(team: TeamCount, left: str, label: str, most: int, lane: int) -> html.I:
    size = LEAST_REM + (MOST_REM - LEAST_REM) * (team.counted.whole / most) ** 0.5
    style = {
        "left": left,
        "top": f"{100 * (lane + 0.5) / LANES:.1f}%",
        "width": f"{size:.2f}rem",
        "height": f"{size:.2f}rem",
    }
    kind = "statistics-team" + (" statistics-beyond" if team.beyond else "")
    return html.I(className=kind, title=label, style=style)


def _lanes(teams: Sequence[TeamCount], scale: ValueScale) -> list[int]:
    """The lane in which each is free of those before it; where none is, the one whose last is farthest."""
    order, ends, lanes = (1, 0, 2), [-1.0] * LANES, []
    for position in (scale.across(team.counted.value or 0.0) for team in teams):
        free = [lane for lane in order if abs(position - ends[lane]) >= NEAR]
        lane = free[0] if free else max(order, key=lambda lane: abs(position - ends[lane]))
        ends[lane] = position
        lanes.append(lane)
    return lanes


def _line(points: Sequence[tuple[int, float]], one: LevelFigure, scale: ValueScale) -> str:
    above = [f"{_week(n, one)} calc({scale.down(value)} - {HALF_LINE})" for n, value in points]
    below = [f"{_week(n, one)} calc({scale.down(value)} + {HALF_LINE})" for n, value in reversed(points)]
    return f"polygon({', '.join([*above, *below])})"


def _week(n: int, one: LevelFigure) -> str:
    return f"{100 * n / (len(one.weeks) - 1):.2f}%"
