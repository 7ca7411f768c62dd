"""From a posted form to what came of it: the answer of the core to a press, and the change of a conversation."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from adapters.web.lines import lines_of
from adapters.web.notices import Notices
from adapters.web.sessions import AGENTS
from bot.domain.messages import Outbound, Say, Small
from bot.errors import StoreError
from bot.ports import Changes, Notebook

PATIENCE_S = 3.0  # a page waits that long for what its form caused; it comes within milliseconds unless the desk is flooded
LOOK_S = 0.06  # seconds between looks for an answer from another process
ANSWER = "web:answer:"  # notes
RECENT = 200  # forms remembered to know a double click
QUIET_S = 0.7  # once one's own words are shown, an answer of the bot is this near or there is none


@dataclass(frozen=True, slots=True)
class Answered:
    """What the core said to one press: (kind, text) pairs. about: the ticket that was meant, "" when that is not known."""

    lines: tuple[tuple[str, str], ...]
    about: str = ""


class Elsewhere:
    """Answers from a process to a page of another one: notes, by person and handle."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    async def put(self, message: Outbound) -> None:
        """For whoever waits with that handle, or the person's next page."""
        await self._notebook.note(f"{ANSWER}{message.answer_to}", json.dumps(lines_of(message), ensure_ascii=False))

    async def take(self, begins: str) -> Outbound | None:
        """What came for a handle, or for any of a person's (person + "~"); it is gone then."""
        found = await self._notebook.noted(f"{ANSWER}{begins}")
        for key in found:
            await self._notebook.note(key, "")
        lines = [line for value in found.values() for line in json.loads(value)]
        return Outbound(tuple(Say(text) if kind != "small" else Small(text) for kind, text in lines)) if found else None


@dataclass
class Effects:
    """Presses that wait for their answer, by handle. A handle that nobody waits for any more keeps its answer for the person's next page.

    elsewhere: None where one process does everything. notices: what agents are told by themselves.
    """

    elsewhere: Elsewhere | None = None
    notices: Notices | None = None
    _waiting: dict[str, asyncio.Future[Outbound]] = field(default_factory=dict)
    _late: dict[str, list[Outbound]] = field(default_factory=dict)
    _recent: deque[str] = field(default_factory=lambda: deque(maxlen=RECENT))

    @contextmanager
    def expect(self, person: str) -> Iterator[tuple[str, asyncio.Future[Outbound]]]:
        """A handle for one press of that person, and the answer it will get."""
        handle = f"{person}~{secrets.token_hex(16)}"
        future: asyncio.Future[Outbound] = asyncio.get_running_loop().create_future()
        self._waiting[handle] = future
        looking = asyncio.create_task(self._look(self.elsewhere, handle, future)) if self.elsewhere else None
        try:
            yield handle, future
        finally:
            if looking is not None:
                looking.cancel()
            del self._waiting[handle]
            future.cancel()

    async def _look(self, elsewhere: Elsewhere, handle: str, future: asyncio.Future[Outbound]) -> None:
        """Other processes have no way to a page of this one but the store."""
        while not future.done():
            await asyncio.sleep(LOOK_S)
            with suppress(StoreError):
                if (found := await elsewhere.take(handle)) is not None and not future.done():
                    future.set_result(found)

    def is_repeated(self, key: str) -> bool:
        """Was this event sent a moment ago (a double click)? Then what it caused may be on the page already, and nothing more comes."""
        if key in self._recent:
            return True
        self._recent.append(key)
        return False

    async def answer(self, message: Outbound) -> None:
        """The core answers a press."""
        future = self._waiting.get(message.answer_to)
        if future is not None and not future.done():
            future.set_result(message)
        elif self.elsewhere is not None and message.answer_to:
            await self.elsewhere.put(message)
        elif message.only_for and message.parts:
            self._late[message.only_for] = [*self._late.get(message.only_for, []), message][-5:]

    async def late(self, person: str) -> Answered:
        """What came for this person after its page had gone, and what they are told by themselves; told once."""
        noted = await self.notices.take(person) if self.notices is not None and person.startswith(AGENTS) else []
        if self.elsewhere is not None and (found := await self.elsewhere.take(f"{person}~")) is not None:
            return Answered((*noted, *lines_of(found)))
        return Answered((*noted, *(line for message in self._late.pop(person, []) for line in lines_of(message))))


async def answer_within(future: asyncio.Future[Outbound], seconds: float = PATIENCE_S) -> Answered | None:
    """The core's answer to a press; None when it took too long."""
    with suppress(TimeoutError):
        message = await asyncio.wait_for(asyncio.shield(future), seconds)
        return Answered(tuple(lines_of(message)), message.about)
    return None


async def settled(
    act: Callable[[], Awaitable[None]],
    changes: Changes,
    conversation: str,
    look: Callable[[], Awaitable[str]],
    answer: asyncio.Future[Outbound],
    patience_s: float = PATIENCE_S,
) -> None:
    """Act, then wait until the conversation shows it: until the desk answered, or its own words stand there and nothing more comes.

    look: how it stands: "" as before, "own" with the requester's new words, "desk" with an answer. Whatever `act` raises passes through.
    """
    loop = asyncio.get_running_loop()
    async with changes.watch() as ids:
        await act()
        until = loop.time() + patience_s
        while (state := await look()) != "desk":
            answered = answer.done()
            if answered and answer.result().parts:
                return
            left = min(until - loop.time(), QUIET_S if answered or state == "own" else patience_s)
            if left <= 0 or not await _one_of(ids, conversation, None if answered else answer, left):
                return


async def _one_of(ids: AsyncIterator[str], wanted: str, answer: asyncio.Future[Outbound] | None, seconds: float) -> bool:
    """Wait for a change of `wanted`, or the answer; False when the time is over."""

    async def change() -> None:
        async for changed in ids:
            if changed == wanted:
                return

    task = asyncio.create_task(change())
    try:
        awaited: set[asyncio.Future[Any]] = {task, answer} if answer else {task}
        done, _ = await asyncio.wait(awaited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        if not task.done():
            task.cancel()
