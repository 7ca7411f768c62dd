"""The product behind each door, for journeys that are played through all of them; and a browser with the product in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.browser_product import Faults, Product, chromium, product_in
from tests.journeys.doors import Door
from tests.journeys.openings import DOORS

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium. Not for longer than a module: its loop would stand in the way of others."""
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def product(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The product as a process of its own; not started where there is no browser."""
    with product_in(tmp_path_factory.mktemp("product")) as made:
        yield made


@pytest.fixture(scope="module")
def state(product: Product) -> Path:
    """Where the agent's sign-in is kept: the printed link works once."""
    return product.folder / "agent.json"


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What goes wrong in the pages that are watched; nothing may."""
    found = Faults()
    yield found
    assert found == []
