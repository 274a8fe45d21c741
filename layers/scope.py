"""What a caller may see of the incidents: the scope of a principal, for the fan-out of `/live` and for
statements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any

from geo.accounts.users import Principal
from geo.incidents.model import CRITICAL

SCREEN_ENTITIES = frozenset({"incident", "layer", "feed", "mode", "wall"})
"""The entities whose changes a screen hears of: nobody's work on plans and buildings."""

ELECTORAL = ("page.vote", "page.buildings", "page.precincts", "page.voters")
"""The pages that show how many voters a house or a precinct has: who may open none of them is not told."""

OF_PERFORMER = """(i.performer_id = (select p.id from performer p where p.key = :scope_performer)
    or i.performer_id is null and i.category_id in (select c.id from category c
        join performer p on p.id = c.performer_id where p.key = :scope_performer))"""
"""The incident's own performer, else its category's."""


@dataclass(frozen=True)
class Scope:
    """`kinds` and `districts` (keys, not ids: a district's key outlives a change of its outline) none =
    all. `critical`: critical incidents are seen wherever and whatever they are. `entities`: the other
    ones that the change feed tells of, none = all; scopes of the same incidents are equal. `performer`: the
    key of the one who must act, none = whoever."""

    kinds: frozenset[str] | None = None
    districts: frozenset[str] | None = None
    critical: bool = False
    entities: frozenset[str] | None = field(default=None, compare=False)
    performer: str | None = None
    cut: bool = False
    """Strangers read it: what leads to a person is cut out of titles (`geo.contacts`)."""

    @classmethod
    def of(cls, principal: Principal) -> Scope:
        return cls(
            kinds=None if principal.kinds is None else frozenset(principal.kinds),
            districts=None if principal.districts is None else frozenset(principal.districts),
            performer=principal.acts_for,
        )

    @classmethod
    def live(cls, principal: Principal) -> Scope:
        """The scope of the live picture: a screen's is no wider than what it shows."""
        scope, shown = cls.of(principal), principal.shown
        if shown is None:
            return scope
        narrow = scope.narrowed(shown.kinds, shown.districts)
        return replace(narrow, critical=not narrow.is_whole, entities=SCREEN_ENTITIES, cut=True)

    @property
    def is_whole(self) -> bool:
        return self.kinds is None and self.districts is None and self.performer is None

    def hears(self, entity: str) -> bool:
        return self.entities is None or entity in self.entities

    def sees(
        self,
        kind: str | None,
        district: str | None,
        critical: bool = False,
        performer: str | None = None,
    ) -> bool:
        """An incident without a district is seen only by those who see every district, one of which nobody
        knows who must act by those who see everybody's."""
        return (
            (self.critical and critical)
            or (self.kinds is None or kind in self.kinds)
            and (self.districts is None or district in self.districts)
            and (self.performer is None or performer == self.performer)
        )

    def narrowed(
        self, kinds: Collection[str] | None = None, districts: Collection[str] | None = None
    ) -> Scope:
        """This scope narrowed to what the caller may see of the given kinds and districts; none = no
        narrower."""
        return Scope(_both(self.kinds, kinds), _both(self.districts, districts), performer=self.performer)

    def mark(self) -> str:
        """The same for equal scopes, and tells nobody what they are."""
        parts = [None if part is None else sorted(part) for part in (self.kinds, self.districts)]
        whole = [*parts, self.critical, self.performer, self.cut]
        return blake2b(repr(whole).encode(), digest_size=8).hexdigest()

    def where(self) -> tuple[str, dict[str, Any]]:
        """The same as SQL over a row `i` of `incident`, with its values: a condition that always holds
        where the scope is the whole city."""
        conditions: list[str] = ["true"]
        values: dict[str, Any] = {}
        if self.kinds is not None:
            conditions.append("i.kind = any(:scope_kinds)")
            values["scope_kinds"] = sorted(self.kinds)
        if self.districts is not None:
            conditions.append(
                "i.district_id in (select d.id from district d where d.region = i.region and d.key "
                "= any(:scope_districts))"
            )
            values["scope_districts"] = sorted(self.districts)
        if self.performer is not None:
            conditions.append(OF_PERFORMER)
            values["scope_performer"] = self.performer
        condition = " and ".join(conditions)
        return f"(i.priority >= {CRITICAL} or {condition})" if self.critical else condition, values


def _both(allowed: frozenset[str] | None, wanted: Collection[str] | None) -> frozenset[str] | None:
    if wanted is None:
        return allowed
    return frozenset(wanted) if allowed is None else allowed & frozenset(wanted)


def tells_voters(principal: Principal | None) -> bool:
    """Whether how many voters a house has is told; to a screen where its scene shows it."""
    if principal is None:
        return False
    return principal.shown is not None or any(map(principal.may, ELECTORAL))
