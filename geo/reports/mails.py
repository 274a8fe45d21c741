"""Reports that wait to be sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, text

from geo.reports.keep import KeptReport, find_paper, find_report
from geo.work.outbox import Outbox

OUTBOX = Outbox("report_mail", ("report_id", "address", "languages"))
ADD = text("""insert into report_mail (region, report_id, address, languages, next_at)
    values (:region, :report, :address, :languages, now())""")


@dataclass(frozen=True)
class WaitingMail:
    """`papers`: language -> the PDF. `tries`: with this one."""

    id: int
    address: str
    report: KeptReport
    papers: Mapping[str, bytes]
    tries: int


def queue(
    connection: Connection, region: str, report: int, addresses: Sequence[str], languages: Sequence[str]
) -> None:
    """Queues the mails of a report, in the transaction that keeps it."""
    for address in addresses:
        connection.execute(
            ADD, {"region": region, "report": report, "address": address, "languages": list(languages)}
        )


def take(engine: Engine, region: str, now: datetime) -> list[WaitingMail]:
    """Those that are due, a few at a time: each holds its papers."""
    rows = OUTBOX.take(engine, region, now, most=5)
    with engine.connect() as connection:
        return [
            WaitingMail(
                row["id"],
                row["address"],
                find_report(connection, region, row["report_id"]),
                {
                    language: find_paper(connection, region, row["report_id"], language)
                    for language in row["languages"]
                },
                row["tries"],
            )
            for row in rows
        ]


def tick_off(engine: Engine, region: str, mail: WaitingMail, now: datetime) -> None:
    OUTBOX.tick_off(engine, region, mail.id, now)


def put_off(engine: Engine, region: str, mail: WaitingMail, now: datetime, error: str) -> bool:
    return OUTBOX.put_off(engine, region, mail.id, mail.tries, now, error)
