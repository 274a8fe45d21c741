"""Text is never damaged in silence: right, or said to be a guess, whatever pages of Cyrillic a file mixes
and in whatever order files come."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from etl import readers
from etl.readers import Source
from etl.registry import Feed

FEED = Feed("f", "incident")
RUSSIAN = (
    "Жалоба на шум во дворе дома",
    "Прорыв трубы на улице Кабанбай батыра",
    "ЯМА НА ДОРОГЕ",
    "Не вывозят мусор третий день",
    "нет света в подъезде № 2",
)
KAZAKH = ("Көшеде жарық жоқ", "Аулада қоқыс жиналып қалды", "Сығанақ көшесі, үй 10", "Жылу жоқ, өте суық")
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"


def read(body: bytes, feed: Feed = FEED, form: str = "csv") -> tuple[list[str], int]:
    """The texts, and how many rows were read by a guess."""
    found = list(readers.read(Source("test", body=body, format=form), feed))
    return [row["title"] for chunk in found for row in chunk.table.to_pylist()], sum(
        chunk.by_reader.get("text.encoding_guessed", 0) for chunk in found
    )


def table(texts: list[tuple[str, str]]) -> bytes:
    """Rows of (text, encoding)."""
    return b"id;title\n" + b"".join(
        f"{n};".encode() + text.encode(encoding) + b"\n" for n, (text, encoding) in enumerate(texts)
    )


def test_a_word_of_the_page_that_begins_like_utf8_is_read_by_the_page() -> None:
    """The first two letters of "Төле" in KZ-1048 are the bytes of one letter of UTF-8."""
    rows = ["Төле би көшесі, 1-үй", "Астана қ., Төле би көш. 2/1", *KAZAKH]
    assert read(table([(row, "kz1048") for row in rows])) == (rows, len(rows))
    damaged = "Көшеде жарық жоқ".encode()[:-1]
    (first, *_), _ = read(b"id;title\n1;" + damaged + b"\n" + table([(row, "kz1048") for row in KAZAKH])[9:])
    assert first == "Көшеде жарық жо\ufffd"


PAGE_TEXTS = st.one_of(
    st.tuples(st.sampled_from(RUSSIAN), st.sampled_from(["utf-8", "cp1251", "cp866"])),
    st.tuples(st.sampled_from(KAZAKH), st.sampled_from(["utf-8", "kz1048"])),
)


@given(st.lists(PAGE_TEXTS, min_size=1, max_size=30))
def test_peoples_words_in_mixed_pages_are_right(rows: list[tuple[str, str]]) -> None:
    texts, guessed = read(table(rows))
    pages = {encoding for _, encoding in rows} - {"utf-8"}
    if len(pages) < 2:
        assert texts == [text for text, _ in rows]
    assert guessed == sum(encoding != "utf-8" for _, encoding in rows)


def is_distinct(cell: tuple[str, str]) -> bool:
    """Not so three or four letters whose bytes are sound UTF-8 by chance ("сАА" in CP866): nothing tells
    them from what they then say."""
    text, encoding = cell
    try:
        return text.encode(encoding).decode() == text
    except UnicodeDecodeError:
        return True


CELLS = st.tuples(
    st.text(LETTERS, min_size=1, max_size=12), st.sampled_from(["utf-8", "cp1251", "cp866"])
).filter(is_distinct)


@given(st.lists(CELLS, min_size=1, max_size=8))
def test_no_letters_are_wrong_in_silence(rows: list[tuple[str, str]]) -> None:
    texts, guessed = read(table(rows))
    wrong = sum(text != wanted for text, (wanted, _) in zip(texts, rows, strict=True))
    assert wrong <= guessed or any("\ufffd" in text for text in texts)


@pytest.mark.parametrize("cells", [(60, 20), (1, 1), (20, 60)])
def test_rows_of_utf8_and_cp1251_are_all_right(cells: tuple[int, int]) -> None:
    rows = [(RUSSIAN[0], "utf-8")] * cells[0] + [(RUSSIAN[1], "cp1251")] * cells[1]
    assert read(table(rows)) == ([text for text, _ in rows], cells[1])
    assert read(table(rows), replace(FEED, encoding="cp1251")) == ([text for text, _ in rows], 0)


@pytest.mark.parametrize("encoding", ["koi8-r", "mac-cyrillic", "iso8859-5"])
def test_a_file_of_an_older_system_is_right_and_said_to_be_a_guess(encoding: str) -> None:
    rows = [(text.replace("№", "N"), encoding) for text in RUSSIAN]
    assert read(table(rows)) == ([text for text, _ in rows], len(rows))


def test_a_file_of_latin_letters_with_marks() -> None:
    texts = ["Café Müller", "Ávila, calle Núñez 5", "Boston – Contêiner", "plain"]
    assert read(table([(text, "cp1252") for text in texts])) == (texts, 3)
    assert read(table([("Cыганак, дом A-191", "cp1251")])) == (["Cыганак, дом A-191"], 1)
    assert read(table([(texts[0], "cp1252"), (RUSSIAN[0], "utf-8")])) == ([texts[0], RUSSIAN[0]], 1)


@pytest.mark.parametrize("upper", ["cp866", "cp1251"])
def test_a_mixture_of_the_usual_pages_is_not_one_of_an_older_system(upper: str) -> None:
    rows = [(RUSSIAN[0], "utf-8"), (RUSSIAN[0], "cp1251"), (RUSSIAN[2], upper)]
    texts, guessed = read(table(rows))
    assert texts[0] == RUSSIAN[0] and guessed == 2


def test_two_code_pages_in_one_row_and_a_cell_of_dos_are_right() -> None:
    body = (
        b"id;title;more\n1;"
        + "Шум во дворе;".encode("cp1251")
        + "Жылу жоқ\n".encode()
        + b"2;"
        + "Прорыв трубы;".encode("cp866")
        + b"x\n"
    )
    [chunk] = readers.read(Source("t", body=body, format="csv"), FEED)
    assert chunk.table.to_pylist() == [
        {"id": "1", "title": "Шум во дворе", "more": "Жылу жоқ"},
        {"id": "2", "title": "Прорыв трубы", "more": "x"},
    ]


def test_damaged_utf8_stays_damaged_and_not_another_page() -> None:
    body = "id;title\n1;Көшеде жарық жоқ\n2;Жылу ".encode() + b"\xd0\xd0" + "жоқ\n".encode()
    texts, _ = read(body)
    assert texts[0] == "Көшеде жарық жоқ" and texts[1].startswith("Жылу \ufffd") and texts[1].endswith("жоқ")


def shapefile(folder: Path, text: str, encoding: str, companion: bool, language: int = 0) -> bytes:
    """A zipped Shapefile of one point, its text in an encoding that its `.cpg` or its dBASE header may
    say."""
    folder.mkdir()
    gpd.GeoDataFrame({"title": [text]}, geometry=[Point(71.43, 51.13)], crs=4326).to_file(
        folder / "p.shp", encoding=encoding
    )
    (folder / "p.cpg").write_text(encoding)
    if not companion:
        (folder / "p.cpg").unlink()
    table = bytearray((folder / "p.dbf").read_bytes())
    table[29] = language
    (folder / "p.dbf").write_bytes(table)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        for file in folder.iterdir():
            written.write(file, f"Слой/{file.name}")
    return packed.getvalue()


def test_a_shapefile_after_another_keeps_its_own_encoding(tmp_path: Path) -> None:
    wide = shapefile(tmp_path / "a", "Пулково 2, көше", "UTF-8", True)
    page = shapefile(tmp_path / "b", "Прорыв трубы", "CP1251", False)
    assert [read(body, form="zip")[0] for body in (wide, page, wide, page)] == [
        ["Пулково 2, көше"],
        ["Прорыв трубы"],
    ] * 2


@pytest.mark.parametrize(
    ("encoding", "companion", "language"),
    [
        ("CP866", False, 0x65),
        ("CP866", False, 0x26),
        ("CP1251", False, 0xC9),
        ("CP1251", True, 0),
        ("CP866", False, 0),
    ],
)
def test_the_code_page_of_a_dbase_header_is_read(
    tmp_path: Path, encoding: str, companion: bool, language: int
) -> None:
    body = shapefile(tmp_path / "a", "Прорыв трубы, дом 5", encoding, companion, language)
    assert read(body, form="zip") == (["Прорыв трубы, дом 5"], 0 if companion or language else 1)
    [chunk] = readers.read(Source("p.shp", tmp_path / "a/p.shp"), FEED)
    assert chunk.table["title"].to_pylist() == ["Прорыв трубы, дом 5"]
