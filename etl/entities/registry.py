"""What rows can become: one `Noun` for each target, with its fields, the shaping of its columns for
staging, and the loader that merges them.

To add one: a module with the noun's name, ending in `NOUN = Noun(...)`, and its line in `NOUNS`.
"""

from __future__ import annotations

from etl.entities import (
    basemap,
    buildings,
    calls,
    categories,
    districts,
    incidents,
    inquiries,
    performers,
    precincts,
)
from etl.entities.entity import Noun

NOUNS: dict[str, Noun] = {
    noun.key: noun
    for noun in (
        incidents.NOUN,
        inquiries.NOUN,
        calls.NOUN,
        performers.MANAGER,
        performers.PERFORMER,
        categories.NOUN,
        districts.NOUN,
        buildings.NOUN,
        basemap.NOUN,
        precincts.NOUN,
    )
}
