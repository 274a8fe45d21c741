"""The glossary holds the catalogues: no text uses a form that its term does not have, and all are set
alike."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

import pytest

from dashboard import words

GLOSSARY = tomllib.loads((words.LOCALE / "glossary.toml").read_text(encoding="utf-8"))["term"]
UNITS = {
    "kk": "с|мин|сағ|м|км|мм|м²|байт|МБ|КБ|%",
    "ru": "с|мин|ч|м|км|мм|м²|байт|МБ|КБ|%",
    "en": "s|min|h|m|km|mm|m²|KB|MB",
}
OF_A_FILE = {"error.source.osm_table"}
"""What has to be written in a file as it stands, with its quotation marks."""
A_COMMAND_OR_A_PATH = re.compile(r"(\./ikomek [^.]*|--data DIR|/[a-z]+|geo/cities/astana\.toml)$")


def texts(lang: str) -> Iterator[tuple[str, str]]:
    """(key, text) of a catalogue, each plural form by itself."""
    for key, entry in words.catalogue(lang).entries.items():
        for text in entry if isinstance(entry, tuple) else (entry,):
            yield key, text


def misused(lang: str, key: str, text: str) -> list[str]:
    """The terms whose other forms a text uses."""
    return [
        f"{key}: {text!r} says {found[0]!r}, the term is {term[lang]!r}"
        for term in GLOSSARY
        for form in term.get(f"not_{lang}", ())
        if (found := re.search(rf"(?<![\w-])(?:{form})(?!\w)", text.lower()))
    ]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_text_uses_a_form_that_a_term_does_not_have(lang: str) -> None:
    assert not [wrong for key, text in texts(lang) for wrong in misused(lang, key, text)]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_every_form_that_is_not_used_is_found_by_its_key(lang: str) -> None:
    """Each pattern can fail: the simplest word that it stands for is found."""
    for term in GLOSSARY:
        for form in term.get(f"not_{lang}", ()):
            word = (
                re.sub(r"\(\?<![^)]*\)|\((?:[^()|]*\|)*[^()|]*\)\?|.\?|\\w\*", "", form)
                .replace(r"\w+", "а")
                .replace("[аыуе]", "а")
            )
            assert any(line.startswith("a.key: ") for line in misused(lang, "a.key", f"«{word}»")), (
                form,
                word,
            )


def test_no_term_is_anothers_wrong_form() -> None:
    assert not [
        wrong
        for lang in words.LANGUAGES
        for term in GLOSSARY
        for wrong in misused(lang, term["en"], term[lang])
    ]
    for lang in words.LANGUAGES:
        terms = [term[lang] for term in GLOSSARY]
        assert len(terms) == len(set(terms)), "one word, one thing"


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_a_number_stays_with_its_sign_and_its_unit(lang: str) -> None:
    """A no-break space after № and before a unit; in English "No. 12" and "82%"."""
    apart = re.compile(rf"(№|\bNo\.) [{{\d]|[}}\d] ({UNITS[lang]})(?![\w²])")
    english = re.compile(r"№|\bno\. \{|[}\d]\s%")
    assert not [(key, text) for key, text in texts(lang) if apart.search(text)]
    if lang == "en":
        assert not [
            (key, text) for key, text in texts(lang) if english.search(re.sub("“[^”]*”|№ ___", "", text))
        ]


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_quotes_and_dashes_are_of_the_language(lang: str) -> None:
    straight, other = re.compile(r"\"|(?<!\w)'(?!\./ikomek)|’"), {"en": "«»", "ru": "“”", "kk": "“”"}[lang]
    for key, text in texts(lang):
        assert not straight.search(text) or key in OF_A_FILE, (key, text)
        assert not set(other) & set(text), (key, text)
        assert " – " not in text, (key, text)


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_an_error_is_whole_sentences(lang: str) -> None:
    """It ends with a full stop or a question mark, or with what is to be copied: a command, or a place."""
    ends = [
        (key, text)
        for key, text in texts(lang)
        if key.startswith("error.") and text[-1] not in ".?" and not A_COMMAND_OR_A_PATH.search(text)
    ]
    assert not ends


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_error_ends_in_what_may_be_empty(lang: str) -> None:
    """Who, when and a list of precincts stand in brackets or before what follows: no sentence ends ": . "."""
    bare = re.compile(r": \{(who|at|parts|houses)\}\. \S")
    named = {"error.plan.cuts_footprint", "error.plan.no_border"}
    assert not [
        key
        for key, text in texts(lang)
        if key.startswith("error.") and bare.search(text) and key not in named
    ]
