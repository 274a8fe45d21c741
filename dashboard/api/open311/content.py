"""Rows of the database as the objects of GeoReport v2. Words are in the caller's language (Accept-Language);
`status` is "open" or "closed", as the standard has it, and `status_notes` says more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.formats import clock
from dashboard.words import word
from geo.exchange.intake import CHANNELS, DEFAULT_CHANNEL

Row = Mapping[str, Any]
CHANGED = "2026-11-30T00:00:00Z"
"""When the interface last changed."""


def discovery(base: str, city: str, contact: str) -> dict[str, Any]:
    """`base`: scheme, host and port as the caller wrote them."""
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2",
        "url": f"{base}/api/open311/v2",
        "changeset": CHANGED,
        "type": "production",
        "formats": ["text/xml", "application/json"],
    }
    return {
        "changeset": CHANGED,
        "jurisdiction_id": city,
        "contact": contact,
        "key_service": contact,
        "endpoints": [endpoint],
    }


def service(row: Row) -> dict[str, Any]:
    return {
        "service_code": row["code"],
        "service_name": row["name"],
        "description": _period(row),
        "metadata": True,
        "type": "realtime",
        "keywords": word(f"duty.kind.{row['kind']}"),
        "group": row["group_name"],
    }


def definition(code: str) -> dict[str, Any]:
    """What may be said of a request beside the standard's own fields."""
    channels = [{"key": key, "name": word(f"duty.channel.{key}")} for key in CHANNELS]
    return {
        "service_code": code,
        "attributes": [
            _attribute("channel", "singlevaluelist", 1, default=DEFAULT_CHANNEL) | {"values": channels},
            _attribute("landmark", "string", 2),
        ],
    }


def request(row: Row, base: str) -> dict[str, Any]:
    picture = row["picture"] and f"{base}/api/open311/v2/requests/{row['id']}/media/{row['picture']}.jpg"
    closed = row["status"] == "closed"
    return {
        "service_request_id": str(row["id"]),
        "status": "closed" if closed else "open",
        "status_notes": _notes(row["status"], row["outcome"], row["paused"]),
        "service_name": row["service"] or word(f"duty.kind.{row['kind']}"),
        "service_code": row["code"],
        "description": row["title"],
        "agency_responsible": row["agency"],
        "service_notice": None,
        "requested_datetime": row["opened_at"],
        "updated_datetime": row["updated_at"],
        "expected_datetime": row["due_at"],
        "closed_datetime": row["closed_at"] if closed else None,
        "address": row["address"],
        "address_id": None,
        "zipcode": None,
        "lat": _degrees(row["lat"]),
        "long": _degrees(row["lon"]),
        "media_url": picture or None,
    }


def update(row: Row, zone: ZoneInfo) -> dict[str, Any]:
    status = row["to_value"] if row["what"] == "status" else None
    if row["what"] == "due_at":
        due = datetime.fromisoformat(row["to_value"]) if row["to_value"] else None
        words = word("program.due", due=clock(due, zone, datetime.now(UTC)) if due else "–")
    else:
        words = _notes(status or "open", row["outcome"], paused=False)
    return {
        "update_id": str(row["id"]),
        "service_request_id": str(row["incident_id"]),
        "status": "closed" if status == "closed" else "open",
        "updated_datetime": row["recorded_at"],
        "description": words,
    }


def _notes(status: str, outcome: str | None, paused: bool) -> str:
    if status == "closed" and outcome:
        return word(f"duty.outcome.{outcome}")
    return word("program.paused") if paused else word(f"duty.status.{status}")


def _period(row: Row) -> str | None:
    if row["due_hours"] is None:
        return None
    hours = float(row["due_hours"])
    return word(f"program.period.{row['calendar']}", n=hours)


def _attribute(code: str, datatype: str, order: int, default: str | None = None) -> dict[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": datatype,
        "required": False,
        "datatype_description": default and word("program.default", value=default),
        "order": order,
        "description": word(f"program.attribute.{code}"),
    }


def _degrees(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
