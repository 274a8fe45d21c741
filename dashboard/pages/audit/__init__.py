"""The audit for its readers: how the chain stands, two questions that are asked most, the rows of a filter or
the logins behind them, and the way to a file.

Everything chosen stands in the address (`layers.audit.AuditFilter`, `view=logins`, `before=ID`); the fields
are plain forms that lead there. Each look is itself in the audit.

* `chain`: the four links of the chain: from when each is late
* `personal`: the register of personal data (`view=personal`)
* `questions`: the two saved questions, and the fields of the filter
* `table`: the table of rows, and that of logins
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dash import Dash, dcc, html

from dashboard.pages.audit import chain, personal, questions, table
from dashboard.request_context import RequestContext, current
from dashboard.words import error_words, word
from geo.audit.acts import KINDS
from geo.audit.heads import folder_of
from geo.errors import InvalidInput
from geo.ranges import whole
from layers import audit
from layers.audit import AuditFilter
from layers.executors import LISTS

PATH = "/audit"
TITLE = "audit.title"
PERMISSION = "audit.read"
NAVIGATION = (PATH, "shell.nav.audit")
WORK = LISTS
ROWS = 100
VIEWS = ("rows", "logins", "personal")


@dataclass(frozen=True)
class AuditRequest:
    """What the address asks for; `mistake` is what it says that cannot be read, and the filter then asks for
    nothing."""

    wanted: AuditFilter = field(default_factory=AuditFilter)
    view: str = "rows"
    before: int | None = None
    mistake: InvalidInput | None = None


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    context = current()
    request, zone, now = read(context, query), context.settings.city.time_zone, datetime.now(UTC)
    context.record("audit.seen", filter=request.wanted.as_query(zone))
    if request.view == "personal":
        return _personal(context)
    state = audit.chain_state(context.web, folder_of(context.settings))
    count = audit.count(context.web, request.wanted)
    return html.Div(
        id="audit",
        className="audit",
        children=[
            html.Header([html.H1(word("audit.title")), html.P(word("audit.about"))], className="audit-head"),
            chain.picture(state, zone, now),
            questions.saved(request.wanted, zone),
            *([html.P(error_words(request.mistake), className="audit-mistake")] if request.mistake else []),
            questions.fields(request.wanted, request.view, zone),
            _kinds(request.wanted, request.view, zone),
            _found(request, count, zone),
            *_list(context, request, now),
        ],
    )


def _personal(context: RequestContext) -> html.Div:
    back = dcc.Link(word("audit.back"), href=PATH, className="button", refresh=True)
    head = [html.H1(word("privacy.title")), html.P(word("privacy.about"))]
    return html.Div(
        [
            html.Header(head, className="audit-head"),
            html.Div(back, className="audit-found"),
            personal.register_table(context),
        ],
        id="audit",
        className="audit",
    )


def register(app: Dash) -> None:
    """Nothing to call back: a form or a link opens the page anew."""


def read(context: RequestContext, query: dict[str, str]) -> AuditRequest:
    view = query.get("view", "rows")
    before = query.get("before", "")
    own = {name: value for name, value in query.items() if name not in ("view", "before")}
    try:
        wanted = AuditFilter.parse(own, context.settings.city.time_zone)
    except InvalidInput as error:
        return AuditRequest(mistake=error)
    return AuditRequest(wanted, view if view in VIEWS else "rows", whole(before))


def address(query: dict[str, str], **more: object) -> str:
    """The page with a filter and what is not of the filter."""
    given = query | {name: str(value) for name, value in more.items() if value}
    return PATH + (f"?{urlencode(given, safe=',:/')}" if given else "")


def _kinds(wanted: AuditFilter, view: str, zone: ZoneInfo) -> html.Nav:
    """Each kind taken in or out."""
    query = wanted.as_query(zone)
    rest = {name: value for name, value in query.items() if name not in ("kind", "act")}
    chips = []
    for kind in KINDS:
        on = kind in wanted.kinds
        kinds = [one for one in KINDS if (one in wanted.kinds) != (one == kind)]
        chosen = rest | ({"kind": ",".join(kinds)} if kinds else {})
        chips.append(
            dcc.Link(
                word(f"audit.kind.{kind}"),
                href=address(chosen, view="logins" if view == "logins" else None),
                className="chip chip-on" if on else "chip",
                refresh=True,
            )
        )
    return html.Nav(chips, className="audit-kinds", **{"aria-label": word("audit.kinds")})


def _found(request: AuditRequest, count: int, zone: ZoneInfo) -> html.Div:
    """How many rows there are, the other view of them, and the way to a file."""
    query = request.wanted.as_query(zone)
    other = "rows" if request.view == "logins" else "logins"
    export = "/api/v1/audit.csv" + (f"?{urlencode(query, safe=',:/')}" if query else "")
    reset = [dcc.Link(word("audit.reset"), href=PATH, className="button", refresh=True)] if query else []
    return html.Div(
        [
            html.H2(
                word("audit.found", n=count)
                if count <= audit.COUNTED
                else word("audit.found_more", n=audit.COUNTED),
                **{"data-n": str(count)},
            ),
            *reset,
            dcc.Link(
                word(f"audit.view.{other}"),
                href=address(query, view=None if other == "rows" else other),
                className="button",
                refresh=True,
            ),
            dcc.Link(
                word("audit.view.personal"),
                href=address({}, view="personal"),
                className="button",
                refresh=True,
            ),
            html.A(word("audit.export"), href=export, className="button", target="_blank"),
        ],
        className="audit-found",
    )


def _list(context: RequestContext, request: AuditRequest, now: datetime) -> list:
    zone = context.settings.city.time_zone
    if request.view == "logins":
        return [table.logins(audit.logins(context.web, request.wanted), request.wanted, zone, now)]
    rows = audit.rows(context.web, request.wanted, ROWS, request.before)
    query = request.wanted.as_query(zone)
    older = (
        [
            html.P(
                dcc.Link(
                    word("audit.older"),
                    href=address(query, before=rows[-1]["id"]),
                    className="button",
                    refresh=True,
                ),
                className="audit-older",
            )
        ]
        if len(rows) == ROWS
        else []
    )
    return [table.rows(rows, zone, now), *older]
