"""A desk in bad weather: a loop whose waiting costs nothing, and a channel that fails as platforms do."""

from __future__ import annotations

import asyncio
import logging
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.memory import MemoryChannel, Sent
from bot.domain.ids import MessageId
from bot.domain.messages import Choice, Outbound
from bot.errors import DeliveryError, ThreadGone
from tests.builders import MONDAY
from tests.world import SetClock

MOST_CALLS = 400  # of the platform in one step; more is a sender that turns in circles


class TimelessLoop(asyncio.SelectorEventLoop):
    """When nothing is left but to wait, its time jumps there. Waiting for what never comes is an error."""

    def __init__(self) -> None:
        self.passed = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Seconds since the beginning."""
        return self.passed


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: TimelessLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits, and nothing will come")
        self._loop.passed += max(0.0, timeout)
        return super().select(0)


class LoopClock(SetClock):
    """The wall clock beside that loop: what is slept through has passed."""

    def __init__(self, loop: TimelessLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> datetime:
        """The beginning, and all that has passed."""
        return MONDAY + timedelta(seconds=self._loop.passed)

    def advance(self, **span: float) -> None:
        """Later by timedelta(**span)."""
        self._loop.passed += timedelta(**span).total_seconds()


@dataclass(frozen=True)
class Trouble:
    """What the next call meets. arrives: the platform did it all the same, and its answer was lost."""

    fault: DeliveryError
    arrives: bool = False


class StormyChannel(MemoryChannel):
    """Remembers every button it ever showed. Threads can be deleted by hand; an answer can be lost after the message has arrived."""

    def __init__(self, watch: Callable[[str, Outbound], None]) -> None:
        super().__init__("chat")
        self.troubles: list[Trouble] = []
        self.buttons: list[tuple[Choice, str, MessageId]] = []
        self.doubled: set[MessageId] = set()  # arrived, and nobody knows
        self.doubled_answers = 0
        self.gone: set[MessageId] = set()
        self.unnoticed: set[MessageId] = set()  # of those: what nobody was told of yet, because no call met it
        self.calls_in_step = 0
        self.number = 0
        self._watch = watch

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        """As a platform does: a thread that was deleted takes nothing."""
        self._must_be_there(thread)
        trouble = self._trouble()
        self._watch(to, message)
        self.number += 1
        sent = Sent(MessageId(f"{to.partition('/')[0]}/{self.number}"), to, message, thread, [message])
        self.sent.append(sent)
        self._show(sent)
        if trouble:
            self.doubled.add(sent.id)
            raise trouble.fault
        return sent.id

    async def edit(self, message: MessageId, new: Outbound) -> None:
        """In place."""
        self._must_be_there(message)
        trouble = self._trouble()
        await super().edit(message, new)
        self._show(next(s for s in self.sent if s.id == message))
        if trouble:
            raise trouble.fault

    async def answer(self, to: str, message: Outbound) -> None:
        """For one pair of eyes."""
        trouble = self._trouble()
        await super().answer(to, message)
        if trouble:
            self.doubled_answers += 1
            raise trouble.fault

    def delete_thread(self, card: MessageId) -> None:
        """Somebody deletes a card and all that is in its thread."""
        lost = {s.id for s in self.sent if s.id == card or s.thread == card}
        self.gone |= lost
        self.unnoticed |= lost
        self.sent = [s for s in self.sent if s.id not in lost]

    def _must_be_there(self, message: MessageId | None) -> None:
        if message in self.gone:
            self.unnoticed.discard(message)
            raise ThreadGone("deleted by hand")

    def _show(self, sent: Sent) -> None:
        self.buttons += [(choice, sent.to, sent.id) for choice in sent.body.choices]

    def _trouble(self) -> Trouble | None:
        self.calls_in_step += 1
        if self.calls_in_step > MOST_CALLS:
            raise RuntimeError("a sender turns in circles")
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble and not trouble.arrives:
            raise trouble.fault
        return trouble


class Complaints(logging.Handler):
    """What the desk logs as an error: nothing, in whatever weather, but that its token is refused."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def attach(self) -> None:
        """Hear the desk instead of the test runner, which would keep thousands of warnings about the weather."""
        log = logging.getLogger("bot")
        log.addHandler(self)
        log.propagate = False

    def detach(self) -> None:
        """Leave it as it was."""
        log = logging.getLogger("bot")
        log.removeHandler(self)
        log.propagate = True

    def emit(self, record: logging.LogRecord) -> None:
        """Kept with the exception's own words."""
        if "refuses our token" in record.getMessage():
            return
        fault: Any = record.exc_info[1] if record.exc_info else ""
        self.said.append(f"{record.getMessage()} {fault!r}")
