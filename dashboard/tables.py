"""Tables of hundreds of cells. Each element that Dash draws costs the browser about a millisecond, and each
cell would be one; such a table is one element with its rows as data, which `assets/tables.js` fills."""

from __future__ import annotations

import json
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
    table = {"heads": heads, "rows": list(rows), "rowHeads": row_heads}
    data = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    return html.Div(className=f"{classes} long-table", tabIndex="0", **{"data-table": data})
