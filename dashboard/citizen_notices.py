"""Sends citizens what they are told by the gateway of their channel (`geo.desk.gateways`): a POST of JSON
with the sentence in each language, signed and named as a webhook of escalation is
(`dashboard.signed_post`)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import httpx

from dashboard.citizen_texts import citizen_text
from dashboard.signed_post import post_signed
from geo.database import Engine
from geo.desk.gateways import current_gateways
from geo.desk.messages import OUTBOX, CitizenMessage, queue_messages, take_messages
from geo.settings import City

log = logging.getLogger(__name__)

FAILURES = (httpx.HTTPError, ValueError)
"""A gateway that cannot be reached or refuses, or an address that is none."""


def queue(engine: Engine, city: City) -> int:
    """`engine`: an editor's. Raises `InvalidInput` where the file of gateways is wrong."""
    return queue_messages(engine, city, current_gateways(), datetime.now(UTC))


def deliver(engine: Engine, city: City) -> int:
    """Send what is due; how many were sent. One that fails waits, and the others go on."""
    sent = 0
    for message in take_messages(engine, city, datetime.now(UTC)):
        try:
            post(city, message)
        except FAILURES as error:
            reason = f"{type(error).__name__}: {error}"
            again = OUTBOX.put_off(engine, city.region, message.id, message.tries, datetime.now(UTC), reason)
            log.warning(
                "message %s to the gateway of %s failed (%s)%s",
                message.id,
                message.channel,
                reason,
                "; it is tried again" if again else ": given up",
            )
        else:
            OUTBOX.tick_off(engine, city.region, message.id, datetime.now(UTC))
            sent += 1
    return sent


def post(city: City, message: CitizenMessage) -> None:
    """Raises what `post_signed` raises."""
    texts = {
        lang: citizen_text(message.message, message.about, lang, city.time_zone) for lang in city.languages
    }
    body = {
        "event": f"citizen.{message.message}",
        "id": message.id,
        "city": city.key,
        "channel": message.channel,
        "source": message.source,
        "inquiry": message.source_id,
        "number": message.about["number"],
        "at": message.happened_at.isoformat(),
        "texts": texts,
    }
    post_signed(message.address, f"{city.region}-citizen-{message.id}", body)
