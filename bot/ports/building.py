"""What a channel is made of, and how one is made known: the built-in ones by adapters/kinds.py, others by the entry point group `firstline.channels`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.desks import Desk
from bot.ports.world import Channel, Clock, Files, Notebook


@dataclass(frozen=True, slots=True)
class Tools:
    """What a channel gets besides its own settings.

    notebook: its durable notes, keys beginning with its name. files: where it keeps what people sent if their platform does not. secret: signs what it
    gives out and must know again. shared: other processes work on the same database.
    """

    desk: Desk
    notebook: Notebook
    files: Files
    clock: Clock
    secret: bytes
    shared: bool = False


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """How a channel is switched on and made. An SDK is imported by `build`, not before.

    name: begins all of its ids, and is its table below [channels] in firstline.toml. variables: of the environment, those it reads; secrets: those
    of them that must never be seen, a password in an address is hidden anyway.
    configure: the environment and that table as tomllib read it, to its settings; None is switched off. Raises ConfigError with one line a fault.
    build: its settings and tools, to a channel that is not yet connected. Raises ConfigError when a library that it needs is not installed.
    switched_on_by: the variables without which it stays off, for people to read.
    """

    name: str
    configure: Callable[[Mapping[str, str], Mapping[str, object]], Any | None]
    build: Callable[[Any, Tools], Channel]
    switched_on_by: tuple[str, ...]
    variables: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
