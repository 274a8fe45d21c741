"""Times by a declared format: the directives of strftime, `%Y %m %d %H%M`, for spellings that could be
read in several ways.

    %Y year  %y two digits of it (69 = 2069, 70 = 1970)  %m month  %b its name  %d day  %H hour  %I hour of
    twelve  %p AM or PM %M minute  %S second  %f fraction of a second  %z offset from UTC

A number may lack its leading zero ("1/7"), and of `%H%M` the hour may be missing ("541" = 05:41, "5" =
00:05), as spreadsheets leave them.
"""

from __future__ import annotations

import re

DIRECTIVES = {
    "Y": r"(?P<year>\d{4})",
    "y": r"(?P<year>\d{2})",
    "m": r"(?P<a>\d{1,2})",
    "b": r"(?P<name>\pL{3,})\.?",
    "d": r"(?P<b>\d{1,2})",
    "H": r"(?P<hour>\d{1,2})",
    "I": r"(?P<hour>\d{1,2})",
    "p": r"(?P<half>[AaPp]\.?[Mm]\.?)",
    "M": r"(?P<minute>\d{1,2})",
    "S": r"(?P<second>\d{1,2})",
    "f": r"(?P<fraction>\d{1,9})",
    "z": r"(?P<zone>[Zz]|(?P<sign>[+-])(?P<east>\d{1,2})(?::?(?P<east_minute>\d{2}))?)",
}
TOGETHER = {"%H%M": r"(?P<hour>\d{0,2}?)(?P<minute>\d{1,2})"}
TOKEN = re.compile(r"%H%M|%.|\s+|.")


def pattern(format_: str) -> str:
    """The regular expression of a format, with the groups that `etl.clean.times` reads. Raises ValueError
    for a directive that there is not, or twice, and for a format without a year and a month.

    >>> pattern("%d.%m.%y")
    '^(?P<b>\\\\d{1,2})\\\\.(?P<a>\\\\d{1,2})\\\\.(?P<year>\\\\d{2})$'
    """
    found = "".join(map(part, TOKEN.findall(format_.strip())))
    names = re.findall(r"\(\?P<(\w+)>", found)
    if len(names) != len(set(names)):
        raise ValueError(f"{format_}: a directive stands twice")
    if "year" not in names or not {"a", "name"} & set(names):
        raise ValueError(f"{format_}: no year or no month")
    return f"^{found}$"


def part(token: str) -> str:
    if token in TOGETHER:
        return TOGETHER[token]
    if token.startswith("%"):
        if token[1:] not in DIRECTIVES:
            raise ValueError(f"no directive {token}")
        return DIRECTIVES[token[1:]]
    return r"\s+" if token.isspace() else re.escape(token)
