"""Tables whose cells are data: a text, a link, what stands out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypedDict

from dash import html


class LinkedCell(TypedDict, total=False):
    """A text that leads somewhere, or stands out."""

    text: str
    href: str
    strong: bool


Cell = str | LinkedCell


def long_table(
    heads: Sequence[str], rows: Iterable[Sequence[Cell]], classes: str, row_heads: bool = False
) -> html.Div:
    """`row_heads`: the first cell of each row names it."""
    head = html.Thead(html.Tr([html.Th(text, scope="col") for text in heads]))
    body = html.Tbody([_row(cells, row_heads) for cells in rows])
    return html.Div(html.Table([head, body]), className=classes, tabIndex="0")


def _row(cells: Sequence[Cell], row_heads: bool) -> html.Tr:
    inside = [_inside(cell) for cell in cells]
    named = [html.Th(inside.pop(0), scope="row")] if row_heads else []
    return html.Tr([*named, *(html.Td(one) for one in inside)])


def _inside(cell: Cell) -> str | html.A | html.B:
    if isinstance(cell, str):
        return cell
    text, href = cell["text"], cell.get("href")
    shown = html.B(text) if cell.get("strong") else text
    return html.A(shown, href=href) if href else shown
