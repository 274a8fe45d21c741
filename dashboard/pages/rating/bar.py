"""The bar above: the month, whether it is closed, by whom, and its digest."""

from __future__ import annotations

from datetime import date

from dash import dcc, html

from dashboard.formats import moment
from dashboard.pages.rating import method
from dashboard.pages.rating.texts import address, month_name
from dashboard.request_context import RequestContext
from dashboard.words import word
from geo.rating.cases import next_month
from layers.rating.reading import RatedMonth, previous_month


def bar(context: RequestContext, month: date, rated: RatedMonth | None, mistake: str | None) -> html.Header:
    return html.Header(
        [
            html.H1(word("rating.title")),
            _months(context, month),
            *([_state(context, rated)] if rated else []),
            *([_papers(context, rated)] if rated else []),
            *([html.P(mistake, className="rating-mistake", role="alert")] if mistake else []),
        ],
        className="rating-bar",
    )


def _months(context: RequestContext, month: date) -> html.Nav:
    following = next_month(month)
    is_last = following >= context.settings.city.today().replace(day=1)
    last = html.Span("›", className="rating-step", **{"aria-hidden": "true"})
    return html.Nav(
        [
            _step("‹", previous_month(month), "rating.previous"),
            html.Strong(month_name(month)),
            last if is_last else _step("›", following, "rating.next"),
        ],
        className="rating-months",
        **{"aria-label": word("rating.months")},
    )


def _step(sign: str, month: date, key: str) -> dcc.Link:
    label = word(key, month=month_name(month))
    return dcc.Link(sign, href=address(month), title=label, className="rating-step", refresh=True)


def _papers(context: RequestContext, rated: RatedMonth) -> html.Nav:
    """By which strategy a month is counted; of a closed one also: counted again, its protocol, its table."""
    words = method.strategy_words(context, rated)
    by = html.A(words, href=f"#{method.ID}", className="button", title=word("statistics.formula"))
    papers = [by, *(_of_closed(rated) if rated.closing else [])]
    return html.Nav(papers, className="rating-papers", **{"aria-label": word("rating.papers")})


def _of_closed(rated: RatedMonth) -> list:
    forms = (("csv", "CSV", "button"), ("pdf", word("rating.protocol.pdf"), "button rating-protocol"))
    links = [
        html.A(caption, href=f"/api/v1/rating/{rated.month:%Y-%m}.{form}", className=look, download=True)
        for form, caption, look in forms
    ]
    verify = html.Button(
        word("rating.verify"),
        type="button",
        id="rating-verify",
        className="button",
        title=word("rating.verify.about"),
        **{"data-month": f"{rated.month:%Y-%m}", "data-busy": word("rating.verify.busy")},
    )
    return [verify, *links, html.Output(id="rating-verified", className="rating-verified", role="status")]


def _state(context: RequestContext, rated: RatedMonth) -> html.P:
    zone, closing = context.settings.city.time_zone, rated.closing
    if closing is None:
        until = moment(rated.as_of, zone, rated.as_of.replace(year=rated.as_of.year + 1))
        return html.P(
            [
                html.Strong(word("rating.preliminary")),
                " · ",
                word("rating.preliminary.about", until=until),
                *_proposed(context, rated),
            ],
            className="rating-state",
        )
    at = closing.closed_at.astimezone(zone).strftime("%d.%m.%Y %H:%M")
    return html.P(
        [
            html.I(className="rating-lock", **{"aria-hidden": "true"}),
            html.Strong(word("rating.closed_at", at=at)),
            " · ",
            word("rating.closed_by", first=closing.proposed_by, second=closing.closed_by),
            " · ",
            html.Code(f"SHA-256 {closing.digest[:8]}…{closing.digest[-8:]}", title=closing.digest),
        ],
        className="rating-state rating-closed",
    )


def _proposed(context: RequestContext, rated: RatedMonth) -> list[str]:
    """Who proposed to close the month, and what is still to be done, by whom."""
    if rated.proposal is None:
        return []
    at = rated.proposal.at.astimezone(context.settings.city.time_zone).strftime("%d.%m.%Y %H:%M")
    who, month = rated.proposal.who, f"{rated.month:%Y-%m}"
    return [" · ", word("rating.proposed", who=who, at=at, month=month)]
