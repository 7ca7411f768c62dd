"""A person's home page by role: an agent's lists with a tab each, a requester's own tickets, what an admin decides about.

Which list an agent looks at, and which page of it, is kept, so that the page stays where it was when it is drawn anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Choice, Facts, Home, HomeSection, Part, Pressed, Say, Small, Submitted, Title
from bot.domain.service_levels import standing
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import replies
from bot.engine.curation import drafts_shown
from bot.engine.faq import popular, review
from bot.engine.faq.knowledge import Knowledge
from bot.engine.kept import Kept
from bot.engine.requests import mine, request_forms
from bot.engine.rights import Asker, may
from bot.engine.running.roster import Roster
from bot.engine.service.availability import presence_of, told
from bot.engine.tickets import toolbar, views
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Homes

VERB = "home"  # "home:mine:2": the second page of one's own tickets; "home:": as it was
SHOWN = 10  # tickets of one list; Slack's home holds 100 blocks, and each takes up to four
BEGINNING = 100  # characters of a question
Names = Callable[[Sequence[PersonId]], Awaitable[Mapping[PersonId, str]]]


class Lists(review.Wishes, Protocol):
    """Whoever can list tickets and what admins decide about: a transaction or a reader."""

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is on their page."""

    view: str = "mine"
    page: int = 1


_PLACES: Kept[Place] = Kept("home", Place)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody looks at their page. The caller has refreshed the roster. names: people's names by their ids."""

    lists: Lists
    desk: Desk
    knowledge: Knowledge
    roster: Roster
    t: Tongue
    person: PersonId
    now: datetime
    names: Names


async def show(turn: Turn) -> None:
    """The page of whoever caused this turn, where they left it."""
    t = await turn.tongue_for(turn.person.id)
    await turn.publish(await build(Visit(turn.tx, turn.desk, turn.knowledge, turn.roster, t, turn.person.id, turn.now, turn.names_of)))


async def pressed(turn: Turn, rest: str) -> None:
    """A tab, another page of a list, or a look at how it is now."""
    if not isinstance(turn.crew.channels.get(turn.event.channel), Homes):
        raise MoveRefused("no_longer")
    view, _, page = rest.partition(":")
    if view:
        await _PLACES.put(turn.tx, turn.person.id, Place(views.view_named(view), int(page) if page.isdecimal() and len(page) < 4 else 1))
    await show(turn)
    await turn.answer()


async def refresh(turn: Turn, what: Pressed | Submitted) -> None:
    """What was pressed on a page of one's own, or filled in elsewhere than in a team's place, changed what stands there."""
    on_page = isinstance(what, Pressed) and what.message is None
    verb = what.action.partition(":")[0]
    is_shown = bool(turn.about) or verb.startswith("draft-")  # tickets, and what an admin decides about
    by_form = isinstance(what, Submitted) and turn.desk.tier_at(what.place) is None and is_shown
    if (on_page or by_form) and verb != VERB and turn.recorded and isinstance(turn.crew.channels.get(turn.event.channel), Homes):
        await show(turn)


async def build(visit: Visit) -> Home:
    """The page as it is now, what matters most first: a channel that shows only so much leaves out the last."""
    t, levels = visit.t, sorted(visit.roster.levels(visit.person))
    refresh = [Choice(t.say("Refresh"), f"{VERB}:")] if levels else []
    sections = [
        HomeSection(
            (Title(visit.desk.name), Say(t.say("Ask in your own words; what I cannot answer goes to a person."))),
            (Choice(t.say("Ask a question"), "ask", "primary"), *request_forms.choices(visit.desk, t), *refresh),
        )
    ]
    if levels:
        sections += await _agents_part(visit, levels)
    elif often := popular.choices(visit.knowledge, t):
        sections.append(HomeSection((Title(t.say("Popular questions")),), tuple(often)))
    sections += await mine.home_sections(visit.lists, visit.desk, t, visit.person, SHOWN)
    if may(Asker(visit.desk, visit.roster, visit.person), "faq-new"):
        sections.append(HomeSection((Title(t.say("FAQ")),), (Choice(t.say("New entry"), "faq-new"),)))
        sections += await drafts_shown.home_sections(visit.lists, t, visit.names)
        sections += await review.home_sections(visit.lists, visit.knowledge, visit.desk.languages, t)
    return Home(tuple(sections))


async def _agents_part(visit: Visit, levels: Sequence[int]) -> list[HomeSection]:
    t, looking = visit.t, views.Looking(visit.desk, visit.person, levels, visit.now)
    lists = {view: await views.listed(visit.lists, looking, view) for view in views.VIEWS}
    place = await _PLACES.get(visit.lists, visit.person) or Place()
    view = views.view_named(place.view)
    tabs = [_tab(t, one, len(found), one == view) for one, found in lists.items()]
    shown, page, pages = views.page_of(lists[view], place.page, SHOWN)
    names = await visit.names(sorted({ticket.requester for ticket in shown} | {ticket.assignee for ticket in shown if ticket.assignee}))
    sections = [await _presence(visit), HomeSection((Title(t.say("Tickets")),), tuple(tabs))]
    sections += [_row(visit, ticket, names) for ticket in shown]
    if not shown:
        sections.append(HomeSection((Say(t.say(views.EMPTY[view])),)))
    return [*sections, _foot(visit, view, page, pages)]


def _tab(t: Tongue, view: views.View, count: int, is_open: bool) -> Choice:
    return Choice(f"{t.say(views.VIEWS[view])} ({views.shown_count(count)})", f"{VERB}:{view}", "primary" if is_open else "")


async def _presence(visit: Visit) -> HomeSection:
    """Is this agent here? And the button that says otherwise."""
    t = visit.t
    now = await presence_of(visit.lists, visit.desk, visit.person, visit.now)
    choice = Choice(t.say("I am away"), "away:") if now.is_here else Choice(t.say("I am here"), "here:", "primary")
    return HomeSection((Small(told(t, now, visit.desk.timezone)),), (choice,))


def _row(visit: Visit, ticket: Ticket, names: Mapping[PersonId, str]) -> HomeSection:
    """One ticket: what it is, whose, how long it may take, and what is done with it first."""
    t, question = visit.t, " ".join(ticket.question.split())
    status = t.say(replies.STATUS[ticket.status])
    head = f"{ticket.id} · {status}" if ticket.priority == "normal" else f"{ticket.id} · {status} · {t.say(toolbar.PRIORITIES[ticket.priority])}"
    parts: list[Part] = [Facts(((head, f"{question[:BEGINNING]}{'…' if len(question) > BEGINNING else ''}"),)), Small(_about(visit, ticket, names))]
    return HomeSection(tuple(parts), tuple(_first_choices(visit, ticket)))


def _about(visit: Visit, ticket: Ticket, names: Mapping[PersonId, str]) -> str:
    t, tier = visit.t, visit.desk.tier(ticket.tier)
    said = [names.get(ticket.requester, ""), tier.name if tier else ""]
    if ticket.assignee and ticket.assignee != visit.person:
        said.append(t.say("with {name}", name=names.get(ticket.assignee, "")))
    if ticket.due_at is not None and (stands := standing(ticket, visit.now)):
        moment = t.when(ticket.due_at, visit.desk.timezone)
        said.append(t.say("overdue since {moment}", moment=moment) if stands == "breached" else t.say("due {moment}", moment=moment))
    return " · ".join(word for word in said if word)


def _first_choices(visit: Visit, ticket: Ticket) -> list[Choice]:
    """The card has everything; here is what one does from a list. The core decides again when it is pressed."""
    t = visit.t
    if ticket.assignee == visit.person:
        return [Choice(t.say("Reply"), f"reply:{ticket.id}"), Choice(t.say("Resolve"), f"resolve:{ticket.id}")]
    if ticket.assignee is None and ticket.is_open:
        return [Choice(t.say("Take it"), f"take:{ticket.id}", "primary"), Choice(t.say("Reply"), f"reply:{ticket.id}")]
    return []


def _foot(visit: Visit, view: views.View, page: int, pages: int) -> HomeSection:
    t = visit.t
    moment = t.say("As of {moment}", moment=t.when(visit.now, visit.desk.timezone))
    line = f"{t.say('Page {page} of {pages}', page=page, pages=pages)} · {moment}" if pages > 1 else moment
    around = [Choice(t.say("Previous"), f"{VERB}:{view}:{page - 1}")] if page > 1 else []
    around += [Choice(t.say("Next"), f"{VERB}:{view}:{page + 1}")] if page < pages else []
    return HomeSection((Small(line),), tuple(around))
