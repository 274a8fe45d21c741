"""The catalogues: every key that code names is there in all three languages, none is empty, none is
unused."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from dashboard import bundles, words
from geo import errors

ROOT = Path(__file__).parent.parent.parent
ERRORS = {error.__name__ for error in errors.STATUS}
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
SAYERS = {"word", "translate", "text_of"}


@cache
def sources() -> list[Path]:
    """Every script and module of the product that git knows or would take."""
    listed = subprocess.run(
        [
            "git",
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "dashboard",
            "layers",
            "geo",
            "etl",
            "assets",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\n")
    return sorted(
        {ROOT / name for name in listed if name.endswith((".py", ".js")) and (ROOT / name).exists()}
    )


def string_pattern(node: ast.expr) -> str | None:
    """A string literal or f-string as a regular expression in which each hole is part of a key."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            re.escape(part.value) if isinstance(part, ast.Constant) else r"[\w.]+" for part in node.values
        )
    return None


@cache
def named() -> tuple[dict[str, str], dict[str, str]]:
    """(what is said by a call of `word`, every string that may be a key): pattern -> where it stands."""
    expected: dict[str, str] = {}
    strings: dict[str, str] = {}
    for path in sources():
        text, where = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        if path.suffix == ".js":
            for literal in re.findall(r"""["'`]([^"'`\s]*\.[^"'`\s]*)["'`]""", text):
                strings.setdefault(re.sub(r"\\\$\\\{.*?\\\}", r"[\\w.]+", re.escape(literal)), where)
            for literal in re.findall(r"""\bword\(\s*["']([^"'`\s]+)["']""", text):
                expected.setdefault(re.escape(literal), where)
            continue
        for node in ast.walk(ast.parse(text)):
            pattern = string_pattern(node) if isinstance(node, ast.expr) else None
            if pattern and "." in pattern:
                strings.setdefault(pattern, where)
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                key = string_pattern(node.args[0])
                if key and name in SAYERS and re.fullmatch(r"[a-z]\S*\.\S*", key):
                    expected.setdefault(key, where)
                if key and name in ERRORS:
                    expected.setdefault(r"error\." + key, where)
    return expected, strings


def test_every_key_that_is_said_is_there() -> None:
    expected, _ = named()
    keys = words.catalogue("ru").entries
    missing = [f"{pattern} ({where})" for pattern, where in expected.items() if not is_there(pattern, keys)]
    assert not missing, "\n".join(sorted(missing))


def is_there(pattern: str, keys: Mapping[str, object]) -> bool:
    """Most patterns are a key as it stands: looked up, not tried on thousands."""
    return re.sub(r"\\(.)", r"\1", pattern) in keys or any(map(re.compile(pattern).fullmatch, keys))


def test_a_key_that_a_script_hands_on_is_there_too() -> None:
    """Not only `word("studio.ask.kind")`, but what a helper says: `label("studio.ask.kind", ...)`. A text is
    taken for a key when others begin as it does."""
    known = set(words.catalogue("ru").entries)
    families = {key.rpartition(".")[0] for key in known if key}
    lost = [
        (str(path.relative_to(ROOT)), key)
        for path in sources()
        if path.suffix == ".js"
        for key in re.findall(r'"([a-z][a-z0-9_]*(?:\.[a-z0-9_]+)+)"', path.read_text())
        if key.rpartition(".")[0] in families and key not in known and not key.endswith(".json")
    ]
    assert not lost


def test_scripts_get_what_they_say_and_little_else() -> None:
    """Whatever a script may say, whole or with a hole in it, by the wider pattern of this test."""
    keys = words.catalogue("kk").entries
    given = json.loads(bundles.catalogue("kk").body)["entries"]
    used = set()
    for path in sources():
        if path.suffix == ".js":
            for literal in re.findall(
                r"""["'`]([a-z_]+\.[^"'`\s]*)["'`]""", path.read_text(encoding="utf-8")
            ):
                pattern = re.sub(r"\\\$\\\{.*?\\\}", r"[\\w.]+", re.escape(literal))
                used |= {key for key in keys if re.fullmatch(pattern, key)}
    assert len(used) > 500 and used <= set(given)
    assert len(given) < len(keys) / 3, "what only the server says stays there"
    assert given == {
        key: entry if isinstance(entry, str) else list(entry) for key, entry in keys.items() if key in given
    }


def test_a_page_that_asks_for_no_catalogue_brings_what_its_scripts_say() -> None:
    """A wall's: its own scripts, the map's, and those of every page."""
    brought = words.early_words("wall")
    scripts = [*(ROOT / "assets").glob("*.js"), *(ROOT / "assets/wall").glob("*.js")]
    scripts += (ROOT / "assets/map").glob("*.js")
    others = {"studio.js"}
    families = {
        (path.name, family)
        for path in scripts
        if path.name not in others
        for family in re.findall(r"""\bword\(\s*["'`]([a-z_]+)\.""", path.read_text(encoding="utf-8"))
    }
    assert {family for _, family in families} <= set(words.BROUGHT["wall"]), families
    for lang in words.LANGUAGES:
        held = words.catalogue(lang).entries
        assert brought[lang]["whole"] and brought[lang]["plural"] == words.PLURALS[lang]
        assert brought[lang]["entries"] == {
            key: held[key] for key in held if key.split(".")[0] in words.BROUGHT["wall"]
        }
    assert not any(one["whole"] for one in words.early_words("map").values())


def test_no_key_is_unused() -> None:
    """A key is named as it is, or as a code (`error.` and `reason.` are put before it), or by an f-string
    whose holes it fills."""
    expected, strings = named()
    exact = {re.sub(r"\\(.)", r"\1", pattern) for pattern in {**expected, **strings} if "[" not in pattern}
    holes = [
        re.compile(pattern) for pattern in {**expected, **strings} if re.match(r"[a-z_]+\\\..*\[", pattern)
    ]
    unused = [
        key
        for key in words.catalogue("ru").entries
        if not any(
            name in exact or any(hole.fullmatch(name) for hole in holes)
            for name in {key, key.removeprefix("error."), key.removeprefix("reason.")}
        )
    ]
    assert not unused, "\n".join(sorted(unused))


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_the_catalogues_hold_the_same_keys_with_the_same_parameters(lang: str) -> None:
    first, other = words.catalogue("en").entries, words.catalogue(lang).entries
    assert set(first) == set(other)
    for key, entry in other.items():
        forms = entry if isinstance(entry, tuple) else (entry,)
        assert all(form.strip() for form in forms), key
        assert KEY.fullmatch(key), key
        wanted = parameters(first[key])
        assert parameters(entry) == wanted, key


@pytest.mark.parametrize("lang", words.LANGUAGES)
def test_no_key_stands_twice_and_every_plural_is_whole(lang: str) -> None:
    path = words.LOCALE / lang / "LC_MESSAGES" / "ikomek.po"
    heads = re.findall(r'^msgid "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(heads) == len(set(heads)), sorted({key for key in heads if heads.count(key) > 1})
    with path.open("rb") as file:
        po = read_po(file, locale=lang)
    for message in po:
        if message.id and message.pluralizable:
            assert len(message.string) == len(words.PLURALS[lang]), message.id


def parameters(entry: str | tuple[str, ...]) -> set[str]:
    """The names in braces of a sentence, of all its forms."""
    forms = entry if isinstance(entry, tuple) else (entry,)
    return {name for form in forms for _, name, _, _ in Formatter().parse(form) if name}


@pytest.mark.parametrize(
    ("lang", "n", "expected"),
    [
        ("ru", 1, "1 день"),
        ("ru", 2, "2 дня"),
        ("ru", 5, "5 дней"),
        ("ru", 11, "11 дней"),
        ("ru", 21, "21 день"),
        ("ru", 104, "104 дня"),
        ("en", 1, "1 day"),
        ("en", 0, "0 days"),
        ("kk", 1, "1 күн"),
        ("kk", 7, "7 күн"),
    ],
)
def test_each_language_has_its_plural_forms(lang: str, n: int, expected: str) -> None:
    assert words.word("time.days", lang, n=n) == expected


@pytest.mark.parametrize(
    ("lang", "n", "expected"),
    [
        ("ru", 1, "1 избиратель"),
        ("ru", 3, "3 избирателя"),
        ("ru", 1021, "1\u2009021 избиратель"),
        ("ru", 1_000_000, "1\u2009000\u2009000 избирателей"),
        ("ru", 2.5, "2,5 избирателя"),
        ("en", 1, "1 voter"),
        ("en", 1200, "1,200 voters"),
        ("kk", 1200, "1\u2009200 сайлаушы"),
    ],
)
def test_a_count_chooses_its_form_by_the_number_itself_and_is_written_as_numbers_are(
    lang: str, n: float, expected: str
) -> None:
    assert words.word("studio.voters", lang, n=n) == expected


def test_counts_are_given_to_texts_as_numbers() -> None:
    """A number that was written before it came to `word` has no plural form."""
    given = re.compile(r"\bn(?:=|: )(?:ikomek\.)?number\(")
    assert [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if given.search(path.read_text(encoding="utf-8"))
    ] == []


def test_the_sign_of_a_number_is_a_word() -> None:
    """ "№ 12" is "No. 12" in English: scripts and pages write it by `numbered`; texts of decisions are in
    Kazakh and Russian."""
    written = re.compile(r"№ ?(\$?\{|<)")
    assert [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if path.relative_to(ROOT).parts[0] in ("assets", "dashboard")
        and written.search(path.read_text(encoding="utf-8"))
    ] == []


def test_an_error_is_said_with_its_parameters() -> None:
    assert (
        words.error_words(errors.NotFound("user.unknown", name="дамир"), "en")
        == "There is no active user “дамир”. List them: ./ikomek user list"
    )


def test_an_unknown_code_and_a_missing_parameter_still_say_something() -> None:
    assert words.code_words("no.such.code", None, "en").startswith("Error (no.such.code).")
    assert words.word("user.unknown.key", "en") == "user.unknown.key"
    assert "{name}" in words.error_words(errors.NotFound("user.unknown"), "en")


@pytest.mark.parametrize(
    ("cookie", "user", "accept", "chosen"),
    [
        ("en", "kk", "ru", "en"),
        (None, "kk", "ru", "kk"),
        (None, None, "de, en;q=0.5, kk;q=0.8", "kk"),
        (None, None, None, "kk"),
        ("xx", "yy", "zz", "kk"),
        (None, None, "en;q=x, kk;q=0.1", "kk"),
    ],
)
def test_the_language_is_chosen(
    cookie: str | None, user: str | None, accept: str | None, chosen: str
) -> None:
    assert words.choose(cookie, user, accept) == chosen


def test_a_city_speaks_its_own_languages() -> None:
    assert words.choose("kk", None, "en", languages=("ru", "en")) == "en"
    assert words.choose(None, None, None, languages=("ru", "en")) == "ru"
