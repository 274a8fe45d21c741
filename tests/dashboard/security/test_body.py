"""Large bodies: how much of them may be in hand at once."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from dashboard.security.body import Uploads
from dashboard.security.rules import MEGABYTE
from geo.errors import Unavailable

LIMIT = 64 * MEGABYTE


def sized(size: int | None) -> Headers:
    return Headers({} if size is None else {"content-length": str(size)})


def test_uploads_beyond_the_room_are_told_to_come_again() -> None:
    uploads = Uploads()
    with uploads.room_for(sized(LIMIT), LIMIT), uploads.room_for(sized(None), LIMIT):
        for size in (LIMIT, None, 2 * MEGABYTE):
            with pytest.raises(Unavailable) as refused, uploads.room_for(sized(size), LIMIT):
                pass
            assert (refused.value.code, refused.value.parameters["retry_s"] > 0) == ("server.busy", True)
        # Small ones pass, and so does what may not be large.
        with uploads.room_for(sized(1000), LIMIT), uploads.room_for(sized(None), MEGABYTE):
            pass
    assert uploads.held == 0
    with uploads.room_for(sized(LIMIT), LIMIT):
        assert uploads.held == LIMIT


def test_the_room_is_free_again_after_a_failure() -> None:
    uploads = Uploads()
    with pytest.raises(ZeroDivisionError), uploads.room_for(sized(LIMIT), LIMIT):
        raise ZeroDivisionError
    assert uploads.held == 0
