"""Oneself: which channels are joined, what one is told and when, and what was told. For a visitor "My channels", for an agent "Notices"."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.effects import PATIENCE_S, QUIET_S, Answered, settled
from adapters.web.inbound import commanded, inbound, pressed, submitted
from adapters.web.lines import lines_of
from adapters.web.page import Page
from adapters.web.sessions import agent
from adapters.web.site import Site
from bot.domain import codes
from bot.domain.ids import ConversationId, channel_of
from bot.domain.messages import Facts, Form, Happening, Outbound
from bot.domain.people import Person
from bot.engine.people.accounts import sign_of
from bot.engine.people.addresses import account_of
from bot.ports import ScreenLine

MINE, AGENTS = "/channels", "/agent/notices"
SHOWN = {MINE: 1, AGENTS: 20}  # lines of what was said to them alone; a visitor's are in the chat, too
LOOKED_AT = 60  # lines of the conversation among which they are


@dataclass(frozen=True, slots=True)
class Me:
    """Who looks, where what is said to them goes, and the page's address."""

    person: Person
    conversation: ConversationId
    home: str


def routes(site: Site) -> Sequence[Route]:
    """Its addresses: each page, and what its buttons do."""
    return [
        site.page(MINE, show),
        site.page(f"{MINE}/do", do, ["POST"]),
        site.page(AGENTS, show, role="agent"),
        site.page(f"{AGENTS}/do", do, ["POST"], role="agent"),
    ]


def _me(page: Page) -> Me:
    if page.request.url.path.startswith(AGENTS):
        person = agent(page.agent, page.language)
        return Me(person, ConversationId(person.id), AGENTS)
    return Me(page.person, page.visitor.conversation, MINE)


async def show(page: Page) -> Response:
    """The page. A code that came with a link stands in its field; nothing is done with it before the button is pressed."""
    me, site = _me(page), page.site
    account = await account_of(site.reader, me.person.id)
    addresses = account.addresses if account else ()
    names = await site.reader.people([address.id for address in addresses])
    known = {a.id: names[a.id].name if a.id in names else a.id.partition(":")[2][:80] for a in addresses}
    rows = [(channel_of(a.id), known[a.id], a.verified, a.id == me.person.id, sign_of(a.id)) for a in addresses]
    form = await site.enquiries.form("notify", me.person.id) if site.enquiries else None
    page.tell(await site.effects.late(me.person.id))
    return page.html(
        "myself.html",
        layout="staff.html" if me.home == AGENTS else "requester.html",
        home=me.home,
        rows=rows,
        mails=site.sends_mail(),
        prefers=form if isinstance(form, Form) else None,
        lines=await _lines(page, me),
        code=page.request.query_params.get("code", "")[:40],
    )


async def _lines(page: Page, me: Me) -> list[ScreenLine]:
    """What was last said to them that is about no ticket's talk (an agent: everything)."""
    lines = [line for line in await page.site.reader.screen(me.conversation, LOOKED_AT) if line.side == "desk" and line.message.parts]
    if me.home == MINE:
        lines = [line for line in lines if _is_about_channels(line.message)]
    return lines[-SHOWN[me.home] :]


def _is_about_channels(message: Outbound) -> bool:
    """A code, or a question about one."""
    has_code = any(codes.hash_of(value) for part in message.parts if isinstance(part, Facts) for _, value in part.rows)
    return has_code or any(choice.action.startswith(("join-", "menu:channels")) for choice in message.choices)


async def do(page: Page) -> Response:
    """One of the page's buttons; back to it with what came of it."""
    me = _me(page)
    with page.site.effects.expect(me.person.id) as (handle, answer):
        await _deliver(page, me, _what(page, me, handle), answer)
        if answer.done():
            page.tell(Answered(tuple(lines_of(answer.result()))))
    return page.redirect(me.home)


def _what(page: Page, me: Me, handle: str) -> Happening:
    form, place = page.form, me.conversation
    match form.get("do", ""):
        case "code":
            return commanded("join", place, form.get("code", "").strip()[:200] or "-", handle)
        case "unjoin":
            return pressed(f"unjoin:{form.get('address', '')}", place, handle)
        case "notify":
            values = {name: "\n".join(page.uploads.getlist(f"field-{name}")) for name in ("off", "digest", "urgent")}  # type: ignore[arg-type]
            plain = {name: form.get(f"field-{name}", "") for name in ("quiet", "zone", "by")}
            return submitted("notify", {**values, **plain}, place, handle)
        case "press":
            return pressed(form.get("action", ""), place, handle)
        case _:
            return commanded("join", place, "", handle)


async def _deliver(page: Page, me: Me, what: Happening, answer: asyncio.Future[Outbound]) -> None:
    """Hand it to the desk and wait until it shows."""
    before = {line.id for line in await page.site.reader.screen(me.conversation, LOOKED_AT)}
    event = inbound(me.person, me.conversation, page.once, page.site.clock.now(), what)

    async def look() -> str:
        return "desk" if any(line.id not in before and line.side == "desk" for line in await page.site.reader.screen(me.conversation, LOOKED_AT)) else ""

    patience = QUIET_S if page.site.effects.is_repeated(event.key) else PATIENCE_S
    await settled(lambda: page.deliver(event), page.site.changes, me.conversation, look, answer, patience)
