"""The rows of the audit, newest first, and the logins that stand behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import dcc, html

from dashboard.formats import moment, number
from dashboard.words import word, word_or
from layers.audit import AuditFilter, kind_of

COLUMNS = ("at", "who", "act", "page", "origin", "position")
LOGIN_COLUMNS = ("who", "origin", "acts", "refused", "first", "last")


def rows(found: list[dict], zone: ZoneInfo, now: datetime) -> html.Div | html.P:
    if not found:
        return html.P(word("audit.none"), className="audit-none")
    return framed(COLUMNS, [_row(row, zone, now) for row in found])


def logins(found: list[dict], wanted: AuditFilter, zone: ZoneInfo, now: datetime) -> html.Div | html.P:
    """Who did what the filter asks for, and from where: a name leads to its rows."""
    if not found:
        return html.P(word("audit.none"), className="audit-none")
    return framed(LOGIN_COLUMNS, [_login(row, wanted, zone, now) for row in found])


def framed(columns: tuple[str, ...], body: list[html.Tr]) -> html.Div:
    head = html.Tr([html.Th(word(f"audit.column.{column}"), scope="col") for column in columns])
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(body)], className="audit-table"), className="audit-scroll"
    )


def _row(row: dict, zone: ZoneInfo, now: datetime) -> html.Tr:
    kind = kind_of(row["what"])
    return html.Tr(
        [
            cell("at", html.Time(moment(row["at"], zone, now), title=_exact(row["at"], zone))),
            cell("who", [_who(row), html.Div(_caller(row), className="muted")]),
            cell(
                "act",
                [
                    _link(act_name(row["what"]), act=row["what"]),
                    html.Div(parameters(row["parameters"] or {}), className="audit-parameters muted"),
                ],
            ),
            cell("page", _link(row["page"], page=row["page"]) if row["page"] else "–"),
            cell("origin", _link(row["origin"], origin=row["origin"]) if row["origin"] else "–"),
            cell(
                "position",
                number(row["position"]) if row["position"] else word("audit.unsealed"),
                title=row["hash"] or "",
            ),
        ],
        **{"data-kind": kind, "data-id": str(row["id"])},
    )


def _caller(row: dict) -> str:
    """How the row says that it came about, and which role of the database wrote it."""
    caller_name = word(f"audit.caller.{row['caller_type']}")
    role = row["written_by"]
    return (
        f"{caller_name}, {word('audit.written_by', role=role.removeprefix('ikomek_'))}"
        if role
        else caller_name
    )


def _login(row: dict, wanted: AuditFilter, zone: ZoneInfo, now: datetime) -> html.Tr:
    query = wanted.as_query(zone) | {"who": row["who"]}
    caller = html.Div(word(f"audit.caller.{row['caller_type']}"), className="muted")
    return html.Tr(
        [
            cell("who", [_link(row["who"], **query), caller]),
            cell("origin", row["origin"] or "–"),
            cell("acts", number(row["acts"])),
            cell("refused", number(row["refused"])),
            cell("first", moment(row["first_at"], zone, now)),
            cell("last", moment(row["last_at"], zone, now)),
        ],
        **{"data-kind": "refusal" if row["refused"] == row["acts"] else "login"},
    )


def act_name(code: str) -> str:
    """An act that this version no longer knows is called by its code."""
    return word_or(f"audit.act.{code}", code)


def parameters(given: Mapping[str, object]) -> str:
    """ "plan 7 · step edited"; what is empty is left out. Values are codes, ids and counts, as they stand."""
    return " · ".join(
        f"{word_or(f'audit.parameter.{name}', name)} {_value(value)}"
        for name, value in given.items()
        if value not in (None, "", {}, [])
    )


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _who(row: dict) -> dcc.Link:
    return _link(row["who"], who=row["who"])


def _link(shown: str, **query: str) -> dcc.Link:
    return dcc.Link(shown, href=f"/audit?{urlencode(query, safe=',:/')}", refresh=True)


def cell(column: str, content: object, **properties: str) -> html.Td:
    return html.Td(
        content,
        className=f"audit-col-{column}",
        **{"data-label": word(f"audit.column.{column}"), **properties},
    )


def _exact(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="milliseconds")
