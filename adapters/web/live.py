"""Server-sent events: tells an open page that something on it changed; the page then fetches itself again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.responses import Response

from bot.ports import Changes

Concerns = Callable[[str], Awaitable[bool]]
"""Does this change concern the page? Asked for each, so that what somebody may see is checked each time. Raises Gone to end the stream."""


class Gone(Exception):
    """Whoever listened signed out."""


def stream(changes: Changes, concerns: Concerns, stopping: asyncio.Event) -> Response:
    """A stream of events named "change", without content, until the page closes or the channel stops."""
    from sse_starlette.sse import EventSourceResponse  # loaded with the first live page, not with the product

    return EventSourceResponse(_events(changes, concerns, stopping), ping=20)


async def _events(changes: Changes, concerns: Concerns, stopping: asyncio.Event) -> AsyncIterator[dict[str, str]]:
    stopped = asyncio.create_task(stopping.wait())
    try:
        async with changes.watch() as ids:
            yield {"event": "ready", "data": ""}
            while not stopping.is_set():
                step = asyncio.ensure_future(anext(ids, None))
                try:
                    await asyncio.wait({step, stopped}, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    if not step.done():
                        step.cancel()
                changed = step.result() if step.done() and not step.cancelled() else None
                if changed is None:
                    return
                try:
                    if await concerns(changed):
                        yield {"event": "change", "data": ""}
                except Gone:
                    return
    finally:
        stopped.cancel()
