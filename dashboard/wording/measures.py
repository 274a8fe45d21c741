"""What a preventive measure has changed, in a sentence."""

from __future__ import annotations

from dashboard.formats import number, signed
from dashboard.words import word
from layers.statistics.measures import ShownMeasure


def effect_words(one: ShownMeasure) -> str:
    """What it changed, with its interval; why nothing can be said."""
    if one.effect is None:
        return word("returns.effect.few" if one.days else "returns.effect.not_yet")
    found = one.effect
    key = "proven" if found.is_proven else "unproven"
    return word(
        f"returns.effect.{key}",
        change=_changed(found.times),
        low=_changed(found.low),
        high=_changed(found.high),
        before=number(found.before),
        after=number(found.after),
        days=number(one.days),
        others=number(found.others),
    )


def _changed(times: float) -> str:
    return word("number.percent", share=signed(100 * (times - 1), 0))
