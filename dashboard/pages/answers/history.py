"""The versions of an article, newest first, each with what it changed in the one before: in one language,
line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import SequenceMatcher
from typing import Any
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import clock, day
from dashboard.request_context import current
from dashboard.words import LANGUAGES, word
from layers.answers import read_versions

MOST_VERSIONS = 50


def draw(number: int, lang: str) -> list:
    """`lang`: of the texts that are compared; another than the three = the reader's own. Raises `NotFound`
    ("answers.unknown")."""
    context = current()
    city = context.settings.city
    shown = lang if lang in LANGUAGES else context.language
    versions = read_versions(context.servers.engine, city, number)
    older = [*versions[1:], None]
    tabs = [
        html.A(
            word(f"language.{one}"),
            href=f"/answers?show=history&article={number}&lang={one}",
            **({"aria-current": "page"} if one == shown else {}),
        )
        for one in LANGUAGES
    ]
    return [
        html.Div(
            [
                html.P(
                    html.A(word("answers.back"), href=f"/answers?article={number}"), className="answers-links"
                ),
                html.H2(versions[0][f"title_{shown}"], lang=shown),
                html.Nav(tabs, className="views", **{"aria-label": word("shell.language")}),
                html.Ol(
                    [
                        _version(new, old, shown, city.time_zone)
                        for new, old in list(zip(versions, older))[:MOST_VERSIONS]
                    ],
                    className="answers-versions",
                ),
            ],
            className="answers-history",
        )
    ]


def _version(new: Mapping[str, Any], old: Mapping[str, Any] | None, lang: str, zone: ZoneInfo) -> html.Li:
    head = html.H3(
        [
            word("answers.version", version=new["version"]),
            html.Span(
                f"{clock(new['at'], zone, datetime.now(UTC))} · {new['who']}", className="answers-about"
            ),
        ]
    )
    note = [html.Q(new["note"])] if new["note"] else []
    if old is None:
        return html.Li([head, *note, html.P(word("answers.first_version"), className="answers-about")])
    changed = [
        *_fields(new, old),
        *difference(_lines(old, lang), _lines(new, lang), lang),
    ]
    return html.Li(
        [head, *note, *(changed or [html.P(word("answers.same_text"), className="answers-about")])]
    )


def _lines(version: Mapping[str, Any], lang: str) -> list[str]:
    lines = [version[f"title_{lang}"], *version[f"body_{lang}"].splitlines()]
    return [line.strip() for line in lines if line.strip()]


def _fields(new: Mapping[str, Any], old: Mapping[str, Any]) -> list[html.P]:
    """Topic, owner and review, where they are others."""

    def shown(name: str, version: Mapping[str, Any]) -> str:
        return day(version[name]) if name == "review_on" else str(version[name])

    return [
        html.P(
            [word(f"answers.field.{name}"), ": ", html.Del(shown(name, old)), " ", html.Ins(shown(name, new))]
        )
        for name in ("topic", "owner", "review_on")
        if new[name] != old[name]
    ]


def difference(before: Sequence[str], after: Sequence[str], lang: str) -> list[html.P]:
    """The lines that were taken out and put in, in their order; of those that stayed nothing."""
    out = []
    for kind, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        out += [html.P(html.Del(line), lang=lang) for line in before[a:b]]
        out += [html.P(html.Ins(line), lang=lang) for line in after[c:d]]
    return out
