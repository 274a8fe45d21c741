"""An alarm as a row: what, since when, its state, what to do and by when, and buttons for those who may
answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dash import dcc, html

from dashboard.formats import age, clock, listed, number, numbered
from dashboard.wording.machine import machine_words
from dashboard.words import word, word_or
from geo.alarms.rules import AlarmRule
from geo.early_warning.causes import cause_name
from geo.incidents.model import CRITICAL
from layers.alarms import AlarmFlood, stands, waits

KEYS = {"acknowledge": "A", "shelve": "H", "clear": "C"}
CAUSES = 3
"""So many of a flood's causes are named."""


@dataclass(frozen=True)
class ShownAlarms:
    """How alarms are shown: in whose language, at what time, whether the caller may answer, and `senior`:
    put a critical one on the shelf too."""

    rules: Mapping[str, AlarmRule]
    lang: str
    zone: ZoneInfo
    now: datetime
    may: bool
    senior: bool = False

    def at(self, moment: datetime) -> str:
        return clock(moment, self.zone, self.now)

    def name(self, rule: str) -> str:
        """A rule's name; its key where the file no longer has it."""
        return self.rules[rule].name[self.lang] if rule in self.rules else rule

    def what(self, alarm: Mapping[str, Any]) -> str:
        """Title of the incident, else its category, else the name of the rule."""
        if alarm["incident_id"] is not None:
            return alarm["title"] or alarm["category_name"] or self.name(alarm["rule"])
        return self.name(alarm["rule"])

    def about(self, alarm: Mapping[str, Any]) -> str:
        parameters = alarm["parameters"]
        if alarm["incident_id"] is not None:
            level = parameters.get("escalation")
            step = word(f"duty.escalation.{level}") if level else None
            return listed(self.name(alarm["rule"]), step, alarm["address"], alarm["district_name"], by=" · ")
        if "feed" in parameters:
            return word_or(f"feed.{parameters['feed']}", parameters["feed"])
        if "cause" in parameters:
            return listed(self._cause(parameters), alarm["category_name"], self._early(parameters), by=" · ")
        if "most" in parameters:
            return listed(
                alarm["category_name"], alarm["district_name"], self._forecast(parameters), by=" · "
            )
        if "measure" in parameters:
            return machine_words(parameters)
        usual, minutes = number(parameters["usual"], 1), parameters["minutes"]
        counted = word("alarms.about.surge", n=parameters["n"], usual=usual, minutes=minutes)
        return listed(alarm["category_name"], counted, by=" · ")

    def named(self, alarm: Mapping[str, Any]) -> str:
        """What tells it from others of the same title: where, and its incident's number."""
        known = numbered(alarm["source_id"]) if alarm["source_id"] else None
        return listed(self.what(alarm), alarm["address"] or self.about(alarm), known, by=" · ")

    def _cause(self, parameters: Mapping[str, Any]) -> str:
        """What has failed, as likely as not."""
        return word("alarms.about.cause", cause=cause_name(parameters["cause"], self.lang))

    def _early(self, parameters: Mapping[str, Any]) -> str:
        expected = number(parameters["expected"], 2)
        return word("alarms.about.early", n=parameters["n"], minutes=parameters["minutes"], expected=expected)

    def _forecast(self, parameters: Mapping[str, Any]) -> str:
        return word(
            "alarms.about.beyond_forecast",
            n=parameters["n"],
            mean=number(parameters["mean"], 1),
            most=parameters["most"],
            interval=parameters["interval"],
        )

    def columns(self) -> html.Div:
        """Their names over the rows; what a row says is said by its words too."""
        names = [html.Span(word(f"alarms.column.{key}")) for key in ("what", "raised", "state", "answer")]
        keys = [html.Kbd("↑"), html.Kbd("↓"), word("alarms.choose")] if self.may else []
        return html.Div(
            [html.Span(), *names, html.Span(keys, className="alarms-keys")],
            className="alarms-columns",
            **{"aria-hidden": "true"},
        )

    def row(self, alarm: Mapping[str, Any]) -> html.Li:
        waited = self.now - alarm["raised_at"]
        return html.Li(
            [
                symbol(alarm),
                html.Div([self._link(alarm), html.Span(self.about(alarm))], className="alarm-what"),
                html.Div(
                    [html.Span(self.at(alarm["raised_at"])), html.Span(age(waited.total_seconds()))],
                    className="alarm-raised",
                ),
                html.Div(self._state(alarm), className="alarm-state", **{"data-state": state_of(alarm)}),
                html.Div(self._answer(alarm), className="alarm-answer"),
                html.Div(self._buttons(alarm), className="alarm-acts"),
            ],
            className="alarm",
            tabIndex="-1",
            **{
                "data-alarm": str(alarm["id"]),
                "data-version": str(alarm["version"]),
                "data-level": str(alarm["priority"]),
                "data-state": state_of(alarm),
                "data-gone": "no" if stands(alarm) else "yes",
                "data-href": href_of(alarm),
                "data-named": self.named(alarm),
            },
        )

    def flood(self, flood: AlarmFlood, alarms: Sequence[Mapping[str, Any]]) -> html.Div:
        """One row of many, unfolded in its place."""
        begins, ends = (at.astimezone(self.zone).strftime("%H:%M") for at in (flood.begins, flood.ends))
        causes = [f"{self.name(cause)} {number(n)}" for cause, n in flood.causes.most_common(CAUSES)]
        left = word("alarms.flood.left", gone=flood.raised - len(alarms), active=len(alarms))
        seen = {str(alarm["id"]): alarm["version"] for alarm in alarms if waits(alarm)}
        all_of = html.Button(
            word("alarms.flood.acknowledge", n=len(seen)),
            className="button",
            type="button",
            **{"data-flood": json.dumps(seen)},
        )
        title = word("alarms.flood", n=flood.raised, begins=begins, ends=ends)
        return html.Div(
            [
                html.Details(
                    [
                        html.Summary(
                            [
                                html.Div([html.Strong(title), html.Span(" · ".join(causes))]),
                                html.Span(left),
                            ]
                        ),
                        html.Ol([self.row(alarm) for alarm in alarms], className="alarms-list"),
                    ]
                ),
                *([all_of] if self.may and seen else []),
            ],
            className="alarms-flood",
        )

    def shelved(self, alarm: Mapping[str, Any]) -> html.Li:
        left = age((alarm["shelved_until"] - self.now).total_seconds())
        back = html.Button(
            word("alarms.unshelve"), className="button", type="button", **{"data-act": "unshelve"}
        )
        return html.Li(
            [
                symbol(alarm),
                html.Div([self._link(alarm), html.Span(self.about(alarm))], className="alarm-what"),
                html.Div([html.Span(alarm["shelved_reason"]), html.Span(alarm["shelved_by"])]),
                html.Div(
                    [
                        html.Span(word("alarms.until", at=self.at(alarm["shelved_until"]))),
                        html.Span(word("alarms.left", t=left)),
                    ]
                ),
                html.Div([back] if self.may else [], className="alarm-acts"),
            ],
            className="alarm-shelved",
            **{"data-alarm": str(alarm["id"]), "data-version": str(alarm["version"])},
        )

    def _link(self, alarm: Mapping[str, Any]) -> Any:
        href = href_of(alarm)
        return html.Strong(dcc.Link(self.what(alarm), href=href) if href else self.what(alarm))

    def _state(self, alarm: Mapping[str, Any]) -> list:
        at, gone = alarm["acknowledged_at"], alarm["normal_at"]
        note = f"{alarm['acknowledged_by']}, {self.at(at)}" if at else ""
        if at is None and gone is not None:
            note = listed(self.at(gone), word("alarms.state.new"), by=" · ")
        chatter = word("alarms.chatter", n=alarm["chatter"]) if alarm["chatter"] else None
        return [
            html.Strong(word(f"alarms.state.{state_of(alarm)}")),
            html.Span(listed(note, chatter, by=" · ")),
        ]

    def _answer(self, alarm: Mapping[str, Any]) -> list:
        """The instruction, and how long there is to acknowledge the alarm."""
        rule = self.rules.get(alarm["rule"])
        if rule is None:
            return []
        left = (alarm["raised_at"] + timedelta(minutes=rule.answer_min) - self.now).total_seconds()
        awaited = []
        if waits(alarm):
            key = "alarms.answer.left" if left >= 0 else "alarms.answer.late"
            late = {"data-late": "yes"} if left < 0 else {}
            awaited = [html.Span(word(key, t=age(abs(left))), **late)]
        return [html.Span(rule.response[self.lang]), *awaited]

    def _buttons(self, alarm: Mapping[str, Any]) -> list:
        if not self.may:
            return []
        first, last = (["acknowledge"], []) if waits(alarm) else ([], ["clear"])
        shelve = ["shelve"] if alarm["priority"] < CRITICAL or self.senior else []
        return [
            html.Button(
                [word(f"alarms.{verb}"), html.Kbd(KEYS[verb], **{"aria-hidden": "true"})],
                className="button",
                type="button",
                **{"data-act": verb, "aria-keyshortcuts": KEYS[verb]},
            )
            for verb in (*first, *shelve, *last)
        ]


def href_of(alarm: Mapping[str, Any]) -> str:
    """Its incident on the map, or the circle of an early warning; "" = it has no place."""
    parameters = alarm["parameters"]
    if alarm["incident_id"]:
        return f"/map?incident={alarm['incident_id']}"
    if parameters.get("radius"):
        circle = f"circle,{parameters['lon']},{parameters['lat']},{parameters['radius']:.0f}"
        return f"/map?area={circle}&category={parameters['category']}"
    return ""


def symbol(alarm: Mapping[str, Any]) -> html.I:
    """Its shape says what, its colour and ring how urgent."""
    return html.I(
        className="symbol",
        **{"data-kind": alarm["kind"] or "service", "data-level": str(alarm["priority"])},
    )


def state_of(alarm: Mapping[str, Any]) -> str:
    """ "new", "gone" (its condition is, and nobody has acknowledged it) or "acknowledged"."""
    if not waits(alarm):
        return "acknowledged"
    return "new" if stands(alarm) else "gone"
