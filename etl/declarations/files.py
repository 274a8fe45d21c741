"""Feeds of one's own, declared in a TOML file: one table a feed, its keys those of `etl.registry.Feed`.
Examples: `etl/examples`.

A table named as a shipped feed takes that feed and changes the keys that it gives (most often `sources`).
`fields`, `constants`, `words` and `options` are tables of their own, `[feed.fields]`. A relative source is
relative to the file; an absolute one, or an address of another machine, stays as it is.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyproj import CRS
from pyproj.exceptions import CRSError

from etl.clean.formats import pattern
from etl.entities.registry import ENTITIES
from etl.readers import READERS, open311
from etl.registry import FEEDS, OPTIONS, Feed
from etl.sources.address import scheme
from geo.errors import InvalidInput
from geo.toml import TomlFile
from geo.toml_values import is_one_of

NUMBERS = (
    "interval_s",
    "srid",
    "scale",
    "header_row",
    "overlap_s",
    "page_size",
    "alarm_after_s",
    "rejects_percent",
    "vanish_percent",
)
BOOLEANS = ("day_first", "new_categories", "header", "content_id", "swapped", "guess")
KINDS = {**dict.fromkeys(NUMBERS, int), **dict.fromkeys(BOOLEANS, bool)}
CHOICES = {
    "mode": ("delta", "snapshot"),
    "closing": ("said", "seen"),
    "doubles": ("first", "last"),
    "noun": tuple(ENTITIES),
    "format": tuple(READERS),
}
TABLES = ("fields", "constants", "options", "formats")
SEVERAL = ("fields", "formats")
"""Tables whose values may be lists."""
TYPES = {int: "integer", bool: "boolean", str: "text", list: "list", dict: "table"}
LISTS = ("sources", "keep", "public", "columns")
KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
DEFAULT_INTERVAL_S = 300
"""The interval of a feed that is polled and states none; a feed without sources has none."""


def load_feeds(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> tuple[Feed, ...]:
    """The shipped feeds with those of a declaration file (none: `IKOMEK_FEEDS`, if set).

    Raises `InvalidInput`: "feeds.file" for a file that is no TOML; else, with the file, the line, the feed
    and the key that is wrong, "feeds.name", "feeds.noun", "feeds.key", "feeds.choice", "feeds.type",
    "feeds.time_zone", "feeds.encoding", "feeds.srid", "feeds.field", "feeds.format", "feeds.option",
    "feeds.public" or "feeds.personal".
    """
    given = path or (Path(environ["IKOMEK_FEEDS"]) if environ.get("IKOMEK_FEEDS") else None)
    if given is None:
        return FEEDS
    file = TomlFile.read(given, "feeds.file")
    declared = {key: Declaration(file, key, table).feed() for key, table in file.tables.items()}
    return tuple(declared.pop(feed.key, feed) for feed in FEEDS) + tuple(declared.values())


def is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return True


def is_crs(code: int) -> bool:
    try:
        CRS.from_epsg(code)
    except CRSError:
        return False
    return True


PROOFS: dict[str, Callable[..., bool]] = {"time_zone": is_zone, "encoding": is_encoding, "srid": is_crs}
"""Keys whose values must mean something, and how it is found out."""


class Declaration:
    """One table of a file, on its way to a `Feed`."""

    def __init__(self, file: TomlFile, key: str, table: Any) -> None:
        self.file, self.key, self.table = file, key, table

    def feed(self) -> Feed:
        if not KEY.match(self.key) or not isinstance(self.table, dict):
            self.wrong("name")
        shipped = next((feed for feed in FEEDS if feed.key == self.key), None)
        given = {name: self.value(name, value) for name, value in self.table.items()}
        if shipped is not None:
            feed = replace(shipped, **given)
        elif "noun" not in given:
            self.wrong("noun", known=", ".join(ENTITIES))
        else:
            feed = Feed(self.key, **given)
        if feed.sources and feed.interval_s is None:
            feed = replace(feed, interval_s=DEFAULT_INTERVAL_S)
        self.check_fields(feed)
        self.check_kept(feed)
        feed = replace(feed, lines=self.lines())
        return open311.by_default(feed) if feed.format == "open311" else feed

    def value(self, name: str, value: object) -> Any:
        if name not in {field.name for field in fields(Feed)} - {"key", "lines"}:
            self.wrong("key", name)
        if name in CHOICES and not is_one_of(value, CHOICES[name]):
            self.wrong("choice", name, value=str(value), known=", ".join(CHOICES[name]))
        if name == "words":
            return {
                field: self.strings(f"words.{field}", words)
                for field, words in self.expect(name, value, dict).items()
            }
        if name in TABLES:
            table = self.strings(name, value)
            if name == "options":
                return self.known_options(table)
            return self.known_formats(table) if name == "formats" else table
        if name in LISTS:
            return tuple(self.relative(name, item) for item in self.expect(name, value, list))
        checked = self.expect(name, value, KINDS.get(name, str))
        if name in PROOFS and not PROOFS[name](checked):
            self.wrong(name, name, value=str(checked))
        return checked

    def strings(self, name: str, value: object) -> dict[str, str | tuple[str, ...]]:
        table = self.expect(name, value, dict)
        for key, item in table.items():
            if not isinstance(item, str) and not (
                name in SEVERAL
                and isinstance(item, list)
                and item
                and all(isinstance(part, str) for part in item)
            ):
                self.wrong("type", f"{name}.{key}", type="text")
        return {key: tuple(item) if isinstance(item, list) else item for key, item in table.items()}

    def relative(self, name: str, item: object) -> str:
        path = self.expect(name, item, str)
        return str(self.file.path.parent / path) if name == "sources" and scheme(path) is None else path

    def expect(self, name: str, value: Any, kind: type[Any]) -> Any:
        """The value, which is of that kind."""
        if not isinstance(value, kind) or (
            isinstance(value, int) and kind is int and (isinstance(value, bool) or value <= 0)
        ):
            self.wrong("type", name, type=TYPES[kind])
        return value

    def known_options(self, options: dict[str, Any]) -> dict[str, Any]:
        for name in options:
            if name not in OPTIONS:
                self.wrong("option", f"options.{name}", known=", ".join(OPTIONS))
        return options

    def known_formats(self, formats: dict[str, str | tuple[str, ...]]) -> dict[str, str | tuple[str, ...]]:
        for name, given in formats.items():
            for one in (given,) if isinstance(given, str) else given:
                try:
                    pattern(one)
                except ValueError as error:
                    self.wrong("format", f"formats.{name}", reason=str(error))
        return formats

    def check_fields(self, feed: Feed) -> None:
        """Every mapped field is one that the noun has."""
        known = [field.name for field in ENTITIES[feed.noun].fields]
        for table in ("fields", "constants", "words", "formats"):
            for name in getattr(feed, table):
                if name not in known:
                    self.wrong("field", f"{table}.{name}", noun=feed.noun, known=", ".join(known))

    def check_kept(self, feed: Feed) -> None:
        """Checks that the public columns are among the kept ones, and that no kept one holds personal
        text."""
        for column in feed.public:
            if column not in feed.keep:
                self.wrong("public", "public", column=column, known=", ".join(feed.keep))
        personal = {
            column
            for field in ENTITIES[feed.noun].fields
            if field.type == "personal"
            for column in columns_of(feed, field.name)
        }
        for column in feed.keep:
            if column in personal:
                self.wrong("personal", "keep", column=column)

    def wrong(self, what: str, name: str | None = None, **more: str) -> NoReturn:
        raise InvalidInput(
            f"feeds.{what}",
            file=str(self.file.path),
            line=self.file.line((self.key, *(name.split(".") if name else ()))),
            feed=self.key,
            key=name or self.key,
            **more,
        )

    def lines(self) -> dict[str, str]:
        """Where each key of this feed stands, for those who find out later that it is wrong."""
        return {
            ".".join(map(str, path[1:])): f"{self.file.path}:{number}"
            for path, number in self.file.headings
            if path[0] == self.key and len(path) > 1
        }


def columns_of(feed: Feed, name: str) -> tuple[str, ...]:
    """The columns that a field is read from; without any mapping, the one of its own name."""
    mapped = feed.fields.get(name, () if feed.fields else name)
    return (mapped,) if isinstance(mapped, str) else mapped
