"""Slack, as one of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.slack.config import SlackConfig
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel


def _configure(env: Mapping[str, str], table: Mapping[str, object]) -> SlackConfig | None:
    return SlackConfig.from_env(env)


def _build(config: SlackConfig, tools: Tools) -> Channel:
    from adapters.slack.channel import SlackChannel

    return SlackChannel(config, desk=tools.desk, notebook=tools.notebook, clock=tools.clock)


KIND = ChannelKind(
    "slack",
    _configure,
    _build,
    switched_on_by=("SLACK_BOT_TOKEN",),
    variables=("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL"),
    secrets=("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"),
)
