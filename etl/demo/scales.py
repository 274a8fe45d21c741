"""How much of the city and of its history is made."""

from __future__ import annotations

from dataclasses import dataclass

from geo.errors import InvalidInput


@dataclass(frozen=True)
class Scale:
    """`factor` of the yearly figures; `now` of the figures of the present; `lesser_streets` also between
    the main roads. The last `full_rate_days` come at the full rate, taken from the rest of their year: the
    wall's day is the real one."""

    key: str
    factor: float
    buildings: int
    voters: int
    precincts: int
    lesser_streets: bool
    now: float
    full_rate_days: int

    def of(self, number: float) -> int:
        """A yearly figure at this scale, rounded to a whole number."""
        return int(number * self.factor + 0.5)


SCALES = (
    Scale("tiny", 1 / 1500, 300, 12_060, 12, False, 0.03, 8),
    Scale("tenth", 0.1, 20_000, 803_412, 500, True, 1.0, 8),
    Scale("full", 1.0, 20_000, 803_412, 500, True, 1.0, 8),
)


def find_scale(key: str) -> Scale:
    """Raises `InvalidInput` ("demo.scale") with the scales there are."""
    for scale in SCALES:
        if scale.key == key:
            return scale
    raise InvalidInput("demo.scale", scale=key, known=", ".join(scale.key for scale in SCALES))
