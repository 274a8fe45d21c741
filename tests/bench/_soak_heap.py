"""What a page's heap holds, by kind, so that a rise can be told: a leak is objects, closures, lists, texts of
ours. Code that the engine makes of functions that run often is none, and what the browser keeps for whoever
watches it (answers of the network, for the DevTools protocol) is none of the page's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

OF_ENGINE = frozenset({"code", "hidden", "object shape"})
"""Kinds of nodes that no script makes: byte code, machine code, feedback, shapes of objects. In half an hour
they take a megabyte, and then no more."""
OF_BROWSER = "native"
NAMED = frozenset({"object", "closure", "native"})
"""Kinds whose nodes are told apart by name: a constructor, a function, a class of the browser's."""


class DevTools(Protocol):
    """A session of the DevTools protocol."""

    def send(self, method: str, parameters: dict[str, Any] | None = None, /) -> dict[str, Any]: ...
    def on(self, event: Any, heard: Callable[[dict[str, Any]], None], /) -> None: ...
    def remove_listener(self, event: str, heard: Callable[[dict[str, Any]], None], /) -> None: ...


Held = Counter[str]
"""Kind and name -> bytes."""


@dataclass(frozen=True)
class Counts:
    """After a forced collection. `heap`: all of it, `held`: by kind; `beside`: what the browser holds for
    scripts beside their heap, elements and the bytes of buffers. `nodes` and `js_listeners` as the DevTools
    protocol counts them, those not in the document included; `detached`: elements that are in no document and
    that a script holds."""

    heap: int
    held: Held
    beside: int
    nodes: int
    js_listeners: int
    detached: int


def collect(protocol: DevTools) -> None:
    """Twice: what the first time lets go may have held more."""
    protocol.send("HeapProfiler.enable")
    for _ in range(2):
        protocol.send("HeapProfiler.collectGarbage")
    protocol.send("HeapProfiler.disable")


def count(protocol: DevTools) -> Counts:
    """Agents are closed each time: what they keep for whoever listens, handles of nodes, ids of objects,
    would be the leak."""
    collect(protocol)
    counters, heap = protocol.send("Memory.getDOMCounters"), protocol.send("Runtime.getHeapUsage")
    protocol.send("DOM.enable")
    trees = protocol.send("DOM.getDetachedDomNodes")["detachedNodes"]
    protocol.send("DOM.disable")
    kinds = held(protocol)
    return Counts(
        heap["usedSize"],
        kinds,
        heap["embedderHeapUsedSize"] + heap["backingStorageSize"],
        counters["nodes"],
        counters["jsEventListeners"],
        sum(len(tree["retainedNodeIds"]) for tree in trees),
    )


def held(protocol: DevTools) -> Held:
    """From a snapshot of the heap, which collects it first."""
    chunks: list[str] = []
    protocol.send("HeapProfiler.enable")

    def heard(event: dict[str, Any]) -> None:
        chunks.append(event["chunk"])

    protocol.on("HeapProfiler.addHeapSnapshotChunk", heard)
    protocol.send("HeapProfiler.takeHeapSnapshot", {"reportProgress": False})
    protocol.remove_listener("HeapProfiler.addHeapSnapshotChunk", heard)
    protocol.send("HeapProfiler.disable")
    return by_kind(json.loads("".join(chunks)))


def by_kind(snapshot: dict[str, Any]) -> Held:
    meta, nodes, strings = snapshot["snapshot"]["meta"], snapshot["nodes"], snapshot["strings"]
    fields, kinds = meta["node_fields"], meta["node_types"][0]
    width = len(fields)
    kind_at, name_at, size_at = (fields.index(name) for name in ("type", "name", "self_size"))
    found: Held = Counter()
    for at in range(0, len(nodes), width):
        kind = kinds[nodes[at + kind_at]]
        name = f"{kind} {strings[nodes[at + name_at]][:60]}" if kind in NAMED else kind
        found[name] += nodes[at + size_at]
    return found


def by_scripts(found: Held) -> int:
    """Bytes of what scripts have made and still hold. Elements are counted by themselves."""
    return sum(
        size for name, size in found.items() if name not in OF_ENGINE and not name.startswith(OF_BROWSER)
    )


def growth_by_kind(first: Held, last: Held, most: int = 12) -> list[tuple[str, int]]:
    """What has grown, the most first: (kind and name, bytes)."""
    grown = Counter({name: size - first[name] for name, size in last.items()})
    return [(name, size) for name, size in grown.most_common(most) if size > 0]
