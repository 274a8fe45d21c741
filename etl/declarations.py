"""Feeds of one's own, declared in a TOML file: one table a feed, its keys those of `etl.registry.Feed`. Examples: `etl/examples`.

A table named as a shipped feed takes that feed and changes the keys that it gives (most often `sources`). `fields`, `constants` and `words` are
tables of their own, `[feed.fields]`. A relative source is relative to the file.
"""
from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from etl.nouns import NOUNS
from etl.readers import READERS
from etl.registry import FEEDS, Feed
from geo.errors import InvalidInput

KINDS = {"interval_s": int, "srid": int, "day_first": bool, "new_categories": bool}
CHOICES = {"mode": ("delta", "snapshot"), "doubles": ("first", "last"), "noun": tuple(NOUNS), "format": tuple(READERS)}
TABLES = ("fields", "constants")
TYPES = {int: "integer", bool: "boolean", str: "text", list: "list", dict: "table"}
LISTS = ("sources", "keep")
KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
DEFAULT_INTERVAL_S = 300


def load_feeds(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> tuple[Feed, ...]:
    """The shipped feeds with those of a declaration file (none: `IKOMEK_FEEDS`, if set).

    Raises `InvalidInput`: "feeds.file" for a file that is no TOML; else, with the file, the line, the feed and the key that is wrong, "feeds.name",
    "feeds.noun", "feeds.key", "feeds.choice", "feeds.type", "feeds.time_zone" or "feeds.field".
    """
    given = path or (Path(environ["IKOMEK_FEEDS"]) if environ.get("IKOMEK_FEEDS") else None)
    if given is None:
        return FEEDS
    try:
        text = given.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidInput("feeds.file", file=str(given), reason=str(error)) from error
    declared = {key: Declaration(given, text, key, table).feed() for key, table in tables.items()}
    return tuple(declared.pop(feed.key, feed) for feed in FEEDS) + tuple(declared.values())


class Declaration:
    """One table of a file, on its way to a `Feed`."""

    def __init__(self, file: Path, text: str, key: str, table: object) -> None:
        self.file, self.text, self.key, self.table = file, text, key, table

    def feed(self) -> Feed:
        if not KEY.match(self.key) or not isinstance(self.table, dict):
            self.wrong("name")
        shipped = next((feed for feed in FEEDS if feed.key == self.key), None)
        given = {name: self.value(name, value) for name, value in self.table.items()}
        if shipped is not None:
            feed = replace(shipped, **given)
        elif "noun" not in given:
            self.wrong("noun", known=", ".join(NOUNS))
        else:
            feed = Feed(self.key, **{"interval_s": DEFAULT_INTERVAL_S, **given})
        self.check_fields(feed)
        return feed

    def value(self, name: str, value: object) -> object:
        if name not in {field.name for field in fields(Feed)} - {"key"}:
            self.wrong("key", name)
        if name in CHOICES and value not in CHOICES[name]:
            self.wrong("choice", name, value=str(value), known=", ".join(CHOICES[name]))
        if name == "words":
            return {field: self.strings(f"words.{field}", words) for field, words in self.expect(name, value, dict).items()}
        if name in TABLES:
            return self.strings(name, value)
        if name in LISTS:
            return tuple(self.relative(name, item) for item in self.expect(name, value, list))
        if name == "time_zone":
            self.check_zone(value)
        return self.expect(name, value, KINDS.get(name, str))

    def strings(self, name: str, value: object) -> dict[str, str | tuple[str, ...]]:
        table = self.expect(name, value, dict)
        for key, item in table.items():
            if not isinstance(item, str) and not (name == "fields" and isinstance(item, list) and item and all(isinstance(part, str) for part in item)):
                self.wrong("type", key, type="text")
        return {key: tuple(item) if isinstance(item, list) else item for key, item in table.items()}

    def relative(self, name: str, item: object) -> str:
        path = self.expect(name, item, str)
        return str(self.file.parent / path) if name == "sources" else path

    def expect(self, name: str, value: object, kind: type) -> object:
        if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or value <= 0)):
            self.wrong("type", name, type=TYPES[kind])
        return value

    def check_zone(self, value: object) -> None:
        try:
            ZoneInfo(self.expect("time_zone", value, str))
        except (ZoneInfoNotFoundError, ValueError):
            self.wrong("time_zone", "time_zone", value=str(value))

    def check_fields(self, feed: Feed) -> None:
        """Every mapped field is one that the noun has."""
        known = [field.name for field in NOUNS[feed.noun].fields]
        for name in (*feed.fields, *feed.constants, *feed.words):
            if name not in known:
                self.wrong("field", name, noun=feed.noun, known=", ".join(known))

    def wrong(self, what: str, name: str | None = None, **more: str) -> NoReturn:
        raise InvalidInput(f"feeds.{what}", file=str(self.file), line=self.line(name), feed=self.key, key=name or self.key, **more)

    def line(self, name: str | None) -> int:
        """The line (from 1) of a key below the feed's header, or of the header itself."""
        lines = self.text.splitlines()
        header = re.compile(rf"^\s*\[\s*\"?{re.escape(self.key)}\"?[\s.\]]")
        start = next((i for i, line in enumerate(lines) if header.match(line)), 0)
        if name is not None:
            last = re.escape(name.rsplit(".", 1)[-1])
            for i in range(start, len(lines)):
                if re.match(rf"^\s*\"?{last}\"?\s*=", lines[i]) or re.match(rf"^\s*\[.*\.\"?{last}\"?\s*\]", lines[i]):
                    return i + 1
        return start + 1
