"""The register of personal data as a table: what, why, where, how long, who reads it."""

from __future__ import annotations

from dash import html

from dashboard.pages.audit import table
from dashboard.request_context import RequestContext
from dashboard.wording.privacy import kept_words, people_words, where_words
from dashboard.words import word
from geo.accounts.users import permissions_by_role
from geo.privacy.register import PersonalData, read_register, readers

COLUMNS = ("data", "kept", "people", "processes", "where")


def register_table(context: RequestContext) -> html.Div:
    with context.web.connect() as connection:
        roles = permissions_by_role(connection)
    return table.framed(COLUMNS, [_row(context, data, roles) for data in read_register()])


def _row(context: RequestContext, data: PersonalData, roles: dict[str, frozenset[str]]) -> html.Tr:
    what = [
        html.Strong(word(f"privacy.{data.key}")),
        html.Div(word(f"privacy.{data.key}.why"), className="muted"),
    ]
    lines = [html.Div(line) for line in where_words(data)]
    columns = html.Details([html.Summary(", ".join(data.columns)), *lines], className="muted")
    return html.Tr(
        [
            table.cell("data", what),
            table.cell("kept", kept_words(data, context.settings.city)),
            table.cell("people", people_words(data, roles)),
            table.cell("processes", ", ".join(readers(data)) or "–"),
            table.cell("where", columns),
        ],
        **{"data-key": data.key},
    )
