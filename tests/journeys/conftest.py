"""The product behind each door, for journeys that are played through all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.doors import Door
from tests.journeys.openings import DOORS


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=DOORS)
async def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """The product behind one door, for all journeys of a module. Its DESK, if it has one, is what the door is opened with: more, serving, top."""
    async with DOORS[request.param](tmp_path_factory.mktemp(request.param), **getattr(request.module, "DESK", {})) as door:
        yield door


@pytest_asyncio.fixture(loop_scope="module")
async def door(running: Door) -> AsyncIterator[Door]:
    """The door; whatever happens, no platform may have to refuse a call of ours."""
    running.refused()
    yield running
    assert running.refused() == []
