"""The two questions that an auditor asks most, and the fields of the filter: plain forms, whose fields are
what the address of the page takes."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dash import dcc, html

from dashboard.words import word
from layers.audit import LONGEST, SEEN_AND_CHANGED, AuditFilter

FIELDS = ("who", "page", "origin", "from", "to")


def saved(wanted: AuditFilter, zone: ZoneInfo) -> html.Div:
    """ "What did this login see and change?" and "Was this hole used?", each with what it needs."""
    given = _given(wanted, zone)
    return html.Div(
        [
            _form("seen", ("who", "from", "to"), given, {"kind": ",".join(SEEN_AND_CHANGED)}),
            _form("hole", ("page", "from", "to"), given, {"view": "logins"}),
        ],
        className="audit-saved",
    )


def fields(wanted: AuditFilter, view: str, zone: ZoneInfo) -> html.Form:
    hidden = {
        "kind": ",".join(wanted.kinds),
        "act": wanted.act or "",
        "request": wanted.request or "",
        "view": view if view != "rows" else "",
    }
    return html.Form(
        [
            *(_field("filter", name, _given(wanted, zone)) for name in FIELDS),
            *_hidden("filter", hidden),
            html.Button(word("audit.apply"), type="submit", className="button"),
        ],
        action="/audit",
        method="GET",
        className="audit-fields",
        role="search",
    )


def _form(name: str, names: tuple[str, ...], given: dict[str, str], fixed: dict[str, str]) -> html.Form:
    return html.Form(
        [
            html.H2(word(f"audit.question.{name}")),
            html.Div([_field(name, one, given) for one in names], className="audit-question-fields"),
            *_hidden(name, fixed),
            html.Button(word("audit.ask"), type="submit", className="button"),
        ],
        action="/audit",
        method="GET",
        className="audit-question",
        id=f"audit-question-{name}",
    )


def _field(form: str, name: str, given: dict[str, str]) -> html.Label:
    return html.Label(
        [
            html.Span(word(f"audit.field.{name}")),
            dcc.Input(
                id={"type": "audit-field", "form": form, "name": name},
                name=name,
                value=given.get(name, ""),
                placeholder=word("audit.field.moment") if name in ("from", "to") else "",
                maxLength=LONGEST,
                autoComplete="off",
                debounce=True,
            ),
        ],
        className=f"field audit-field audit-field-{name}",
    )


def _hidden(form: str, values: dict[str, str]) -> list[dcc.Input]:
    return [
        dcc.Input(
            id={"type": "audit-field", "form": form, "name": name}, name=name, type="hidden", value=value
        )
        for name, value in values.items()
        if value
    ]


def _given(wanted: AuditFilter, zone: ZoneInfo) -> dict[str, str]:
    """The filter's values for the form, with moments as people here write them: "29.11.2026 08:30"."""
    moments = {"from": wanted.since, "to": wanted.until}
    return wanted.as_query(zone) | {
        name: at.astimezone(zone).strftime("%d.%m.%Y %H:%M") for name, at in moments.items() if at
    }
