"""Tells the people that escalation names, by mail and webhook, what the outbox holds
(`geo.escalation.outbox`).

Mail goes by `dashboard.mail`, a webhook by `dashboard.signed_post`.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.message import EmailMessage

import httpx

from dashboard.formats import clock
from dashboard.mail import FAILURES as MAIL_FAILURES
from dashboard.mail import begin, send
from dashboard.signed_post import post_signed
from dashboard.words import word
from geo.database import Engine
from geo.escalation import outbox
from geo.escalation.outbox import WaitingNotice
from geo.incidents.model import PRIORITIES
from geo.settings import City

log = logging.getLogger(__name__)

FAILURES = (*MAIL_FAILURES, httpx.HTTPError)
"""Errors of a server that cannot be reached or refuses, and of an address that is none."""


def deliver(engine: Engine, city: City) -> int:
    """Send what is due; how many were sent. One that fails waits, and the others go on."""
    sent = 0
    for notice in outbox.take(engine, city.region, datetime.now(UTC)):
        try:
            (mail if notice.channel == "mail" else post)(city, notice)
        except FAILURES as error:
            reason = f"{type(error).__name__}: {error}"
            again = outbox.put_off(engine, city.region, notice, datetime.now(UTC), reason)
            log.warning(
                "notice %s of incident %s to %s failed (%s)%s",
                notice.id,
                notice.incident_id,
                notice.address,
                reason,
                "; it is tried again" if again else ": given up",
            )
        else:
            outbox.tick_off(engine, city.region, notice, datetime.now(UTC))
            sent += 1
    return sent


def mail(city: City, notice: WaitingNotice) -> None:
    """Raises as `dashboard.mail.send`."""
    send(compose(city, notice))


def compose(city: City, notice: WaitingNotice) -> EmailMessage:
    """The mail in the first language of the city. Its Message-ID is the notice's: a second copy is known as
    one."""
    lang, about = city.languages[0], notice.about
    level = word(f"duty.escalation.{notice.level}", lang)
    title = about["title"] or about["category"] or about["number"]
    now = datetime.now(UTC)
    due = clock(datetime.fromtimestamp(about["due"], UTC), city.time_zone, now) if about["due"] else "–"
    subject = word("notice.subject", lang, level=level, title=title)
    name = f"escalation-{city.region}-{notice.id}"
    message = begin(lang, notice.address, subject, notice.escalated_at, name)
    message.set_content(
        word(
            "notice.body",
            lang,
            level=level,
            title=title,
            number=about["number"],
            address=about["address"] or "–",
            priority=word(f"duty.priority.{PRIORITIES[about['priority']]}", lang),
            opened=clock(datetime.fromtimestamp(about["opened"], UTC), city.time_zone, now),
            due=due,
            incident=notice.incident_id,
        ).replace(" | ", "\n")
    )
    return message


def post(city: City, notice: WaitingNotice) -> None:
    """Raises what `post_signed` raises."""
    body = {
        "event": "incident.escalated",
        "id": notice.id,
        "city": city.key,
        "incident": notice.incident_id,
        "step": notice.step,
        "level": notice.level,
        "at": notice.escalated_at.isoformat(),
        **notice.about,
    }
    post_signed(notice.address, f"{city.region}-{notice.id}", body)
