"""The composition root: `create_app(settings)` puts the parts together. Run as `python -m dashboard.server
--host 127.0.0.1 --port 8109`.

The order matters: our routes are added before Dash's catch-all, and the security middleware last, so that it
stands in front of everything.
"""

from __future__ import annotations

import argparse
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ExceptionHandler

from dashboard import bundles, pages, plain_page, words
from dashboard.api import (
    alarms,
    answers,
    audit,
    building_tags,
    cap,
    desk,
    exports,
    features,
    health,
    ingest,
    prevention,
    rating,
    rating_papers,
    reports,
    shifts,
    statistics,
    voters,
    year_notes,
)
from dashboard.api.incidents import actions, mass_events, proof, public_alerts, saved_views, viewers
from dashboard.api.metrics import Metrics
from dashboard.api.open311 import access, reading, sending
from dashboard.api.plans import decision, edits, operations, passports, stations, workflow
from dashboard.app import create_dash
from dashboard.compression import CompressionMiddleware
from dashboard.machine.copies import become_copy
from dashboard.request_context import current
from dashboard.routes import refuse_parameters
from dashboard.security import account, oidc, passkeys, sign_in, users, violations
from dashboard.security.connections import Connection
from dashboard.security.dash_errors import DashErrors
from dashboard.security.headers import content_policy
from dashboard.security.hosts import Hosts, certificate_names
from dashboard.security.middleware import SecurityMiddleware
from dashboard.security.oidc_providers import read_providers
from dashboard.security.recorded import Refusals
from dashboard.security.rules import RULES, page_rules
from dashboard.security.sessions import SessionCache
from dashboard.security.violations import Violations
from dashboard.shell import first_section
from dashboard.wall import holds, watch
from geo import logs, traces
from geo.database import connect_engine
from geo.errors import Forbidden, NotFound
from geo.settings import Settings
from layers import executors, serve
from layers.incidents import borders, day, points
from layers.incidents import mass_events as mass_event_layers
from layers.incidents import saved_views as saved_view_layers
from layers.live import routes as live
from layers.panels import routes as panels
from layers.plans import pictures, studio
from layers.rates import Rates
from layers.state import open_servers

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Ciphers of TLS 1.2 that authenticate what they encrypt and forget their keys; TLS 1.3 has no others."""
WRITERS = sum(
    work.threads
    for work in (
        executors.SESSIONS,
        executors.SIGN_IN,
        executors.PAGES,
        executors.CARDS,
        executors.LISTS,
        executors.EXPORTS,
        executors.PUSHES,
        executors.PROGRAMS,
    )
)
"""A connection for each thread that writes as the web role, or asks who somebody is: none waits for
another class."""


PARTS = (
    health,
    sign_in,
    account,
    passkeys,
    users,
    violations,
    oidc,
    ingest,
    reading,
    sending,
    cap,
    features,
    exports,
    alarms,
    answers,
    desk,
    shifts,
    prevention,
    rating,
    rating_papers,
    reports,
    audit,
    statistics,
    year_notes,
    live,
    points,
    mass_event_layers,
    saved_view_layers,
    day,
    borders,
    panels,
    studio,
    pictures,
    serve,
    decision,
    edits,
    operations,
    stations,
    workflow,
    building_tags,
    mass_events,
    public_alerts,
    actions,
    proof,
    viewers,
    saved_views,
    passports,
    watch,
    holds,
    voters,
    bundles,
)
"""The modules whose routers make the server."""


def create_app(settings: Settings, *names: str) -> FastAPI:
    """The whole server; `names`: by which it is reached, beside those of the setting and the machine
    (`dashboard.security.hosts`). Connections are opened when it starts (lifespan), not here."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="iKOMEK109", lifespan=run_servers)
    for part in PARTS:
        app.include_router(part.router)
    app.add_api_route("/", first_page, include_in_schema=False)
    app.add_api_route("/words/{lang}.json", send_words, include_in_schema=False)
    app.add_exception_handler(RequestValidationError, cast(ExceptionHandler, refuse_parameters))
    app.state.settings = settings
    app.state.providers = read_providers()
    app.state.metrics = Metrics()
    app.state.rates = Rates()
    app.state.admit_body = access.admit_body
    app.add_middleware(DashErrors)  # first, so that it stands inside Dash's own
    app.state.dash, permissions = create_dash(app)
    app.add_middleware(CompressionMiddleware)
    app.add_middleware(
        SecurityMiddleware,
        rules=(*RULES, *page_rules(pages.PAGES)),
        callback_permissions=permissions,
        trust_proxy=settings.trust_proxy,
        hosts=Hosts.of(*names),
    )
    return app


@asynccontextmanager
async def run_servers(app: FastAPI) -> AsyncIterator[None]:
    """Open everything that requests need, here alone, and close it at the end: `app.state.servers` reads,
    `web` and `editor` write, `hub` and `snapshots` feed `/live`. Dash collects its scripts now, or the first
    request, if it is for a deep link, would get none."""
    settings: Settings = app.state.settings
    traces.begin("web")
    app.state.dash._setup_server()
    app.state.content_policy = content_policy(app.state.dash.csp_hashes())
    app.state.web = connect_engine(settings, "web", pool_size=WRITERS)
    app.state.editor = connect_engine(settings, "editor")
    app.state.sessions = SessionCache(app.state.web)
    app.state.refusals, app.state.violations = Refusals(), Violations()
    stop = threading.Event()
    refusals = threading.Thread(
        target=app.state.refusals.write_for_ever, args=(app.state.web, stop), name="refusals"
    )
    refusals.start()
    try:
        async with open_servers(settings) as servers, live.open_hub(servers) as (hub, snapshots):
            app.state.servers, app.state.hub, app.state.snapshots = servers, hub, snapshots
            yield
    finally:
        stop.set()
        refusals.join()
        app.state.refusals.flush(app.state.web)
        app.state.sessions.close()
        app.state.editor.dispose()
        app.state.web.dispose()
        traces.end()


async def first_page() -> Response:
    """`/` leads to the section where the caller's work begins, a screen to its scene."""
    context = current()
    if context.principal.needs_factor:
        return RedirectResponse(account.PAGE, 303)
    if context.principal.scene:
        return RedirectResponse(f"/wall/{context.principal.scene}", 303)
    path = first_section(context, pages.PAGES)
    if path is None:  # said here: Dash turns an error raised at `/` into a 500
        message = words.error_words(Forbidden("door.forbidden", permission="page"))
        return HTMLResponse(plain_page.message(message, context.language), 403)
    return RedirectResponse(path, 303)


async def send_words(request: Request, lang: str) -> Response:
    """What scripts say, asked for by every page and sent again only once it has changed."""
    if lang not in words.LANGUAGES:
        raise NotFound("door.no_page", path=request.url.path)
    return bundles.answer(request, bundles.catalogue(lang))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m dashboard.server", description="The web server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8109)
    parser.add_argument("--certificate", help="PEM file of the TLS certificate chain")
    parser.add_argument("--key", help="PEM file of its private key")
    parser.add_argument(
        "--template",
        action="store_true",
        help="do not serve, make copies that do, as the supervisor asks for them on the standard input",
    )
    args = parser.parse_args(argv)
    logs.configure()
    # No access log: a one-time link and a wall's token stand in an address. Forwarded headers are read by the
    # doors, and only when trusted.
    names = certificate_names(args.certificate) if args.certificate else ()
    config = uvicorn.Config(
        create_app(Settings.load(), args.host, *names),
        host=args.host,
        port=args.port,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=args.certificate,
        ssl_keyfile=args.key,
        ssl_ciphers=CIPHERS,
        log_config=None,
        http=Connection,
    )
    config.load()
    config.get_loop_factory()  # both read more code, which is better read before it is needed
    if args.template:
        bundles.read_ahead()
        if not become_copy():
            return 0
    server = Server(config)
    server.run()
    return 0 if server.started else 1


class Server(uvicorn.Server):
    """Ends the live streams when it shuts down: they never end by themselves, and one that is cut off
    leaves a traceback."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        cast(FastAPI, self.config.app).state.hub.close()
        await super().shutdown(sockets)


if __name__ == "__main__":
    sys.exit(main())
