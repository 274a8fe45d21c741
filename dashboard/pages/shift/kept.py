"""The list of hand-overs that were signed, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dash import html

from dashboard.formats import number, numbered
from dashboard.words import word
from layers.shifts import MOST_KEPT, Handover

COLUMNS = ("handover", "span", "leaves", "takes", "state", "critical", "overdue")


def table(found: Sequence[Handover], zone: ZoneInfo) -> list:
    if not found:
        return [html.P(word("shift.kept.none"), className="shift-none")]
    head = html.Thead(html.Tr([html.Th(word(f"shift.column.{key}"), scope="col") for key in COLUMNS]))
    rows = html.Tbody([_row(one, zone) for one in found])
    older = (
        [html.A(word("shift.kept.older"), href=f"/shift?show=kept&before={found[-1].id}")]
        if len(found) == MOST_KEPT
        else []
    )
    return [html.Table([head, rows], className="shift-table"), *older]


def _row(one: Handover, zone: ZoneInfo) -> html.Tr:
    sections = one.contents.sections
    cells = {
        "span": f"{_clock(one.begins_at, zone)}–{_clock(one.left_at, zone)}",
        "leaves": one.left_by,
        "takes": one.taken_by or "–",
        "state": word(f"shift.state.{one.state}"),
        "critical": number(sections["critical"]["n"]),
        "overdue": number(sections["overdue"]["n"]),
    }
    link = html.A(numbered(one.id), href=f"/shift?handover={one.id}")
    return html.Tr(
        [
            html.Td(link, **{"data-column": word("shift.column.handover")}),
            *(html.Td(text, **{"data-column": word(f"shift.column.{key}")}) for key, text in cells.items()),
        ],
        **{"data-state": one.state},
    )


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%d.%m.%Y %H:%M")
