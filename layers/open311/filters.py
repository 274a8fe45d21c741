"""The filter of a list of requests: what the standard names (service_request_id, service_code, start_date,
end_date, status) and what others have added to it (page, page_size, bbox, lat with long and radius,
updated_after, updated_before), checked, and as a condition over a row `i` of `incident`.

Times are ISO 8601; one without an offset is UTC, as the standard's "Z" is. Points are EPSG:4326.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from geo.errors import InvalidInput
from geo.ranges import YEARS, decimal, moment_in, whole
from geo.storable import UNSTORABLE

LONGEST = timedelta(days=90)
"""The longest span of a list by the standard, and the one that ends now where no date is given."""
MOST_IDS = 50
DEFAULT_PAGE, MOST_A_PAGE, LAST_PAGE = 100, 1000, 1000
MOST_RADIUS_M = 20_000
STATUSES = ("open", "closed")
BOX = "i.point_3857 && st_transform(st_makeenvelope(:west, :south, :east, :north, 4326), 3857)"


@dataclass(frozen=True)
class RequestFilter:
    """`where` is the condition with its values in `bound`; `page` counts from 1."""

    where: str
    bound: Mapping[str, Any]
    page: int
    page_size: int


def read_filter(query: Mapping[str, str], now: datetime) -> RequestFilter:
    """Raises `InvalidInput` ("open311.parameter") that names the parameter and what it may be."""
    page = _number(query, "page", 1, LAST_PAGE, 1)
    size = _number(query, "page_size", 1, MOST_A_PAGE, DEFAULT_PAGE)
    conditions, bound = ["i.vanished_at is null"], dict[str, Any]()
    if ids := _ids(query):
        conditions.append("i.id = any(:ids)")
        bound["ids"] = ids
    else:
        begins, ends = _span(query, now)
        conditions.append("i.opened_at >= :begins and i.opened_at <= :ends")
        bound |= {"begins": begins, "ends": ends}
        _of_service(query, conditions, bound)
        _of_status(query, conditions)
        _of_changes(query, conditions, bound)
        _of_box(query, conditions, bound)
        _of_circle(query, conditions, bound)
    return RequestFilter(" and ".join(conditions), bound, page, size)


def read_moment(query: Mapping[str, str], name: str) -> datetime | None:
    """A time of the query, none where it is not given."""
    given = query.get(name, "").strip()
    if not given:
        return None
    moment = moment_in(given.replace(" ", "+"))  # an unescaped + of an offset comes so
    if moment is None:
        raise refused(name, given, "2026-11-29T18:00:00Z")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def refused(name: str, given: str, example: str) -> InvalidInput:
    return InvalidInput("open311.parameter", name=name, given=given[:80], example=example)


def _span(query: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    begins, ends = read_moment(query, "start_date"), read_moment(query, "end_date")
    if begins is None and ends is None and "updated_after" in query:
        return now - timedelta(days=36_500), now
    if ends is None:
        ends = now if begins is None else max(begins, min(begins + LONGEST, now))
    if begins is None:
        begins = ends - LONGEST
    if begins > ends:
        raise refused("start_date", begins.isoformat(), f"< {ends.isoformat()}")
    return begins, ends


def _ids(query: Mapping[str, str]) -> list[int]:
    given = query.get("service_request_id", "").strip()
    parts = [part.strip() for part in given.split(",") if part.strip()]
    numbers = [number for part in parts if (number := whole(part)) is not None]
    if len(parts) > MOST_IDS or len(numbers) < len(parts):
        raise refused("service_request_id", given, "812,813")
    return numbers


def _of_service(query: Mapping[str, str], conditions: list[str], bound: dict[str, Any]) -> None:
    if given := query.get("service_code", "").strip():
        conditions.append("i.category_id in (select id from category where key = any(:services))")
        codes = UNSTORABLE.sub("", given).split(",")
        bound["services"] = [code.strip() for code in codes][:MOST_A_PAGE]


def _of_status(query: Mapping[str, str], conditions: list[str]) -> None:
    given = query.get("status", "").strip().lower()
    named = {part.strip() for part in given.split(",") if part.strip()}
    if named - set(STATUSES):
        raise refused("status", given, "open,closed")
    if named == {"open"}:
        conditions.append("i.status <> 'closed'")
    elif named == {"closed"}:
        conditions.append("i.status = 'closed'")


def _of_changes(query: Mapping[str, str], conditions: list[str], bound: dict[str, Any]) -> None:
    """By the months of the events, which are few, rather than by each incident's own."""
    after, before = read_moment(query, "updated_after"), read_moment(query, "updated_before")
    if after is None and before is None:
        return
    conditions.append("""i.id in (select e.incident_id from incident_event e where e.region = :region
        and e.recorded_at >= :updated_after and e.recorded_at < :updated_before)""")
    before = before or datetime(YEARS[1], 1, 1, tzinfo=UTC)
    bound |= {"updated_after": after or before - LONGEST, "updated_before": before}


def _of_box(query: Mapping[str, str], conditions: list[str], bound: dict[str, Any]) -> None:
    given = query.get("bbox", "").strip()
    if not given:
        return
    corners = [decimal(part) for part in given.split(",")]
    if len(corners) != 4 or None in corners:
        raise refused("bbox", given, "24.90,60.10,25.10,60.20")
    west, south, east, north = (float(corner or 0) for corner in corners)
    if not (-180 <= west < east <= 180 and -85 <= south < north <= 85):
        raise refused("bbox", given, "24.90,60.10,25.10,60.20")
    conditions.append(BOX)
    bound |= {"west": west, "south": south, "east": east, "north": north}


def _of_circle(query: Mapping[str, str], conditions: list[str], bound: dict[str, Any]) -> None:
    """`lat`, `long` and `radius` in metres go together. Web Mercator's metres grow with the latitude: the box
    that the index knows is drawn larger, and the distance is measured on the sphere."""
    given = {name: query[name] for name in ("lat", "long", "radius") if query.get(name, "").strip()}
    if not given:
        return
    lat, lon, radius = (decimal(given.get(name, "")) for name in ("lat", "long", "radius"))
    if lat is None or lon is None or radius is None:
        wrong = next(name for name in ("lat", "long", "radius") if decimal(given.get(name, "")) is None)
        raise refused(wrong, given.get(wrong, ""), "lat=60.17&long=24.94&radius=500")
    if not (-85 <= lat <= 85 and -180 <= lon <= 180 and 0 < radius <= MOST_RADIUS_M):
        raise refused("radius", f"{lat},{lon},{radius}", f"lat=60.17&long=24.94&radius=1-{MOST_RADIUS_M}")
    conditions.append("""i.point_3857 && st_expand(st_transform(st_point(:at_lon, :at_lat, 4326), 3857),
            :radius * 1.05 / cos(radians(:at_lat)))
        and st_distancesphere(i.point_4326, st_point(:at_lon, :at_lat, 4326)) <= :radius""")
    bound |= {"at_lon": lon, "at_lat": lat, "radius": radius}


def _number(query: Mapping[str, str], name: str, least: int, most: int, default: int) -> int:
    given = query.get(name, "").strip()
    if not given:
        return default
    if (number := whole(given, least, most)) is None:
        raise refused(name, given, f"{least}-{most}")
    return number
