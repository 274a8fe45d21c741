"""Who says a sentence gives it all its parameters: a person never reads "{part} is not answering"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from dashboard import words
from tests.dashboard.test_words import ROOT, SAYERS, parameters, sources

OPENING, CLOSING, QUOTES = "([{", ")]}", "\"'`"
KEY = re.compile(r"""["']([a-z]\w*(?:\.\w+)+)["']""")
Call = tuple[str, int, set[str]]
"""A key, its line, and the names of what is given with it."""


def arguments(text: str, start: int) -> list[str]:
    """The arguments of a call in a script, from behind its parenthesis."""
    found, depth, quote, begun, index = [], 0, "", start, start
    while depth >= 0:
        sign = text[index]
        if quote:
            index += sign == "\\"
            quote = "" if sign == quote else quote
        elif sign in QUOTES:
            quote = sign
        depth += 0 if quote else (sign in OPENING) - (sign in CLOSING)
        if depth < 0 or sign == "," and not depth and not quote:
            found.append(text[begun:index].strip())
            begun = index + 1
        index += 1
    return [one for one in found if one]


def names_given(literal: str) -> set[str]:
    """The names of an object's own keys: `{ n, part: a.b }`."""
    inner = arguments(literal, 1)
    return {match[1] for one in inner if (match := re.match(r"""["']?(\w+)["']?\s*(?::|$)""", one))}


def calls_in_script(text: str) -> Iterator[Call]:
    """Calls whose key is written out, and whose parameters are, or are not there at all."""
    for call in re.finditer(r"(?<!!)\b(?:ikomek\.)?(?<!!ikomek\.)word\(", text):
        key, *more = [*arguments(text, call.end()), ""][:2]
        literal = more[0] if more else ""
        if literal and (not literal.startswith("{") or "..." in literal):
            continue
        given = names_given(literal) if literal else set()
        for name in KEY.findall(key):
            yield name, text.count("\n", 0, call.start()) + 1, given


def calls_in_module(text: str) -> Iterator[Call]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name, key = getattr(node.func, "id", getattr(node.func, "attr", "")), node.args[0]
        given = {one.arg for one in node.keywords}
        if (
            name not in SAYERS
            or None in given
            or name == "text_of"
            or not isinstance(key, (ast.Constant, ast.IfExp))
        ):
            continue
        for one in ast.walk(key):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value, node.lineno, {arg for arg in given if arg}


def lacking(path: Path) -> list[tuple[str, int, str, set[str]]]:
    """Sentences of a file that lack a parameter."""
    entries, text = words.catalogue("en").entries, path.read_text(encoding="utf-8")
    calls = calls_in_script(text) if path.suffix == ".js" else calls_in_module(text)
    return [
        (path.relative_to(ROOT).as_posix(), line, key, missing)
        for key, line, given in calls
        if key in entries and (missing := parameters(entries[key]) - given)
    ]


def test_every_sentence_is_given_its_parameters() -> None:
    assert [one for path in sources() for one in lacking(path)] == []


def test_a_sentence_without_its_parameters_is_found() -> None:
    script = """late(ikomek.word("a.b"), 1);
        if (!ikomek.word("is.there")) say(word(x ? "a.b" : "c.d", { n, part: silent("e, f"), "g": 1 }));
        word("h.i", { ...all }); word("j.k", given);"""
    assert list(calls_in_script(script)) == [
        ("a.b", 1, set()),
        ("a.b", 2, {"n", "part", "g"}),
        ("c.d", 2, {"n", "part", "g"}),
    ]
    assert list(calls_in_module('word("a.b", lang, n=1)\nword("a.b", **all)')) == [("a.b", 1, {"n"})]
