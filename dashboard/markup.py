"""What no callback asks for reaches the browser as data for one component, `assets/markup.js`. Each element
that Dash itself draws costs the browser about a millisecond: a place in its store, three subscriptions to
that, an action of its own.

Pages are written with `dash.html` and know nothing of this: `app` packs what is laid out, and what callbacks
answer. What a callback or a script changes by its id stays a component of Dash, and so does what is not HTML
(stores, fields, maps, charts). Text is never HTML: React writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dash import dcc
from dash.development.base_component import Component

CHANGED_BY_SCRIPTS = frozenset({"shell-notice", "voters-changed", "voters-nowhere"})
"""Ids that no callback knows and a script gives to Dash's `set_props`."""
HTML = "dash_html_components"


class Markup(Component):
    """`tree`: texts, elements {"type", "props"} with their children among the props, and {"slot": n} where
    the component n of `children` stands. "within": a link that changes the address without leaving
    the page, if it can."""

    _namespace, _type = "ikomek", "Markup"
    _prop_names = ["children", "tree"]
    _valid_wildcard_attributes: list[str] = []

    def __init__(self, tree: list, children: list[Component]) -> None:
        """Without Dash's checks of names, which take the library's version for each."""
        self.tree, self.children = tree, children


def pack(parts: Any, kept: Collection[str]) -> Any:
    """`parts`: what a component takes as children. `kept`: the ids that callbacks know."""
    slots: list[Component] = []
    tree = [_node(part, kept, slots) for part in _listed(parts)]
    if any("type" in node for node in tree if isinstance(node, dict)):
        return Markup(tree, slots)
    return parts  # those that stay were packed in their places


def pack_answer(answer: Any, kept: Collection[str], outputs: int) -> Any:
    """What a callback answers: children of components, and data, which is left as it is."""
    if outputs != 1:
        return tuple(pack_answer(one, kept, 1) for one in answer) if isinstance(answer, Sequence) else answer
    shown = any(isinstance(part, Component) for part in _listed(answer))
    return pack(answer, kept) if shown else answer


def _listed(parts: Any) -> Sequence:
    return parts if isinstance(parts, (list, tuple)) else (parts,)


def _node(part: Any, kept: Collection[str], slots: list[Component]) -> Any:
    if not isinstance(part, Component):
        return part
    if _stays(part, kept):
        if hasattr(part, "children") and not isinstance(part, Markup):
            part.children = pack(part.children, kept)
        slots.append(part)
        return {"slot": len(slots) - 1}
    props = {name: value for name, value in vars(part).items() if not name.startswith(("_", "available_"))}
    inside = props.pop("children", None)
    if isinstance(inside, (list, tuple)):
        props["children"] = [_node(child, kept, slots) for child in inside]
    elif inside is not None:
        props["children"] = _node(inside, kept, slots)
    if isinstance(part, dcc.Link):
        return _link(props)
    return {"type": part._type.lower(), "props": props}


def _stays(part: Component, kept: Collection[str]) -> bool:
    known = getattr(part, "id", None)
    if isinstance(known, dict) or known in kept or known in CHANGED_BY_SCRIPTS:
        return True
    return part._namespace != HTML and not isinstance(part, dcc.Link)


def _link(props: dict[str, Any]) -> dict[str, Any]:
    leaves = props.pop("refresh", False) or "target" in props
    return {"type": "a", "props": props} if leaves else {"type": "a", "props": props, "within": True}
