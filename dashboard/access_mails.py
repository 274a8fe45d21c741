"""Tells people by mail of suspicious sign-ins and of changes of their access (`geo.accounts.notices`), in
their own language."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.message import EmailMessage

from dashboard.formats import listed, moment
from dashboard.mail import FAILURES, begin, send
from dashboard.words import word
from geo.database import Engine
from geo.settings import City
from geo.work.access_mails import OUTBOX, WaitingAccessMail, take

log = logging.getLogger(__name__)


def deliver(engine: Engine, city: City) -> int:
    """Send what is due; how many were sent. No address is logged."""
    sent = 0
    for notice in take(engine, city.region, datetime.now(UTC)):
        try:
            send(compose(city, notice))
        except FAILURES as error:
            reason = type(error).__name__
            again = OUTBOX.put_off(engine, city.region, notice.id, notice.tries, datetime.now(UTC), reason)
            log.warning("notice %s of access failed (%s)%s", notice.id, reason, "" if again else ": given up")
        else:
            OUTBOX.tick_off(engine, city.region, notice.id, datetime.now(UTC))
            sent += 1
    return sent


def compose(city: City, notice: WaitingAccessMail) -> EmailMessage:
    lang = notice.language if notice.language in city.languages else city.languages[0]
    what = word(f"access.notice.{notice.what}", lang)
    subject = word("access.mail.subject", lang, what=what)
    message = begin(lang, notice.address, subject, notice.at, f"access-{notice.id}-{notice.at:%s}")
    at = moment(notice.at, city.time_zone, datetime.now(UTC))
    message.set_content(
        word(
            "access.mail.body", lang, what=listed(what, whence_words(notice.parameters, lang), by=": "), at=at
        ).replace(" | ", "\n")
    )
    return message


def whence_words(parameters: dict[str, str], lang: str | None = None) -> str | None:
    """The kind of browser and of address that a notice names; none where it names neither."""
    network = parameters.get("network")
    words = listed(parameters.get("browser"), word(f"account.network.{network}", lang) if network else None)
    return words or None
