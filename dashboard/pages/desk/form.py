"""The form of an action, below what is read anew, so that a drawing takes nothing that was typed.
`assets/desk/desk.js` shows the fields that the action asks for (`data-for`)."""

from __future__ import annotations

from dash import html

from dashboard.request_context import current
from dashboard.words import word
from layers.incidents.card import read_categories, read_performers

OUTCOMES = ("done", "not_confirmed", "refused", "not_ours")
HOURS = (3, 6, 12, 24, 72, 168)
LONGEST = 2000
STAGES = ("after", "before")


def layout() -> html.Div:
    context = current()
    engine, lang = context.servers.engine, context.language
    categories = sorted(read_categories(engine, lang), key=lambda one: one.name.casefold())
    performers = sorted(read_performers(engine, lang).items(), key=lambda one: one[1].casefold())
    hours = [(str(n), _span(n)) for n in HOURS]
    outcomes = [(key, word(f"duty.outcome.{key}")) for key in OUTCOMES]
    stages = [(key, word(f"duty.proof.{key}")) for key in STAGES]
    choices = [
        _select(
            "category",
            "classify",
            "duty.fact.category",
            [html.Option(one.name, value=str(one.id), **{"data-kind": one.kind}) for one in categories],
        ),
        _select("performer", "assign", "duty.fact.performer", _options(performers)),
        _select("outcome", "outcome", "duty.fact.outcome", _options(outcomes)),
        _select("hours", "extension", "duty.form.more_time", _options(hours)),
        _select("stage", "attach", "duty.form.stage", _options(stages)),
    ]
    return html.Div(
        [
            html.H2(id="desk-form-title"),
            *choices,
            *_fields(),
            html.P(id="desk-form-error", className="desk-form-error", role="alert"),
            _buttons(),
        ],
        id="desk-form",
        className="desk-form",
        role="dialog",
        hidden=True,
        **{"aria-labelledby": "desk-form-title"},
    )


def _fields() -> list[html.Div | html.Label]:
    """A picture and words."""
    return [
        html.Div(
            id="desk-picture",
            className="field desk-picture",
            hidden=True,
            **{"data-for": "attach", "data-label": word("desk.form.picture")},
        ),
        html.Label(
            [
                html.Span(word("desk.form.words"), id="desk-form-words-label"),
                html.Textarea(rows=3, maxLength=LONGEST, id="desk-words", **{"data-name": "words"}),
            ],
            className="field",
            hidden=True,
            **{"data-for": "outcome return extension refuse reopen note done attach"},
        ),
    ]


def _buttons() -> html.Div:
    return html.Div(
        [
            html.Button(
                word("desk.form.do"), id="desk-form-do", className="desk-act desk-act-main", type="button"
            ),
            html.Button(
                [word("duty.form.cancel"), html.Kbd("Esc", **{"aria-hidden": "true"})],
                id="desk-form-cancel",
                className="desk-act",
                type="button",
            ),
        ],
        className="desk-acts",
    )


def _options(pairs: list) -> list[html.Option]:
    return [html.Option(text, value=str(value)) for value, text in pairs]


def _select(name: str, act: str, label: str, options: list[html.Option]) -> html.Label:
    return html.Label(
        [html.Span(word(label)), html.Select(options, **{"data-name": name})],
        className="field",
        hidden=True,
        **{"data-for": act},
    )


def _span(hours: int) -> str:
    return word("duty.span.hours", n=hours) if hours < 24 else word("duty.span.days", n=hours // 24)
