"""Our channels keep what every channel promises: the promises are in adapters/contract/suite.py, the people in tests/contract/channels.py."""

from __future__ import annotations

from adapters.contract.sides import Trial
from adapters.contract.suite import *  # noqa: F403  the tests
from tests.contract import channels

SIDES = {name: Trial(channels.CLASSES[name], opened, name not in channels.QUIET, name != "memory") for name, opened in channels.SIDES.items()}
