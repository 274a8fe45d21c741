"""Answers of Open311 in its two forms. JSON: a list of objects, null where nothing is known. XML: a root, an
element for each object, an empty element where nothing is known; what XML cannot hold is left out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from starlette.responses import Response

PREFIX = "/api/open311/"
FORMS = {"json": "application/json", "xml": "application/xml"}
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
"""Root or list -> what each of its elements is called."""
NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def respond(
    root: str, content: Sequence[Any] | Mapping[str, Any], form: str, status: int = 200, **headers: str
) -> Response:
    """`root`: the element that holds it all in XML; JSON has none."""
    body = _json(content) if form == "json" else _xml(root, content)
    return Response(
        body, status, {name.replace("_", "-"): text for name, text in headers.items()}, FORMS[form]
    )


def refusal(status: int, message: str, path: str, **headers: str) -> Response:
    """A refusal as the standard has it. A key that is missing or wrong is 403 there."""
    code = 403 if status == 401 else status
    form = form_of(path)
    return respond("errors", [{"code": code, "description": message}], form, code, **headers)


def form_of(path: str) -> str:
    """What the address ends with; JSON where it ends with neither."""
    return "xml" if path.endswith(".xml") else "json"


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=_text).encode("utf-8", "replace")


def _xml(root: str, content: object) -> bytes:
    element = ElementTree.Element(root)
    _fill(element, content)
    return ElementTree.tostring(element, encoding="utf-8", xml_declaration=True)


def _fill(element: ElementTree.Element, content: object) -> None:
    if isinstance(content, Mapping):
        for name, value in content.items():
            _fill(ElementTree.SubElement(element, name), value)
    elif isinstance(content, list | tuple):
        for value in content:
            _fill(ElementTree.SubElement(element, ITEMS[element.tag]), value)
    elif content is not None:
        element.text = NOT_IN_XML.sub("", _text(content))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)
