"""The channel keeps what every channel promises."""

from firstline_lines.channel import LinesChannel
from side import a_side

from adapters.contract.sides import Trial
from adapters.contract.suite import *  # noqa: F403  the tests

SIDES = {"lines": Trial(LinesChannel, a_side)}
