"""A street's whole name as a key: the word for "street" in its full form and after the name, so that "ул.
Абая" and "улица Абая" are one street and "Сарыарқа даңғылы" and "Сарыарқа көшесі" are two.
`geo.addresses.folding.fold_street` drops the word, which is right for search and too coarse for a law."""

from __future__ import annotations

from functools import lru_cache

from geo.addresses.folding import FOLDED_TYPES, fold

FULL = {
    fold(short): fold(full)
    for full, shorts in {
        "улица": "ул",
        "проспект": "пр пр-т пр-кт просп",
        "переулок": "пер",
        "микрорайон": "мкр мкр-н м-н",
        "бульвар": "б-р бул",
        "шоссе": "ш",
        "площадь": "пл",
        "көшесі": "көше көш",
        "даңғылы": "даңғыл даң",
        "тұйығы": "тұйық",
        "бульвары": "бульв",
        "алаңы": "алаң",
    }.items()
    for short in shorts.split()
}


@lru_cache(maxsize=50_000)
def street_key(name: str) -> str:
    """
    >>> street_key("ул. Кенесары"), street_key("Кенесары улица")
    ('кенесары улица', 'кенесары улица')
    """
    words = [FULL.get(word, word) for word in fold(name).split()]
    return " ".join(
        [word for word in words if word not in FOLDED_TYPES]
        + [word for word in words if word in FOLDED_TYPES]
    )


def has_type(name: str) -> bool:
    """Whether the name says what kind of street it is."""
    return any(word in FOLDED_TYPES for word in fold(name).split())
