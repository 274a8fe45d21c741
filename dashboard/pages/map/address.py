"""What the address of the map page says: the filter, the list's order and page, the chosen incident. Every
link of the page is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from geo.errors import InvalidInput
from geo.ranges import whole
from geo.storable import UNSTORABLE
from layers.incidents.cursor import Cursor
from layers.incidents.filters import NAMES, IncidentFilter

PATH = "/map"
NEWEST = "newest"
BESIDE = frozenset({"incident", "event", "at", "layers"})
"""Names of the address that ask nothing of the list: `assets/duty/address.js` has the same."""


@dataclass(frozen=True)
class MapAddress:
    """`incident`: the one whose card is open; `event`: else the mass event whose card is."""

    incident_filter: IncidentFilter = IncidentFilter()
    sort: str = NEWEST
    page: Cursor = Cursor()
    incident: int | None = None
    event: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> MapAddress:
        """Raises `InvalidInput` for a filter or a cursor that is none; names the page does not know are
        passed over."""
        return cls(
            IncidentFilter.parse({name: value for name, value in query.items() if name in NAMES}),
            UNSTORABLE.sub("", query.get("sort", "")) or NEWEST,
            Cursor.read(query.get("page")),
            _id_in(query, "incident"),
            _id_in(query, "event"),
        )

    @classmethod
    def read_what_can_be(cls, query: Mapping[str, str]) -> tuple[MapAddress, InvalidInput | None]:
        """The address without what is no filter, and the first refusal."""
        try:
            return cls.read(query), None
        except InvalidInput as refusal:
            named = "page" if refusal.code == "list.cursor" else refusal.parameters.get("filter")
            if named not in query:
                return cls(), refusal
            rest = {name: value for name, value in query.items() if name != named}
            return cls.read_what_can_be(rest)[0], refusal

    def instead(self, refusal: InvalidInput) -> MapAddress:
        """What is shown in place of a question that cannot be answered: all else that it asks."""
        wanted = self.incident_filter
        if refusal.code == "moment.many":
            days = replace(wanted.selection, since=date.fromisoformat(refusal.parameters["since"]))
            wanted = replace(wanted, window="dates", selection=days, opened_since=None)
        elif refusal.code == "moment.window":
            wanted = replace(wanted, window="live")
        elif wanted.moment is not None:
            wanted = replace(wanted, moment=None)
        else:
            named = refusal.parameters.get("filter")
            rest = {name: value for name, value in wanted.as_query().items() if name != named}
            wanted = IncidentFilter.parse(rest)
        return MapAddress(wanted, incident=self.incident, event=self.event)

    @property
    def card(self) -> int | str | None:
        """The content of `duty-chosen`: an incident's id, or "m" and that of a mass event."""
        return self.incident if self.incident is not None or self.event is None else f"m{self.event}"

    def filter_query(self) -> dict[str, str]:
        return self.incident_filter.as_query()

    def href(
        self,
        incident_filter: IncidentFilter | None = None,
        sort: str | None = None,
        page: Cursor | None = None,
        incident: int | None = None,
        event: int | None = None,
    ) -> str:
        """The address with another filter, order or page (a change of filter or order begins at the first
        page), with or without a card."""
        query = (incident_filter or self.incident_filter).as_query()
        if (order := sort or self.sort) != NEWEST:
            query["sort"] = order
        shown = page if page is not None else Cursor() if incident_filter or sort else self.page
        if shown != Cursor():
            query["page"] = shown.write()
        if incident is not None:
            query["incident"] = str(incident)
        if event is not None:
            query["event"] = str(event)
        return f"{PATH}?{urlencode(query, safe=',')}" if query else PATH


def _id_in(query: Mapping[str, str], name: str) -> int | None:
    return whole(query.get(name, ""))
