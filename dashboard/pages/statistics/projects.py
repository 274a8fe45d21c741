"""The view of projects: each with its owner, its milestones as plan and fact, and why a late one is late."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import dcc, html

from dashboard.formats import number
from dashboard.request_context import RequestContext
from dashboard.wording.levels import goal, lacking, value_text
from dashboard.wording.statistics import day, figure_name, formula_of, read_now
from dashboard.words import word
from geo.statistics.counting import Period, count_rows
from geo.statistics.definitions import MILESTONES
from layers.projects import Projects, ShownMilestone, ShownProject, read_projects
from layers.reading import snapshot
from layers.statistics.requests import StatisticsRequest

VIEW = "projects"


def layout(context: RequestContext, request: StatisticsRequest) -> html.Div:
    city = context.settings.city
    with snapshot(context.servers.engine) as connection:
        found = read_projects(connection, city, context.language)
        days = Period.of_days(city, request.first, request.last)
        counted = count_rows(connection, [MILESTONES], request.population(city), days)[MILESTONES.key]
        read = read_now(connection, city, request)
    if found.adopted_at is None:
        return html.Div(html.P(word("projects.none")), className="projects")
    off = lacking(MILESTONES, counted.value) > 0
    query = {"view": "rows", "figure": MILESTONES.key, **request.as_query()}
    words, sql = formula_of(MILESTONES)
    head = html.Header(
        [
            html.H2(figure_name(MILESTONES)),
            html.Strong(value_text(MILESTONES, counted.value), className="projects-off" if off else ""),
            html.Span(goal(MILESTONES)),
            dcc.Link(
                word("projects.counted", part=number(counted.part), whole=number(counted.whole)),
                href="/statistics?" + urlencode(query, safe=",:"),
                refresh=True,
            ),
            html.Span(f"{words} · {read}", title=sql, className="projects-about"),
            html.Span(_file(found, context), className="projects-about"),
        ],
        className="projects-head",
    )
    return html.Div([head, *map(_project, found.projects)], className="projects")


def _file(found: Projects, context: RequestContext) -> str:
    assert found.adopted_at is not None, "there are no projects without a file"
    at = found.adopted_at.astimezone(context.settings.city.time_zone).strftime("%d.%m.%Y %H:%M")
    return word("projects.file", at=at, name=found.adopted_by)


def _project(one: ShownProject) -> html.Article:
    late = one.late_days
    return html.Article(
        [
            html.Header(
                [
                    html.H3(one.name),
                    html.Strong(_state(one), className="projects-off" if late else "projects-state"),
                    html.Span(
                        word("projects.owner", name=one.owner, post=one.post or ""),
                        className="projects-about",
                    ),
                    html.A(word("projects.map"), href=f"/map?project={one.key}"),
                ]
            ),
            html.Ol([_milestone(milestone) for milestone in one.milestones]),
        ],
        className="projects-one",
        id=f"project-{one.key}",
        **{"data-project": one.key},
    )


def _state(one: ShownProject) -> str:
    """What is late now goes first; a project whose milestones were done late is not said to be on plan."""
    if one.late_days:
        return word("projects.late", n=one.late_days)
    over = "done" if one.next is None else "on"
    if one.slipped_days:
        return word(f"projects.{over}.slipped", n=one.slipped_days)
    return word(f"projects.{over}")


def _milestone(one: ShownMilestone) -> html.Li:
    """A shape and words for its state: a disc done, a ring open, a diamond late."""
    state = "late" if one.late_days else "done" if one.done else "open"
    fact = word("projects.fact", day=day(one.done, True)) if one.done else word("projects.not_yet")
    lines = [
        html.B(one.name),
        html.Span(word("projects.plan", day=day(one.planned, True))),
        html.Span(fact),
    ]
    if one.late_days:
        reason = word("projects.reason", reason=one.reason) if one.reason else word("projects.no_reason")
        lines += [
            html.Strong(word("projects.late", n=one.late_days), className="projects-off"),
            html.Em(reason),
        ]
    return html.Li(lines, **{"data-state": state})
