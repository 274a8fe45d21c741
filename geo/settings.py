"""Settings, read once at the edge: `Settings.load()` in an entry point, then handed on. Nothing here has
effects at import.

A city is a TOML file (`geo/cities/astana.toml` is the default and shows every key). Environment variables:
`IKOMEK_CITY` (a city file; without it the one in the data folder, else the default), `IKOMEK_DATA` (the
data folder), `IKOMEK_WORK` (set by `up`, for each process),
`IKOMEK_DATABASE_URL`, `IKOMEK_REDIS_URL` (real servers in place of the private ones),
`IKOMEK_TRUST_PROXY` (`1`: believe X-Forwarded-*), `IKOMEK_HOSTS` (further names under which we
are reached, `dashboard.security.hosts`), `IKOMEK_AUDIT_COPY` (a folder elsewhere, best on another
machine, where the signed heads of the audit are written too), `IKOMEK_VOTERS_KEYS` (the folder of the keys
of the electoral list), `IKOMEK_VOTERS_MASTER` (the key that wraps them, 32 bytes in base64),
`IKOMEK_VOTERS_MASTER_BEFORE` (the one before it, until `rekey` has been through),
`IKOMEK_VOTERS_TRANSFER` (the file that says where its packages are sent),
`IKOMEK_ALARM_RULES` (a file of alarm rules in place of `geo/alarms/rules.toml`), `IKOMEK_ESCALATION_RULES`
(the steps of escalation, `geo.escalation.rules`), `IKOMEK_CITIZEN_GATEWAYS` (what sends messages to
citizens, `geo.desk.gateways`), `IKOMEK_SMTP_URL`, `IKOMEK_MAIL_FROM`, `IKOMEK_WEBHOOK_KEY`
(how they are told, `dashboard.notices`), `IKOMEK_MEDIA_HOSTS` (whence pictures of Open311 are fetched),
`IKOMEK_OUTBOUND_NETWORKS` (networks inside that webhooks may reach), `IKOMEK_WEBHOOK_DAYS`,
`IKOMEK_TOKEN_DAYS` (how long tokens of screens and programs live, `geo.accounts.token_terms`),
`IKOMEK_SECRETS_COMMAND` (what asks a vault for secrets, `dashboard.machine.credentials`),
`IKOMEK_OIDC` (the file of the providers of OpenID Connect, `dashboard.security.oidc_providers`),
`IKOMEK_LOG` (`json`: each line of a log is an object, `geo.logs`), `IKOMEK_OTLP`, `IKOMEK_OTLP_SHARE` (a
collector of OpenTelemetry, `geo.traces`), `IKOMEK_TLS_WATCH` (whose certificate is watched,
`geo.monitoring.certificate`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from geo.city_file import (
    MOST_VOTERS,
    CityTable,
    box,
    desk_numbers,
    number,
    numbers_by_name,
    point,
    some_text,
    some_texts,
    spans,
    texts,
    texts_by_name,
    weekdays,
    whole,
    zone,
)
from geo.city_texts import in_each_language
from geo.election_law import ElectionLaw, law_on
from geo.toml import TomlFile

DEFAULT_CITY = Path(__file__).parent / "cities" / "astana.toml"
CITY_FILE = "city.toml"
"""The file in the data folder that holds the city given by `up --city`."""


@dataclass(frozen=True)
class PrecinctRules:
    """What the law and the planners say of precincts."""

    laws: tuple[ElectionLaw, ...]
    """The tables [[election_law]]: at least one."""
    time_zone: ZoneInfo
    """The time zone in which a law's first day begins."""
    warning_share: float
    """The share of the cap from which a precinct is shown as nearly full."""
    target: int
    """Most voters of a precinct that a proposal may leave: below the warning, so that a year's growth
    still fits."""
    smallest: int
    """Fewest voters of a precinct that a proposal may make."""
    snap_m: float
    """How near a street's centre line a drawn point must be to snap to it."""
    barriers: tuple[str, ...]
    """Road classes that voters should not have to cross; rivers always are."""
    station_uses: tuple[str, ...] = ()
    """Uses of buildings that can hold a polling station, as the register writes them; none = only those
    that hold one already are proposed."""

    @property
    def law(self) -> ElectionLaw:
        """The law in force today."""
        return law_on(self.laws, datetime.now(self.time_zone).date())

    @property
    def cap(self) -> int:
        """Most voters of a precinct by law."""
        return self.law.cap

    @classmethod
    def of(cls, file: TomlFile, time_zone: ZoneInfo) -> PrecinctRules | None:
        """None without the section. Raises `InvalidInput` ("city.key")."""
        if "precincts" not in file.tables:
            return None
        laws = CityTable.several(file, "election_law")
        take = CityTable.one(file, "precincts").take
        return cls(
            laws=tuple(ElectionLaw.read(law) for law in laws),
            time_zone=time_zone,
            warning_share=take("warning_share", number(0, 1)),
            target=take("target", whole(1, MOST_VOTERS)),
            smallest=take("smallest", whole(0, MOST_VOTERS)),
            snap_m=take("snap_m", number(0, 1000)),
            barriers=take("barriers", texts),
            station_uses=take("station_uses", texts, ()),
        )


@dataclass(frozen=True)
class City:
    """One city. `bbox` and `centre` are EPSG:4326 in axis order lon, lat; `bbox` is west, south, east,
    north."""

    key: str
    region: str
    """KATO prefix; the `region` column of every table that grows with the city."""
    names: dict[str, str]
    metric_srid: int
    time_zone: ZoneInfo
    bbox: tuple[float, float, float, float]
    centre: tuple[float, float]
    zoom: int
    languages: tuple[str, ...]
    attribution: dict[str, str]
    """Language -> whom the map is from."""
    """Whom the basemap's source asks to be named, shown on every map; empty = nobody."""
    precincts: PrecinctRules | None = None
    """The section [precincts], with the tables [[election_law]]; none = precincts are shown, but not checked
    or planned."""
    also_called: tuple[str, ...] = ()
    """Other names of the city, and those of its country: what an address may begin with and nobody looks
    for."""
    retention: dict[str, int] = field(default_factory=dict)
    """The section [retention]: days that rows are kept, by the rules of `geo.work.retention`."""
    desk: dict[str, int] = field(default_factory=dict)
    """The section [desk]: days and shares by the names of `geo.desk.rules`."""
    former_streets: dict[str, str] = field(default_factory=dict)
    """The section [former_streets]: a former name of a street -> the one that it has now."""
    residents: dict[str, int] = field(default_factory=dict)
    """The section [residents]: how many people live in a district, by its key, at the beginning of "year"."""
    country: str | None = None
    """The section [calendar]: ISO 3166 code of the country whose holidays are proposed; none = nobody's."""
    working_hours: tuple[str, ...] = ("00:00-24:00",)
    """Spans of a working day on the city's clock, until somebody sets others (`geo.deadlines.calendar`)."""
    working_weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    """1 = Monday."""

    @property
    def called(self) -> frozenset[str]:
        """Every name that the city or its country goes by, in small letters."""
        return frozenset(name.casefold() for name in (*self.names.values(), *self.also_called))

    def today(self) -> date:
        """The day that it is in the city now. Plans and districts take effect by it: five hours before the
        day begins in UTC, in Astana."""
        return datetime.now(self.time_zone).date()

    def holds(self, lon: float, lat: float) -> bool:
        """Whether a point (EPSG:4326) lies in the box, its borders included."""
        west, south, east, north = self.bbox
        return west <= lon <= east and south <= lat <= north

    @classmethod
    def load(cls, path: Path) -> City:
        """Read a city file. Raises `InvalidInput` ("city.file"; "city.key" with the file, the line and the
        key that is missing or wrong)."""
        file = TomlFile.read(path, "city.file")
        take = CityTable(file, file.tables, ()).take
        time_zone = take("time_zone", zone)
        return cls(
            key=take("key", some_text),
            region=take("region", some_text),
            names=take("names", texts_by_name),
            metric_srid=take("metric_srid", whole(1, 999_999)),
            time_zone=time_zone,
            bbox=take("bbox", box),
            centre=take("centre", point),
            zoom=take("zoom", whole(0, 22)),
            languages=take("languages", some_texts),
            attribution=take("attribution", in_each_language),
            precincts=PrecinctRules.of(file, time_zone),
            also_called=take("also_called", texts, ()),
            retention=take("retention", numbers_by_name, {}),
            desk=take("desk", desk_numbers, {}),
            former_streets=take("former_streets", texts_by_name, {}),
            residents=take("residents", numbers_by_name, {}),
            **_calendar(file),
        )


@dataclass(frozen=True)
class Settings:
    """Where things are. `database_url` and `redis_url` point at the private servers in `data` unless the
    environment names others."""

    city: City
    data: Path
    work: Path
    """A folder that this process may write in: its own under `up`, else the data folder."""
    database_url: str
    redis_url: str
    own_database: bool
    """True when the private cluster serves the database: roles are then login roles, else `SET ROLE` is
    used."""
    trust_proxy: bool
    audit_copy: Path | None = None
    """A second place for the audit's signed heads; none = the data folder alone."""
    voters_keys: Path | None = None
    """Where the keys of the electoral list are; none = in the data folder."""
    voters_master: str | None = field(default=None, repr=False)
    """The key that wraps them; none = a file beside them."""
    voters_master_before: str | None = field(default=None, repr=False)
    """The one before it, which may still wrap some."""
    voters_transfer: Path | None = None
    """The file that says where packages are sent; none = `transfer.toml` beside the keys."""

    @classmethod
    def load(cls, environ: dict[str, str] | None = None) -> Settings:
        env = dict(os.environ if environ is None else environ)
        root = Path(__file__).parent.parent
        data = Path(env.get("IKOMEK_DATA") or root / ".ikomek").resolve()
        chosen = data / CITY_FILE
        city = City.load(Path(env.get("IKOMEK_CITY") or (chosen if chosen.exists() else DEFAULT_CITY)))
        return cls(
            city=city,
            data=data,
            work=Path(env.get("IKOMEK_WORK") or data),
            database_url=_psycopg2(
                env.get("IKOMEK_DATABASE_URL") or f"postgresql://ikomek_owner@/ikomek?host={data}/run"
            ),
            redis_url=env.get("IKOMEK_REDIS_URL") or f"unix://{data}/redis/redis.sock",
            own_database=not env.get("IKOMEK_DATABASE_URL"),
            trust_proxy=env.get("IKOMEK_TRUST_PROXY") == "1",
            audit_copy=Path(env["IKOMEK_AUDIT_COPY"]).resolve() if env.get("IKOMEK_AUDIT_COPY") else None,
            voters_keys=Path(env["IKOMEK_VOTERS_KEYS"]).resolve() if env.get("IKOMEK_VOTERS_KEYS") else None,
            voters_master=env.get("IKOMEK_VOTERS_MASTER") or None,
            voters_master_before=env.get("IKOMEK_VOTERS_MASTER_BEFORE") or None,
            voters_transfer=Path(env["IKOMEK_VOTERS_TRANSFER"]).resolve()
            if env.get("IKOMEK_VOTERS_TRANSFER")
            else None,
        )


def _calendar(file: TomlFile) -> dict[str, Any]:
    if "calendar" not in file.tables:
        return {}
    take = CityTable.one(file, "calendar").take
    named = {
        "country": take("country", some_text, None),
        "working_hours": take("hours", spans, None),
        "working_weekdays": take("weekdays", weekdays, None),
    }
    return {key: value for key, value in named.items() if value is not None}


def _psycopg2(url: str) -> str:
    """Name the driver: a bare `postgresql://` would be given to psycopg 3 by SQLAlchemy 2.1."""
    for bare in ("postgresql://", "postgres://"):
        if url.startswith(bare):
            return "postgresql+psycopg2://" + url[len(bare) :]
    return url
