"""What the address of the page says: `?feed=police` shows the runs of a feed, `&run=12` that run's
rejected rows, `&code=...` those with one reason, `&after=50` the next ones, `&mend=77` the form of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geo.ranges import whole
from geo.storable import UNSTORABLE


@dataclass(frozen=True)
class Chosen:
    """What the address asks for; a number that is none counts as absent."""

    feed: str | None = None
    run: int | None = None
    code: str | None = None
    after: int = 0
    before: int | None = None
    resubmit: int | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Chosen:
        return cls(
            _text(query.get("feed")),
            _whole(query.get("run")),
            _text(query.get("code")),
            _whole(query.get("after")) or 0,
            _whole(query.get("before")),
            _whole(query.get("mend")),
        )


def _text(value: str | None) -> str | None:
    """None for what no table can hold: there is no such feed."""
    return None if value is None or UNSTORABLE.search(value) else value


def _whole(value: str | None) -> int | None:
    return whole(value or "")
