"""The date of a receipt: it may be some minutes before the list was approved, as clocks go, and not more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from geo.errors import Unavailable
from geo.voters.transfer.receipts import CLOCKS_DIFFER, read_receipt

APPROVED = datetime(2027, 2, 9, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def receipt(at: datetime) -> bytes:
    given = {"package": "a.tar", "sha256": "00", "number": "1", "received_at": at.isoformat()}
    return json.dumps(given).encode()


def test_a_date_before_the_list_was_approved_is_refused_but_for_the_clocks() -> None:
    taken = APPROVED - CLOCKS_DIFFER
    assert read_receipt(receipt(taken), "a.tar", bytes(1), APPROVED, None).received_at == taken
    with pytest.raises(Unavailable, match="voters.transfer.receipt_old"):
        read_receipt(receipt(taken - SECOND), "a.tar", bytes(1), APPROVED, None)
