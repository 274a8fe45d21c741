"""Days and moments on a command line: what is none is refused with an example of the form that is taken."""

from __future__ import annotations

import argparse
from datetime import date, datetime

from dashboard.words import word

DAY, MOMENT = "2027-03-14", "2027-03-14T18:30"


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(word("command.given.day", text=text, example=DAY)) from None


def moment(text: str) -> datetime:
    """Without a zone it is for the caller to say whose time it is."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            word("command.given.moment", text=text, day=DAY, example=MOMENT)
        ) from None
