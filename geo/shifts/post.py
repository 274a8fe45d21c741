"""A post is what its officer sees of the city: those of one post hand over to one another, and who sees more
may take over too."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from geo.accounts.users import Principal


@dataclass(frozen=True)
class DutyPost:
    """`kinds` and `districts` (keys) none = all."""

    kinds: tuple[str, ...] | None
    districts: tuple[str, ...] | None

    @classmethod
    def of(cls, principal: Principal) -> DutyPost:
        return cls.from_lists(principal.kinds, principal.districts)

    @classmethod
    def from_lists(cls, kinds: Collection[str] | None, districts: Collection[str] | None) -> DutyPost:
        return cls(*(None if part is None else tuple(sorted(part)) for part in (kinds, districts)))

    @property
    def key(self) -> str:
        """The same for the same post: "*/*" is the whole city."""
        return "/".join("*" if part is None else ",".join(part) for part in (self.kinds, self.districts))

    def lists(self) -> dict[str, list[str] | None]:
        """The post's lists as parameters of a statement."""
        parts = {"kinds": self.kinds, "districts": self.districts}
        return {name: None if part is None else list(part) for name, part in parts.items()}

    def covers(self, other: DutyPost) -> bool:
        """Whether what the other sees is seen here."""
        return _holds(self.kinds, other.kinds) and _holds(self.districts, other.districts)


def _holds(whole: tuple[str, ...] | None, part: tuple[str, ...] | None) -> bool:
    return whole is None or part is not None and set(part) <= set(whole)
