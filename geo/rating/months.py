"""A month of the rating: proposed by one person, closed by another, signed, and counted again byte for byte.

What is kept is one line of canonical JSON (keys sorted, no spaces, four decimals): the strategy's digest, the
moment up to which records were read, each manager's counts, points, interval and places, and a SHA-256 over
the month's cases and milestones, which are kept beside it. To verify is to check signature and digests, to
compute the line from what is kept, and to count that anew from the incidents' events as recorded before that
moment and from the project office's file of then.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, text

from geo.audit.keys import Signer, is_signed, read_public
from geo.audit.records import record_audit
from geo.database import AnyRow
from geo.errors import Conflict, NotFound
from geo.incidents.cases.state import on_the_clock
from geo.rating.assigned import with_assigned
from geo.rating.cases import RULES, RatedCase, next_month, patterns_of, read_cases, strata_of
from geo.rating.milestones import RatedMilestone, read_milestones
from geo.rating.scores import ManagerScore, score_managers
from geo.rating.strategy import Strategy
from geo.rating.versions import strategy_of_version
from geo.settings import City
from geo.statistics.counting import midnight
from geo.statistics.kept import Mismatch

DECIMALS = 4
KEYS = "rating"
"""The folder of the key that signs months, in the data folder."""


MONTH = text("select * from rating_month where region = :region and month = :month")
LOCK = text("select * from rating_month where region = :region and month = :month for update")
PROPOSE = text("""insert into rating_month (region, month, strategy, as_of, body, digest, proposed_by,
        proposed_at)
    values (:region, :month, :strategy, :as_of, :body, :digest, :who, now())
    on conflict (region, month) do update set strategy = excluded.strategy, as_of = excluded.as_of,
        body = excluded.body, digest = excluded.digest, proposed_by = excluded.proposed_by,
        proposed_at = excluded.proposed_at
    where rating_month.closed_at is null""")
CLOSE = text("""update rating_month set closed_by = :who, closed_at = :at, key = :key, signature = :signature
    where region = :region and month = :month""")
ADD_CASES = text("""insert into rating_case (region, month, incident_id, manager, performer, pattern, marks,
        strata)
    select :region, :month, c.incident, c.manager, c.performer, c.pattern, string_to_array(c.marks, ','),
        string_to_array(c.strata, ',')
    from unnest(cast(:incidents as bigint[]), cast(:managers as text[]), cast(:performers as text[]),
        cast(:patterns as bigint[]), cast(:marks as text[]), cast(:strata as text[]))
        c (incident, manager, performer, pattern, marks, strata)""")
ADD_MILESTONES = text("""insert into rating_milestone (region, month, project, milestone, manager, pattern,
        planned_on, done_on, moved_to)
    values (:region, :month, :project, :milestone, :manager, :pattern, :planned_on, :done_on, :moved_to)""")
MILESTONES = text("""select project, milestone, manager, pattern, planned_on, done_on, moved_to
    from rating_milestone
    where region = :region and month = :month order by project, milestone""")
CASES = text("""select incident_id, manager, performer, pattern, marks, strata from rating_case
    where region = :region and month = :month order by incident_id""")
MONTHS = text("""select to_char(month, 'YYYY-MM') as month, strategy as version, proposed_by as name,
        coalesce(closed_by, '') as closed, digest
    from rating_month where region = :region order by month""")


@dataclass(frozen=True)
class CountedMonth:
    """`strategy`: with the indicators that were assigned by then. `body`: the line that is kept."""

    strategy: Strategy
    as_of: datetime
    body: str
    cases: Sequence[RatedCase]
    milestones: Sequence[RatedMilestone]

    @property
    def digest(self) -> str:
        return sha256(self.body.encode()).hexdigest()


def count_month(
    connection: Connection,
    city: City,
    strategy: Strategy,
    month: date,
    as_of: datetime,
    rules: int = RULES,
) -> CountedMonth:
    """Count a month from the incidents' events and the project office's file, with the indicators that were
    assigned by then. `connection` in one snapshot."""
    strategy = with_assigned(connection, city, strategy, month, as_of)
    cases = read_cases(connection, city, strategy, month, as_of, rules)
    milestones = read_milestones(connection, city, strategy, month, as_of, rules)
    line = line_of(city, strategy, month, as_of, cases, milestones, rules)
    return CountedMonth(strategy, as_of, line, cases, milestones)


def line_of(
    city: City,
    strategy: Strategy,
    month: date,
    as_of: datetime,
    cases: Sequence[RatedCase],
    milestones: Sequence[RatedMilestone],
    rules: int = RULES,
) -> str:
    """The line of a month, from its cases and milestones; without these, or without indicators that were
    assigned, it says nothing of them, and nothing of the first rules."""
    counted: list[RatedCase | RatedMilestone] = [*cases, *milestones]
    assigned = [asdict(one) for one in strategy.assigned]
    body = {
        **({"assigned": assigned} if assigned else {}),
        "as_of": as_of.astimezone(city.time_zone).isoformat(),
        "cases": len(cases),
        "managers": [_as_kept(one) for one in scores_of(strategy, cases, milestones)],
        **({"milestones": len(milestones)} if milestones else {}),
        "month": f"{month:%Y-%m}",
        "region": city.region,
        "rows": digest_of(counted),
        **({"rules": rules} if rules > 1 else {}),
        "strategy": strategy.digest,
        "version": strategy.version,
    }
    return json.dumps(_rounded(body), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def scores_of(
    strategy: Strategy, cases: Sequence[RatedCase], milestones: Sequence[RatedMilestone]
) -> list[ManagerScore]:
    return score_managers(strategy, patterns_of([*cases, *milestones]), strata_of(strategy, cases))


def digest_of(cases: Iterable[RatedCase | RatedMilestone]) -> str:
    digest = sha256()
    for case in cases:
        digest.update(case.line.encode())
    return digest.hexdigest()


def last_midnight(city: City, month: date) -> datetime:
    """Up to when a month is counted that is closed today: the midnight before, when whatever was being
    written then has long been committed. Raises `Conflict` ("rating.not_over")."""
    if city.today() < next_month(month):
        raise Conflict("rating.not_over", month=f"{month:%Y-%m}")
    return midnight(city, city.today())


def proposed_until(connection: Connection, city: City, month: date) -> datetime:
    """Up to when a month is counted: as it was proposed, else `last_midnight`."""
    row = connection.execute(MONTH, {"region": city.region, "month": month}).one_or_none()
    return row.as_of if row is not None else last_midnight(city, month)


def close_month(
    connection: Connection, city: City, month: date, counted: CountedMonth, who: str, signer: Signer
) -> bool:
    """Propose a month, or close it where another person has proposed the same bytes; returns whether it is
    closed. What has changed since it was proposed is proposed anew.

    Raises `Conflict`: "rating.closed", "rating.same_person"."""
    key = {"region": city.region, "month": month}
    row = connection.execute(LOCK, key).one_or_none()
    name = f"{month:%Y-%m}"
    if row is not None and row.closed_at is not None:
        raise Conflict("rating.closed", month=name, who=row.closed_by, at=on_the_clock(city, row.closed_at))
    if row is not None and row.body == counted.body:
        if row.proposed_by == who:
            raise Conflict("rating.same_person", month=name, who=who)
        _freeze(connection, city, month, counted, row, who, signer)
        record_audit(connection, who, "rating.closed", month=name, digest=counted.digest)
        return True
    proposal = {
        "strategy": counted.strategy.version,
        "as_of": counted.as_of,
        "body": counted.body,
        "digest": counted.digest,
        "who": who,
    }
    connection.execute(PROPOSE, {**key, **proposal})
    record_audit(connection, who, "rating.proposed", month=name, digest=counted.digest)
    return False


def verify(connection: Connection, city: City, month: date, keys: Path) -> list[Mismatch]:
    """Check a closed month and count it again; empty = the same bytes. `keys`: the folder of the keys that
    sign. Raises `NotFound` ("rating.not_closed")."""
    row = connection.execute(MONTH, {"region": city.region, "month": month}).one_or_none()
    if row is None or row.closed_at is None:
        raise NotFound("rating.not_closed", month=f"{month:%Y-%m}")
    public = read_public([keys])
    if row.key not in public or not _is_signed(public[row.key], row):
        return [Mismatch("signature", row.key, ", ".join(sorted(public)))]
    if (found := sha256(row.body.encode()).hexdigest()) != row.digest:
        return [Mismatch("sha256", row.digest, found)]
    version = strategy_of_version(connection, city, row.strategy)
    strategy = with_assigned(connection, city, version, month, row.as_of)
    kept, milestones = kept_cases(connection, city, month), kept_milestones(connection, city, month)
    rules = json.loads(row.body).get("rules", 1)
    mismatches = _compare(row.body, line_of(city, strategy, month, row.as_of, kept, milestones, rules))
    anew = count_month(connection, city, strategy, month, row.as_of, rules)
    return mismatches or _compare_cases(kept, anew.cases) or _compare_milestones(milestones, anew.milestones)


def kept_cases(connection: Connection, city: City, month: date) -> list[RatedCase]:
    """The cases of a closed month, by incident."""
    rows = connection.execute(CASES, {"region": city.region, "month": month})
    return [
        RatedCase(
            row.incident_id, row.manager, row.performer, row.pattern, tuple(row.marks), tuple(row.strata)
        )
        for row in rows
    ]


def kept_milestones(connection: Connection, city: City, month: date) -> list[RatedMilestone]:
    """The milestones of a closed month, by project and key."""
    rows = connection.execute(MILESTONES, {"region": city.region, "month": month})
    return [RatedMilestone(*row) for row in rows]


def month_rows(connection: Connection, region: str) -> list[dict[str, object]]:
    """Oldest first."""
    return [dict(row) for row in connection.execute(MONTHS, {"region": region}).mappings()]


def signed_words(
    digest: str, proposed_by: str, closed_by: str, closed_at: datetime, proposed_at: datetime | None
) -> bytes:
    """The bytes that are signed for a month; `proposed_at` none: as before it was signed, too."""
    at = f" {proposed_at.astimezone(UTC).isoformat()}" if proposed_at else ""
    return f"{digest} {proposed_by} {closed_by} {closed_at.timestamp():.0f}{at}".encode()


def _is_signed(public: Ed25519PublicKey, row: AnyRow) -> bool:
    """A month is signed with when it was proposed, the first ones were not: no signature is of both."""
    closing = (row.digest, row.proposed_by, row.closed_by, row.closed_at)
    return any(is_signed(public, signed_words(*closing, at), row.signature) for at in (row.proposed_at, None))


def _as_kept(score: ManagerScore) -> dict[str, Any]:
    """A manager in the line. What is not adjusted says nothing of it, as before there was any adjustment."""
    row = asdict(score)
    for indicator in row["indicators"].values():
        if indicator["adjusted"] is None:
            del indicator["adjusted"], indicator["expected"]
    return row


def _freeze(
    connection: Connection,
    city: City,
    month: date,
    counted: CountedMonth,
    proposal: AnyRow,
    who: str,
    signer: Signer,
) -> None:
    at = connection.execute(text("select date_trunc('second', now())")).scalar_one()
    key = {"region": city.region, "month": month}
    signature = signer.sign(signed_words(counted.digest, proposal.proposed_by, who, at, proposal.proposed_at))
    cases = counted.cases
    connection.execute(
        ADD_CASES,
        {
            **key,
            "incidents": [case.incident for case in cases],
            "managers": [case.manager for case in cases],
            "performers": [case.performer for case in cases],
            "patterns": [case.pattern for case in cases],
            "marks": [",".join(case.marks) for case in cases],
            "strata": [",".join(case.strata) for case in cases],
        },
    )
    for milestone in counted.milestones:
        connection.execute(ADD_MILESTONES, {**key, **asdict(milestone)})
    connection.execute(
        CLOSE, {**key, "who": who, "at": at, "key": signer.fingerprint, "signature": signature}
    )


def _compare(kept: str, computed: str) -> list[Mismatch]:
    if kept == computed:
        return []
    was, now = json.loads(kept), json.loads(computed)
    return [
        Mismatch(key, str(was.get(key)), str(now.get(key)))
        for key in sorted({*was, *now})
        if was.get(key) != now.get(key)
    ]


def _compare_cases(kept: Sequence[RatedCase], counted: Sequence[RatedCase]) -> list[Mismatch]:
    """The first case that is counted otherwise now, and how many are."""
    was = {case.incident: case.line.strip() for case in kept}
    now = {case.incident: case.line.strip() for case in counted}
    changed = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
    if not changed:
        return []
    first = changed[0]
    return [
        Mismatch("incident", was.get(first, ""), now.get(first, "")),
        Mismatch("incidents", "0", str(len(changed))),
    ]


def _compare_milestones(kept: Sequence[RatedMilestone], counted: Sequence[RatedMilestone]) -> list[Mismatch]:
    """The first that the project office's file tells otherwise now."""
    was, now = ([one.line.strip() for one in lines] for lines in (kept, counted))
    if was == now:
        return []
    lost, new = (sorted({*one} - {*other}) for one, other in ((was, now), (now, was)))
    return [Mismatch("milestone", (lost or [""])[0], (new or [""])[0])]


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return round(value, DECIMALS)
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list | tuple) else value
