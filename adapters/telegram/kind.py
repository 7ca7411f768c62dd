"""Telegram, as one of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.telegram.config import TelegramConfig
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel


def _configure(env: Mapping[str, str], table: Mapping[str, object]) -> TelegramConfig | None:
    return TelegramConfig.from_env(env)


def _build(config: TelegramConfig, tools: Tools) -> Channel:
    from adapters.telegram.channel import TelegramChannel

    return TelegramChannel(config, desk=tools.desk, notebook=tools.notebook, clock=tools.clock)


KIND = ChannelKind(
    "telegram",
    _configure,
    _build,
    switched_on_by=("TELEGRAM_BOT_TOKEN",),
    variables=("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET", "TELEGRAM_API_URL"),
    secrets=("TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET"),
)
