"""The view of kept reports: the newest first, each with its papers, and for those who may the links to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from dash import dcc, html

from dashboard.request_context import RequestContext
from dashboard.wording.statistics import day
from dashboard.words import LANGUAGES, language, word
from geo.ranges import whole
from geo.reports.keep import MOST, KeptReport, kept_reports
from geo.reports.links import SharedLink, open_links
from geo.reports.schedule import VARIABLE
from layers.reading import snapshot
from layers.scope import Scope

VIEW = "reports"
COLUMNS = ("report", "period", "made", "papers", "links")
DAYS = (1, 7, 30)
"""How long a link may last, as the page offers it."""


def layout(context: RequestContext, query: Mapping[str, str]) -> html.Div:
    if not Scope.of(context.principal).is_whole:
        return html.Div(html.P(word("error.report.scope")), className="reports")
    before, city = whole(query.get("before", "")), context.settings.city
    with snapshot(context.servers.engine) as connection:
        found = kept_reports(connection, city.region, before)
        shared = open_links(connection, city.region)
    shares = context.may("report.share")
    body = _table(found, shared, shares, city.time_zone) if found else html.P(word("report.none"))
    older = dcc.Link(
        word("report.older"),
        href=f"/statistics?view={VIEW}&before={found[-1].id}" if found else "",
        refresh=True,
    )
    return html.Div(
        [
            html.P(word("report.about", variable=VARIABLE), className="reports-about"),
            html.P(id="reports-message", className="reports-message", role="status"),
            body,
            *([older] if len(found) == MOST else []),
        ],
        className="reports",
    )


def _table(
    found: Sequence[KeptReport], shared: Sequence[SharedLink], shares: bool, zone: ZoneInfo
) -> html.Table:
    columns = COLUMNS if shares else COLUMNS[:-1]
    heads = [html.Th(word(f"report.column.{key}"), scope="col") for key in columns]
    rows = [_row(one, [link for link in shared if link.report_id == one.id], shares, zone) for one in found]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="reports-table")


def _row(one: KeptReport, shared: Sequence[SharedLink], shares: bool, zone: ZoneInfo) -> html.Tr:
    papers = [
        html.A(
            word(f"report.paper.{lang}"),
            href=f"/api/v1/reports/{one.id}.{lang}.pdf",
            target="_blank",
            rel="noopener",
            hrefLang=lang,
        )
        for lang in LANGUAGES
        if lang in one.languages
    ]
    cells = [
        [html.Strong(word(f"report.title.{one.kind}")), html.Span(word("number.of", number=one.id))],
        _period(one.first, one.last),
        one.made_at.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
        html.Div(papers, className="reports-papers"),
    ]
    if shares:
        cells.append(_links(one, shared, zone))
    return html.Tr(
        [html.Td(cell, **{"data-column": word(f"report.column.{key}")}) for key, cell in zip(COLUMNS, cells)],
        **{"data-report": str(one.id)},
    )


def _links(one: KeptReport, shared: Sequence[SharedLink], zone: ZoneInfo) -> html.Details:
    open_ones = [
        html.Li(
            [
                html.Span(
                    word(
                        "report.link",
                        language=word(f"report.paper.{link.language}"),
                        until=link.expires_at.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
                        name=link.made_by,
                        count=link.opened,
                    )
                ),
                html.Button(
                    word("report.revoke"), type="button", className="button", **{"data-revoke": str(link.id)}
                ),
            ]
        )
        for link in shared
    ]
    languages = [html.Option(word(f"report.paper.{lang}"), value=lang) for lang in _own_first(one.languages)]
    lasting = [html.Option(word("time.days", n=days), value=str(days)) for days in DAYS]
    return html.Details(
        [
            html.Summary(word("report.links", count=len(shared))),
            html.Ul(open_ones),
            html.Div(
                [
                    html.Select(languages, className="reports-language", title=word("report.language")),
                    html.Select(lasting, className="reports-days", title=word("report.days_open")),
                    html.Button(
                        word("report.share"),
                        type="button",
                        className="button",
                        **{"data-share": str(one.id)},
                    ),
                    html.Output(className="reports-address"),
                ],
                className="reports-share",
            ),
        ]
    )


def _own_first(languages: Sequence[str]) -> list[str]:
    """The language of the page is chosen until another one is."""
    return sorted(languages, key=lambda one: one != language.get())


def _period(first: date, last: date) -> str:
    if first == last:
        return day(last, True)
    return f"{day(first, first.year != last.year)} – {day(last, True)}"
