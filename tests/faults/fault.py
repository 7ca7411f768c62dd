"""What a fault is: how it is done, how long it lasts, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from tests.faults.flows import Flow
from tests.faults.scene import Scene

ALL = ("sqlite", "postgresql", "mariadb")
SERVERS = ("postgresql", "mariadb")
HOLD_S = 6.0
WITHIN_S = 60.0  # after a fault is mended

Harm = Callable[[Scene], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Fault:
    """harm: done on entering, mended on leaving.

    forms: where it is played. under: everything people do in the second half begins while it lasts; else all of it has just begun when it strikes.
    repeats: messages that may arrive twice, all flows and platforms together, because a process was killed while it sent them, or the answer to a
    call was lost and the platform has no way to ask (Telegram); on Slack none ever may. needs: a program without which it is left out.
    again: people were told no, and do the second half once more when it is mended.
    on_slack: is it played there? on_telegram: the flows played there, if not the usual ones.
    """

    name: str
    group: str
    harm: Harm
    forms: tuple[str, ...] = ALL
    hold_s: float = HOLD_S
    under: bool = True
    repeats: int = 0
    needs: str = ""
    again: bool = False
    on_slack: bool = True
    on_telegram: tuple[type[Flow], ...] | None = None
