"""The web's settings, checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, cast

from bot.errors import ConfigError

SIGN_IN = ("", "link")
KNOWN = frozenset({"sign_in"})


@dataclass(frozen=True, slots=True)
class WebConfig:
    """[channels.web] of firstline.toml.

    sign_in: "" (nobody signs in to ask: only on loopback) or "link" (everybody comes through a one-time link; needed beyond loopback).
    """

    sign_in: Literal["", "link"] = ""

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> WebConfig:
        """From the table as tomllib read it. Raises ConfigError with one line a fault."""
        faults = [f"[channels.web] {name}: unknown setting; there is only sign_in" for name in table if name not in KNOWN]
        sign_in = table.get("sign_in", "")
        if sign_in not in SIGN_IN:
            faults.append(f'[channels.web] sign_in is {sign_in!r}: use "link" (one-time sign-in links), or leave it out to stay on loopback')
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(cast(Literal["", "link"], sign_in))
