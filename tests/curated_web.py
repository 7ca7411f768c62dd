"""The curators' pages over a whole desk in this process: the real engine, the memory store, and browsers without JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from adapters.bus.pages import Broadcast
from adapters.http import build
from adapters.slack.preview import preview as slack
from adapters.telegram.preview import preview as telegram
from adapters.web.channel import WebChannel
from adapters.web.config import WebConfig
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Inbound
from bot.ports.curating import Draft
from bot.store.memory import MemoryStore
from kb.entries import Entry
from tests.builders import a_desk
from tests.web_desk import BASE, Browser
from tests.world import World


@dataclass
class CuratedWeb:
    """A desk whose FAQ is looked after on the web."""

    world: World
    store: MemoryStore
    channel: WebChannel
    app: object

    async def browser(self, name: str = "Ada", role: str = "admin") -> Browser:
        """Somebody who signed in."""
        browser = Browser(self.app)
        link = await self.channel.sign_in_link(BASE, role, name)  # type: ignore[arg-type]
        await browser.send(await browser.open(link.removeprefix(BASE)), "", name=name)
        return browser

    async def newest_draft(self) -> Draft:
        """Whatever became of it."""
        [draft, *_] = await self.store.drafts(("draft", "review", "published", "discarded"))
        return draft

    async def published(self, entry: str) -> Entry:
        """As it is now."""
        found = await self.store.entry(entry)
        assert found is not None, entry
        return found

    async def publish(self, entry: Entry) -> None:
        """Another version, by somebody else."""
        await self.store.run(lambda tx: tx.save_entry(entry, PersonId("web:agent-else"), self.world.clock.now()))
        self.world.knowledge.put(entry)

    async def editing(self, browser: Browser, entry: str, lang: str = "") -> httpx.Response:
        """The editor of an entry."""
        page = await browser.open(f"/admin/entries/{entry}")
        return await browser.send(page, f"/admin/entries/{entry}/edit", **({"lang": lang} if lang else {}))


@asynccontextmanager
async def curated_web(entries: Sequence[Entry], desk: Desk | None = None) -> AsyncIterator[CuratedWeb]:
    """With these entries published."""
    store = MemoryStore()
    world = World(desk or a_desk(languages=("en", "es", "pt", "fr", "it", "de")), entries=entries, store=store)
    channel = WebChannel(
        WebConfig(), desk=world.desk, reader=store, files=store, notebook=store, changes=Broadcast(), clock=world.clock, secret=b"k" * 32, public=False
    )
    channel.show_previews({"slack": slack, "telegram": telegram})
    world.channels["web"] = channel  # type: ignore[assignment]

    async def receive(event: Inbound) -> None:
        await world.intake.receive(event)
        await world.workers.drain()

    async def nothing() -> dict[str, str]:
        return {}

    async def no_numbers() -> dict[str, float]:
        return {}

    made = CuratedWeb(world, store, channel, build({"web": channel}, health=nothing, numbers=no_numbers))
    for entry in entries:
        await made.publish(entry)
    listening = asyncio.create_task(channel.listen(receive, world.enquiries))
    await asyncio.sleep(0)
    try:
        yield made
    finally:
        listening.cancel()
        await asyncio.wait([listening])
