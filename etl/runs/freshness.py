"""Whether a source has changed since it was read whole and has to be read, and whether it is still being
written and has to wait (`etl.sources.folder` says when; `etl.runs.watch` takes the second look)."""

from __future__ import annotations

import json

from etl.chunk import Source
from etl.runs.deliveries import as_text
from etl.sources import folder
from geo.loading.deliveries import Known


def before(known: Known | None) -> tuple | None:
    """The fingerprint of a source when it was last read whole."""
    return (
        tuple(json.loads(known.fingerprint))
        if known is not None and known.read and known.fingerprint
        else None
    )


def is_fresh(source: Source, known: Known | None) -> bool:
    """Whether it has to be read: it is new, it has changed since it was read whole or set aside, or nobody
    can tell."""
    return (
        source.fingerprint is None
        or known is None
        or known.fingerprint != as_text(source.fingerprint)
        or not (known.read or known.aside)
    )


def is_written(source: Source) -> bool:
    """Whether nobody seems to be writing it any more, at the first look."""
    if source.path is None:
        return source.stamp is None
    if source.listed and not folder.is_settled(source.path):
        return False
    return folder.ends_line(source.path)
