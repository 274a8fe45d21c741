"""The audit as the page /audit and `./ikomek audit export` read it: a filter, its rows, who stands behind
them, a file, and how the chain stands.

`engine` is the web role's or the auditor's: the reader may not look into the audit. Times of a filter are
by the city's clock.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, RowMapping, text

from geo.audit.acts import ACTS, KINDS, codes_of
from geo.audit.chain import epoch_of, last_link
from geo.audit.heads import ChainStatement, last_head
from geo.errors import InvalidInput
from geo.ranges import day_in, moment_in
from geo.storable import UNSTORABLE
from layers.reading import snapshot
from layers.spreadsheets import harmless

TIMEOUT_S = 600
LONGEST = 200
COUNTED = 100_000
LOCAL = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})(?: ([0-9]{2}:[0-9]{2}))?")
TEXTS = ("who", "page", "origin", "request")
NAMES = frozenset({*TEXTS, "kind", "act", "from", "to"})
SEEN_AND_CHANGED = ("look", "export", "write", "account", "setting", "wall")
"""Kinds that answer what a login saw and changed."""


@dataclass(frozen=True)
class AuditFilter:
    """None and () ask for nothing. `page`: the beginning of a path. `since` is included, `until` is not."""

    who: str | None = None
    kinds: tuple[str, ...] = ()
    act: str | None = None
    page: str | None = None
    origin: str | None = None
    request: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def parse(cls, query: Mapping[str, str], zone: ZoneInfo) -> AuditFilter:
        """`from` and `to`: "2026-11-29" or "29.11.2026" (a day; both days are included), "2026-11-29T08:30"
        or "29.11.2026 08:30". Raises `InvalidInput` ("filter.unknown", "filter.value")."""
        given = {name: value.strip() for name, value in query.items() if value and value.strip()}
        unknown = sorted(set(given) - NAMES)
        if unknown:
            raise InvalidInput("filter.unknown", filter=unknown[0][:40], allowed=", ".join(sorted(NAMES)))
        for name, value in given.items():
            if len(value) > LONGEST or UNSTORABLE.search(value):
                raise InvalidInput("filter.value", filter=name, value=value[:40])
        kinds = tuple(given["kind"].split(",")) if "kind" in given else ()
        for name, values, known in (("kind", kinds, KINDS), ("act", (given.get("act"),), (None, *ACTS))):
            if wrong := [value for value in values if value not in known]:
                raise InvalidInput("filter.value", filter=name, value=str(wrong[0])[:40])
        return cls(
            *(given.get("who"), kinds, given.get("act"), given.get("page")),
            *(given.get("origin"), given.get("request")),
            _moment(given, "from", zone),
            _moment(given, "to", zone),
        )

    def as_query(self, zone: ZoneInfo) -> dict[str, str]:
        """The shortest address that parses to this filter."""
        query = {
            "who": self.who,
            "kind": ",".join(self.kinds),
            "act": self.act,
            "page": self.page,
            "origin": self.origin,
            "request": self.request,
            "from": self.since and self.since.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
            "to": self.until and self.until.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        }
        return {name: value for name, value in query.items() if value}

    def where(self) -> tuple[str, dict[str, Any]]:
        """A condition on `audit a`, and its values."""
        terms: list[str] = ["true"]
        values: dict[str, Any] = {}
        for column, value in (("who", self.who), ("origin", self.origin), ("request_id", self.request)):
            if value is not None:
                terms.append(f"a.{column} = :{column}")
                values[column] = value
        codes = [self.act] if self.act else [code for kind in self.kinds for code in codes_of(kind)]
        if codes:
            terms.append("a.what = any(:codes)")
            values["codes"] = codes
        if self.page is not None:
            terms.append("starts_with(a.page, :page)")
            values["page"] = self.page
        for name, sign, moment in (("since", ">=", self.since), ("until", "<", self.until)):
            if moment is not None:
                terms.append(f"a.at {sign} :{name}")
                values[name] = moment
        return " and ".join(terms), values


def _moment(given: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    value = given.get(name)
    if value is None:
        return None
    if local := LOCAL.fullmatch(value):
        dd, mm, yyyy, clock = local.groups()
        value = f"{yyyy}-{mm}-{dd}" + (f"T{clock}" if clock else "")
    if len(value) > 10 and (moment := moment_in(value)) is not None:
        return moment.replace(tzinfo=zone)
    if (day := day_in(value)) is None:
        raise InvalidInput("filter.value", filter=name, value=value[:40])
    return datetime.combine(day if name == "from" else day + timedelta(days=1), time(), zone)


ROWS = """select a.id, a.at, a.who, a.caller_type, a.origin, a.page, a.request_id, a.what, a.parameters,
    a.written_by, s.position, encode(s.hash, 'hex') as hash
    from audit a left join audit_seal s on s.audit_id = a.id"""
LOGINS = """select a.who, a.caller_type, a.origin, count(*) as acts,
    count(*) filter (where a.what = 'refused') as refused, min(a.at) as first_at, max(a.at) as last_at
    from audit a where {where} group by a.who, a.caller_type, a.origin
    order by acts desc, a.who limit :most"""


def rows(engine: Engine, wanted: AuditFilter, most: int, before: int | None = None) -> list[dict]:
    """The newest first; `before`: those older than this id. `position` none = not sealed yet."""
    where, values = wanted.where()
    statement = f"""{ROWS} where {where} and (cast(:before as bigint) is null or a.id < :before)
        order by a.id desc limit :most"""
    with snapshot(engine) as connection:
        found = connection.execute(text(statement), values | {"before": before, "most": most})
        return [dict(row) for row in found.mappings()]


def count(engine: Engine, wanted: AuditFilter) -> int:
    """The number of rows, at most `COUNTED` + 1, which says that there are more."""
    where, values = wanted.where()
    statement = f"select count(*) from (select from audit a where {where} limit :most) as counted"
    with snapshot(engine) as connection:
        return connection.execute(text(statement), values | {"most": COUNTED + 1}).scalar_one()


def logins(engine: Engine, wanted: AuditFilter, most: int = 200) -> list[dict]:
    """Who stands behind the rows, and from where: who, caller_type, origin, acts, refused, first_at,
    last_at; most acts first."""
    where, values = wanted.where()
    with snapshot(engine) as connection:
        found = connection.execute(text(LOGINS.format(where=where)), values | {"most": most})
        return [dict(row) for row in found.mappings()]


CSV_COLUMNS = (
    *("id", "at", "who", "caller_type", "origin", "page", "request_id"),
    *("kind", "act", "parameters", "position", "hash", "written_by"),
)


def write_csv(engine: Engine, wanted: AuditFilter, path: Path, zone: ZoneInfo) -> int:
    """Every row of the filter, oldest first; returns how many. UTF-8 with a byte order mark, semicolons,
    times by the city's clock with their offset; a text that a spreadsheet would take for something else
    begins with an apostrophe. `position` and `hash` are those of the chain."""
    where, values = wanted.where()
    with snapshot(engine, TIMEOUT_S) as connection, path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(CSV_COLUMNS)
        found = connection.execution_options(yield_per=10_000).execute(
            text(f"{ROWS} where {where} order by a.id"), values
        )
        written = 0
        for row in found.mappings():
            table.writerow(map(_cell, _fields(row, zone)))
            written += 1
        return written


def _fields(row: RowMapping, zone: ZoneInfo) -> list[object]:
    return [
        *(row["id"], row["at"].astimezone(zone).isoformat(timespec="milliseconds"), row["who"]),
        *(row["caller_type"], row["origin"], row["page"], row["request_id"], kind_of(row["what"])),
        *(row["what"], json.dumps(row["parameters"] or {}, ensure_ascii=False, sort_keys=True)),
        *(row["position"], row["hash"], row["written_by"]),
    ]


def _cell(value: object) -> object:
    return harmless(value) if isinstance(value, str) else value


def kind_of(what: str) -> str:
    """The kind of an act; "system" for one that this version no longer knows."""
    return ACTS[what].kind if what in ACTS else "system"


@dataclass(frozen=True)
class ChainState:
    """`sealed`: the chain's last position; `pending`: rows that wait for their seal, the oldest for
    `pending_s` seconds; `head`: the last one outside, none = none yet; `verified`: the last verification
    (at, position, faults), none = never."""

    sealed: int
    epoch: int
    pending: int
    pending_s: float
    head: ChainStatement | None
    verified: dict[str, Any] | None
    read_at: datetime


STATE = text("""select count(*) as pending,
    coalesce(extract(epoch from clock_timestamp() - min(a.at)), 0)::float8 as pending_s
    from audit a, audit_chain c where a.transaction >= c.settled
        and not exists (select from audit_seal s where s.audit_id = a.id)""")
VERIFIED = text("""select at, parameters from audit where what = 'audit.verified' order by id desc limit 1""")


def chain_state(engine: Engine, folder: Path) -> ChainState:
    """`folder`: where heads lie."""
    with snapshot(engine) as connection:
        waiting = connection.execute(STATE).one()
        verified = connection.execute(VERIFIED).one_or_none()
        return ChainState(
            last_link(connection).position,
            epoch_of(connection),
            waiting.pending,
            waiting.pending_s,
            last_head(folder),
            {"at": verified.at, **verified.parameters} if verified else None,
            datetime.now(UTC),
        )
