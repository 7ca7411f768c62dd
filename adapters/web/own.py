"""The pages of one request: how it stands and may go on, and what its requester can do with it, on one page and without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.responses import Response

from adapters.web.effects import PATIENCE_S, QUIET_S, answer_within
from adapters.web.inbound import inbound, pressed, submitted
from adapters.web.page import Missing
from adapters.web.uploads import FileTooLarge, keep_files
from adapters.web.words import mark, status_for_requester
from bot.domain.messages import Attachment, Happening
from bot.domain.ratings import SCALE, is_rateable
from bot.engine.people.addresses import addresses_of
from bot.engine.requests import mine
from bot.engine.requests.waiting import Asked, told, zone_of
from bot.engine.tickets import computers_shown
from bot.errors import StoreError

if TYPE_CHECKING:
    from adapters.web.page import Page
    from bot.domain.tickets import Ticket

MAX_WHY = 300  # characters of why a request is cancelled


async def rows(page: Page, own: Sequence[Ticket]) -> list[tuple[Ticket, str, str, int]]:
    """Each with its status in words, its colour, and how many messages are new."""
    site = page.site
    return [(t, status_for_requester(t, page.t), mark(t), len(await mine.unread(site.reader, site.desk, t))) for t in own]


async def own_ticket(page: Page) -> Ticket:
    """The one in the address; another's looks as if it did not exist."""
    found = await page.site.reader.ticket(page.request.path_params["number"])
    if found is None or found.requester not in await addresses_of(page.site.reader, page.visitor.person):
        raise Missing
    return found


async def ticket(page: Page) -> Response:
    """One of one's own requests."""
    return await _ticket(page)


async def _ticket(page: Page, status: int = 200, draft: str = "", problem: str = "") -> Response:
    found, site = await own_ticket(page), page.site
    new = {m.id for m in await mine.unread(site.reader, site.desk, found)}
    talk = await site.reader.talk(found.id, internal=False)
    people = await site.reader.people(sorted({found.requester, *(m.author for m in talk), *([found.assignee] if found.assignee else [])}))
    agent = people[found.assignee].name if found.assignee in people else ""
    now = site.clock.now()
    waits = await told(Asked(site.reader, site.desk, page.t, now, page.zone or zone_of(people.get(found.requester)), agent), found)
    if new:
        await saw(page, found)
    return page.html(
        "ticket.html", status, ticket=found, talk=talk, names=people, status=status_for_requester(found, page.t), mark=mark(found), new=new, waits=waits,
        rateable=site.desk.ask_rating and is_rateable(found, now), scale=SCALE, draft=draft, problem=problem,
        computer=await computers_shown.own_rows(site.reader, site.desk, page.t, found, now),
    )  # fmt: skip


async def saw(page: Page, found: Ticket) -> None:
    """Tell the desk that its requester has it before them. Told twice it is the same event; that it cannot be told now is no reason to show no page."""
    what = pressed(f"seen:{found.id}", page.visitor.conversation)
    event = inbound(page.person, page.visitor.conversation, f"seen/{found.id}/{found.version}", page.site.clock.now(), what)
    try:
        await page.deliver(event)
    except StoreError:
        return


# ---------------------------------------------------------------------------------------------------------------- writing
async def add(page: Page) -> Response:
    """More words or files for this request."""
    found = await own_ticket(page)
    try:
        files = await keep_files(page)
    except FileTooLarge as large:
        problem = page.t.say("{name} has more than 20 MB. Nothing was sent; please send it without that file.", name=str(large))
        return await _ticket(page, 413, page.form.get("words", ""), problem)
    words = page.form.get("words", "").strip()
    if not words and not files:
        return await _ticket(page, 422, problem=page.t.say("Please write something first."))
    return await _act(page, found, f"add:{found.id}", {"words": words}, files)


async def cancel(page: Page) -> Response:
    """It is no longer needed."""
    found = await own_ticket(page)
    return await _act(page, found, f"cancel:{found.id}", {"words": page.form.get("words", "").strip()[:MAX_WHY]})


async def reopen(page: Page) -> Response:
    """It was not solved."""
    found = await own_ticket(page)
    return await _act(page, found, f"reopen:{found.id}")


async def rate(page: Page) -> Response:
    """How the help was, and words with it."""
    found = await own_ticket(page)
    given = page.form.get("rating", "")
    if given and given != str(found.rating):
        await _act(page, found, f"rate:{found.id}:{given[:4]}")
    words = page.form.get("words", "").strip()
    if words and words != found.comment:
        await _act(page, found, f"comment:{found.id}", {"words": words}, part="comment")
    return page.redirect(f"/tickets/{found.id}")


async def _act(page: Page, found: Ticket, action: str, values: dict[str, str] | None = None, files: tuple[Attachment, ...] = (), part: str = "") -> Response:
    """Hand it to the desk, and back to the page with what it answered. values: of a form; None: a button. part: tells apart what one form says twice."""
    place, effects = page.visitor.conversation, page.site.effects
    with effects.expect(page.visitor.person) as (handle, answer):
        what: Happening = pressed(action, place, handle) if values is None else submitted(action, values, place, handle, files)
        event = inbound(page.person, place, page.once + part, page.site.clock.now(), what)
        repeated = effects.is_repeated(event.key)
        await page.deliver(event)
        answered = await answer_within(answer, QUIET_S if repeated else PATIENCE_S)
        if answered is not None or not repeated:
            page.tell(answered)
    return page.redirect(f"/tickets/{found.id}")
