"""Admins see what is kept of one person, give it out, hold it, and erase it. Nobody's address ever stands in an address of these pages."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from adapters.web.page import Forbidden, Page
from adapters.web.site import Site
from bot.domain.ids import PersonId, channel_name, channel_of
from bot.engine.tongue import N_
from bot.errors import ConfigError, Held
from bot.ports.privacy import Did, Kept, Privacy, Who

HOME = "/admin/person"
LONGEST = 300  # characters of what is typed
NAMES: Mapping[str, str] = {
    "tickets": N_("Requests"),
    "open": N_("Open requests; erasing closes them"),
    "messages": N_("Messages in their requests"),
    "elsewhere": N_("Messages of theirs in requests of others"),
    "files": N_("Files"),
    "contacts": N_("Contacts"),
    "assets": N_("Computers; they stay, without them"),
    "events": N_("What came in lately"),
    "parcels": N_("What went out lately"),
    "phrasings": N_("Ways to ask that the FAQ learned from them"),
}


def routes(site: Site) -> Sequence[Route]:
    """Its addresses."""
    return [
        site.page(HOME, person, role="admin"),
        site.page(HOME, person, ["POST"], role="admin"),
        site.page(f"{HOME}/export", export, ["POST"], role="admin"),
        site.page(f"{HOME}/hold", hold, ["POST"], role="admin"),
        site.page(f"{HOME}/release", release, ["POST"], role="admin"),
        site.page(f"{HOME}/replace", replace, ["POST"], role="admin"),
        site.page(f"{HOME}/erase", erase, ["POST"], role="admin"),
    ]


async def person(page: Page) -> Response:
    """Whom to look at: by a request of theirs, or by an address."""
    privacy = await _admitted(page)
    asked = (page.form.get("who") or page.request.query_params.get("ticket", "")).replace("\0", "").strip()[:LONGEST]
    if not asked:
        return page.html("person.html", kept=None, asked="", problem="")
    found = await _whom(page, asked)
    if found is None:
        sentence = page.t.say("There is no such request, and no address like that. An address is a channel and a name there, as email:anna@example.com.")
        return page.html("person.html", 404, kept=None, asked=asked, problem=sentence)
    return _shown(page, await privacy.kept(found), asked=asked)


async def export(page: Page) -> Response:
    """A ZIP of it all."""
    privacy = await _admitted(page)
    kept = await privacy.kept(_theirs(page))
    file = await privacy.given_out(kept.person, _who(page), page.language)
    headers = {"Cache-Control": "no-store"}
    return FileResponse(
        file, media_type="application/zip", filename=f"person-{kept.sign}.zip", headers=headers,
        background=BackgroundTask(lambda: file.unlink(missing_ok=True)),
    )  # fmt: skip


async def hold(page: Page) -> Response:
    """Nothing of theirs may go."""
    privacy = await _admitted(page)
    if not page.form.get("why", "").strip():
        return _shown(page, await privacy.kept(_theirs(page)), 422, problem=page.t.say("Please say why: it is what whoever wants to erase them reads."))
    return await _done(page, privacy.hold, page.t.say("Nothing of theirs goes until you say so."))


async def release(page: Page) -> Response:
    """It may go again."""
    return await _done(page, (await _admitted(page)).release, page.t.say("It may be erased again."))


async def replace(page: Page) -> Response:
    """Our messages on platforms are taken away there."""
    privacy = await _admitted(page)
    many = await privacy.replace(_theirs(page))
    page.say(("say", page.t.many("{count} message is being taken away there.", "{count} messages are being taken away there.", many)))
    return _shown(page, await privacy.kept(_theirs(page)))


async def erase(page: Page) -> Response:
    """They are nobody then. Whoever does it types whom."""
    privacy = await _admitted(page)
    kept = await privacy.kept(_theirs(page))
    typed = " ".join(page.form.get("confirm", "").split()).casefold()
    if typed not in {kept.sign, " ".join(kept.name.casefold().split())} - {""}:
        problem = page.t.say("Nothing was erased: please type {name} to say that you mean them.", name=kept.name or kept.sign)
        return _shown(page, kept, 422, problem=problem)
    try:
        did = await asyncio.shield(asyncio.ensure_future(privacy.erase(kept.person, _who(page))))  # to its end, whoever closes the page
    except Held as held:
        return _shown(page, await privacy.kept(kept.person), 409, problem=str(held))
    except ConfigError as fault:
        return _shown(page, kept, 409, problem=str(fault))
    return page.html("person_erased.html", did=did, sign=kept.sign, rows=_rows(did), left={channel_name(one): many for one, many in did.left.items()})


async def _done(page: Page, act: Callable[[PersonId, Who], Awaitable[None]], sentence: str) -> Response:
    await act(_theirs(page), _who(page))
    page.say(("say", sentence))
    return _shown(page, await (await _admitted(page)).kept(_theirs(page)))


def _shown(page: Page, kept: Kept, status: int = 200, *, asked: str = "", problem: str = "") -> Response:
    counts = [(page.t.say(NAMES[name]), many) for name, many in kept.counts.items() if many]
    addresses = [(channel_name(channel_of(PersonId(one))), one.partition(":")[2]) for one in kept.addresses]
    platforms = {channel_name(one): many for one, many in kept.on_platforms.items()}
    return page.html("person.html", status, kept=kept, asked=asked, problem=problem, counts=counts, addresses=addresses, platforms=platforms)


def _rows(did: Did) -> list[tuple[str, int, int]]:
    return [(name, did.changed.get(name, 0), did.removed.get(name, 0)) for name in sorted({*did.changed, *did.removed})]


async def _admitted(page: Page) -> Privacy:
    site = page.site
    if site.privacy is None or site.enquiries is None or not await site.enquiries.may("see-person", page.agent.person):
        raise Forbidden(page.t.say("This page is for curators."))
    return site.privacy


async def _whom(page: Page, asked: str) -> PersonId | None:
    ticket = await page.site.reader.ticket(asked.upper())
    if ticket is not None:
        return ticket.requester
    channel, _, own = asked.partition(":")
    return PersonId(asked) if channel and own.strip() and " " not in channel else None


def _theirs(page: Page) -> PersonId:
    return PersonId(page.form.get("person", "").replace("\0", "")[:LONGEST])


def _who(page: Page) -> Who:
    return Who(page.agent.person, "web", " ".join(page.form.get("why", "").split())[:LONGEST])
