"""Its settings, checked at start: variables of the environment, and [channels.lines] of firstline.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.errors import ConfigError

MOST_PEOPLE = 1000  # at a time, unless it is set


@dataclass(frozen=True, slots=True)
class LinesConfig:
    """Where it listens. most_people: at a time; who comes then is asked to try again."""

    port: int
    host: str = "127.0.0.1"
    most_people: int = MOST_PEOPLE

    @classmethod
    def read(cls, env: Mapping[str, str], table: Mapping[str, object]) -> LinesConfig | None:
        """The settings, or None while LINES_PORT is not set. Raises ConfigError with one line for each fault."""
        given = env.get("LINES_PORT", "").strip()
        if not given:
            return None
        faults = [f"[channels.lines] {name}: unknown setting; there is only most_people" for name in table if name != "most_people"]
        if not (given.isascii() and given.isdigit() and 1 <= int(given[:6]) <= 65535):
            faults.append(f"LINES_PORT: {given[:40]!r} is no port; write a number from 1 to 65535, or leave it empty to switch the channel off")
        most = table.get("most_people", MOST_PEOPLE)
        if not isinstance(most, int) or isinstance(most, bool) or most < 1:
            faults.append(f"[channels.lines] most_people is {most!r}: write a number from 1 on, or leave it out for {MOST_PEOPLE}")
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(int(given), env.get("LINES_HOST", "").strip() or "127.0.0.1", int(str(most)))
