"""What was raised in a time and what became of it; and the rules that raise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dash import html

from dashboard.formats import age, listed, number
from dashboard.pages.alarms.rows import ShownAlarms, symbol
from dashboard.words import word
from geo.alarms.rules import AlarmRule, rules_file
from geo.incidents.model import PRIORITIES
from layers.alarms import MOST_ROWS, ShiftRate


def table(
    alarms: Sequence[Mapping[str, Any]], shown: ShownAlarms, chosen: tuple[datetime, datetime] | None
) -> list:
    """`chosen`: the ten minutes that the address names."""
    head = []
    if chosen:
        begins, ends = (at.astimezone(shown.zone).strftime("%H:%M") for at in chosen)
        whole = html.A(word("alarms.journal.whole"), href="/alarms?show=journal")
        head = [html.P([f"{begins}–{ends} ", whole], className="alarms-chosen")]
    if not alarms:
        return [*head, html.P(word("alarms.none.journal"), className="alarms-none")]
    keys = ("what", "raised", "acknowledged", "cleared")
    columns = html.Thead(html.Tr([html.Th(word(f"alarms.column.{key}"), scope="col") for key in keys]))
    rows = html.Tbody([_row(alarm, shown) for alarm in alarms])
    cut = [html.P(word("alarms.journal.cut", n=MOST_ROWS))] if len(alarms) == MOST_ROWS else []
    return [*head, html.Table([columns, rows], className="alarms-table"), *cut]


def _row(alarm: Mapping[str, Any], shown: ShownAlarms) -> html.Tr:
    taken = ""
    if at := alarm["acknowledged_at"]:
        after = age((at - alarm["raised_at"]).total_seconds())
        taken = f"{shown.at(at)} · {alarm['acknowledged_by']} · {word('alarms.journal.after', t=after)}"
    gone = ""
    if at := alarm["cleared_at"]:
        gone = f"{shown.at(at)} · {alarm['cleared_by'] or word('alarms.journal.itself')}"
    chatter = word("alarms.chatter", n=alarm["chatter"]) if alarm["chatter"] else None
    what = [html.Strong(shown.what(alarm)), html.Span(listed(shown.about(alarm), chatter, by=" · "))]
    return html.Tr(
        [
            html.Td(html.Div([symbol(alarm), html.Div(what)], className="alarms-of")),
            _cell("raised", shown.at(alarm["raised_at"])),
            _cell("acknowledged", taken or "–"),
            _cell("cleared", gone or "–"),
        ]
    )


def rules(known: Mapping[str, AlarmRule], rate: ShiftRate, lang: str) -> list:
    """The rules, with how many alarms each has raised in the shift."""
    keys = ("rule", "condition", "answer", "within", "count")
    columns = html.Thead(html.Tr([html.Th(word(f"alarms.column.{key}"), scope="col") for key in keys]))
    rows = [
        html.Tr(
            [
                html.Td(
                    html.Div(
                        [
                            symbol({"kind": None, "priority": rule.priority}),
                            html.Div(
                                [
                                    html.Strong(rule.name[lang]),
                                    html.Span(word(f"duty.priority.{PRIORITIES[rule.priority]}")),
                                ]
                            ),
                        ],
                        className="alarms-of",
                    )
                ),
                _cell("condition", _condition(rule)),
                _cell("answer", rule.response[lang]),
                _cell("within", word("alarms.minutes", n=rule.answer_min)),
                _cell("count", number(rate.rules[rule.key])),
            ]
        )
        for rule in known.values()
    ]
    return [
        html.Table([columns, html.Tbody(rows)], className="alarms-table"),
        html.P([word("alarms.rules.file"), " ", html.Code(rules_file().name)], className="alarms-chosen"),
    ]


def _cell(column: str, text: str) -> html.Td:
    """On a phone it stands in a line of its own, after the name of its column."""
    return html.Td(text, **{"data-column": word(f"alarms.column.{column}")})


def _condition(rule: AlarmRule) -> str:
    shown = {key: number(value, 0 if float(value).is_integer() else 1) for key, value in rule.numbers.items()}
    if "least_priority" in rule.numbers:
        level = PRIORITIES[int(rule.numbers["least_priority"])]
        shown["least_priority"] = word(f"duty.priority.{level}").lower()
    if "lon" in rule.numbers:
        shown |= {key: f"{rule.numbers[key]:.5f}" for key in ("lon", "lat")}
    return word(f"alarms.condition.{rule.condition}", **shown)
