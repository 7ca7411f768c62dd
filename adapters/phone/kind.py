"""The telephone, as one of the channels."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.phone.config import PhoneConfig
from bot.errors import ConfigError
from bot.ports.building import ChannelKind, Tools
from bot.ports.world import Channel


def _configure(env: Mapping[str, str], table: Mapping[str, object]) -> PhoneConfig | None:
    return PhoneConfig.read(env, table)


def _build(config: PhoneConfig, tools: Tools) -> Channel:
    try:
        import twilio  # type: ignore[import-untyped]  # noqa: F401 - it is there as a whole, or not
    except ImportError as error:
        raise ConfigError("TWILIO_ACCOUNT_SID is set, and the library for it is not installed: pip install 'firstline[phone]'") from error
    from adapters.phone.channel import PhoneChannel

    return PhoneChannel(config, desk=tools.desk, notebook=tools.notebook, clock=tools.clock)


KIND = ChannelKind(
    "phone",
    _configure,
    _build,
    switched_on_by=("TWILIO_ACCOUNT_SID",),
    variables=("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY", "TWILIO_FROM", "TWILIO_API_URL"),
    secrets=("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY"),
)
