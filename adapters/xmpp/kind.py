"""XMPP, as one of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.xmpp.config import XmppConfig
from bot.errors import ConfigError
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel


def _configure(env: Mapping[str, str], table: Mapping[str, object]) -> XmppConfig | None:
    return XmppConfig.read(env, table)


def _build(config: XmppConfig, tools: Tools) -> Channel:
    try:
        from adapters.xmpp.channel import XmppChannel
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "slixmpp":
            raise
        raise ConfigError('XMPP_SECRET is set, but slixmpp is not installed: `pip install "firstline[xmpp]"`, or leave XMPP_SECRET empty') from error
    return XmppChannel(config, desk=tools.desk, notebook=tools.notebook, clock=tools.clock)


KIND = ChannelKind(
    "xmpp",
    _configure,
    _build,
    switched_on_by=("XMPP_SECRET",),
    variables=("XMPP_SECRET", "XMPP_COMPONENT", "XMPP_HOST", "XMPP_PORT"),
    secrets=("XMPP_SECRET",),
)
