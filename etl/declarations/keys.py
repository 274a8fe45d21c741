"""The page of everything that a declaration may say, as Markdown, made of the code itself: the keys of a
feed, what each noun takes, the formats of times.

`./ikomek etl keys`. What a key means is the text that stands below it in `etl.registry.Feed`.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import MISSING, fields

from etl import registry
from etl.clean import formats
from etl.declarations.files import CHOICES, KINDS, LISTS, TABLES, TYPES
from etl.entities.entity import Field
from etl.entities.registry import ENTITIES
from etl.registry import OPTIONS, Feed

NOT_KEYS = ("key", "lines")


def page() -> str:
    parts = [
        "# A feed",
        "",
        "One table of a TOML file, `[name]`. Keys, all of them optional but `noun`:",
        "",
        *keys(),
        "",
        "# What a noun takes",
        "",
        *entity_lines(),
        "",
        "# Formats of times",
        "",
        textwrap.dedent(inspect.getdoc(formats) or ""),
    ]
    return "\n".join(parts)


def keys() -> Iterator[str]:
    meaning_of = meanings()
    for given in fields(Feed):
        if given.name not in NOT_KEYS:
            default = (
                ""
                if given.default in (MISSING, None) or given.default_factory is not MISSING
                else f", {shown(given.default)} if not given"
            )
            yield f"* `{given.name}` ({type_of(given.name)}{default}): {meaning_of[given.name]}"


def type_of(name: str) -> str:
    if name in CHOICES:
        return " | ".join(f'"{choice}"' for choice in CHOICES[name])
    if name == "words":
        return "a table of tables"
    if name in TABLES:
        return f"a table: {', '.join(OPTIONS)}" if name == "options" else "a table"
    return "a list of texts" if name in LISTS else TYPES[KINDS.get(name, str)]


def shown(value: object) -> str:
    return (
        {True: "true", False: "false"}[value]
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else "nothing"
        if value == ()
        else str(value)
    )


def meanings() -> dict[str, str]:
    """Key -> the text below it in the source of `Feed`."""
    body = ast.parse(inspect.getsource(registry)).body
    feed = next(node for node in body if isinstance(node, ast.ClassDef) and node.name == Feed.__name__)
    pairs = zip(feed.body, feed.body[1:])
    return {
        node.target.id: one_line(below.value.value)
        for node, below in pairs
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def entity_lines() -> Iterator[str]:
    for key, entity in sorted(ENTITIES.items()):
        yield f"* `{key}`: {', '.join(map(about, entity.fields))}"


def about(field: Field) -> str:
    notes = [field.type, *(["required"] if field.required else [])]
    return f"`{field.name}` ({', '.join(notes)})" if notes != ["text"] else f"`{field.name}`"
