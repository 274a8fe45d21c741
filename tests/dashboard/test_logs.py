"""The web server's own log, whatever is sent to it: no word typed, no token, no body."""

from __future__ import annotations

import pytest

from tests.support.web import Server

MARKER = "ZqMarker7702"


@pytest.mark.parametrize("role", [None, "administrator"])
def test_nothing_that_was_sent_stands_in_the_log(shared_server: Server, role: str | None) -> None:
    callback = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "changedPropIds": ["address.pathname"],
        "inputs": [{"id": "address", "property": "pathname", "value": MARKER}],
        "state": [{"id": "address", "property": "search", "value": f"?a={MARKER}"}],
    }
    broken = callback | {"inputs": [{"id": "address", "property": "pathname", "value": {MARKER: 1}}]}
    with shared_server.client(role) as client:
        client.post("/sign-in", data={"name": MARKER, "password": MARKER})
        for path in (
            f"/sign-in/once?token={MARKER}",
            f"/wall/operations?token={MARKER}",
            f"/map?kind={MARKER}",
            f"/{MARKER}",
            f"/live?from={MARKER}",
            f"/layers/points/incidents.json?kind={MARKER}",
            f"/tiles/density/10/1/1.mvt?category={MARKER}",
        ):
            client.get(path)
        for body in (callback, broken, {"output": "page.children", "inputs": MARKER}, {"output": MARKER}):
            client.post("/_dash-update-component", json=body)
        client.post("/api/v1/ingest/police/1", content=MARKER, headers={"Authorization": f"Bearer {MARKER}"})
    assert MARKER not in shared_server.logged()
