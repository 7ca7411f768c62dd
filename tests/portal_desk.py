"""A whole desk over the shipped doubles, with pages and a channel of mail that is a list: for tests of the portal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx
from pydantic import SecretStr

from adapters.bus.pages import Broadcast
from adapters.http import build
from adapters.memory import MemoryChannel
from adapters.web.channel import WebChannel
from adapters.web.config import OidcConfig, WebConfig
from bot.domain.ids import PersonId
from bot.domain.messages import Inbound
from bot.domain.people import Person
from bot.ports import TicketQuery, Transaction
from bot.store.memory import MemoryStore
from kb.entries import Entry
from tests.builders import FAQ, MONDAY, a_desk, a_message, an_event
from tests.clouds.oidc import CLIENT, SECRET
from tests.web_desk import BASE, Browser
from tests.world import World

ALICE_MAIL = Person(PersonId("email:alice@example.org"), "Alice", "en")


@dataclass
class Portal:
    """The desk, its pages, and the mail that went out."""

    world: World
    mail: MemoryChannel
    web: WebChannel
    app: object

    def browser(self, **more: str) -> Browser:
        """Somebody who has never been here."""
        return Browser(self.app, **more)

    def letters(self, address: str = "alice@example.org") -> list[str]:
        """Links that were mailed there, as paths of ours."""
        return [choice.link.removeprefix(BASE) for sent in self.mail.sent if sent.to == f"email:{address}" for choice in sent.body.choices]

    async def publish(self, entry: Entry) -> None:
        """It stands in the knowledge base from now on."""
        await self.world.store.run(partial(_keep, entry))

    async def asks_for_link(self, browser: Browser, address: str = "alice@example.org", wanted: str = "/tickets") -> httpx.Response:
        """Fills in the form of the entrance; the answer before anything is followed."""
        return await browser.send(await browser.open(f"/sign-in?next={wanted}"), "/sign-in", mail=address, follow=False)

    async def signed_in(self, address: str = "alice@example.org", browser: Browser | None = None) -> Browser:
        """All the way, by mail."""
        browser = browser or self.browser()
        await self.asks_for_link(browser, address)
        page = await browser.open(self.letters(address)[-1])
        await browser.send(page, "", follow=False)
        return browser

    async def asks_by_mail(self, words: str, person: Person = ALICE_MAIL) -> str:
        """A request in a mail: its number."""
        before = {ticket.id for ticket in await self.world.store.tickets(TicketQuery(limit=100))}
        event = an_event(a_message(words, person), person, f"{person.id}/0123456789abcdef")
        await self.world.intake.receive(replace(event, channel="email"))
        await self.world.workers.drain()
        [number] = {ticket.id for ticket in await self.world.store.tickets(TicketQuery(limit=100))} - before
        return str(number)


async def _keep(entry: Entry, tx: Transaction) -> None:
    await tx.save_entry(entry, PersonId("command:setup"), MONDAY)


@asynccontextmanager
async def a_portal(
    config: WebConfig | None = None, *, entries: Iterable[Entry] = FAQ, has_mail: bool = True, issuer: str = "", public: bool = False, **desk: Any
) -> AsyncIterator[Portal]:
    """Open until left. issuer: of a provider of sign-ins."""
    store, mail, kept = MemoryStore(), MemoryChannel("email"), list(entries)
    for entry in kept:
        await store.run(partial(_keep, entry))
    world = World(a_desk(**{"url": BASE, **desk}), entries=kept, store=store)
    if has_mail:
        world.channels["email"] = mail
    given = config or WebConfig()
    if issuer:
        given = WebConfig(given.sign_in, OidcConfig(issuer, CLIENT, SecretStr(SECRET)), given.mail_domains, given.knowledge)
    web = WebChannel(given, desk=world.desk, reader=store, files=store, notebook=store, changes=Broadcast(), clock=world.clock, secret=b"k" * 32, public=public)
    web.know_mail(lambda: "email" in world.channels)
    world.channels["web"] = web  # type: ignore[assignment]

    async def receive(event: Inbound) -> None:
        await world.intake.receive(event)
        await world.workers.drain()

    async def nothing() -> dict[str, Any]:
        return {}

    listening = asyncio.create_task(web.listen(receive, world.enquiries))
    await asyncio.sleep(0)
    yield Portal(world, mail, web, build({"web": web}, health=nothing, numbers=nothing))
    listening.cancel()
    await asyncio.wait([listening])
