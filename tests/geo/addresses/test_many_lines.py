"""Lines that differ in a number alone are read as each would be by itself."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from etl.demo.voters.writing import InventedList
from geo.addresses.address_lines import AddressLine, read_line
from geo.addresses.line_notes import AFTER, BEFORE, without_room
from geo.addresses.many_lines import LineReader
from geo.settings import Settings
from tests.support.voters_list import invented

NAMES = frozenset({"астана", "нур-султан", "казахстан", "boston"})
PIECES = (
    *("ул. ", "Абая", "Ш-276", "9 мая", "мкр. 4", " ", ", ", "/", "-", "(", ")", "корпус ", "к", "к1", "с"),
    *(
        " үй",
        "-үй",
        "д. ",
        "дом",
        "№",
        "кв. ",
        "-пәтер",
        "А",
        "а",
        '"Б"',
        "угол ",
        " и ",
        "010000",
        ".",
        "\\",
    ),
    *(" block of ", " Mission St", "th ", "литера ", " дробь ", "г. Астана, ", "район Есіл", "\n", "блок "),
)
LINES = st.lists(
    st.one_of(st.sampled_from(PIECES), st.integers(0, 99_999).map(str)), min_size=1, max_size=8
).map("".join)


def whole(found: tuple[AddressLine, ...]) -> list[tuple[object, ...]]:
    """With what a comparison leaves out."""
    return [(one.streets, one.house, one.written) for one in found]


@settings(max_examples=400)
@given(LINES)
def test_rooms_are_cut_off_whatever_their_figures(line: str) -> None:
    """With nothing remembered of other lines it is the same, and as the patterns alone have it."""
    cut, room = without_room(line)
    bare = AFTER.sub("", BEFORE.sub("", line))
    assert cut == bare or "," in line
    for figure in "27":
        other = re.sub("[0-9]", figure, line)
        assert without_room(other) == (re.sub("[0-9]", figure, cut), re.sub("[0-9]", figure, room))


@settings(max_examples=400)
@given(LINES, st.integers(0, 99_999))
def test_a_line_and_one_of_another_number_are_read_as_by_themselves(line: str, number: int) -> None:
    reader = LineReader(NAMES)
    head = line.rstrip("0123456789")
    for each in (line, f"{head}{number}", line, f"{head}{number:05}"):
        assert whole(reader.read(each)) == whole(read_line(each, NAMES))


def test_lines_of_a_whole_list_are_read_as_by_themselves(demo_settings: Settings) -> None:
    people: InventedList = invented(demo_settings, 1.0)
    lines = {without_room(line.cells["Адрес регистрации"])[0] for line in people.lines}
    reader = LineReader(NAMES)
    assert len(lines) > 1_000
    for line in sorted(lines):
        assert whole(reader.read(line)) == whole(read_line(line, NAMES)), line
