"""The feeds. To add one of your own, without code: a declaration file (`etl.declarations.files`, examples
in `etl/examples`), given by `--feeds FILE` or `IKOMEK_FEEDS`.

To add one that ships:

1. `etl/registry.py`: a `Feed(...)` in FEEDS
2. `dashboard/locale/LANGUAGE/LC_MESSAGES/ikomek.po`: its name, "feed.KEY", in each language
3. `tests/etl/runs/test_NAME.py`: what becomes of a row of it
4. if a wall shall say its age, `dashboard/wall/scenes/SCENE.toml`: its key in `feeds`

A feed says what its rows become (`noun`, a key of `etl.entities.registry.ENTITIES`) and how to read them; the
machine is in `etl.runs.engine`. A shipped feed reads columns that are named as the noun's fields; `fields`
names others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from geo.errors import NotFound
from geo.incidents.model import KINDS

HOUR_S = 3600
DAY_S = 24 * HOUR_S


@dataclass(frozen=True)
class Feed:
    """One declaration. Empty `fields`: the columns are named as the fields; else only what is mapped is
    read."""

    key: str
    noun: str
    """The entity that its rows become: a key of `etl.entities.registry.ENTITIES`."""
    interval_s: int | None = None
    """How often it normally comes, in seconds: its age is judged against it, and `etl watch` polls at it.
    None: it comes when it comes (a push, a run by hand), and is never late."""
    mode: Literal["delta", "snapshot"] = "delta"
    """A snapshot lists everything: what it no longer lists gets a tombstone. A delta says nothing of what
    it does not name."""
    layer: str | None = None
    """The map layer whose age it is."""
    sources: tuple[str, ...] = ()
    """Paths or glob patterns that `etl watch` polls; none: pushed, or run by hand."""
    format: str | None = None
    """A key of `etl.readers.READERS`; none: by the file's suffix."""
    encoding: str | None = None
    """The encoding of its texts, "cp1251"; none: detected, and rows that are no UTF-8 are counted as guessed.
    Cells of UTF-8 between them are read as UTF-8 either way."""
    delimiter: str | None = None
    """The delimiter of a text table; none: the one of Excel's `sep=` line, else the one that splits the first
    lines alike."""
    table: str | None = None
    """The layer of a GeoPackage, the sheet of a workbook, the path to a list inside JSON, what of OSM, a
    table of a database, one of several Shapefiles of a zip; none: the first or only one."""
    member: str | None = None
    """In a zip: the name, or a pattern of the names, of the files to read ("2024/*.csv"); none: the only
    one."""
    header: bool = True
    """Whether a row names the columns of a table of text or a sheet; false: `columns` does, or their
    places do ("1", "2" ...)."""
    columns: tuple[str, ...] = ()
    """The names of the columns, in order, where no row of the file has them."""
    header_row: int = 1
    """The line of a table of text, or the row of a sheet, that names the columns; without such a row the
    first one that is data."""
    time_zone: str | None = None
    """The time zone of times without an offset; none: the city's."""
    day_first: bool | None = None
    """How 03/04/2024 is read; none: as the other times of its column say, else day first."""
    srid: int | None = None
    """EPSG code of the coordinates; none: what the file says, else 4326."""
    swapped: bool = False
    """The column of `lon` holds the latitude (or northing) and that of `lat` the longitude; of a geometry,
    its axes are turned about."""
    scale: int | None = None
    """Coordinates are whole numbers, this many to a degree: 100000 for 5113250 = 51.1325."""
    guess: bool = False
    """One reading of all coordinates is found from the first rows of each run, and told. Better: `etl try`
    finds it from all rows, and it is declared (`srid`, `swapped`, `scale`). Rows that do not fit the one
    reading have no point and are counted, never read in another way."""
    fields: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Field -> column; several columns are joined by a space (a day and its hour, a street and its house).
    Of an id each part counts, a blank one is "-"."""
    formats: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Field of a time -> how it is written, "%Y %m %d %H%M" (`etl.clean.formats`), or several ways; none:
    whatever can be read in one way only."""
    content_id: bool = False
    """A row without an id is known by its content: a digest of the columns that the feed reads. Two rows
    alike are then one."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Field -> the value that it has in every row."""
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Field -> the source's word -> ours, case and spaces around it aside."""
    keep: tuple[str, ...] = ()
    """Columns that go into `attributes` as they are. Never personal data."""
    public: tuple[str, ...] = ()
    """The columns of `keep` that everybody may read who may read the incident: on its card, in the order in
    which they are named here, and in exports. The others are only stored."""
    new_categories: bool = False
    """A category that the catalogue lacks is added under the source's word, instead of rejecting the row."""
    doubles: Literal["first", "last"] = "first"
    """The row that is taken when several have one source id; the others are rejected as doubles."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Options of a source elsewhere: `OPTIONS`. `${NAME}` in a value is a variable of the environment."""
    watermark: str | None = None
    """A column of times: a poll asks only for rows from the newest one that was loaded, less `overlap_s`,
    if the source can be asked."""
    changed: str | None = None
    """A column of times: when the source changed a row last. Of two versions of a row the one that changed
    later holds, whatever order they arrive in; without such a column the one that was delivered later
    does."""
    rejects_percent: int | None = None
    """The share of rows that are usually rejected, where that is no fault: a row for each unit that was
    sent out, of which one is the incident. More than that, and more than in the feed's latest runs, is
    told; none: what the latest runs say, and in the first one half. Of fewer than 20 rows only that all
    were rejected is told."""
    vanish_percent: int = 25
    """For a snapshot: if more of its rows than this share, and more than ten, would vanish at once, a person
    is asked."""
    closing: Literal["said", "seen"] = "said"
    """Whether the source says when an incident was closed, or only when it changed last: that is then the
    closing time when it is first seen closed."""
    overlap_s: int = HOUR_S
    """How far back behind the watermark a poll asks again, in seconds."""
    page_size: int = 100
    """Rows that a source which answers in pages is asked for at a time."""
    alarm_after_s: int | None = None
    """How long a polled feed may go without a good poll before it is an alarm; none: three intervals, at
    least ten minutes."""

    lines: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Key ("fields.lon") -> file and line of its declaration; empty for a shipped feed. Not a key of
    declarations."""

    @property
    def kinds(self) -> tuple[str, ...] | None:
        """The kinds of the incidents that its rows may become: none = of any, empty = they become no
        incidents."""
        if self.noun != "incident":
            return ("service",) if self.noun == "inquiry" else ()
        kind = self.constants.get("kind")
        return (kind,) if kind in KINDS else None

    @property
    def patience_s(self) -> int:
        return self.alarm_after_s or max(3 * (self.interval_s or 0), LEAST_PATIENCE_S)


OPTIONS = (
    "query",
    "api_key",
    "jurisdiction_id",
    "since",
    "representation",
    "authorization",
    "password",
    "key_file",
    "known_hosts",
)
LEAST_PATIENCE_S = 600


FEEDS: tuple[Feed, ...] = (
    Feed("managers", "manager", DAY_S),
    Feed("performers", "performer", DAY_S),
    Feed("operators", "operator", DAY_S),
    Feed("categories", "category", DAY_S),
    Feed("districts", "district", DAY_S, layer="districts"),
    Feed("buildings", "building", DAY_S, layer="buildings"),
    Feed("basemap", "basemap_feature", 7 * DAY_S, layer="basemap", mode="snapshot"),
    Feed("precincts", "precinct", DAY_S, layer="precincts"),
    Feed("inquiries", "inquiry", 60, layer="incidents"),
    Feed("police", "incident", 60, layer="incidents", constants={"kind": "police"}),
    Feed("emergencies", "incident", 60, layer="incidents", constants={"kind": "emergency"}),
    Feed("offences", "incident", 300, layer="incidents", constants={"kind": "offence"}),
    Feed("calls", "calls", 300),
)


def find(feeds: tuple[Feed, ...], key: str) -> Feed:
    """Raises `NotFound` ("feed.unknown") with the keys that there are."""
    for feed in feeds:
        if feed.key == key:
            return feed
    raise NotFound("feed.unknown", feed=key, known=", ".join(feed.key for feed in feeds))
