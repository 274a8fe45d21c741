"""Public alerts after CAP 1.2: `GET /api/cap/v1/alerts.atom`, the index, and
`/api/cap/v1/alerts/<identifier>.xml`, a message. Open to all: a person has
declared each of them public (`geo.exchange.alerts`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from fastapi import APIRouter, Request, Response

from dashboard.api.open311.access import admit_stranger
from dashboard.open311_form import NOT_IN_XML
from dashboard.request_context import current
from dashboard.words import word
from geo.exchange.alerts import sender, stamp
from geo.settings import City
from layers.executors import PROGRAMS
from layers.public_alerts import list_alerts, read_alert

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
ATOM = "http://www.w3.org/2005/Atom"
LANGUAGES = {"kk": "kk-KZ", "ru": "ru-KZ", "en": "en-GB"}
CATEGORIES = {"service": "Infra", "police": "Security", "offence": "Security", "emergency": "Rescue"}
RESPONSES = {"Cancel": "AllClear"}
SECONDS = 30
"""So long a reader may keep what it was given."""

router = APIRouter(prefix="/api/cap/v1", include_in_schema=False)


@router.get("/alerts.atom")
async def send_index(request: Request) -> Response:
    await admit_stranger(request, "xml")
    context = current()
    city, now = context.settings.city, datetime.now(UTC)
    rows = await context.run(PROGRAMS, list_alerts, context.servers.engine, city, now)
    origin = request.state.origin
    root = index(city, rows, f"{origin.scheme}://{origin.host}/api/cap/v1", context.language, now)
    return _respond(root, "application/atom+xml")


@router.get("/alerts/{identifier}.xml")
async def send_alert(request: Request, identifier: str) -> Response:
    await admit_stranger(request, "xml")
    context = current()
    city = context.settings.city
    row = await context.run(PROGRAMS, read_alert, context.servers.engine, city, identifier)
    return _respond(document(city, row), "application/cap+xml")


def index(city: City, rows: list[dict[str, Any]], base: str, lang: str, now: datetime) -> ElementTree.Element:
    """In one language; the messages themselves hold all of them. Its id is the same under whatever name it is
    asked for."""
    feed = ElementTree.Element("feed", {"xmlns": ATOM})
    updated = max((row["sent_at"] for row in rows), default=now)
    _add(feed, "id", f"urn:ikomek:alerts:{city.region}")
    _add(feed, "title", word("alert.feed", lang, city=city.names[lang]))
    _add(feed, "updated", stamp(city, updated))
    _add(_add(feed, "author"), "name", sender(city))
    ElementTree.SubElement(feed, "link", {"rel": "self", "href": f"{base}/alerts.atom"})
    for row in rows:
        entry = _add(feed, "entry")
        address = f"{base}/alerts/{row['identifier']}.xml"
        _add(entry, "id", f"urn:ikomek:{row['identifier']}")
        _add(entry, "title", row["texts"][lang]["headline"])
        _add(entry, "updated", stamp(city, row["sent_at"]))
        _add(entry, "summary", row["texts"][lang]["description"])
        link = {"rel": "alternate", "type": "application/cap+xml", "href": address}
        ElementTree.SubElement(entry, "link", link)
    return feed


def document(city: City, row: Mapping[str, Any]) -> ElementTree.Element:
    """One message, with a block for each language of the city."""
    alert = ElementTree.Element("alert", {"xmlns": CAP})
    about = {
        "identifier": row["identifier"],
        "sender": sender(city),
        "sent": stamp(city, row["sent_at"]),
        "status": "Actual",
        "msgType": row["message"],
        "scope": "Public",
        "references": row["refers_to"],
    }
    for name, value in about.items():
        if value is not None:
            _add(alert, name, value)
    for lang in city.languages:
        _block(_add(alert, "info"), city, row, lang)
    return alert


def _block(info: ElementTree.Element, city: City, row: Mapping[str, Any], lang: str) -> None:
    texts, area = row["texts"][lang], row["area"]
    parts = {
        "language": LANGUAGES[lang],
        "category": CATEGORIES[row["kind"]],
        "event": row[f"name_{lang}"] or word(f"duty.kind.{row['kind']}", lang),
        "responseType": RESPONSES.get(row["message"]),
        "urgency": "Past" if row["message"] == "Cancel" else row["urgency"],
        "severity": row["severity"],
        "certainty": row["certainty"],
        "expires": stamp(city, row["expires_at"]),
        "senderName": word("program.contact", lang),
        "headline": texts["headline"],
        "description": texts["description"],
        "instruction": texts.get("instruction") or None,
    }
    for name, value in parts.items():
        if value is not None:
            _add(info, name, value)
    shape = _add(info, "area")
    _add(shape, "areaDesc", area["names"][lang])
    if polygon := area.get("polygon"):
        _add(shape, "polygon", " ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in polygon))
    else:
        lon, lat, metres = area["circle"]
        _add(shape, "circle", f"{lat:.6f},{lon:.6f} {metres / 1000:.3f}")


def _add(parent: ElementTree.Element, name: str, value: str | None = None) -> ElementTree.Element:
    element = ElementTree.SubElement(parent, name)
    if value is not None:
        element.text = NOT_IN_XML.sub("", value)
    return element


def _respond(root: ElementTree.Element, media_type: str) -> Response:
    body = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(body, media_type=media_type, headers={"Cache-Control": f"public, max-age={SECONDS}"})
