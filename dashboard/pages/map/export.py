"""The selection as a file: five links to `/layers/export/`, shown to those who may take it. In a tab of
their own, which the browser closes when the file comes: a refusal is read there. A file has the rows of the
moment in which it is asked for, and `duty/duty.js` reads the list again with it, so that both agree."""

from __future__ import annotations

from urllib.parse import urlencode

from dash import html

from dashboard.pages.map.address import MapAddress
from dashboard.words import word

FORMS = ("csv", "xlsx", "geojson", "gpkg", "pdf")


def layout(address: MapAddress, allowed: bool) -> list:
    """All rows of the filter, whatever page of the list is shown."""
    if not allowed:
        return []
    query = urlencode(address.filter_query(), safe=",")
    links = [
        html.A(
            word(f"duty.export.{form}"),
            href=f"/layers/export/incidents.{form}" + (f"?{query}" if query else ""),
            className="button",
            target="_blank",
            title=word(f"duty.export.{form}.title"),
            **{"data-form": form},
        )
        for form in FORMS
    ]
    title = word("duty.export.title")
    return [html.Span(word("duty.export"), className="duty-quiet", title=title), *links]
