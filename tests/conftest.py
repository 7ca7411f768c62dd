"""Few fixtures, made of the shipped doubles."""

from __future__ import annotations

import pytest

from tests.world import World


@pytest.fixture
def world() -> World:
    """A desk over the doubles: see tests/world.py."""
    return World()
