"""Links to one paper of a report for those inside the network who have no account: random, for a while,
revocable. Each that is made, opened or revoked is in the audit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, text

from geo.audit.records import record_audit
from geo.errors import InvalidInput, NotFound
from geo.reports.keep import find_paper
from geo.settings import City

LONGEST_DAYS = 30
INSERT = text("""insert into report_link (region, report_id, language, token_hash, made_by, made_at,
    expires_at) values (:region, :report, :language, :hash, :who, now(), now() + :lasts) returning id""")
REVOKE = text("""update report_link set revoked_at = now(), revoked_by = :who
    where region = :region and id = :id and revoked_at is null returning report_id""")
OPEN = text("""update report_link set opened = opened + 1, opened_at = now()
    where token_hash = :hash and region = :region and revoked_at is null and expires_at > now()
    returning id, report_id, language""")
LIST = text("""select id, report_id, language, made_by, made_at, expires_at, opened from report_link
    where region = :region and revoked_at is null and expires_at > now()
        and (cast(:report as bigint) is null or report_id = :report) order by id""")


@dataclass(frozen=True)
class SharedLink:
    """One that is still open."""

    id: int
    report_id: int
    language: str
    made_by: str
    made_at: datetime
    expires_at: datetime
    opened: int


def share(connection: Connection, city: City, who: str, report: int, language: str, days: int) -> str:
    """A token that opens that paper for `days`. Raises `NotFound` ("report.no_paper"), `InvalidInput`
    ("report.days")."""
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("report.days", days=days, most=LONGEST_DAYS)
    find_paper(connection, city.region, report, language)
    token = secrets.token_urlsafe(32)
    link = connection.execute(
        INSERT,
        {
            "region": city.region,
            "report": report,
            "language": language,
            "hash": hash_of(token),
            "who": who,
            "lasts": timedelta(days=days),
        },
    ).scalar_one()
    record_audit(connection, who, "report.shared", number=report, link=link, days=days)
    return token


def revoke(connection: Connection, city: City, who: str, link: int) -> None:
    """Raises `NotFound` ("report.link")."""
    bound = {"region": city.region, "id": link, "who": who}
    report = connection.execute(REVOKE, bound).scalar_one_or_none()
    if report is None:
        raise NotFound("report.link")
    record_audit(connection, who, "report.unshared", number=report, link=link)


def open_shared(connection: Connection, city: City, token: str) -> tuple[int, str]:
    """The report and the language of a link's paper. Raises `NotFound` ("report.link") for one that is
    unknown, over or revoked: which of them is nobody's business."""
    row = connection.execute(OPEN, {"hash": hash_of(token), "region": city.region}).one_or_none()
    if row is None:
        raise NotFound("report.link")
    record_audit(connection, f"link:{row.id}", "report.opened", number=row.report_id, link=row.id)
    return row.report_id, row.language


def open_links(connection: Connection, region: str, report: int | None = None) -> Sequence[SharedLink]:
    """The oldest first; of one report, or of all."""
    rows = connection.execute(LIST, {"region": region, "report": report}).mappings()
    return [SharedLink(**row) for row in rows]


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()
