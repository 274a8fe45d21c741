"""The Dash application: one layout for every address, one router that puts the page of the address into
it, the pages named one by one.

Only `server` imports this. Pages are not Dash pages: Dash's own router lays a page out anew whenever the
query changes, and a map keeps its filters there.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from functools import wraps
from html import escape
from typing import Any, cast
from urllib.parse import parse_qsl

from dash import Dash, Input, Output, State, ctx, html, set_props
from dash.dependencies import DashDependency
from fastapi import FastAPI

from dashboard import bundles, pages, shell
from dashboard.answering import refusal_words
from dashboard.callback_values import checked
from dashboard.markup import pack, pack_answer
from dashboard.request_context import RequestContext, current
from dashboard.security.page_caller import mark_of
from dashboard.security.rules import SIGNED_IN, Page, path_pattern
from dashboard.wall.manner import manner_of
from dashboard.words import early_words, error_words, word
from geo.errors import Forbidden, IkomekError, NotFound, Unavailable
from layers.executors import PAGES
from layers.tiles.versions import versions_by_layer
from layers.unanswered import refusal_of

log = logging.getLogger(__name__)

Answering = Callable[..., Awaitable[Any]]

INDEX = """<!doctype html>
<html lang="{%lang%}" data-lang="{%lang%}" data-zone="{%zone%}" data-credit="{%credit%}" data-page="{%page%}"
  {%theme%}data-caller="{%caller%}" data-tiles="{%tiles%}" data-words="{%words%}" {%workers%}>
<head>{%metas%}<title>{%title%}</title><link rel="icon" href="/assets/favicon.svg">
{%fonts%}{%css%}{%styles%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%own_scripts%}{%renderer%}</footer></body>
</html>"""


FONT = (
    '<link rel="preload" as="font" type="font/woff2" crossorigin'
    ' href="/assets/vendor/fonts/noto-sans-{}-wght-normal.woff2">'
)
"""Asked for with the document: a page drawn in another font first would move when this one comes."""
ALPHABETS = {"kk": ("latin", "cyrillic", "cyrillic-ext"), "ru": ("latin", "cyrillic")}
"""Parts of the font by language; any other is written in Latin letters."""


def _fields(given: Any) -> Iterator[DashDependency]:
    """The inputs, outputs and states among what a callback is registered with."""
    if isinstance(given, DashDependency):
        yield given
    elif isinstance(given, (list, tuple, dict)):
        for one in given.values() if isinstance(given, dict) else given:
            yield from _fields(one)


class Ikomek(Dash):
    """Dash whose document carries the caller and their language, the city's time zone, and which page it is
    (a wall has no header). What it lays out and answers is packed (`dashboard.markup`); a callback is asked
    with values of its arguments' types alone (`dashboard.callback_values`)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.known_ids: set[str] = set()
        """The components that callbacks read or fill."""
        super().__init__(*args, **kwargs)

    def callback(self, *args: Any, **kwargs: Any) -> Callable[[Answering], Answering]:
        register = super().callback(*args, **kwargs)
        self._know(args, kwargs)
        outputs = sum(isinstance(field, Output) for field in _fields(args))

        def decorate(answering: Answering) -> Answering:
            taking = checked(answering)

            @wraps(answering)
            async def answer(*given: Any) -> Any:
                ctx.response.set_header("content-type", "application/json")  # or it would not be compressed
                return pack_answer(await taking(*given), self.known_ids, outputs)

            register(answer)
            return answering

        return decorate

    def clientside_callback(self, *args: Any, **kwargs: Any) -> Any:
        self._know(args, kwargs)
        return super().clientside_callback(*args, **kwargs)

    def _know(self, *given: Any) -> None:
        self.known_ids |= {id_ for field in _fields(given) if isinstance(id_ := field.component_id, str)}

    def frame(self) -> Any:
        return pack(shell.frame(pages.PAGES), self.known_ids)

    def interpolate_index(self, *_: Any, **parts: Any) -> str:
        """Every part comes by its name. Raises `NotFound` ("door.no_page") for an address that a rule opens
        and no route answers: a program that asks for a layer that is none must not take a page for it."""
        context = current()
        page, _variables = find_page(context.path)
        if page is None and context.path != "/":
            raise NotFound("door.no_page", path=context.path[:200])
        parts["title"] = shell.page_title(page) if page else self.title
        parts["app_entry"] = (
            f'<div id="react-entry-point"><p class="shell-wait">{escape(word("shell.loading"))}</p></div>'
        )
        parts["scripts"] = _used_scripts(parts["scripts"], page)
        document = super().interpolate_index(**parts)
        city, known = context.settings.city, context.servers.versions.snapshot
        name = context.path.split("/")[1] if page else ""
        own = {
            "{%lang%}": context.language,
            "{%zone%}": city.time_zone.key,
            "{%credit%}": escape(city.attribution[context.language]),
            "{%page%}": name,
            "{%theme%}": ""
            if name == "wall" or context.theme == "dark"
            else f'data-theme="{context.theme}" ',
            "{%caller%}": mark_of(context.principal),
            "{%tiles%}": escape(json.dumps(versions_by_layer(known.epoch, known.layers, city.today()))),
            **bundles.tags(),
            "{%fonts%}": "".join(
                FONT.format(script) for script in ALPHABETS.get(context.language, ("latin",))
            ),
            "{%words%}": escape(json.dumps(early_words(name), ensure_ascii=False)),
        }
        for at, value in own.items():
            document = document.replace(at, value)
        return document


def _used_scripts(tags: str, page: Page | None) -> str:
    """Without Dash's tables, which no page has, and where there is no map without Leaflet: 0.3 MB to read."""
    unused = ["/dash_table/"] if getattr(page, "HAS_MAP", False) else ["/dash_table/", "/dash_leaflet/"]
    return "\n".join(tag for tag in tags.splitlines() if not any(one in tag for one in unused))


def create_dash(server: FastAPI) -> tuple[Dash, dict[str, str]]:
    """The application on our server, and which permission each of its callbacks needs."""
    app = Ikomek(
        __name__,
        server=cast(Any, server),  # typed for Flask, whose place FastAPI takes by the backend of its name
        assets_folder=str(bundles.ASSETS),
        assets_ignore=r"\.(js|css)$",  # they come together (`dashboard.bundles`)
        pages_folder="",
        use_pages=False,
        enable_mcp=False,
        suppress_callback_exceptions=True,
        index_string=INDEX,
        title="iKOMEK109",
        update_title=None,
        on_error=show_error,
        add_log_handler=False,
    )
    app.backend.websocket_capability = False
    app.layout = app.frame
    permissions: dict[str, str] = {}
    _register(app, permissions, register_router, SIGNED_IN)
    for page in pages.PAGES:
        _register(app, permissions, page.register, page.PERMISSION)
    return app, permissions


def register_router(app: Dash) -> None:
    """The page of the address, laid out for its path and the query it was opened with."""

    @app.callback(Output("page", "children"), Input("address", "pathname"), State("address", "search"))
    async def route(pathname: str, search: str | None) -> object:
        page, _ = find_page(pathname)
        return await current().run(getattr(page, "WORK", PAGES), lay_out, pathname, search or "")


def lay_out(pathname: str, search: str) -> object:
    """The layout of the page at `pathname` with its query, or a sentence saying that there is none or that
    it is closed to this caller."""
    page, variables = find_page(pathname)
    query = dict(parse_qsl(search.lstrip("?")))
    if page is None:
        return html.H1(word("shell.not_found"), className="shell-refusal")
    if not _open_to(current(), page, variables):
        return _refusal(Forbidden("door.forbidden", permission=page.PERMISSION), pathname, query)
    try:
        return page.layout(**{**query, **variables})
    except IkomekError as error:
        return _refusal(error, pathname, query)


def _refusal(error: IkomekError, pathname: str, query: dict[str, str]) -> html.H1:
    """A sentence in place of the page; on a wall in its language and its letters."""
    context = current()
    context.note_refusal(error, "GET")
    manner = manner_of(pathname, query)
    if manner is None:
        return html.H1(error_words(error), className="shell-refusal")
    lang = manner.language if manner.language in current().settings.city.languages else None
    return html.H1(
        error_words(error, lang),
        className="shell-refusal shell-refusal-wall",
        lang=lang,
        style={"--letter-share": f"{manner.letter_share:.4f}"},
    )


def find_page(pathname: str) -> tuple[Page | None, dict[str, str]]:
    """The page at an address and what its `<name>` parts stand for; (None, {}) if there is none."""
    for page in pages.PAGES:
        found = re.fullmatch(path_pattern(page.PATH), pathname)
        if found:
            return page, found.groupdict()
    return None, {}


def show_error(error: Exception) -> None:
    """A failed callback: logged, and said to the person in the shell's notice. The outputs keep what they
    had: a callback whose answer would stand beside a newer question says it there (`dashboard.answering`).
    What cannot be answered now is no failure: the answer is 503, and the page asks again until it has
    one (`assets/callbacks.js`), or its place would stay on an older question for ever."""
    refusal = error if isinstance(error, IkomekError) else refusal_of(error)
    if isinstance(refusal, Unavailable):
        raise refusal
    set_props("shell-notice", {"children": refusal_words(error)})


def _open_to(context: RequestContext, page: Page, variables: dict[str, str]) -> bool:
    scene = context.principal.scene
    may = page.PERMISSION == SIGNED_IN or context.may(page.PERMISSION)
    return may and (scene is None or variables.get("scene") == scene)


def _register(
    app: Dash, permissions: dict[str, str], register: Callable[[Dash], object], permission: str
) -> None:
    """Run a page's `register(app)` and note that its callbacks need the page's permission."""
    before = set(app.callback_map)
    register(app)
    permissions.update(dict.fromkeys(set(app.callback_map) - before, permission))
