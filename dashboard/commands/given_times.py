"""Days and moments on a command line: what is none is refused with an example of the form that is taken."""

from __future__ import annotations

import argparse
from datetime import date, datetime

from dashboard.words import word
from geo.ranges import day_in, moment_in

DAY, MOMENT = "2027-03-14", "2027-03-14T18:30"


def day(text: str) -> date:
    found = day_in(text)
    if found is None:
        raise argparse.ArgumentTypeError(word("command.given.day", text=text, example=DAY))
    return found


def moment(text: str) -> datetime:
    """Without a zone it is for the caller to say whose time it is."""
    found = moment_in(text)
    if found is None:
        raise argparse.ArgumentTypeError(word("command.given.moment", text=text, day=DAY, example=MOMENT))
    return found
