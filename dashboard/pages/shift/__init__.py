"""/shift: the hand-over of the shift, which writes itself; signed by who leaves, then by who takes over, and
kept. `assets/shift/shift.js` reads it anew when something changes, keeps the notes while they are written,
remembers which sections were read, and sends what is pressed.

The address holds the view (`show=kept`, the list of those that were kept; `before`, older than that one) or
the one that is shown (`handover`).

* `sections`: sections, notes and signatures as they are shown
* `kept`: the list of hand-overs
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, State, dcc, html

from dashboard.pages.shift import kept, sections
from dashboard.request_context import current
from dashboard.wording.shift import ShownShift
from dashboard.words import error_words, word
from geo.errors import NotFound
from geo.ranges import whole
from geo.shifts.notes import MOST
from geo.shifts.post import DutyPost
from layers.executors import LISTS
from layers.shifts import Handover, OwnShift, read_handover, read_kept, read_own

PATH = "/shift"
TITLE = "shift.title"
PERMISSION = "page.shift"
NAVIGATION = (PATH, "shell.nav.shift")
WORK = LISTS
SIGN = "shift.sign"
QUERY = ("show", "handover", "before")


def layout(**query: str) -> html.Div:
    """The page for the query of its address."""
    return html.Div(
        [
            dcc.Store(id="shift-pulse"),
            dcc.Store(id="shift-query", data={key: query[key] for key in QUERY if key in query}),
            html.Div(draw(query), id="shift-shown"),
            html.Div(id="shift-message", className="page-message", role="status"),
        ],
        id="shift",
        className="shift",
    )


def register(app: Dash) -> None:
    @app.callback(
        Output("shift-shown", "children"),
        Input("shift-pulse", "data"),
        State("shift-query", "data"),
        prevent_initial_call=True,
    )
    async def read_again(pulse: float | None, query: dict[str, Any]) -> list:
        return await current().run(LISTS, draw, query)


def draw(query: dict[str, Any]) -> list:
    """The parts that are read anew: the hand-over that the address names, the list, or the caller's own
    shift."""
    context = current()
    engine, city, post = context.servers.engine, context.settings.city, DutyPost.of(context.principal)
    if named := _number(query.get("handover")):
        try:
            return _kept_one(read_handover(engine, city, post, named))
        except NotFound as error:
            return [_head("kept"), html.P(error_words(error), className="shift-none", role="alert")]
    if query.get("show") == "kept":
        found = read_kept(engine, city, post, _number(query.get("before")))
        return [_head("kept"), *kept.table(found, city.time_zone)]
    own = read_own(engine, city, post)
    waiting = next((one for one in own.waiting if one.contents.post == post.key), None)
    return _own(own) if waiting is None else _waiting(own, waiting)


def _number(written: object) -> int | None:
    return whole(str(written or ""), least=1)


def _own(own: OwnShift) -> list:
    """A shift that nobody has signed yet."""
    context = current()
    may = context.may(SIGN)
    shown = ShownShift(own.contents, context.language, context.settings.city.time_zone)
    beside = [
        *sections.others(own.waiting),
        sections.notes_field(own.notes, shown, MOST) if may else sections.notes(own.notes["notes"]),
        sections.unsigned(context.principal.name if may else None, may),
    ]
    return [_head("own", shown.span()), sections.page(shown, beside, marked=may)]


def _waiting(own: OwnShift, waiting: Handover) -> list:
    """One that has its first signature, with what is another since."""
    context = current()
    zone = context.settings.city.time_zone
    shown = ShownShift(waiting.contents, context.language, zone)
    now = own.contents.marks()
    changed = {key for key, mark in waiting.contents.marks().items() if mark != now[key]}
    beside = [
        sections.notes(waiting.notes),
        sections.signatures(waiting, shown, _taker(waiting)),
        *_to_do(waiting),
        sections.paper(waiting),
    ]
    return [_head("own", shown.span()), sections.page(shown, beside, changed=changed)]


def _kept_one(one: Handover) -> list:
    context = current()
    shown = ShownShift(one.contents, context.language, context.settings.city.time_zone)
    beside = [
        sections.notes(one.notes),
        sections.signatures(one, shown, _taker(one)),
        *_to_do(one),
        sections.paper(one),
        *sections.amendments(one, shown, context.may(SIGN)),
    ]
    return [_head("kept", shown.span()), sections.page(shown, beside)]


def _taker(one: Handover) -> str | None:
    """Who would sign second: the caller, never who signed first. None = nobody knows yet."""
    context = current()
    waits = one.state == "waiting" and context.may(SIGN)
    return context.principal.name if waits and one.left_by != context.principal.name else None


def _to_do(one: Handover) -> list:
    """The second signature, or the first taken back by who gave it."""
    if one.state != "waiting" or not current().may(SIGN):
        return []
    return [sections.to_do(one, "take" if _taker(one) else "withdraw")]


def _head(view: str, span: str = "") -> html.Header:
    addresses = {"own": PATH, "kept": f"{PATH}?show=kept"}
    links = [
        html.A(word(f"shift.view.{key}"), href=href, **({"aria-current": "page"} if key == view else {}))
        for key, href in addresses.items()
    ]
    return html.Header(
        [
            html.H1(word("shift.title")),
            html.Nav(links, className="views", **{"aria-label": word("shift.views")}),
            html.Span(span, className="shift-span"),
        ],
        className="shift-head",
    )
