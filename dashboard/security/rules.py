"""The permission that each path needs. Closed by default: a path that no rule names is refused to everyone.

To open a path, add a rule; a page brings its own (`page_rules`). The first rule that matches decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

PUBLIC = "public"
SIGNED_IN = "signed_in"
KEYED = "keyed"
"""For programs of others: the route asks for their key (`dashboard.api.open311.access`), and cookies
count for nothing."""

MEGABYTE = 1_000_000


class Page(Protocol):
    PATH: str
    TITLE: str
    PERMISSION: str
    NAVIGATION: tuple[str, str] | None
    """Address and word (a key) of its section in the header; none for a page that is reached otherwise."""
    layout: Callable[..., Any]
    """Given the address's variables and its query, by name."""
    register: Callable[..., Any]
    """Given the Dash application, for its callbacks."""


@dataclass(frozen=True)
class AccessRule:
    """`pattern` matches the whole path. `permission` is PUBLIC, SIGNED_IN, KEYED or a permission of a role.
    `body_limit` in bytes. `bearer`: programs with a token. A page, and what is `linked`, is
    answered also to who follows a link of another site; nothing else that needs a permission is: it would be
    recorded as a look of somebody who never asked."""

    pattern: re.Pattern[str]
    permission: str
    body_limit: int = MEGABYTE
    bearer: bool = False
    page: bool = False
    linked: bool = False


def rule(pattern: str, permission: str, **options: Any) -> AccessRule:
    return AccessRule(re.compile(pattern), permission, **options)


RULES: tuple[AccessRule, ...] = (
    rule(r"/healthz", PUBLIC),
    rule(r"/sign-in(/once|/code|/reset|/passkey(/options)?)?", PUBLIC, body_limit=20_000),
    rule(r"/sign-in/with/[a-z][a-z0-9]*(/return)?", PUBLIC, body_limit=0),
    rule(r"/assets/passkeys\.js", PUBLIC),
    rule(r"/assets/(tokens|base|shell|sign_in)\.css", PUBLIC),
    rule(r"/assets/favicon\.svg", PUBLIC),
    rule(r"/assets/([\w.@-]+/)*[\w.@-]+\.woff2", PUBLIC),
    rule(r"/api/v1/reports/shared", PUBLIC),
    rule(r"/", SIGNED_IN, linked=True),
    rule(r"/sign-out", SIGNED_IN),
    rule(
        r"/account/(password|sessions(/[0-9a-f]{12})?/end|factor/(begin|confirm|remove))",
        SIGNED_IN,
        body_limit=10_000,
    ),
    rule(r"/account/passkeys(/options|/\d+/remove)?", SIGNED_IN, body_limit=20_000),
    rule(r"/users/(end|reset)", "page.users", body_limit=1000),
    rule(r"/language", SIGNED_IN),
    rule(r"/violations", SIGNED_IN, body_limit=10_000),
    rule(r"/words/[a-z]{2}\.json", SIGNED_IN),
    rule(r"/assets/.+", SIGNED_IN),
    rule(r"/_dash-component-suites/.+", SIGNED_IN),
    rule(r"/_dash-(layout|dependencies)", SIGNED_IN),
    rule(r"/_dash-update-component", SIGNED_IN),
    rule(r"/live", "live.read"),
    rule(r"/tiles/.+", "layer.read"),
    rule(r"/layers/[\w-]+\.geojson", "layer.read"),
    rule(r"/layers/plans/.+", "page.precincts"),
    rule(r"/layers/export/.+", "incident.export"),
    rule(r"/layers/.+", "incident.read"),
    rule(r"/api/open311/v2(/.*)?", KEYED, body_limit=20 * MEGABYTE),
    rule(r"/api/features/v1(/.*)?", "incident.export", body_limit=0, bearer=True),
    rule(r"/api/cap/v1/.+", KEYED, body_limit=0),
    rule(r"/api/v1/ingest/[\w-]+(/\d+)?", "feed.push", body_limit=64 * MEGABYTE, bearer=True),
    rule(r"/api/v1/audit\.csv", "audit.read"),
    rule(r"/api/v1/voters/load", "voters.load", body_limit=120 * MEGABYTE),
    rule(r"/api/v1/voters/printed\.pdf", "voters.print"),
    rule(r"/api/v1/voters/notices\.pdf", "page.voters"),
    rule(r"/api/v1/statistics/\w+\.\w+", "page.statistics"),
    rule(r"/api/v1/statistics/notes", "statistics.note", body_limit=10_000),
    rule(r"/api/v1/reports/\d+\.[a-z]{2}\.pdf", "page.statistics"),
    rule(r"/api/v1/reports/(\d+/share|links/\d+/revoke)", "report.share", body_limit=1000),
    rule(r"/api/v1/rating/[\w-]+\.\w+", "page.rating"),
    rule(r"/api/v1/rating/[\w-]+/verify", "page.rating", body_limit=10_000),
    rule(r"/api/v1/rating/assignments", "rating.assign", body_limit=10_000),
    rule(r"/api/v1/rating/assignments/\d+/(accept|return)", "rating.accept", body_limit=10_000),
    rule(r"/api/v1/rating/objections", "rating.object", body_limit=10_000),
    rule(r"/api/v1/rating/objections/\d+/(accept|reject)", "rating.decide", body_limit=10_000),
    rule(r"/api/v1/prevention(/\d+/(done|drop))?", "prevention.plan", body_limit=10_000),
    rule(r"/api/v1/plans/\d+/(text/(kk|ru)|passports)", "page.precincts"),
    rule(
        r"/api/v1/plans/\d+/(candidates|checks|compare|decision\.docx|doubts|moved\.csv|steps|history|presence|text|walk)",
        "page.precincts",
    ),
    rule(r"/api/v1/plans(/\d+/[a-z-]+)?", "precinct.edit"),
    rule(r"/api/v1/buildings(/.+)?", "building.tag", body_limit=16 * MEGABYTE),
    rule(r"/api/v1/incidents/\d+/viewers", "page.map", body_limit=1000),
    rule(r"/api/v1/incidents/\d+/proof/\d+(/thumbnail)?\.jpg", "incident.read"),
    rule(r"/api/v1/incidents/\d+/attach", "incident.attach", body_limit=16 * MEGABYTE),
    rule(r"/api/v1/incidents/(mass-events/)?\d+/alert", "alert.publish", body_limit=100_000),
    rule(r"/api/v1/incidents/.+", "incident.decide"),
    rule(r"/api/v1/desk/\d+/(agree|correct/[a-z]+|decide)", "case.check", body_limit=20_000),
    rule(r"/api/v1/desk/\d+/(act/[a-z]+|extension)", "case.work", body_limit=20_000),
    rule(r"/api/v1/desk/\d+/(mark|reopen)", "case.citizen", body_limit=20_000),
    rule(r"/api/v1/answers/(\d+/used|unanswered)", "answers.use", body_limit=10_000),
    rule(
        r"/api/v1/answers/(save|\d+/(save|retire)|questions/\d+/settle)", "answers.edit", body_limit=200_000
    ),
    rule(r"/api/v1/views(/\d+/remove)?", "page.map", body_limit=10_000),
    rule(r"/api/v1/alarms/acknowledge", "alarm.respond", body_limit=100_000),
    rule(r"/api/v1/alarms/\d+/[a-z]+", "alarm.respond", body_limit=10_000),
    rule(r"/api/v1/shift/\d+\.pdf", "page.shift"),
    rule(r"/api/v1/shift/(notes|sign|\d+/(take|withdraw|amend))", "shift.sign", body_limit=30_000),
    rule(r"/api/v1/wall/watch/reloaded", "page.wall", body_limit=2000),
    rule(r"/api/v1/wall(/\w+)?", "wall.hold", body_limit=10_000),
    rule(r"/(readyz|metrics)", "metrics.read", bearer=True),
)


def page_rules(pages: Iterable[Page]) -> tuple[AccessRule, ...]:
    """One rule a page: `<name>` in its PATH stands for one part of the address."""
    return tuple(rule(path_pattern(page.PATH), page.PERMISSION, page=True) for page in pages)


def path_pattern(path: str) -> str:
    """A page's PATH as a regular expression with a named group for each `<name>`."""
    return re.sub(r"<(\w+)>", r"(?P<\1>[\\w-]+)", path)


def find_rule(rules: Iterable[AccessRule], path: str) -> AccessRule | None:
    """The first rule for a path, or none."""
    return next((found for found in rules if found.pattern.fullmatch(path)), None)
