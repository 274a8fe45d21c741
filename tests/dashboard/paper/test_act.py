"""The act of reconciliation on paper: every precinct with its count and root, the same bytes of one list."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
import typst

from dashboard.paper.act import act_pdf
from geo.settings import Settings

MANIFEST = {
    **{"list": 7, "voting_day": "2027-03-14", "approved_by": "daulet", "file_sha256": "ab" * 32},
    **{"approved_at": "2027-01-20T10:00:00+05:00", "voters": 80_412},
    "precincts": [
        *({"number": str(n), "voters": 1_160 + n, "root": f"{n:064x}"} for n in range(1, 60)),
        {"number": "", "voters": 3, "root": "f" * 64},
    ],
}


@pytest.mark.parametrize(("lang", "nowhere"), [("kk", "учаскесіз"), ("ru", "без участка")])
def test_every_precinct_stands_in_the_act(
    lang: str, nowhere: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict = {}
    real = typst.compile

    def compile_(*args: object, sys_inputs: Mapping[str, str], **more: object) -> bytes:
        seen.update(json.loads(sys_inputs["data"]))
        return real(*args, sys_inputs=sys_inputs, **more)

    monkeypatch.setattr(typst, "compile", compile_)
    first = act_pdf(MANIFEST, lang, settings.city)
    assert first.startswith(b"%PDF-") and first == act_pdf(MANIFEST, lang, settings.city)
    assert [row[2] for row in seen["rows"]] == [one["root"] for one in MANIFEST["precincts"]]
    assert seen["rows"][-1][0] == nowhere and seen["made"] == "20.01.2027 10:00"
