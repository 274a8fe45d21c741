"""What is purged once its time is over, table by table: the daily job `maintain`.

How long is said in the city's file (`[retention]`, days by rule), else by the rule itself. Events,
decisions, plans and the tags of buildings have no rule: they are never purged, and of deliveries enough is
left to know them again (`geo.intake.deliveries.PastDelivery`). Partitions of the change
feed go by month (`geo.partitions`); rows of the audit leave from the beginning of its chain alone
(`geo.audit.pruning`, rule `audit`), lists of voters by the process that has their keys
(`geo.voters.retention`, rule `voter_lists`). To add a rule, name it in `RULES` and in the README's
table; its statement deletes (or empties) at most `:most` rows older than `:before`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, text

from geo import partitions
from geo.audit import pruning
from geo.errors import InvalidInput
from geo.incidents.inquiries import CALLERS, CALLERS_DAYS
from geo.intake.deliveries import key_digest
from geo.settings import City
from geo.voters import forgetting
from geo.voters import retention as lists

MOST = 5_000
"""Rows of one transaction: locks stay short, and a kill leaves what is done done."""


@dataclass(frozen=True)
class RetentionRule:
    """`days`: how long a row is kept where the city's file says nothing."""

    key: str
    days: int
    statement: str


def _purge(table: str, condition: str) -> str:
    return (
        f"delete from {table} where ctid = any(array(select ctid from {table} t where {condition} "
        f"limit :most))"
    )


def _fold(table: str, condition: str, kept: str, which: str) -> str:
    """The same, and what is left of each row that `which` says goes to `past_delivery`: a file that lay for
    years, or a push that is sent again then, must not pass for news. Of files of one content the first."""
    return f"""with gone as materialized (select ctid as at from {table} t where {condition} limit :most),
        past as (insert into past_delivery (region, feed, digest, delivery_id, delivered_at, run_id)
            select t.region, t.feed, {kept}, t.run_id from {table} t where {which}
                and t.ctid = any(array(select at from gone)) order by 4
            on conflict do nothing)
        delete from {table} where ctid = any(array(select at from gone))"""


RULES = (
    RetentionRule(
        CALLERS,
        CALLERS_DAYS,
        """delete from personal.inquiry_text t using (
            select o.region, o.inquiry_id from personal.inquiry_text o join inquiry q
                on q.region = o.region and q.id = o.inquiry_id where q.received_at < :before limit :most) gone
        where t.region = gone.region and t.inquiry_id = gone.inquiry_id""",
    ),
    RetentionRule(
        "inbox_bodies",
        7,
        """update inbox set body = null where ctid = any(array(
        select ctid from inbox where state = 'done' and body is not null
            and done_at < :before limit :most))""",
    ),
    RetentionRule(
        "failed_bodies",
        30,
        """update inbox set body = null where ctid = any(array(
        select ctid from inbox where state = 'failed' and body is not null
            and done_at < :before limit :most))""",
    ),
    RetentionRule(
        "deliveries",
        60,
        _fold(
            "delivery",
            "t.gone_at < :before or not t.own and t.delivered_at < :before",
            "t.content, t.id, t.delivered_at",
            "t.content is not null",
        ),
    ),
    RetentionRule(
        "inbox",
        90,
        _fold(
            "inbox",
            "t.state <> 'waiting' and t.asked_at < :before",
            f"{key_digest('t.idempotency_key')}, t.delivery_id, t.asked_at",
            "t.source is null",
        ),
    ),
    RetentionRule(
        "repeated_rejects",
        1,
        _purge(
            "reject",
            """t.replay_run_id is null and exists (select from run r where r.region = t.region
        and r.id = t.run_id and r.ended_at < :before and exists (select from reject newer join run n
            on n.region = newer.region and n.id = newer.run_id
            where newer.region = t.region and newer.id > t.id and n.feed = r.feed and newer.code = t.code
                and md5(newer.row::text) = md5(t.row::text)))""",
        ),
    ),
    RetentionRule(
        "rejects",
        180,
        _purge(
            "reject",
            """exists (select from run r where r.region = t.region and r.id = t.run_id
        and r.ended_at < :before)""",
        ),
    ),
    RetentionRule(
        "quiet_runs",
        7,
        _purge(
            "run",
            """t.state = 'done' and t.ended_at < :before and t.written = 0 and t.rejected = 0
                and t.vanished = 0
        and exists (select from run newer where newer.region = t.region and newer.feed = t.feed
            and newer.started_at > t.started_at)""",
        ),
    ),
    RetentionRule(
        "runs",
        800,
        _purge(
            "run",
            """t.ended_at < :before and not exists (select from reject j where j.region = t.region
                and j.run_id = t.id)
        and exists (select from run newer where newer.region = t.region and newer.feed = t.feed
            and newer.started_at > t.started_at)""",
        ),
    ),
    RetentionRule(
        "ended_sessions", 30, _purge("user_session", "least(t.revoked_at, t.expires_at) < :before")
    ),
    RetentionRule(
        "sign_in_failures",
        1,
        _purge("sign_in_failure", "t.last_at < :before and coalesce(t.locked_until, t.last_at) < now()"),
    ),
    RetentionRule("access_notices", 90, _purge("access_notice", "t.next_at is null and t.at < :before")),
    RetentionRule("known_browsers", 400, _purge("known_browser", "t.seen_at < :before")),
    RetentionRule("plan_presence", 1, _purge("plan_presence", "t.seen_at < :before")),
    RetentionRule("incident_viewers", 1, _purge("incident_viewer", "t.seen_at < :before")),
    RetentionRule(
        "incident_proofs",
        30,
        _purge(
            "incident_proof",
            """t.at < :before and (
        not exists (select from incident i where i.region = t.region and i.id = t.incident_id)
        or exists (select from incident_action u where u.region = t.region and u.undoes = t.action_id))""",
        ),
    ),
    RetentionRule(
        "escalation_notices",
        365,
        _purge("escalation_notice", "t.next_at is null and t.escalated_at < :before"),
    ),
    RetentionRule(
        "report_mails",
        365,
        _purge(
            "report_mail",
            """t.next_at is null and exists (select from report r
        where r.region = t.region and r.id = t.report_id and r.made_at < :before)""",
        ),
    ),
    RetentionRule("measure_history", 7, _purge("measure_history", "t.at < :before")),
    RetentionRule("wall_turns", 90, _purge("wall_turn", "t.ends_at < :before")),
    RetentionRule("wall_holds", 1, _purge("wall_hold", "t.ends_at < :before")),
)


def maintain(jobs: Engine, owner: Engine, city: City, now: datetime) -> dict[str, int]:
    """Purge by every rule, make and drop the partitions, and drop the tables of voters' lists whose persons
    are gone; returns the rows gone, by rule. `jobs` connects as the role that may purge, and nothing else;
    `owner` makes and drops tables.

    Raises `InvalidInput` ("retention.unknown") for days of a rule that there is none of; nothing is purged
    then.
    """
    known = [*(rule.key for rule in RULES), pruning.RULE, lists.RULE]
    if unknown := set(city.retention) - set(known):
        raise InvalidInput("retention.unknown", rules=", ".join(sorted(unknown)), known=", ".join(known))
    gone = {
        rule.key: _apply(jobs, rule, now - timedelta(days=city.retention.get(rule.key, rule.days)))
        for rule in RULES
    }
    with owner.begin() as connection:
        connection.execute(text("set local lock_timeout = '5s'"))
        partitions.maintain(connection, now.date())
        forgetting.drop_tables(connection)
    return {key: rows for key, rows in gone.items() if rows}


def _apply(engine: Engine, rule: RetentionRule, before: datetime) -> int:
    bound = {"before": before, "most": MOST}
    total = 0
    while True:
        with engine.begin() as connection:
            gone = connection.execute(text(rule.statement), bound).rowcount
        total += gone
        if gone < MOST:
            return total
