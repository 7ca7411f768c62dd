"""The settings of inventories, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from bot.errors import ConfigError

NAME = "INVENTORY_SECRET"
SHORTEST = 16  # characters


@dataclass(frozen=True, slots=True)
class InventoryConfig:
    """secrets: any of them opens the address; several, so that an old one may go on until all agents have the new one."""

    secrets: tuple[SecretStr, ...]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> InventoryConfig | None:
        """None when it is off. Raises ConfigError."""
        given = env.get(NAME, "").strip()
        if not given:
            return None
        secrets = [one.strip() for one in given.split(",") if one.strip()]
        if not secrets or any(len(one) < SHORTEST for one in secrets):
            raise ConfigError(f"{NAME}: a secret in it has fewer than {SHORTEST} characters; use the output of `openssl rand -hex 32`, or leave it empty")
        if not all(re.fullmatch(r"[A-Za-z0-9._~-]+", one) for one in secrets):
            raise ConfigError(f"{NAME}: it is part of an address, so it may hold letters, digits and . _ ~ - alone; use the output of `openssl rand -hex 32`")
        return cls(tuple(SecretStr(one) for one in secrets))
