"""Address lines of a list matched to buildings: letter by letter, by a rule, by likeness; with a score and
the reason. What is not sure is a question for a person, with the nearest candidates.

Lines are read by `geo.addresses` like any other address here. A likeness in the name of a street is taken
only where no other street comes near; a likeness of house numbers never is: a wrong digit is another house.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from rapidfuzz.distance import OSA

from geo.addresses.address_lines import AddressLine
from geo.addresses.folding import fold
from geo.addresses.geocoding import SAME_POINT_M, Gazetteer, GazetteerHouse
from geo.addresses.house_numbers import corpus_key, house_key
from geo.addresses.many_lines import LineReader
from geo.addresses.name_index import NameIndex
from geo.addresses.street_directory import Execute, StreetDirectory
from geo.addresses.street_names import street_key
from geo.settings import City

Way = Literal["exact", "rule", "similar", "decided", "unsure"]
LIKE_ENOUGH = 0.8
"""A street is taken for the one that was meant from this likeness of their names on ..."""
APART = 0.1
"""... if the next likest house of that number is so much less like."""
MOST_CANDIDATES = 3
STREETS_NEAR = 6
FORMER, SPELLING, CORPUS, KIND, ROOM = 0.97, 0.97, 0.96, 0.98, 0.9
"""Scores of what a rule matched: by a former name of the street; by its name in another spelling, language or
order; by another way to write the part of a house; by a street whose kind the line does not say; with what
follows a hyphen taken for the flat."""
KINDS = {
    fold(word): kind
    for kind, words in {
        "street": "улица ул көшесі көше көш street st",
        "avenue": "проспект просп пр пр-т пр-кт даңғылы даңғыл даң avenue ave",
        "lane": "переулок пер тұйық тұйығы lane ln",
        "boulevard": "бульвар бульвары бульв б-р бул boulevard blvd",
        "highway": "шоссе тас трасса road rd",
        "quarter": "микрорайон мкр мкр-н м-н шағын ықшамаудан шағынауданы",
        "square": "площадь пл алаң алаңы square",
    }.items()
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class AddressCandidate:
    """A building that a line may mean."""

    building: int
    score: float
    reason: str


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """`building` is none where nobody has decided, and where it was decided that no building has the
    address."""

    building: int | None
    way: Way
    reason: str
    score: float
    candidates: tuple[AddressCandidate, ...] = ()
    rule: int | None = None
    open_reason: str | None = None
    """Why it was not sure, had nobody decided."""


@dataclass(frozen=True)
class KnownRule:
    """A decision that applies to a line: its id, and the building, none = no building has this address."""

    id: int
    building: int | None


def read_matcher(city: City, execute: Execute, rule_of: Callable[[str], KnownRule | None]) -> AddressMatcher:
    """The matcher for the streets and houses that the database has; `execute` runs a statement with its
    parameters."""
    return AddressMatcher(Gazetteer(StreetDirectory.read(city, execute), execute), rule_of)


def _no_rule(line: str) -> KnownRule | None:
    return None


class StreetHouses:
    """The houses of a street, and those of one number: by `house_key`, by `corpus_key`."""

    def __init__(self, houses: list[GazetteerHouse]) -> None:
        self.all = houses
        self.by_key: dict[str, list[GazetteerHouse]] = {}
        self.by_corpus: dict[str, list[GazetteerHouse]] = {}
        for house in houses:
            self.by_key.setdefault(house.key, []).append(house)
            self.by_corpus.setdefault(corpus_key(house.key), []).append(house)


@dataclass
class AddressMatcher:
    """Matches lines of one city. `rule_of`: the decision that there is on a line, or none."""

    gazetteer: Gazetteer
    rule_of: Callable[[str], KnownRule | None] = _no_rule
    _houses: dict[str, StreetHouses] = field(default_factory=dict)
    _of_norms: dict[tuple[str, ...], StreetHouses] = field(default_factory=dict)
    _of_norm: dict[str, list[GazetteerHouse]] = field(default_factory=dict)
    _near: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    _names: dict[tuple[str, frozenset[str]], tuple[str, float]] = field(default_factory=dict)
    _exact: dict[int, AddressMatch] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = {(norm, name) for name, norms in self.streets.norms.items() for norm in norms}
        self._index = NameIndex(sorted(named))
        self._reader = LineReader(self.streets.city_names)

    @property
    def streets(self) -> StreetDirectory:
        return self.gazetteer.streets

    def match(self, lines: Iterable[str]) -> dict[str, AddressMatch]:
        """Each line (without its flat) -> its match."""
        read = {line: self._reader.read(line) for line in lines}
        self._fetch({reading.streets[0] for found in read.values() for reading in found})
        return {line: self._match(line, readings) for line, readings in read.items()}

    def fetch_all(self) -> None:
        """Every house at once: a whole list then asks nothing of the database while it is read."""
        self._fetch_norms({norm for norms in self.streets.norms.values() for norm in norms})

    def _fetch(self, streets: set[str]) -> None:
        """Houses are asked of the database once for each street, however many ways there are to write it."""
        norms = {
            street: tuple(sorted(self.streets.norms_of(street)))
            for street in streets
            if street not in self._houses
        }
        self._fetch_norms({norm for found in norms.values() for norm in found})
        for street, found in norms.items():
            if found not in self._of_norms:
                self._of_norms[found] = StreetHouses(
                    [house for norm in found for house in self._of_norm[norm]]
                )
            self._houses[street] = self._of_norms[found]

    def _fetch_norms(self, norms: set[str]) -> None:
        new = norms - self._of_norm.keys()
        if new:
            fetched = self.gazetteer.houses_of_norms(new)
            self._of_norm.update({norm: fetched.get(norm, []) for norm in new})

    def _match(self, line: str, readings: tuple[AddressLine, ...]) -> AddressMatch:
        found, rule = self._by_itself(readings), self.rule_of(line)
        if rule is None:
            return found
        reason = found.reason if found.way == "unsure" else None
        return AddressMatch(rule.building, "decided", "decision", 1.0, found.candidates, rule.id, reason)

    def _by_itself(self, readings: tuple[AddressLine, ...]) -> AddressMatch:
        """Without what a person has decided."""
        numbered = [reading for reading in readings if reading.house]
        found: list[AddressCandidate] = []
        for reading in numbered:
            own = _rank(self._on_its_street(reading))
            if own and _is_sure(own):
                if own[0].reason == "exact":
                    return self._exact.setdefault(own[0].building, _sure("exact", own[0]))
                return _sure("rule", own[0])
            found += own
        for reading in numbered if not found else ():
            found += self._on_like_streets(reading)
        ranked = _rank(found)
        known = any(self._houses[reading.streets[0]].all for reading in numbered)
        if not known and ranked and _is_like_enough(ranked):
            return AddressMatch(ranked[0].building, "similar", "like", ranked[0].score, tuple(ranked))
        for reading in numbered if not ranked else ():
            ranked += self._near_numbers(reading, {one.building for one in ranked})
        if not numbered:
            return AddressMatch(None, "unsure", "no_house", 0.0)
        if found:
            reason = "other_kind" if ranked[0].reason == "other_kind" else "several"
        else:
            reason = "no_such_house" if known else "no_such_street"
        best = _rank(ranked)[:MOST_CANDIDATES]
        return AddressMatch(None, "unsure", reason, best[0].score if best else 0.0, tuple(best))

    def _on_its_street(self, reading: AddressLine) -> list[AddressCandidate]:
        """The houses of this number on the street of this name, however both are written."""
        street, key = reading.streets[0], reading.house or ""
        known = self._houses[street]
        same = known.by_key.get(key, [])
        part = "exact" if same else "corpus"
        if not same:
            same = known.by_corpus.get(corpus_key(key), [])
        if not same and (room := _room_after_hyphen(key)):
            same, part = known.by_key.get(room, []), "room"
        return [self._scored(street, house, part) for house in _one_of_each_address(same)]

    def _scored(self, street: str, house: GazetteerHouse, part: str) -> AddressCandidate:
        name = self._names.get((street, house.streets))
        if name is None:
            name = self._names[street, house.streets] = self._called(street, house.streets)
        reason, score = name
        if part == "exact" or reason == "other_kind":
            return AddressCandidate(house.id, score, reason)
        return AddressCandidate(house.id, score * (CORPUS if part == "corpus" else ROOM), part)

    def _called(self, street: str, streets: frozenset[str]) -> tuple[str, float]:
        """How a street of these names (as keys) is called in a line, and what that is worth."""
        spelled = street_key(street)
        if spelled in streets:
            return "exact", 1.0
        if not _kinds(spelled) & set().union(*map(_kinds, streets)) and _kinds(spelled):
            return "other_kind", 0.5
        if self.streets.now_called(street) is not None:
            return "former_name", FORMER
        if _bare(spelled) in map(_bare, streets):
            return "kind", KIND
        return "spelling", SPELLING

    def _on_like_streets(self, reading: AddressLine) -> list[AddressCandidate]:
        """The houses of this number on streets whose names come near."""
        street, key = reading.streets[0], reading.house or ""
        candidates = []
        for norm, likeness in self._streets_like(street):
            houses = [house for house in self._of_norm[norm] if corpus_key(house.key) == corpus_key(key)]
            for house in _one_of_each_address(houses):
                kinds = _kinds(street_key(street))
                fits = not kinds or kinds & set().union(*map(_kinds, house.streets))
                reason = "like" if fits else "other_kind"
                candidates.append(AddressCandidate(house.id, likeness if fits else 0.5 * likeness, reason))
        return candidates

    def _streets_like(self, street: str) -> list[tuple[str, float]]:
        if street not in self._near:
            found = self._index.find(street, STREETS_NEAR)
            self._near[street] = [(str(match.key), match.score) for match in found]
            self._fetch_norms({norm for norm, _ in self._near[street]})
        return self._near[street]

    def _near_numbers(self, reading: AddressLine, besides: set[int]) -> list[AddressCandidate]:
        """Houses of the street whose numbers come near: to be shown, never taken."""
        key = corpus_key(reading.house or "")
        candidates = []
        for house in self._houses[reading.streets[0]].all:
            likeness = OSA.normalized_similarity(corpus_key(house.key), key)
            if likeness >= 0.5 and house.id not in besides:
                candidates.append(AddressCandidate(house.id, round(0.7 * likeness, 3), "near_number"))
        return sorted(candidates, key=lambda one: (-one.score, one.building))[:MOST_CANDIDATES]


def line_key(line: str) -> str:
    """The key of a decision on a line: letters, case and spaces folded."""
    return fold(line)


def _sure(way: Way, one: AddressCandidate) -> AddressMatch:
    return AddressMatch(one.building, way, one.reason, one.score, (one,))


def _rank(candidates: list[AddressCandidate]) -> list[AddressCandidate]:
    """Each building once, by its best score."""
    if len(candidates) < 2:
        return list(candidates)
    best: dict[int, AddressCandidate] = {}
    for one in candidates:
        if one.building not in best or best[one.building].score < one.score:
            best[one.building] = one
    return sorted(best.values(), key=lambda one: (-one.score, one.building))


def _is_sure(ranked: list[AddressCandidate]) -> bool:
    """One house that a rule takes, or one that is letter by letter what is written."""
    takes = [one for one in ranked if one.reason != "other_kind"]
    return bool(takes) and (len(takes) == 1 or takes[0].score == 1.0 and takes[1].score < 1.0)


def _is_like_enough(ranked: list[AddressCandidate]) -> bool:
    alone = len(ranked) == 1 or ranked[0].score - ranked[1].score >= APART
    return alone and ranked[0].reason == "like" and ranked[0].score >= LIKE_ENOUGH


def _one_of_each_address(houses: list[GazetteerHouse]) -> list[GazetteerHouse]:
    """The houses without repetitions: of several buildings that share an address and a point, the first."""
    kept: list[GazetteerHouse] = houses[:1]
    for house in houses[1:]:
        if not any(
            house.streets == other.streets
            and house.key == other.key
            and abs(house.x - other.x) + abs(house.y - other.y) <= SAME_POINT_M
            for other in kept
        ):
            kept.append(house)
    return kept


def _room_after_hyphen(key: str) -> str:
    """The house of "4-17", if 17 is its flat."""
    house, hyphen, room = key.rpartition("-")
    return house_key(house) if hyphen and room.isdigit() else ""


def _kinds(street: str) -> set[str]:
    return {KINDS[word] for word in street.split() if word in KINDS}


def _bare(street: str) -> str:
    return " ".join(word for word in street.split() if word not in KINDS)
