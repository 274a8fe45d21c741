"""Rows that name a thing again: of each thing one row of a source is taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

UNDATED = np.iinfo(np.int64).min
"""Stands for the time at which a row changed, microseconds since 1970, where the row does not say."""


@dataclass
class Doubles:
    """The doubles of a run: it remembers the rows that it has seen, so that a double is found wherever it
    stands."""

    keeps_last: bool
    """The last row of a chunk holds, instead of the first of the run."""
    source: str | None = None
    """The source whose rows it has seen: another one may name the same things again, and says something
    newer."""
    seen: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))

    def turn_to(self, source: str | None) -> None:
        if source != self.source:
            self.source, self.seen = source, self.seen[:0]

    def find(self, identity: pa.Table, good: np.ndarray, changed_at: np.ndarray | None) -> np.ndarray:
        """Mask of the good rows that name a thing for which another row holds. `changed_at`: when each row
        changed at its source, where the source says so: then the latest holds."""
        if changed_at is not None:
            again = np.zeros(identity.num_rows, dtype=bool)
            again[good] = superseded(hashed(identity)[good], changed_at[good])
            return again
        return followed(identity, good) if self.keeps_last else self.repeated(identity, good)

    def repeated(self, identity: pa.Table, good: np.ndarray) -> np.ndarray:
        """Good rows before which a good one, of this chunk or an earlier one, names the same thing."""
        keys, again = hashed(identity), np.zeros(identity.num_rows, dtype=bool)
        again[good] = pd.Series(keys[good]).duplicated(keep="first").to_numpy()
        again |= good & among(keys, self.seen)
        self.seen = np.sort(
            np.concatenate([self.seen, np.sort(keys[good & ~again])]), kind="stable"
        )  # two sorted runs: one merge
        return again


def hashed(identity: pa.Table) -> np.ndarray:
    """64 bits for each row: among 14 million rows one false double in 200,000 runs."""
    return pd.util.hash_pandas_object(identity.to_pandas(), index=False).to_numpy()


def followed(identity: pa.Table, good: np.ndarray) -> np.ndarray:
    """Good rows after which a good one names the same thing. Without a frame, which would cost a small
    push a third of its time."""
    keys = list(zip(*(column.to_pylist() for column in identity.columns), strict=True))
    last = {key: index for index, (key, fine) in enumerate(zip(keys, good, strict=True)) if fine}
    return np.array(
        [fine and last[key] != index for index, (key, fine) in enumerate(zip(keys, good, strict=True))],
        dtype=bool,
    )


def since_1970_us(changed_at: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Times of change as numbers; `UNDATED` where there is none."""
    return pc.fill_null(changed_at.cast(pa.int64()), UNDATED).to_numpy()


def carried(changed_at: pa.Array, identity: pa.Table, good: np.ndarray) -> pa.Array:
    """Times of change; of rows without one the latest of the good rows before them that name the same."""
    stated = since_1970_us(changed_at)
    latest = pd.Series(np.where(good, stated, UNDATED)).groupby(hashed(identity)).cummax().to_numpy()
    filled = np.where(stated == UNDATED, latest, stated)
    return pa.array(filled, pa.int64(), mask=filled == UNDATED).cast(changed_at.type)


def superseded(keys: np.ndarray, changed_at: np.ndarray) -> np.ndarray:
    """Mask of the rows with the key of a row that changed later; among equal times the last one holds."""
    order = np.lexsort((np.arange(len(keys)), changed_at))
    again = np.zeros(len(keys), dtype=bool)
    again[order] = pd.Series(keys[order]).duplicated(keep="last").to_numpy()
    return again


def among(keys: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Mask of the keys that are in a sorted array."""
    if not len(ordered):
        return np.zeros(len(keys), dtype=bool)
    return ordered[np.minimum(np.searchsorted(ordered, keys), len(ordered) - 1)] == keys
