"""What a way to the receiver can do. `sftp` and `https` are the two; a third is one more class with these
methods and its line in `send.CHANNELS`.

All of them raise `Unavailable` for what may be better in a while, and anything else for what a person has to
put right first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Arrived:
    """How many bytes the receiver has; `whole`: it has taken them for the whole file."""

    bytes: int
    whole: bool


class Channel(Protocol):
    """A connection to the receiver, for one file."""

    def arrived(self) -> Arrived:
        """The bytes that an earlier transfer has left there."""

    def append(self, at: int, block: bytes) -> None:
        """The next bytes, which begin at `at`."""

    def finish(self) -> None:
        """All bytes are there: the receiver takes them for the whole file."""

    def receipt(self) -> bytes | None:
        """None while the receiver has not written it."""

    def discard(self) -> None:
        """Removes a file there that is not what was sent, so that all is sent anew."""

    def close(self) -> None:
        """Nothing is raised."""
