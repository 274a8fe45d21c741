"""Sources of a feed run one after another, by whoever asks: the watcher and the command line alike.

News are a run a file: what cannot be read as it is has been set aside by its run, and the next ones are read
all the same. A list is one run over all of its files.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from etl.chunk import Source
from etl.registry import Feed
from etl.runs import engine
from etl.runs.deliveries import can_be_set_aside, printed
from etl.runs.engine import NO_TURN, Progress, RunResult, Turn
from etl.runs.opening import named
from geo.errors import InvalidInput
from geo.settings import Settings


@dataclass(frozen=True)
class RunOf:
    """A run over some sources: its result, or why they could not be read. `aside`: the same error would come
    at the next look, so they are left until they change or a person accepts them."""

    sources: Sequence[Source]
    result: RunResult | None = None
    error: InvalidInput | None = None
    aside: bool = False


def run_each(
    settings: Settings,
    feed: Feed,
    sources: Sequence[Source],
    progress: Progress | None = None,
    turn: Turn = NO_TURN,
) -> Iterator[RunOf]:
    """Raises what lies in none of the sources: a server that is away, a feed that is being run."""
    found = [printed(source, feed) for source in sources]
    for group in [found] if feed.mode == "snapshot" else [[source] for source in found]:
        try:
            yield RunOf(group, engine.run(settings, feed, group, progress, turn=turn))
        except Exception as error:
            aside = bool(can_be_set_aside(feed, group, error))
            if not (aside or isinstance(error, InvalidInput)):
                raise
            yield RunOf(group, error=with_source(error, group), aside=aside)


def with_source(error: BaseException, sources: Sequence[Source]) -> InvalidInput:
    """The error with what it lies in, as a code whatever it is."""
    code, parameters = engine.reason(error)
    return InvalidInput(code, **{"source": named(sources)} | parameters)
