"""Reports by themselves: what is due is counted, printed in each language, kept, and sent by mail."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from dashboard import mail
from dashboard.paper.report import file_name, period_words, report_pdf, summary, title
from dashboard.paper.shift import shift_report_pdf
from dashboard.wording.shift import ShownShift
from dashboard.words import language, word
from geo.database import Engine, connected_engine, transact
from geo.errors import IkomekError
from geo.reports import keep, mails, schedule
from geo.reports.mails import WaitingMail
from geo.reports.schedule import ScheduledReport
from geo.settings import City, Settings
from geo.shifts.post import DutyPost
from layers.reading import snapshot
from layers.shifts import read_handover, read_kept
from layers.statistics.report import read_report

log = logging.getLogger(__name__)

TIMEOUT_S = 600
"""A month of rows is counted one by one."""
WRONG_FILE_PAUSE = timedelta(minutes=10)
"""The pause until a file of the schedule that cannot be read is looked at again."""
WHO = "schedule"


@dataclass(frozen=True)
class MadeReport:
    """`papers`: language -> PDF."""

    content: dict[str, Any]
    papers: dict[str, bytes]


def make(
    reader: Engine, city: City, kind: str, first: date, last: date, languages: Sequence[str] = ()
) -> MadeReport | None:
    """A report on the city's days `first` to `last`; none = no shift was handed over yet. `languages` empty =
    every language of the city."""
    if kind == "shift":
        return _make_shift(reader, city, languages or city.languages)
    with snapshot(reader, TIMEOUT_S) as connection:
        content = read_report(connection, city, kind, first, last)
    return MadeReport(content, papers_of(content, languages or city.languages))


def papers_of(content: Mapping[str, Any], languages: Sequence[str]) -> dict[str, bytes]:
    """Language -> PDF, the same bytes of the same content."""
    papers = {}
    for lang in languages:
        with _speaking(lang):
            papers[lang] = report_pdf(content)
    return papers


def next_due(settings: Settings, after: datetime) -> datetime | None:
    """When the next one is due. Of a file that is wrong the job itself tells, when it is looked at again."""
    try:
        return schedule.next_due(settings.city, schedule.read_schedule(settings.city), after)
    except IkomekError:
        return after + WRONG_FILE_PAUSE


def make_due(settings: Settings) -> None:
    """Makes the reports that were due last by each entry of the schedule and are not kept yet. Raises
    `InvalidInput` ("report.schedule", "report.file")."""
    entries, now = schedule.read_schedule(settings.city), datetime.now(UTC)
    with connected_engine(settings, "reader") as reader, connected_engine(settings, "editor") as writer:
        for entry in entries:
            make_one(reader, writer, settings.city, entry, now)


def make_one(reader: Engine, writer: Engine, city: City, entry: ScheduledReport, now: datetime) -> int | None:
    """Its number; none = it is kept already, or there is nothing to report."""
    day = entry.latest(city, now).astimezone(city.time_zone).date()
    first, last = schedule.days_of(entry.kind, day)
    with reader.connect() as connection:
        if entry.kind != "shift" and keep.is_kept(connection, city.region, entry.key, last):
            return None
    made = make(reader, city, entry.kind, first, last, entry.languages)
    if made is None:
        return None
    number = store(writer, city, WHO, made, entry.key, entry.mail)
    if number is not None:
        log.info("report %s (%s of %s) is kept", number, entry.kind, made.content["last"])
    return number


def store(
    writer: Engine,
    city: City,
    who: str,
    made: MadeReport,
    key: str | None = None,
    addresses: Sequence[str] = (),
) -> int | None:
    """Keep it and queue its mails in one transaction; none = that entry (`key`) has one of that day."""

    def work(connection: Any) -> int | None:
        number = keep.keep(connection, city, who, made.content, made.papers, key)
        if number is not None:
            mails.queue(connection, city.region, number, addresses, list(made.papers))
        return number

    return transact(writer, work)


def deliver(engine: Engine, city: City) -> int:
    """Send what is due; how many were sent. One that fails waits, and the others go on."""
    sent = 0
    for waiting in mails.take(engine, city.region, datetime.now(UTC)):
        try:
            mail.send(compose(city, waiting))
        except mail.FAILURES as error:
            reason = f"{type(error).__name__}: {error}"
            again = mails.put_off(engine, city.region, waiting, datetime.now(UTC), reason)
            then = "; it is tried again" if again else ": given up"
            log.warning("report %s to %s failed (%s)%s", waiting.report.id, waiting.address, reason, then)
        else:
            mails.tick_off(engine, city.region, waiting, datetime.now(UTC))
            sent += 1
    return sent


def compose(city: City, waiting: WaitingMail) -> EmailMessage:
    """Its text in the languages of its papers, which are attached."""
    content, langs = waiting.report.content, list(waiting.papers)
    texts, subject = [], ""
    for lang in langs:
        with _speaking(lang):
            heading = word("report.mail.subject", title=title(content), period=period_words(content))
            subject = subject or heading
            lines = [] if content["kind"] == "shift" else summary(content)
            texts.append("\n".join([heading, *lines]))
    name = f"report-{city.region}-{waiting.id}"
    message = mail.begin(langs[0], waiting.address, subject, waiting.report.made_at, name)
    message.set_content("\n\n".join(texts))
    for lang, pdf in waiting.papers.items():
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=file_name(content, lang))
    return message


def _make_shift(reader: Engine, city: City, languages: Sequence[str]) -> MadeReport | None:
    whole = DutyPost(None, None)
    newest = read_kept(reader, city, whole)
    if not newest:
        return None
    one = read_handover(reader, city, whole, newest[0].id)
    at = one.left_at.astimezone(city.time_zone)
    content = {
        "kind": "shift",
        "first": one.begins_at.astimezone(city.time_zone).date().isoformat(),
        "last": at.date().isoformat(),
        "read_at": at.isoformat(timespec="seconds"),
        "handover": one.id,
        "digest": one.digest,
    }
    papers = {}
    for lang in languages:
        with _speaking(lang):
            papers[lang] = shift_report_pdf(one, ShownShift(one.contents, lang, city.time_zone), at)
    return MadeReport(content, papers)


@contextmanager
def _speaking(lang: str) -> Iterator[None]:
    token = language.set(lang)
    try:
        yield
    finally:
        language.reset(token)
