"""The act of reconciliation of a package for the election commission: how many voters each precinct has, and
the root by which its rows can be proved. It is dated by the approval of the list: the same list is the same
bytes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from dashboard.formats import number
from dashboard.paper.typeset import typeset
from dashboard.words import word
from geo.settings import City

COLUMNS = ("precinct", "voters", "root")
SIGNERS = ("akimat", "commission")


def act_pdf(manifest: Mapping[str, Any], lang: str, city: City) -> bytes:
    at = datetime.fromisoformat(manifest["approved_at"]).astimezone(city.time_zone)
    day = date.fromisoformat(manifest["voting_day"]).strftime("%d.%m.%Y")
    facts = [
        word("voters.act.list", lang, list=manifest["list"], day=day, who=manifest["approved_by"]),
        word("voters.act.file", lang, hash=manifest["file_sha256"]),
        word("voters.act.sum", lang, precincts=len(manifest["precincts"]), n=manifest["voters"]),
        word("voters.act.statement", lang),
    ]
    data = {
        "lang": lang,
        "title": word("voters.act.title", lang),
        "about": city.names[lang],
        "facts": facts,
        "columns": [word(f"voters.act.column.{name}", lang) for name in COLUMNS],
        "rows": [
            [one["number"] or word("voters.act.nowhere", lang), number(one["voters"]), one["root"]]
            for one in manifest["precincts"]
        ],
        "signers": [word(f"voters.act.signer.{name}", lang) for name in SIGNERS],
        "made_by": word("voters.printed.approved", lang),
        "page_of": word("paper.page", lang),
    }
    return typeset("act", data, at)
