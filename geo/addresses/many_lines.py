"""Lines of a whole register read: those that differ in their last number alone are read once, since the
reading of a line goes by how many figures a number has, never by which."""

from __future__ import annotations

from dataclasses import dataclass, field

from geo.addresses.address_lines import AddressLine, read_line
from geo.addresses.line_notes import LAST_NUMBER

STAND_INS = "123456789"
FEW = 3
"""Figures: a number of so many or fewer may be all that one of a single figure may be."""


@dataclass
class LineReader:
    """Reads as `geo.addresses.address_lines.read_line` does; `city_names` are folded."""

    city_names: frozenset[str] = frozenset()
    _alike: dict[tuple[str, int, str], tuple[str, tuple[AddressLine, ...]]] = field(default_factory=dict)
    """Before and after a number of so many figures -> the number it was read with, and the readings."""

    def read(self, line: str) -> tuple[AddressLine, ...]:
        parted = LAST_NUMBER.fullmatch(line)
        if parted is None:
            return read_line(line, self.city_names)
        before, number, after = parted.groups()
        # Brackets go, and what stood around them comes together; other scripts have figures too: there
        # every figure counts.
        alone = "(" not in line and not before[-1:].isdigit()
        digits = 1 if alone and len(number) <= FEW else len(number)
        known = self._alike.get((before, digits, after))
        if known is None:
            known = self._alike[before, digits, after] = self._read(before, digits, after)
        stand_in, readings = known
        if not stand_in:
            return read_line(line, self.city_names)
        # What two of them say may be the same by now: the number may stand elsewhere in the line too.
        return tuple(dict.fromkeys(_with_number(reading, stand_in, number) for reading in readings))

    def _read(self, before: str, digits: int, after: str) -> tuple[str, tuple[AddressLine, ...]]:
        """With a number of one figure that the line has nowhere else: whatever is left out of the line, it is
        found again in what was read. "" and nothing where the line has all figures."""
        for figure in STAND_INS:
            if figure not in before:
                stand_in = figure * digits
                return stand_in, read_line(before + stand_in + after, self.city_names)
        return "", ()


def _with_number(reading: AddressLine, stand_in: str, number: str) -> AddressLine:
    house, written = reading.house, reading.written
    return AddressLine(
        tuple([street.replace(stand_in, number) for street in reading.streets]),
        house and house.replace(stand_in, number),
        written and written.replace(stand_in, number),
    )
