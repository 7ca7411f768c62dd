"""Requests made from the description itself: whatever fits it, and whatever nearly does, is answered as it says, and never with a fault of ours.

GENERATED_CASES says how many; `make bench` sends 2,000.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from tests.api_desk import api_desk
from tests.generated import Tally, send_generated

CASES = int(os.environ.get("GENERATED_CASES", "300"))


@pytest.fixture
async def tally() -> AsyncIterator[Tally]:
    async with api_desk() as desk:
        yield await send_generated(desk, CASES)


async def test_whatever_is_sent_is_answered_as_the_description_says(tally: Tally) -> None:
    assert tally.cases >= CASES
    assert tally.wrong == []
    assert tally.server_errors == 0
    assert tally.done > 0, "some of them are more than refused"
