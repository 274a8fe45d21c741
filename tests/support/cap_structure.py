"""What the schema of CAP 1.2 asks of a message, as a table: which elements in which order, how often, and how
each is written. Independent of what writes the messages."""

from __future__ import annotations

import re
from xml.etree import ElementTree

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d"
NAME = r"[^\s,&<]+"
PAIR = r"-?\d+(\.\d+)?,-?\d+(\.\d+)?"
ANY = r"(?s).+"
ALERT = (
    ("identifier", NAME, 1, 1),
    ("sender", NAME, 1, 1),
    ("sent", MOMENT, 1, 1),
    ("status", "Actual|Exercise|System|Test|Draft", 1, 1),
    ("msgType", "Alert|Update|Cancel|Ack|Error", 1, 1),
    ("source", ANY, 0, 1),
    ("scope", "Public|Restricted|Private", 1, 1),
    ("restriction", ANY, 0, 1),
    ("addresses", ANY, 0, 1),
    ("code", ANY, 0, 99),
    ("note", ANY, 0, 1),
    ("references", rf"{NAME},{NAME},{MOMENT}( {NAME},{NAME},{MOMENT})*", 0, 1),
    ("incidents", ANY, 0, 1),
    ("info", None, 0, 99),
)
INFO = (
    ("language", r"[a-z]{2}(-[A-Z]{2})?", 0, 1),
    ("category", "Geo|Met|Safety|Security|Rescue|Fire|Health|Env|Transport|Infra|CBRNE|Other", 1, 99),
    ("event", ANY, 1, 1),
    ("responseType", "Shelter|Evacuate|Prepare|Execute|Avoid|Monitor|Assess|AllClear|None", 0, 99),
    ("urgency", "Immediate|Expected|Future|Past|Unknown", 1, 1),
    ("severity", "Extreme|Severe|Moderate|Minor|Unknown", 1, 1),
    ("certainty", "Observed|Likely|Possible|Unlikely|Unknown", 1, 1),
    ("audience", ANY, 0, 1),
    ("eventCode", None, 0, 99),
    ("effective", MOMENT, 0, 1),
    ("onset", MOMENT, 0, 1),
    ("expires", MOMENT, 0, 1),
    ("senderName", ANY, 0, 1),
    ("headline", ANY, 0, 1),
    ("description", ANY, 0, 1),
    ("instruction", ANY, 0, 1),
    ("web", ANY, 0, 1),
    ("contact", ANY, 0, 1),
    ("parameter", None, 0, 99),
    ("resource", None, 0, 99),
    ("area", None, 0, 99),
)
AREA = (
    ("areaDesc", ANY, 1, 1),
    ("polygon", rf"{PAIR}( {PAIR}){{3,}}", 0, 99),
    ("circle", rf"{PAIR} \d+(\.\d+)?", 0, 99),
    ("geocode", None, 0, 99),
    ("altitude", ANY, 0, 1),
    ("ceiling", ANY, 0, 1),
)
PARTS = {"info": INFO, "area": AREA}


def faults(content: bytes) -> list[str]:
    """What is wrong with a message; empty where nothing is."""
    root = ElementTree.fromstring(content)
    if root.tag != f"{CAP}alert":
        return [f"the root is {root.tag}"]
    found = _of_element(root, ALERT, "alert")
    if root.findtext(f"{CAP}msgType") in ("Update", "Cancel") and root.find(f"{CAP}references") is None:
        found.append("an update or a cancellation refers to nothing")
    for polygon in root.iter(f"{CAP}polygon"):
        points = (polygon.text or "").split()
        if points[0] != points[-1]:
            found.append("a polygon is not closed")
    return found


def _of_element(element: ElementTree.Element, rows: tuple, where: str) -> list[str]:
    names = [row[0] for row in rows]
    tags = [part.tag.removeprefix(CAP) for part in element]
    found = [f"{where} has no {tag}" for tag in tags if tag not in names]
    known = [names.index(tag) for tag in tags if tag in names]
    if known != sorted(known):
        found.append(f"{where}: the order is {tags}")
    for name, pattern, least, most in rows:
        parts = element.findall(f"{CAP}{name}")
        if not least <= len(parts) <= most:
            found.append(f"{where}: {len(parts)} x {name}")
        for part in parts:
            if name in PARTS:
                found += _of_element(part, PARTS[name], name)
            elif pattern and not re.fullmatch(pattern, part.text or ""):
                found.append(f"{name} is {part.text!r}")
    return found
