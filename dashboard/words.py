"""Every word a person reads, by key, in Kazakh, Russian and English: gettext catalogues in
`dashboard/locale`, read once.

`word("feeds.age", seconds=4)` is the sentence in the caller's language with `{seconds}` filled in. `n` is
a count: it is given raw, chooses among the plural forms of a key that has them, and is written as numbers
are. Scripts get what they say of the catalogue from `/words/<language>.json` (`assets/words.js`).
`dashboard/locale/<language>/LC_MESSAGES/*.po`: the msgid is the key.

To add a text: the key beside its kin in `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`, in each language,
with each plural form where it counts something; then `word(KEY)` here, or `ikomek.word(KEY)` in a script. A
test names keys that are missing, empty or unused. An error's code has its words under "error.CODE".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from gettext import c2py
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

from dashboard.error_parameters import in_words
from geo.errors import IkomekError

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = ("kk", "ru", "en")
PLURALS = {"kk": ("one", "other"), "ru": ("one", "few", "many"), "en": ("one", "other")}
OF_A_FRACTION = 1
"""The form that a fraction takes, in all three languages: 1,5 дома, 1,5 үй, 1.5 houses."""
THIN_SPACE = "\u2009"
EARLY = (
    "shell.banner.demo",
    "shell.banner.drill",
    "shell.banner.hotline",
    "shell.banner.lost.changes",
    "shell.banner.lost.database",
    "shell.banner.lost.server",
    "shell.banner.restoring",
    "shell.signed_out",
    "shell.sign_in_again",
    "shell.other_caller",
    "shell.other_rights",
    "shell.reload",
    "shell.refused",
    "shell.part.database",
    "shell.part.server",
    "shell.unanswered",
    "shell.unanswered_press",
    "map.unknown",
)
"""The texts that the document itself brings: those needed while the catalogue cannot be read."""
BROUGHT = {"wall": ("wall", "map", "number", "date", "time", "shell")}
"""Page -> the families of keys that its document brings whole, so that it asks for no catalogue: nobody is
there to load a screen again."""

IN_A_SCRIPT = re.compile(r"""["'`]([a-z_]+\.[\w.]*)(\$\{|["'`])""")
"""A string with a full stop in it, as far as its first hole."""

language: ContextVar[str] = ContextVar("language", default="ru")
"""The language of the request being answered; set by the middleware."""


@dataclass(frozen=True)
class Catalogue:
    """One language. `entries`: key -> the sentence, or its plural forms in the order of `plural` (n ->
    which form)."""

    language: str
    entries: Mapping[str, str | tuple[str, ...]]
    plural_expression: str

    @property
    def plural(self) -> Callable[[int], int]:
        return _plural(self.plural_expression)

    def text_of(self, key: str, parameters: Mapping[str, Any]) -> str:
        """The sentence; a key that no catalogue holds is shown as it is, so that a screen still says
        something."""
        entry = self.entries.get(key, key)
        if isinstance(entry, tuple):
            entry = entry[self._form(parameters["n"])]
        if isinstance(n := parameters.get("n"), int | float):
            parameters = {**parameters, "n": write_number(n, 0 if n == int(n) else 1, self.language)}
        return entry.format_map(_Shown(parameters)) if parameters else entry

    def _form(self, n: float) -> int:
        return self.plural(abs(int(n))) if n == int(n) else OF_A_FRACTION


class _Shown(dict):
    """A parameter that was not given stays visible as `{name}` and never raises in front of a person."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


@cache
def catalogue(lang: str) -> Catalogue:
    """The catalogue of one of `LANGUAGES`, read on first use."""
    with (LOCALE / lang / "LC_MESSAGES" / "ikomek.po").open("rb") as file:
        po = read_po(file, locale=lang, abort_invalid=True)
    entries: dict[str, str | tuple[str, ...]] = {}
    for message in po:
        if message.id:
            key = message.id if isinstance(message.id, str) else message.id[0]
            entries[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return Catalogue(lang, entries, po.plural_expr)


def word(key: str, /, lang: str | None = None, **parameters: object) -> str:
    """The sentence for `key` in `lang`, by default the language of the request."""
    return catalogue(lang or language.get()).text_of(key, parameters)


def word_or(key: str, instead: str) -> str:
    """The catalogue's word in the caller's language, or what the source calls it."""
    return word(key) if key in catalogue(language.get()).entries else instead


def error_words(error: IkomekError, lang: str | None = None) -> str:
    """The sentence for an error: what happened, to what, and what to do."""
    return code_words(error.code, error.parameters, lang)


def code_words(code: str, parameters: Mapping[str, Any] | None, lang: str | None = None) -> str:
    """The same for a code with parameters as tables keep it (`run.error_code`, `reject.code`)."""
    held = catalogue(lang or language.get())
    key = f"error.{code}"
    shown = in_words(code, parameters or {}, held.language, lambda name: held.text_of(name, {}))
    return held.text_of(key if key in held.entries else "error.other", {"code": code, **shown})


def write_number(value: float, digits: int, lang: str) -> str:
    """1711 -> "1 711", 2.44 with one digit -> "2,4" (in English "1,711" and "2.4")."""
    written = f"{value:,.{digits}f}"
    return written if lang == "en" else written.replace(",", THIN_SPACE).replace(".", ",")


def early_words(page: str) -> dict[str, dict]:
    """Language -> what a page's document brings, as `as_json` has it and with "whole": whether that is all
    that the page says."""
    families = BROUGHT.get(page)
    return {lang: _brought(catalogue(lang), families) for lang in LANGUAGES}


def _brought(held: Catalogue, families: Sequence[str] | None) -> dict:
    kept = {
        key: entry
        for key, entry in held.entries.items()
        if (key.partition(".")[0] in families if families else key in EARLY)
    }
    return {"plural": PLURALS[held.language], "entries": kept, "whole": families is not None}


def as_json(lang: str, scripts: str) -> dict:
    """What these scripts may say: {"language", "plural": the CLDR categories in the order of the forms,
    "entries": {key: sentence or [forms]}}."""
    whole, beginnings = keys_in(scripts)
    entries = {
        key: entry
        for key, entry in catalogue(lang).entries.items()
        if key in whole or key.startswith(beginnings)
    }
    return {"language": lang, "plural": PLURALS[lang], "entries": entries}


def keys_in(scripts: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The strings of scripts that may be keys: those that are whole, and the beginnings of those with a hole
    (`duty.kind.${kind}`). Most are something else, and begin no key."""
    found = IN_A_SCRIPT.findall(scripts)
    whole = frozenset(text for text, end in found if end != "${")
    return whole, tuple(sorted({text for text, end in found if end == "${"}))


def choose(
    cookie: str | None, user: str | None, accept: str | None, languages: Sequence[str] = LANGUAGES
) -> str:
    """The language of a request: what was last picked here, what the user keeps, what the browser asks
    for, else the first of the city's `languages`."""
    wanted = (cookie, user, *_accepted(accept or ""), *languages)
    return next((lang for lang in wanted if lang in languages and lang in LANGUAGES), LANGUAGES[0])


@lru_cache(256)
def _accepted(header: str) -> tuple[str, ...]:
    """The languages of an Accept-Language header, best first; a malformed weight counts as 0."""
    weighted = []
    for part in header[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighted.append((float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return tuple(tag for _, tag in sorted(weighted, key=lambda pair: -pair[0]))


@cache
def _plural(expression: str) -> Callable[[int], int]:
    return c2py(expression)
