"""How the channel makes itself known: the entry point in pyproject.toml names KIND."""

from __future__ import annotations

from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel
from firstline_lines.config import LinesConfig
from firstline_lines.inbound import NAME


def _build(config: LinesConfig, tools: Tools) -> Channel:
    from firstline_lines.channel import LinesChannel  # where an SDK is imported, it is imported only when the channel is switched on

    return LinesChannel(config, secret=tools.secret, clock=tools.clock)


KIND = ChannelKind(NAME, LinesConfig.read, _build, switched_on_by=("LINES_PORT",), variables=("LINES_PORT", "LINES_HOST"))
