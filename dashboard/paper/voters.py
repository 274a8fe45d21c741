"""A precinct's list for its commission. It is dated by the approval of the list and not by the hour of
printing, so that the same list is the same bytes whenever it is printed."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboard.formats import listed
from dashboard.paper.typeset import typeset
from dashboard.words import word
from geo.voters.printed import PrintedList, PrintedVoter

COLUMNS = ("number", "name", "born", "address", "signature")
SIGNERS = ("akimat", "chair", "secretary")


def voters_pdf(printed: PrintedList, by: str, lang: str, zone: ZoneInfo) -> bytes:
    """`by`: in which order its voters stand."""
    at = datetime.fromisoformat(printed.approved_at).astimezone(zone)
    station = listed(printed.station, printed.station_address)
    precinct = word("voters.printed.precinct", lang, number=printed.number)
    facts = [
        printed.district,
        word("voters.printed.station", lang, station=station) if station else "",
        word("voters.printed.day", lang, day=_day(printed.voting_day), n=len(printed.voters)),
        word(f"voters.printed.by.{by}", lang),
    ]
    data = {
        "lang": lang,
        "title": word("voters.printed.title", lang),
        "about": precinct,
        "facts": [fact for fact in facts if fact],
        "columns": [word(f"voters.printed.column.{name}", lang) for name in COLUMNS],
        "rows": [_row(n, voter) for n, voter in enumerate(printed.voters, 1)],
        "signers": [word(f"voters.printed.signer.{name}", lang) for name in SIGNERS],
        "made_by": listed(precinct, word("voters.printed.approved", lang), by=" · "),
        "page_of": word("paper.page", lang),
    }
    return typeset("voters", data, at)


def _row(n: int, voter: PrintedVoter) -> list[str]:
    return [str(n), voter.name, _day(voter.born), voter.address]


def _day(iso: str) -> str:
    return date.fromisoformat(iso).strftime("%d.%m.%Y") if iso else ""
