"""Few fixtures, made of the shipped doubles."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.world import World

# The same examples every time, so that a red run means a change; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture
def world() -> World:
    """A desk over the doubles: see tests/world.py."""
    return World()
