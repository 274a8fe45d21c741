"""Reports kept with their papers, found and opened."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from geo.audit.records import record_audit
from geo.errors import NotFound
from geo.settings import City

MOST = 60
"""The most reports on one page of the list."""
INSERT = text("""insert into report (region, kind, first, last, schedule, made_at, made_by, body, digest)
    values (:region, :kind, :first, :last, :schedule, :made_at, :who, :body, :digest)
    on conflict (region, schedule, last) where schedule is not null do nothing returning id""")
PAPER = text("""insert into report_paper (region, report_id, language, pdf, digest)
    values (:region, :report, :language, :pdf, :digest)""")
COLUMNS = """r.id, r.kind, r.first, r.last, r.schedule, r.made_at, r.made_by, r.body, r.digest,
    (select array_agg(p.language order by p.language) from report_paper p
        where p.region = r.region and p.report_id = r.id) as languages"""
ONE = text(f"select {COLUMNS} from report r where r.region = :region and r.id = :id")
LIST = text(f"""select {COLUMNS} from report r where r.region = :region
    and (cast(:before as bigint) is null or r.id < :before) order by r.id desc limit :most""")
OPEN = text("""select pdf from report_paper where region = :region and report_id = :id
    and language = :language""")
IS_KEPT = text("""select exists (select from report where region = :region and schedule = :schedule
    and last = :last)""")


@dataclass(frozen=True)
class KeptReport:
    """A row of `model.CityReport`; `languages`: those in which its papers are kept."""

    id: int
    kind: str
    first: date
    last: date
    schedule: str | None
    made_at: datetime
    made_by: str
    body: str
    digest: str
    languages: tuple[str, ...]

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def is_intact(self) -> bool:
        """Its line is the one that was kept."""
        return sha256(self.body.encode()).hexdigest() == self.digest


def line_of(content: Mapping[str, Any]) -> str:
    """Canonical JSON."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def keep(
    connection: Connection,
    city: City,
    who: str,
    content: Mapping[str, Any],
    papers: Mapping[str, bytes],
    schedule: str | None = None,
) -> int | None:
    """Write it down with its papers (language -> PDF), and into the audit; its number, none where that entry
    of the schedule has one of that day already. `content` has kind, first, last and read_at (ISO 8601)."""
    body = line_of(content)
    digest = sha256(body.encode()).hexdigest()
    number = connection.execute(
        INSERT,
        {
            "region": city.region,
            "kind": content["kind"],
            "first": content["first"],
            "last": content["last"],
            "schedule": schedule,
            "made_at": content["read_at"],
            "who": who,
            "body": body,
            "digest": digest,
        },
    ).scalar_one_or_none()
    if number is None:
        return None
    for language, pdf in papers.items():
        connection.execute(
            PAPER,
            {
                "region": city.region,
                "report": number,
                "language": language,
                "pdf": pdf,
                "digest": sha256(pdf).hexdigest(),
            },
        )
    record_audit(connection, who, "report.kept", number=number, kind=content["kind"], digest=digest)
    return number


def is_kept(connection: Connection, region: str, schedule: str, last: date) -> bool:
    bound = {"region": region, "schedule": schedule, "last": last}
    return connection.execute(IS_KEPT, bound).scalar_one()


def kept_reports(connection: Connection, region: str, before: int | None = None) -> Sequence[KeptReport]:
    """The newest first; `before`: older than that one."""
    rows = connection.execute(LIST, {"region": region, "before": before, "most": MOST}).mappings()
    return [_report(row) for row in rows]


def find_report(connection: Connection, region: str, number: int) -> KeptReport:
    """Raises `NotFound` ("report.unknown")."""
    row = connection.execute(ONE, {"region": region, "id": number}).mappings().one_or_none()
    if row is None:
        raise NotFound("report.unknown", number=number)
    return _report(row)


def find_paper(connection: Connection, region: str, number: int, language: str) -> bytes:
    """Raises `NotFound` ("report.no_paper")."""
    bound = {"region": region, "id": number, "language": language}
    pdf = connection.execute(OPEN, bound).scalar_one_or_none()
    if pdf is None:
        raise NotFound("report.no_paper", number=number, language=language[:20])
    return bytes(pdf)


def _report(row: RowMapping) -> KeptReport:
    return KeptReport(**{**row, "languages": tuple(row["languages"] or ())})
