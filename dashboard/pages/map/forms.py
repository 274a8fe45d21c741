"""The forms of an incident's actions, below list and card, and what stands there besides: the actions on a
selection of the list, the preview of what would become of it, what was done and its undo.
`assets/duty/actions.js` opens and sends them.

They do not stand in the card: a card that is drawn anew takes nothing that was typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html

from dashboard.pages.map.actions import PERMISSION, PUBLISH
from dashboard.request_context import current
from dashboard.words import word
from geo.exchange.alerts import PARTS, SEVERITIES, URGENCIES
from geo.incidents.cases.model import OUTCOMES, STAGES
from geo.incidents.model import KINDS, PRIORITIES
from layers.incidents.card import NamedCategory

MANY = ("acknowledge", "assign", "priority", "escalate", "note", "close")
"""Actions on a selection of the list."""
MORE_HOURS = (1, 3, 6, 12, 24, 72, 168)
ASKING = ("duplicate",)
"""Outcomes that ask for more than themselves."""
SHELF_MINUTES = (10, 30, 60, 180, 720, 1440, 10080)
LONGEST = 2000


def dock(performers: Mapping[int, str], categories: Sequence[NamedCategory]) -> html.Section:
    """Where a form opens, what was done is told, and how to undo it."""
    return html.Section(
        [
            html.Div(
                [_form(verb, fields) for verb, fields in _forms(performers, categories).items()],
                className="duty-forms",
            ),
            _preview(),
            html.Div(id="duty-notice", className="duty-notice", role="status"),
            _selection(),
        ],
        id="duty-dock",
        className="duty-dock",
        hidden=not current().may(PERMISSION),
        **{"aria-label": word("duty.actions")},
    )


def _selection() -> html.Div:
    """How many rows of the list are marked, and what can be done with them (`assets/duty/selection.js`)."""
    verbs = [
        html.Button(word(f"duty.act.{verb}"), className="duty-act", **{"data-bulk": verb}) for verb in MANY
    ]
    verbs.append(html.Button(word("duty.act.merge"), className="duty-act", **{"data-bulk": "merge"}))
    unselect = html.Button(word("duty.unselect"), id="duty-unselect", className="duty-act")
    return html.Div(
        [
            html.Strong(className="duty-selected", role="status"),
            html.Div([*verbs, unselect], className="duty-acts"),
        ],
        id="duty-selection",
        className="duty-selection",
        hidden=True,
    )


def _preview() -> html.Div:
    """The outcome that an action would have on a selection."""
    return html.Div(
        [
            html.P(role="status"),
            html.Ul(),
            html.Div(
                [
                    html.Button(
                        word("duty.preview.do"),
                        className="duty-act duty-act-main",
                        **{"data-confirm": "yes"},
                    ),
                    html.Button(word("duty.form.cancel"), className="duty-act", **{"data-cancel": "preview"}),
                ],
                className="duty-acts",
            ),
        ],
        id="duty-preview",
        className="duty-form",
        hidden=True,
    )


def _form(verb: str, fields: list) -> html.Div:
    return html.Div(
        [
            html.H3(word(f"duty.act.{verb}")),
            *fields,
            html.P(className="duty-form-error", role="alert"),
            html.Div(
                [
                    html.Button(
                        [word(f"duty.act.{verb}.do"), html.Kbd("Ctrl ↵", **{"aria-hidden": "true"})],
                        className="duty-act duty-act-main",
                        **{"data-send": verb},
                    ),
                    html.Button(
                        [word("duty.form.cancel"), html.Kbd("Esc", **{"aria-hidden": "true"})],
                        className="duty-act",
                        **{"data-cancel": verb},
                    ),
                ],
                className="duty-acts",
            ),
        ],
        className="duty-form",
        hidden=True,
        role="group",
        **{"data-form": verb, "aria-label": word(f"duty.act.{verb}")},
    )


def _forms(performers: Mapping[int, str], categories: Sequence[NamedCategory]) -> dict[str, list]:
    """The verbs that ask for something, with their fields (`data-name`)."""
    reason = _words("reason", "duty.form.reason")
    priorities = [(str(value), word(f"duty.priority.{name}")) for value, name in PRIORITIES.items()]
    statuses = [(status, word(f"duty.status.{status}")) for status in ("open", "in_progress")]
    named = sorted(performers.items(), key=lambda one: one[1].casefold())
    outcomes = [(one, word(f"duty.outcome.{one}")) for one in OUTCOMES if one not in ASKING]
    return {
        "note": [_words("text", "duty.form.text")],
        "mass_answer": [_words("text", "duty.mass.answer")],
        "mass_status": [_choice("status", "duty.status", statuses)],
        "mass_close": _closing_all(),
        "mass_reopen": [_words("reason", "duty.form.reason")],
        "assign": [_choice("performer", "duty.fact.performer", [(str(id_), name) for id_, name in named])],
        "escalate": [_words("reason", "duty.form.reason", needed=False)],
        "priority": [_choice("priority", "duty.priority", priorities)],
        "status": [_choice("status", "duty.status", statuses)],
        "classify": [_category(categories)],
        "outcome": [_choice("outcome", "duty.form.outcome", outcomes), reason],
        "more_time": [_choice("hours", "duty.form.more_time", _spans(MORE_HOURS, 60)), reason],
        "pause": [reason],
        "shelve": [_choice("minutes", "duty.form.shelve", _spans(SHELF_MINUTES, 1)), reason],
        "close": _closing(),
        "attach": _attaching(),
        "create": _creating(categories, priorities),
        "reopen": [reason],
        "return": [reason],
        **({verb: _alerting() for verb in ("alert", "mass_alert")} if current().may(PUBLISH) else {}),
    }


def _closing() -> list:
    """The outcome, and what belongs to it."""
    outcomes = [(outcome, word(f"duty.outcome.{outcome}")) for outcome in OUTCOMES]
    return [
        _radio("outcome", "duty.form.outcome", outcomes),
        _words("reason", "duty.form.refused_reason", only="refused"),
        _words("handed_to", "duty.form.handed_to", only="not_ours", rows=1),
        _words("duplicate_number", "duty.form.duplicate_of", only="duplicate", rows=1),
    ]


def _closing_all() -> list:
    """The form that closes a mass event: one outcome and one answer for all its callers."""
    outcomes = [(one, word(f"duty.outcome.{one}")) for one in OUTCOMES if one != "duplicate"]
    return [
        _radio("outcome", "duty.form.outcome", outcomes),
        _words("reason", "duty.form.refused_reason", only="refused"),
        _words("handed_to", "duty.form.handed_to", only="not_ours", rows=1),
        _words("answer", "duty.mass.answer", needed=False),
    ]


def _attaching() -> list:
    """A picture (`assets/duty/proof.js` makes its field), and what is said of it."""
    kept = [(value, word(f"duty.form.keep_metadata.{value}")) for value in ("yes", "no")]
    return [
        html.Div(
            className="field duty-picture",
            **{"data-label": word("duty.form.picture"), "data-empty": word("duty.proof.drop")},
        ),
        _choice("stage", "duty.form.stage", [(stage, word(f"duty.proof.{stage}")) for stage in STAGES]),
        _words("text", "duty.form.caption", needed=False, rows=1, longest=300),
        _choice("keep_metadata", "duty.form.keep_metadata", kept),
    ]


def _alerting() -> list:
    """What everybody is told, in every language of the city."""
    known = {"severity": SEVERITIES[:4], "urgency": URGENCIES[:3]}
    texts = [
        _words(f"{part}_{lang}", f"duty.alert.{part}", part != "instruction", None, rows, most, lang)
        for lang in current().settings.city.languages
        for (part, most), rows in zip(PARTS.items(), (1, 3, 2))
    ]
    return [
        html.P(word("duty.alert.all"), className="duty-quiet"),
        *(
            _choice(name, f"duty.alert.{name}", [(one, word(f"duty.alert.{one.lower()}")) for one in values])
            for name, values in known.items()
        ),
        _choice("valid_h", "duty.alert.valid_h", [(str(hours), _span(hours * 60)) for hours in MORE_HOURS]),
        *texts,
    ]


def _creating(categories: Sequence[NamedCategory], priorities: list[tuple[str, str]]) -> list:
    """The fields of a new incident besides its point."""
    return [
        _words("title", "duty.form.title", rows=2, longest=200),
        _choice("kind", "duty.kind", [(kind, word(f"duty.kind.{kind}")) for kind in KINDS]),
        _category(categories, needed=False),
        _choice("priority", "duty.priority", priorities),
        _words("address", "duty.form.address", needed=False, rows=1, longest=300),
    ]


def _category(categories: Sequence[NamedCategory], needed: bool = True) -> html.Label:
    """The script shows those of the incident's kind."""
    none = [] if needed else [html.Option(word("duty.category.none"), value="")]
    named = [
        html.Option(one.name, value=str(one.id), **{"data-kind": one.kind})
        for one in sorted(categories, key=lambda one: one.name.casefold())
    ]
    marks = {"data-name": "category", "data-needed": "yes" if needed else "no"}
    return html.Label(
        [html.Span(word("duty.category")), html.Select([*none, *named], **marks)], className="field"
    )


def _spans(values: tuple[int, ...], minutes: int) -> list[tuple[str, str]]:
    return [(str(value), _span(value * minutes)) for value in values]


def _span(minutes: int) -> str:
    if minutes < 60:
        return word("duty.span.minutes", n=minutes)
    if minutes < 1440:
        return word("duty.span.hours", n=minutes // 60)
    return word("duty.span.days", n=minutes // 1440)


def _choice(name: str, label: str, options: list[tuple[str, str]]) -> html.Label:
    chosen = [html.Option(text, value=value) for value, text in options]
    return html.Label([html.Span(word(label)), html.Select(chosen, **{"data-name": name})], className="field")


def _radio(name: str, label: str, options: list[tuple[str, str]]) -> html.Div:
    """They stand open, one below the other; a digit chooses."""
    buttons = [
        html.Button(
            [html.Kbd(str(digit), **{"aria-hidden": "true"}), text],
            className="duty-option",
            role="radio",
            **{"data-value": value, "aria-checked": "false"},
        )
        for digit, (value, text) in enumerate(options, 1)
    ]
    return html.Div(
        buttons,
        role="radiogroup",
        className="duty-options",
        **{"data-name": name, "aria-label": word(label)},
    )


def _words(
    name: str,
    label: str,
    needed: bool = True,
    only: str | None = None,
    rows: int = 3,
    longest: int = LONGEST,
    lang: str | None = None,
) -> html.Label:
    """A text. `only`: it is asked for with this outcome alone. `lang`: that it is written in."""
    more = {"data-name": name, "data-needed": "yes" if needed else "no"}
    return html.Label(
        [
            html.Span(word(label) if lang is None else f"{word(label)} · {lang}"),
            html.Textarea(rows=rows, maxLength=longest, **more, **({"lang": lang} if lang else {})),
        ],
        className="field",
        hidden=only is not None,
        **({"data-only": only} if only else {}),
    )
