"""A ticket's page: all that is known of it, and everything that can be done with it.

What can be done comes from the core, as it does for a card (Enquiries.choices), and so do the questions it asks (Enquiries.form): nothing here
knows the acts by name but for where they stand on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from adapters.web.effects import answer_within
from adapters.web.inbound import TEAM, inbound, pressed, submitted
from adapters.web.names import names_of, shown_name
from adapters.web.page import Missing, Page
from adapters.web.rendering import same_site_path
from adapters.web.sessions import agent
from adapters.web.unsent import drafts as drafts_of
from adapters.web.uploads import FileTooLarge, download, keep_files, sent_files
from adapters.web.words import delivery, happened, mark, priority, refusal, status_for_agent, subject, tier_name
from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Choice, Form, FormField, Happening, Refusal
from bot.domain.tickets import Ticket
from bot.engine.act import Names
from bot.engine.acts import ACTS
from bot.engine.contacts import telephone
from bot.engine.departments import moves as department_moves
from bot.engine.faq.reasoning import because
from bot.engine.incidents import incident_notes
from bot.engine.people import delivery_truth, listed
from bot.engine.practices import problem_notes
from bot.engine.replies import call_back
from bot.engine.requests import own_computers
from bot.engine.service.promises import marked_rows
from bot.engine.tickets import computers_shown
from bot.engine.tickets.kinship import whole_history, whole_talk
from bot.engine.tickets.particulars import lines, people_in
from kb.entries import Text

FIELD = "field-"  # before the names of a form's own fields
ENTRY = "entry"  # the field in which an entry of the knowledge base is chosen
TO_CHOOSE = 300  # entries to choose from
WRITING = ("reply", "note")  # stand under the talk, where one writes; reply is open


@dataclass(frozen=True, slots=True)
class Move:
    """Something that can be done. form: what it asks first, in place; None: a button, which may still open a page that asks."""

    verb: str
    extra: str
    choice: Choice
    form: Form | None = None

    @property
    def sign(self) -> str:
        """Tells it from the others on the page."""
        return f"{self.verb}-{self.extra}" if self.extra else self.verb


# ---------------------------------------------------------------------------------------------------------------- reading
async def ticket(page: Page) -> Response:
    """One ticket."""
    return await _ticket(page)


async def _ticket(page: Page, status: int = 200, problem: str = "", verb: str = "", drafts: Mapping[str, str] | None = None) -> Response:
    """drafts: what was typed into the form of `verb` that was not taken."""
    site, found = page.site, await ticket_asked_for(page)
    talk, history = await whole_talk(site.reader, found), await whole_history(site.reader, found)
    names = await names_of(page, [found], [m.author for m in talk] + [subject(e) for e in history] + [*found.watchers, *people_in(site.desk, found)])
    page.tell(await site.effects.late(page.agent.person))
    moves = await _moves(page, found)
    owner = await computers_shown.owner(site.reader, page.t, found, _names(page))
    said_there = await listed.of_requester(site.reader, found)
    listing = said_there.listing if said_there else None
    is_caller = channel_of(found.requester) == telephone.CHANNEL
    return page.html(
        "work.html", status, reached=await delivery_truth.told(site.reader, site.desk, page.t, found, site.clock.now()),
        unsent=await drafts_of(page, found, names), incident=await incident_notes.rows(site.reader, page.t, found),
        kind=problem_notes.kind_name(site.desk, page.t, found.kind), practice=await problem_notes.lines(site.reader, page.t, found),
        linked=await problem_notes.linked(site.reader, page.t, found), elsewhere=await department_moves.rows(site.reader, site.desk, page.t, found),
        call_back=call_back(page.t, found) if is_caller else "", dialled=found.requester.partition(":")[2] if telephone.shown(found.requester) else "",
        listing=listing, listing_lines=listed.lines(page.t, listing) if listing else (), listing_at=said_there.at if said_there else None,
        computers=await own_computers.of(site.reader, found.requester) if site.takes_inventories() else [],
        about=await computers_shown.rows(site.reader, site.desk, page.t, found, site.clock.now(), owner),
        ticket=found, talk=talk, names=names, status=status_for_agent(found, page.t), mark=mark(found), problem=problem,
        particulars=lines(site.desk, page.t, found, {one: shown_name(names, one) for one in people_in(site.desk, found)}, here=True),
        priority=priority(found.priority, page.t), tier=tier_name(found.tier, site.desk, page.t), drafts={verb: drafts or {}},
        first=[m for m in moves if m.form is None and m.choice.style == "primary"],
        writing=[m for name in WRITING for m in moves if m.verb == name and m.form],
        asking=[m for m in moves if m.form and m.verb not in WRITING],
        presses=[m for m in moves if m.form is None and m.choice.style != "primary" and not m.choice.more],
        rarer=[m for m in moves if m.form is None and m.choice.style != "primary" and m.choice.more],
        deliveries={m.id: delivery(m.delivery, page.t) for m in talk}, refusals=[refusal(o.reason, page.t) for o in found.offers],
        reasons=[because(page.t, o) for o in found.offers], inside=await _for_agents(page, found),
        promised=marked_rows(page.t, found, site.desk.timezone, site.clock.now()),
        history=[(e, happened(e, shown_name(names, subject(e)), site.desk, page.t)) for e in history],
    )  # fmt: skip


def _names(page: Page) -> Names:
    async def names(people: Sequence[PersonId]) -> dict[PersonId, str]:
        found = await page.site.reader.people(people)
        return {one: shown_name(found, one) for one in people}

    return names


async def _for_agents(page: Page, found: Ticket) -> dict[str, Text]:
    """The texts of the internal entries that fit its question, by their ids."""
    entries = [await page.site.reader.entry(offer.entry) for offer in found.offers if offer.internal]
    return {entry.id: entry.text_for(page.language, page.site.desk.languages) for entry in entries if entry is not None and entry.texts and not entry.retired}


async def _moves(page: Page, found: Ticket) -> list[Move]:
    """What whoever looks can do with the ticket as it stands. The core decides again when it is done."""
    enquiries = page.site.enquiries
    moves: list[Move] = []
    for choice in await enquiries.choices(found.id, page.agent.person) if enquiries else ():
        verb, _, rest = choice.action.partition(":")
        if verb == "release" and found.assignee != page.agent.person:
            continue  # a card is everybody's; here we know who looks
        if verb not in ACTS:
            continue  # entries for agents are read in what the bot offered
        needed = await enquiries.form(choice.action, page.agent.person) if enquiries and not choice.more else None
        if not isinstance(needed, Refusal):
            moves.append(Move(verb, rest.partition(":")[2], choice, await with_every_entry(page, needed) if needed else None))
    return moves


async def with_every_entry(page: Page, form: Form) -> Form:
    """A page has room to choose from the whole knowledge base: after the likeliest entries come the others."""
    if all(field.name != ENTRY for field in form.fields):
        return form
    entries = await page.site.reader.entries()
    every = [(entry.id, entry.text_for(page.language, page.site.desk.languages).question) for entry in entries[:TO_CHOOSE] if entry.texts]

    def widened(field: FormField) -> FormField:
        known = {value for value, _ in field.options}
        return replace(field, options=(*field.options, *(one for one in every if one[0] not in known)))

    return replace(form, fields=tuple(widened(field) if field.name == ENTRY else field for field in form.fields))


async def file(page: Page) -> Response:
    """A file of a ticket's talk, from whichever channel it came."""
    found, params = await ticket_asked_for(page), page.request.path_params
    for message in await whole_talk(page.site.reader, found):
        if message.id == params["message"] and params["index"] < len(message.attachments):
            return await download(page, message.attachments[params["index"]])
    raise Missing


async def ticket_asked_for(page: Page) -> Ticket:
    """The ticket in the address. Raises Missing."""
    found = await page.site.reader.ticket(page.request.path_params["number"])
    if found is None:
        raise Missing
    return found


# ---------------------------------------------------------------------------------------------------------------- writing
async def move(page: Page) -> Response:
    """Something is done with a ticket: the core says whether it was. A press that needs to be told something gets a page that asks."""
    number, verb = page.request.path_params["number"], page.request.path_params["move"]
    extra = page.form.get("extra", "")[:24]
    if verb not in ACTS:
        raise Missing
    values = {name.removeprefix(FIELD): value.strip() for name, value in page.form.items() if name.startswith(FIELD)}
    action = f"{verb}:{number}:{extra}" if extra else f"{verb}:{number}"
    if not values:
        needed = await page.site.enquiries.form(action, page.agent.person) if page.site.enquiries else None
        if isinstance(needed, Form):
            return _asks(page, needed)
        if isinstance(needed, Refusal):
            page.say(("warning", needed.text))
            return page.redirect(f"/agent/tickets/{number}")
        await _do(page, number, lambda handle: pressed(action, TEAM, handle))
        return page.redirect(same_site_path(page.form.get("back", f"/agent/tickets/{number}")))
    return await _submit(page, number, verb, action, values)


async def _submit(page: Page, number: str, verb: str, action: str, values: Mapping[str, str]) -> Response:
    """A form with its files. What cannot be taken stays as it was typed."""
    given = sent_files(page)
    if ACTS[verb].needs_words and not values.get("words") and not given:
        return await _ticket(page, 422, page.t.say("Please write something first."), verb, values)
    checked = {name: value for name, value in values.items() if name != ENTRY}  # chosen from all there are, which is more than the form offers
    refused = await page.site.enquiries.form(action, page.agent.person) if page.site.enquiries else None
    if isinstance(refused, Refusal):
        return page.kept(409, refused.text)
    wrong = await page.site.enquiries.asked_again(action, page.agent.person, checked, given) if page.site.enquiries else None
    if wrong is not None:
        return _asks(page, wrong, 422, lost_files=bool(given))
    try:
        files = await keep_files(page)
    except FileTooLarge as large:
        problem = page.t.say("{name} has more than 20 MB. Nothing was sent; please send it without that file.", name=str(large))
        return await _ticket(page, 413, problem, verb, values)
    await _do(page, number, lambda handle: submitted(action, values, TEAM, handle, files))
    return page.redirect(same_site_path(page.form.get("back", f"/agent/tickets/{number}")))


def _asks(page: Page, form: Form, status: int = 200, *, lost_files: bool = False) -> Response:
    """form: one that does not hold says at each field why."""
    path = page.request.url.path
    extra, back = page.form.get("extra", ""), path.rpartition("/")[0]
    return page.html("act.html", status, form=form, address=path, back=back, extra=extra, drafts={}, problem="", lost_files=lost_files)


async def _do(page: Page, number: str, make: Callable[[str], Happening]) -> None:
    """Hand it to the core; what it answers is shown on the next page."""
    with page.site.effects.expect(page.agent.person) as (handle, answer):
        person = agent(page.agent, page.language)
        await page.deliver(inbound(person, f"{TEAM}/{number}", page.once, page.site.clock.now(), make(handle)))
        page.tell(await answer_within(answer), "say", "small")
