"""A figure of the three levels and its goal, as they are shown."""

from __future__ import annotations

from dashboard.formats import number
from dashboard.wording.statistics import NONE
from dashboard.words import word
from geo.statistics.definitions import Figure


def value_text(figure: Figure, value: float | None) -> str:
    """A value in the figure's unit."""
    if value is None:
        return NONE
    if figure.unit == "seconds":
        return word("statistics.seconds", count=number(value))
    return word("number.percent", share=number(rounded(figure, value), 1))


def rounded(figure: Figure, value: float) -> float:
    """The value as it is shown, in percent or seconds. Only a share of exactly 1 is shown as 100 %, and only
    0 as 0 %."""
    if figure.unit == "seconds":
        return round(value)
    tenths = round(value * 1000)
    return (tenths if value in (0, 1) else min(999, max(1, tenths))) / 10


def shown_goal(figure: Figure) -> float:
    """The goal in percent or seconds."""
    value = figure.goal.value if figure.goal else 0.0
    return value if figure.unit == "seconds" else round(value * 100, 1)


def lacking(figure: Figure, value: float | None) -> float:
    """How far what is shown is from the goal that is shown; 0 = it is reached."""
    if value is None or figure.goal is None:
        return 0.0
    missing = shown_goal(figure) - rounded(figure, value)
    return max(0.0, round(missing if figure.goal.at_least else -missing, 1))


def goal(figure: Figure) -> str:
    value = shown_goal(figure)
    unit = (
        word("statistics.seconds", count=number(value))
        if figure.unit == "seconds"
        else word("number.percent", share=number(value))
    )
    exact = figure.unit == "share" and value in (0, 100)
    side = "exactly" if exact else "at_least" if figure.goal and figure.goal.at_least else "at_most"
    return word(f"statistics.levels.{side}", goal=unit)


def goal_and_limit(figure: Figure) -> str:
    """Where there is room for both."""
    if figure.goal is None or figure.goal.limit is None:
        return goal(figure)
    limit = word("statistics.levels.limit", limit=value_text(figure, figure.goal.limit))
    return f"{goal(figure)}, {limit}"
