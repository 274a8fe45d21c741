"""The filter by category: a tree of groups, each with its count, and a search in it. A group's box takes in
or out all that is in it, its name leaves that alone. `assets/duty/categories.js` opens groups and finds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dash import html

from dashboard.formats import number
from dashboard.pages.map.address import MapAddress
from dashboard.request_context import current
from dashboard.words import word
from layers.incidents.filters import IncidentFilter
from layers.incidents.listing import Answer


@dataclass(frozen=True)
class Branch:
    """A category with those below it, at any depth, the fullest first. `ids`: what its box takes in."""

    id: int
    name: str
    n: int
    leaves: Sequence[Branch] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        return (self.id, *(leaf.id for leaf in self.leaves))

    @property
    def whole(self) -> int:
        return self.n + sum(leaf.n for leaf in self.leaves)


def layout(address: MapAddress, answer: Answer) -> html.Section:
    chosen = frozenset(address.incident_filter.selection.categories or ())
    branches = grow(answer, current().principal.kinds, chosen)
    shown = sum(len(branch.ids) for branch in branches)
    return html.Section(
        [
            html.H3([word("duty.category"), html.Span(_how_many(len(chosen), shown), className="duty-n")]),
            html.Div(
                id="duty-category-search-slot",
                className="duty-category-search",
                **{"data-label": word("duty.category.search"), "data-none": word("duty.category.not_found")},
            ),
            html.Ul(
                [_branch(address, branch, chosen) for branch in branches],
                className="duty-values duty-tree",
            ),
            html.P(
                word("duty.category.not_found"),
                className="duty-quiet duty-tree-none",
                hidden=True,
                role="status",
            ),
        ],
        **{"data-facet": "category"},
    )


def _how_many(chosen: int, shown: int) -> str:
    """ "all 107", or "3 of 107"."""
    if not chosen:
        return word("duty.category.all", n=shown)
    return word("duty.category.some", chosen=number(chosen), n=shown)


def grow(answer: Answer, kinds: Iterable[str] | None, chosen: frozenset[int]) -> list[Branch]:
    """The whole tree, empty categories too; of kinds outside of the caller's scope what is chosen alone, for
    how many there are of them is not known here."""
    counts, names, tree = answer.counts["category"], answer.names["category"], answer.categories
    allowed = None if kinds is None else frozenset(kinds)
    below: dict[int, list[Branch]] = {}
    for category, (_, kind) in tree.items():
        if allowed is None or kind in allowed or category in chosen or counts[category]:
            root = _root(category, answer)
            below.setdefault(root, [])
            if root != category:
                below[root].append(Branch(category, names[category], counts[category]))
    branches = [
        Branch(root, names[root], counts[root], sorted(leaves, key=_fullest))
        for root, leaves in below.items()
    ]
    branches.sort(key=_fullest)
    return [*branches, Branch(0, word("duty.category.none"), counts[0])]


def _fullest(branch: Branch) -> tuple[int, str]:
    return -branch.whole, branch.name


def _root(category: int, answer: Answer) -> int:
    parent, _ = answer.categories[category]
    return category if parent is None or parent not in answer.categories else _root(parent, answer)


def _branch(address: MapAddress, branch: Branch, chosen: frozenset[int]) -> html.Li:
    if not branch.leaves:
        return _leaf(address, branch, chosen)
    leaves = f"duty-branch-{branch.id}"
    return html.Li(
        [
            html.Div(
                [
                    _twist(branch, leaves),
                    _box(address, branch, chosen),
                    html.A(
                        [
                            html.Span(branch.name, className="duty-name", title=branch.name),
                            _n(branch.whole),
                        ],
                        href=_href(address, frozenset(branch.ids)),
                        className="duty-value duty-only",
                        title=word("duty.category.only", name=branch.name),
                    ),
                ],
                className="duty-branch-head",
            ),
            html.Ul(
                [
                    *([_leaf(address, replace(branch, leaves=()), chosen)] if branch.n else []),
                    *(_leaf(address, leaf, chosen) for leaf in branch.leaves),
                ],
                id=leaves,
                className="duty-leaves",
                hidden=True,
            ),
        ],
        className="duty-branch",
        **{"data-branch": str(branch.id), "data-name": branch.name},
    )


def _twist(branch: Branch, leaves: str) -> html.Button:
    """The button that opens the branch; `leaves`: the id of what it opens."""
    return html.Button(
        className="duty-twist",
        type="button",
        title=word("duty.category.open"),
        **{
            "aria-expanded": "false",
            "aria-controls": leaves,
            "aria-label": word("duty.category.open_of", name=branch.name),
        },
    )


def _box(address: MapAddress, branch: Branch, chosen: frozenset[int]) -> html.A:
    """The checkbox for the whole branch."""
    inside = chosen.intersection(branch.ids)
    state = "false" if not inside else "true" if len(inside) == len(branch.ids) else "mixed"
    return html.A(
        html.Span(className="duty-tick", **{"data-state": state}),
        href=_href(address, chosen - inside if state == "true" else chosen | set(branch.ids)),
        className="duty-box",
        role="checkbox",
        **{"aria-checked": state, "aria-label": word("duty.category.all_of", name=branch.name)},
    )


def _leaf(address: MapAddress, leaf: Branch, chosen: frozenset[int]) -> html.Li:
    on = leaf.id in chosen
    link = html.A(
        [
            html.Span(className="duty-tick"),
            html.Span(leaf.name, className="duty-name", title=leaf.name),
            _n(leaf.n),
        ],
        href=_href(address, chosen ^ {leaf.id}),
        className="duty-value",
        **({"aria-current": "true"} if on else {}),
    )
    return html.Li(
        link,
        className="duty-leaf",
        **{"data-value": str(leaf.id), "data-name": leaf.name, "data-n": str(leaf.n)},
    )


def _n(n: int) -> html.Span:
    return html.Span(number(n), className="duty-n", **{"data-n": str(n)})


def _href(address: MapAddress, chosen: Iterable[int]) -> str:
    shown: IncidentFilter = address.incident_filter
    narrowed = replace(shown.selection, categories=tuple(sorted(chosen)) or None)
    return address.href(replace(shown, selection=narrowed))
