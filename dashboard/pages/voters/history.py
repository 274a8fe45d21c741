"""The versions of the list, the newest first: each opens its own differences."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.formats import number
from dashboard.pages.voters.address import VotersAddress
from dashboard.pages.voters.equation import persons
from dashboard.words import word


def layout(address: VotersAddress, versions: list[dict[str, Any]], shown: int) -> list:
    return [
        html.Header(html.H2(word("voters.versions")), className="voters-line"),
        html.Ol(
            [
                html.Li(
                    dcc.Link(
                        [
                            html.Span(word("voters.list", list=version["id"])),
                            html.Span(word(f"voters.state.{version['state']}")),
                            html.B(number(persons(version))),
                        ],
                        href=address.href(list=version["id"]),
                        className="voters-shown" if version["id"] == shown else "",
                    )
                )
                for version in versions
            ],
            className="voters-versions",
        ),
    ]
