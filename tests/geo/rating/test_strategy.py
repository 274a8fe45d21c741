"""A strategy's file: what is wrong is named by its line, and what is right reads as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection

from geo.errors import InvalidInput
from geo.rating.scores import MILESTONE_BIT, UNCOUNTED_BIT
from geo.rating.strategy import MOST_INDICATORS, check, first_of_month, read_strategy
from geo.settings import Settings
from geo.toml import TomlFile
from tests.support import rating_town as town
from tests.support.rating_town import STRATEGY

NO_MONTHS = (
    "0000-01",
    "0001-01",
    "1899-12",
    "2200-01",
    "9999-12",
    "\u0662\u0660\u0662\u0665-06",
    "2025-01\n",
)
DEMO = Path(__file__).parents[3] / "etl" / "demo" / "strategy.toml"


def mistakes(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    path = tmp_path / "strategy.toml"
    path.write_text(text)
    return [(mistake.line, mistake.code) for mistake in check(TomlFile.read(path, "rating.file"))]


def test_the_strategy_of_the_demo_city_has_no_mistakes() -> None:
    strategy = read_strategy(DEMO)
    assert [indicator.key for indicator in strategy.indicators] == [
        *("on_time", "returned", "repeated", "milestones")
    ]
    assert all(sum(weights.values()) == 100 for weights in strategy.weights.values())
    on_time = strategy.indicators[0]
    assert (on_time.reached(0.70), on_time.reached(0.825), on_time.reached(0.99)) == (
        0,
        pytest.approx(0.5),
        1,
    )
    returned = strategy.indicators[1]
    assert (returned.reached(0.0), returned.reached(0.06), returned.reached(0.5)) == (1, 0.5, 0)


@pytest.mark.parametrize(
    ("before", "after", "line", "code"),
    [
        ("version = 1", "version = 1.5", 2, "number"),
        ('from = "2025-06"', 'from = "2025-13"', 3, "month"),
        ('from = "2025-06"', 'from = "0000-01"', 3, "month"),
        ('from = "2025-06"', 'from = "0001-01"', 3, "month"),
        ('from = "2025-06"', 'from = "9999-12"', 3, "month"),
        ('from = "2025-06"', 'from = "\u0662\u0660\u0662\u0665-06"', 3, "month"),
        ("threshold = 75", "threshhold = 75", 4, "unknown"),
        ('en = "s"', 'en = ""', 10, "words"),
        ('goal = "quality"', 'goal = "speed"', 18, "goal"),
        ('figure = "on_time"', 'figure = "satisfaction"', 19, "figure"),
        ('figure = "on_time"', 'figure = "lost_calls"', 19, "figure"),
        ("zero = 0.5", "zero = 0.99", 22, "zero"),
        ("plan = 0.0", "plan = 5", 28, "number"),
        ("zero = 0.5", 'zero = 0.5\nadjusted_by = ["colour"]', 23, "adjusted_by"),
        ("zero = 0.5", "zero = 0.5\nadjusted_by = []", 23, "adjusted_by"),
        ("zero = 0.5", 'zero = 0.5\nadjusted_by = ["kind", "kind"]', 23, "adjusted_by"),
        ("zero = 0.5", 'zero = 0.5\nadjusted_by = "category"', 23, "adjusted_by"),
        ("zero = 0.5", "zero = 0.5\nassign_weight = [20, 5]", 23, "assign_weight"),
        ("zero = 0.5", "zero = 0.5\nassign_weight = [5, 20.5]", 23, "assign_weight"),
        ("zero = 0.5", "zero = 0.5\nassign_weight = 20", 23, "assign_weight"),
        ("zero = 0.5", "zero = 0.5\nassign_plan = [0.9, 1.0]", 23, "assign_plan"),
        ("zero = 0.5", "zero = 0.5\nassign_weight = [5, 9]\nassign_plan = [0.9, 1.1]", 24, "assign_plan"),
        ("zero = 0.5", "zero = 0.5\nassign_weight = [5, 9]\nassign_plan = [0.4, 1.0]", 24, "assign_side"),
        ('figure = "on_time"', 'figure = "milestones"\nadjusted_by = ["kind"]', 20, "adjusted_figure"),
        ('key = "returned"', 'key = "on_time"', 24, "twice"),
        ('key = "m1"', 'key = "M 1"', 38, "key"),
        ('key = "m1"', 'key = "m1"\nweights = { on_time = 60 }', 39, "sum"),
        ('key = "m1"', 'key = "m1"\nweights = { luck = 100 }', 39, "indicator"),
        ('key = "m1"', 'key = "m1"\nweights = { on_time = "all" }', 39, "weights"),
    ],
)
def test_a_mistake_is_named_by_its_line(
    tmp_path: Path, before: str, after: str, line: int, code: str
) -> None:
    assert before in STRATEGY
    assert (line, code) in mistakes(tmp_path, STRATEGY.replace(before, after, 1))


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    text = STRATEGY.replace("version = 1", "version = 0").replace("weight = 60", "weight = 61")
    found = mistakes(tmp_path, text)
    assert (2, "number") in found and [code for _, code in found].count("sum") == 8
    path = tmp_path / "strategy.toml"
    with pytest.raises(InvalidInput) as error:
        read_strategy(path)
    assert (error.value.code, error.value.parameters["count"]) == ("rating.strategy", 9)


def test_an_empty_file_and_one_that_is_no_toml(tmp_path: Path) -> None:
    assert {code for _, code in mistakes(tmp_path, "")} == {"number", "month", "missing"}
    with pytest.raises(InvalidInput) as error:
        mistakes(tmp_path, "version = = 1")
    assert error.value.code == "rating.file"


def test_a_month_is_written_one_way() -> None:
    assert first_of_month("2025-01").isoformat() == "2025-01-01"
    for text in ("2025-1", "2025-00", "january", "2025-01-01", *NO_MONTHS):
        with pytest.raises(InvalidInput):
            first_of_month(text)


def with_more(count: int) -> str:
    """The strategy of the town with `count` indicators of weight 0 after its three."""
    more = (
        f'[[indicator]]\nkey = "more_{n}"\ngoal = "quality"\nfigure = "on_time"\nweight = 0\nplan = 0.9\n'
        "zero = 0.5\n"
        for n in range(count)
    )
    return STRATEGY.replace("[[manager]]", "".join(more) + "[[manager]]", 1)


@pytest.mark.parametrize("count", [MOST_INDICATORS - 2, MOST_INDICATORS, 40])
def test_more_indicators_than_a_case_has_bits_for_are_refused(tmp_path: Path, count: int) -> None:
    text = with_more(count)
    line = text[: text.index(f"more_{MOST_INDICATORS - 3}")].count("\n")
    assert mistakes(tmp_path, text) == [(line, "many")]
    with pytest.raises(InvalidInput) as error:
        read_strategy(tmp_path / "strategy.toml")
    assert (error.value.code, error.value.parameters["mistake"]) == ("rating.strategy", "many")


def test_as_many_indicators_as_there_may_be_change_no_score(
    connection: Connection, settings: Settings, tmp_path: Path
) -> None:
    town.build(connection)
    (tmp_path / "few.toml").write_text(STRATEGY)
    (tmp_path / "most.toml").write_text(with_more(MOST_INDICATORS - 3))
    few, most = (read_strategy(tmp_path / f"{name}.toml") for name in ("few", "most"))
    before, cases = town.rate(connection, settings.city, few)
    after, same = town.rate(connection, settings.city, most)
    assert len(most.indicators) == MOST_INDICATORS and before == after
    assert [one.pattern for one in cases] == [one.pattern & 0b111111 for one in same]
    assert {one.pattern >> 2 * (MOST_INDICATORS - 1) for one in same} == {1, 3}
    assert all(one.pattern < 1 << min(UNCOUNTED_BIT, MILESTONE_BIT) for one in same)
