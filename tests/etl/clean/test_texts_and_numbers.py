import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.clean import codes, numbers
from etl.clean.texts import tidy
from etl.clean.words import BOOLEANS, PRIORITIES, STATUSES, look_up, renamed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Қабанбай\u00a0 батыр \n", "Қабанбай батыр"),
        ("a\u200bb", "ab"),
        ("x\x00y", "xy"),
        ("\u00a0", None),
        ("", None),
        (None, None),
        ("plain", "plain"),
    ],
)
def test_texts_are_tidied(text: str | None, expected: str | None) -> None:
    assert tidy(pa.array([text], pa.string())).to_pylist() == [expected]


@given(st.lists(st.one_of(st.none(), st.text()), min_size=1))
def test_tidy_twice_is_tidy_once(texts: list[str | None]) -> None:
    once = tidy(pa.array(texts, pa.string()))
    assert tidy(once).equals(once) and "\x00" not in "".join(filter(None, once.to_pylist()))


@given(
    st.lists(st.integers(-(2**53) + 1, 2**53 - 1), min_size=1),
    st.sampled_from([pa.float64(), pa.int64(), pa.decimal128(25, 2)]),
)
def test_a_whole_number_is_one_text_whatever_its_type(numbers_: list[int], type_: pa.DataType) -> None:
    column = pa.array(numbers_, pa.int64()).cast(type_)
    assert codes.tidied(tidy(column)).to_pylist() == [str(number) for number in numbers_]


@given(st.integers(10**9, 2**53 - 1))
def test_a_whole_number_written_by_a_program_is_read(number: int) -> None:
    mantissa = str(number).rstrip("0")
    spelled = f"{mantissa[0]}.{mantissa[1:]}".rstrip(".") + f"e+{len(str(number)) - 1}"
    assert codes.tidied(pa.array([spelled, f"{number}.0"])).to_pylist() == [str(number)] * 2


@given(st.lists(st.sampled_from(["12e3", "7e10", "1e5", "4.5", "007", "1.00080241913e+11"]), min_size=1))
def test_a_code_is_read_as_itself_whatever_stands_beside_it(given_: list[str]) -> None:
    alone = [codes.tidied(pa.array([code]))[0].as_py() for code in given_]
    assert codes.tidied(pa.array(given_)).to_pylist() == alone
    assert set(alone) <= {"12e3", "7e10", "1e5", "4.5", "007", "100080241913"}


@given(st.integers(2**53, 10**30))
def test_a_number_that_no_float_keeps_is_no_code(number: int) -> None:
    typed = pa.array([float(number)])
    assert codes.inexact(typed)[0].as_py()
    assert codes.inexact(pa.array([2.0**53 - 1, 0.5])).to_pylist() == [False, False]
    if number >= 10**16:
        assert codes.shortened(codes.tidied(pa.array([repr(float(number))])))[0].as_py()
    assert not codes.shortened(codes.tidied(pa.array([str(number)])))[0].as_py()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 234,50", 1234.5),
        ("1,234.50", 1234.5),
        ("12,345,678", 12345678.0),
        ("-0,5", -0.5),
        ("1e3", 1000.0),
        ("52\u00a0573\u202f626", 52573626.0),
        ("", None),
        (None, None),
    ],
)
def test_numbers_are_read_in_every_usual_spelling(text: str | None, expected: float | None) -> None:
    values, bad = numbers.parse(pa.array([text, "x"], pa.string()))
    assert values[0].as_py() == expected and bad.tolist() == [False, True]


@pytest.mark.parametrize("text", ["nan", "inf", "1.2.3", "--1", "1e9999"])
def test_a_text_that_is_no_number_is_a_fault(text: str) -> None:
    values, bad = numbers.parse(pa.array([text]))
    assert values[0].as_py() is None and bad[0]


def test_whole_numbers_are_told_from_fractions() -> None:
    values, bad = numbers.parse_whole(pa.array(["12.0", "2.5", "9007199254740993", None]))
    assert values.to_pylist() == [12, None, None, None] and bad.tolist() == [False, True, True, False]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_read(number: float) -> None:
    assert numbers.parse(pa.array([repr(number)]))[0][0].as_py() == number


@given(st.text())
def test_no_text_breaks_numbers(text: str) -> None:
    values, bad = numbers.parse(pa.array([text, "1"]))
    assert values[1].as_py() == 1.0 and not bad[1]


def test_words_are_looked_up_in_any_language_and_case() -> None:
    values, bad = look_up(pa.array([" Закрыта", "жабық", "nonsense", None]), STATUSES, pa.string())
    assert values.to_pylist() == ["closed", "closed", None, None] and bad.tolist() == [
        False,
        False,
        True,
        False,
    ]
    assert look_up(pa.array(["Critical", "1"]), PRIORITIES, pa.int16())[0].to_pylist() == [2, 1]
    assert look_up(pa.array(["Иә", "no"]), BOOLEANS, pa.bool_())[0].to_pylist() == [True, False]


def test_a_declaration_renames_words() -> None:
    assert renamed(pa.array(["completed -  DUP", "Open"]), {"Completed - Dup": "closed"}).to_pylist() == [
        "closed",
        "Open",
    ]


@pytest.mark.parametrize(
    ("ids", "dated"),
    [
        (["SEP-1", "SEP-10", "SEP-100", "MAY-12"], []),
        (["sep-1", "sep-2", "sep-10", "sep-200"], []),
        (["12/345", "13/400", "Jan-26", "янв.26", "2-Jan"], ["Jan-26", "янв.26", "2-Jan"]),
        (["SEP-1", "2026-11-05 00:00:00"], ["2026-11-05 00:00:00"]),
        (["Sep-10", None], ["Sep-10"]),
    ],
)
def test_an_id_with_letters_of_a_month_is_no_date_of_a_spreadsheet(ids: list, dated: list) -> None:
    array = pa.array(ids, pa.string())
    assert array.filter(codes.dated(array, is_house=False)).to_pylist() == dated
