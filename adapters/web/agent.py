"""The agents' addresses: the lists, and a ticket with everything that can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import Route

from adapters.web import calls, phrases, presence, queue, work
from adapters.web.live import Gone, stream
from adapters.web.page import Page
from adapters.web.site import Site


def routes(site: Site, stopping: asyncio.Event) -> Sequence[Route]:
    """Its addresses."""

    async def events(page: Page) -> Response:
        return stream(site.changes, lambda changed: _concerns(page, changed), stopping)

    return [
        *phrases.routes(site),
        *calls.routes(site),
        site.page("/agent", queue.queue, role="agent"),
        site.page("/agent/presence", presence.presence, role="agent"),
        site.page("/agent/presence", presence.change, ["POST"], role="agent"),
        site.page("/agent/many", queue.many, ["POST"], role="agent"),
        site.page("/agent/events", events, role="agent"),
        site.page("/agent/tickets/{number}", work.ticket, role="agent"),
        site.page("/agent/tickets/{number}/{move}", work.move, ["POST"], role="agent"),
        site.page("/agent/tickets/{number}/files/{message:int}/{index:int}", work.file, role="agent"),
    ]


async def _concerns(page: Page, changed: str) -> bool:
    if not (await page.site.admits(page.request)):
        raise Gone
    return True
