"""A template with its data, as PDF."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from dashboard.words import language, word

FOLDER = Path(__file__).parent


def typeset(template: str, data: Mapping[str, Any], at: datetime) -> bytes:
    """The PDF of `template`.typ, in the caller's language; `at` is when it was made, by the city's clock."""
    import typst  # here: it takes a while, and few processes ever print

    whole = {
        "lang": language.get(),
        "made": at.strftime("%d.%m.%Y %H:%M"),
        "page_of": word("paper.page"),
        "made_by": word("paper.made"),
        **data,
    }
    return typst.compile(
        FOLDER / f"{template}.typ",
        root=FOLDER,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(whole, ensure_ascii=False)},
        timestamp=int(at.timestamp()),
    )
