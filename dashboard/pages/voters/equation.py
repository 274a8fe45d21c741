"""A version: rows of its file = unchanged + corrected + moved + new + refused; the list before and after; why
rows were refused, and how their addresses were matched."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from dash import dcc, html

from dashboard.formats import moment, number
from dashboard.pages.voters.address import VotersAddress
from dashboard.request_context import current
from dashboard.words import word
from geo.voters.cells import GUESSED, OF_FILE

TERMS = ("unchanged", "corrected", "moved", "added", "refused")


def persons(version: dict[str, Any]) -> int:
    """The number of persons in the list that the version makes."""
    return version["before"] + version["added"] - version["removed"]


def layout(address: VotersAddress, version: dict[str, Any], lines: list[dict[str, Any]]) -> list:
    """`lines`: of the check that the page's address names."""
    zone = current().settings.city.time_zone
    loaded = moment(datetime.fromisoformat(version["loaded_at"]), zone, datetime.now(UTC))
    terms = [_term(name, version[name], "+" if n else "=") for n, name in enumerate(TERMS)]
    return [
        html.Header(
            [
                html.H2(
                    word("voters.version", list=version["id"], state=word(f"voters.state.{version['state']}"))
                ),
                html.Span(
                    word(
                        "voters.file",
                        hash=version["file"][:8],
                        who=version["loaded_by"],
                        at=loaded,
                        day=date.fromisoformat(version["voting_day"]).strftime("%d.%m.%Y"),
                    ),
                    className="voters-note",
                ),
            ],
            className="voters-line",
        ),
        html.Dl(
            [_term("rows_read", version["rows_read"], ""), *terms],
            className="voters-equation",
        ),
        html.P(
            word(
                "command.voters.sum",
                **{name: number(version[name]) for name in ("before", "added", "removed", "kept")},
                after=number(persons(version)),
            ),
            className="voters-sum",
        ),
        *_guessed(version["checks"]),
        html.Div(
            [_checks(address, version["checks"]), _matching(version["matching"])], className="voters-details"
        ),
        *_lines(address, version["checks"], lines),
    ]


def _guessed(checks: dict[str, Any]) -> list:
    """Who approves looks at the names first where the encoding was guessed."""
    if GUESSED not in checks:
        return []
    sentence = word("voters.guessed", n=checks[GUESSED]["count"])
    return [html.P(sentence, className="voters-guessed", role="note")]


def _term(name: str, n: int, sign: str) -> html.Div:
    return html.Div(
        [
            html.Span(sign, className="voters-sign", **{"aria-hidden": "true"}),
            html.Div([html.Dt(word(f"voters.term.{name}")), html.Dd(number(n))]),
        ],
        className="voters-term",
    )


def _checks(address: VotersAddress, checks: dict[str, Any]) -> html.Details:
    """Codes and counts; each leads to its lines of the file, where they are known."""
    rows = [
        html.Li([_check(address, code, found["lines"]), html.B(number(found["count"]))])
        for code, found in sorted(checks.items(), key=lambda item: -item[1]["count"])
    ]
    n = sum(found["count"] for code, found in checks.items() if code not in OF_FILE)
    found = _details("checks", n, rows)
    found.open = address.check in checks
    return found


def _check(address: VotersAddress, code: str, lines: list[int]) -> dcc.Link | html.Span:
    name = word(f"voters.check.{code}")
    return dcc.Link(name, href=address.href(check=code)) if lines else html.Span(name)


def _lines(address: VotersAddress, checks: dict[str, Any], lines: list[dict[str, Any]]) -> list:
    """The rows of one check, for who corrects the file; never what stands in them."""
    if address.check not in checks or not lines:
        return []
    count, code = checks[address.check]["count"], address.check
    more = [html.P(word("voters.more", n=count - len(lines)))] if count > len(lines) else []
    return [
        html.Header(
            [
                html.H2(word("voters.lines", check=word(f"voters.check.{code}"), n=count)),
                dcc.Link(word("voters.lines.close"), href=address.href(check=None)),
            ],
            className="voters-line",
        ),
        html.Ol([html.Li(_line(one)) for one in lines], className="voters-lines", tabIndex=0),
        *more,
    ]


def _line(one: dict[str, Any]) -> str:
    """ "17", "17 (as 20)", "17 (birth, address)"."""
    parameters = one["parameters"]
    if "line" in parameters:
        return word("voters.lines.as", line=one["line"], other=parameters["line"])
    fields = ", ".join(word(f"voters.field.{name}") for name in parameters.get("fields", ()))
    return f"{one['line']} ({fields})" if fields else str(one["line"])


def _matching(matching: dict[str, int]) -> html.Details:
    rows = [
        html.Li([html.Span(word(f"voters.way.{way}")), html.B(number(n))])
        for way, n in sorted(matching.items(), key=lambda item: -item[1])
    ]
    return _details("matching", sum(matching.values()), rows)


def _details(name: str, n: int, rows: list) -> html.Details:
    return html.Details(
        [html.Summary(word(f"voters.{name}", n=n)), html.Ul(rows)], className=f"voters-{name}"
    )
