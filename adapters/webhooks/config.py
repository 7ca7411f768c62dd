"""The settings of outgoing webhooks, checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import ConfigError

KNOWN = frozenset({"allow_private"})


@dataclass(frozen=True, slots=True)
class WebhooksConfig:
    """[channels.webhooks] of firstline.toml. allow_private: addresses of the own network, and http on this computer, may be called, too."""

    allow_private: bool = False

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> WebhooksConfig:
        """From the table as tomllib read it. Raises ConfigError with one line a fault."""
        faults = [f"[channels.webhooks] {name}: unknown setting; there is only allow_private" for name in table if name not in KNOWN]
        allowed = table.get("allow_private", False)
        if not isinstance(allowed, bool):
            faults.append(f"[channels.webhooks] allow_private is {allowed!r}: use true or false")
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(allowed is True)
