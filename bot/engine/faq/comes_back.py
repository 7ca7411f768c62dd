"""An answer that comes back: who asked what nothing answered hears of the entry that answers it now, once and quietly, if the desk wants that.

Who waits unclaimed is offered it; whom a person serves hears nothing from the bot: the agent finds it as a reply that has not been sent.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import tickets
from bot.domain.events import AnswerCameBack, EntryRefused
from bot.domain.ids import TicketId
from bot.domain.messages import Article, Choice, Outbound, Part, Say, Small, TimerFired, Title, Words
from bot.domain.notices import quiet_until
from bot.domain.people import BOT
from bot.domain.tickets import Offer, Ticket
from bot.engine import replies
from bot.engine.act import Act, Given
from bot.engine.curation import curation
from bot.engine.faq import outcomes
from bot.engine.faq.knowledge import entry_tag
from bot.engine.faq.unanswered import is_question
from bot.engine.people.addresses import addresses_of
from bot.engine.people.notices import notify, zone_of
from bot.engine.people.preferences import kept_of
from bot.engine.tickets import cards, checks, desk, mentions, unsent
from bot.engine.tickets.moving import move
from bot.engine.tickets.unsent import Unsent
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Link
from kb.entries import Entry, Text

TIMER = "comes_back"
KIND = "answered"  # as bot.domain.notices.KINDS has it
SOON = timedelta(seconds=5)  # until a process that does not know the entry yet looks again
SHOWN = 300  # characters of what was asked


def may_hear(ticket: Ticket, entry: str, since: datetime) -> bool:
    """Was it asked from then on, and has no entry answered it? Who was shown this one, or refused it, knows it."""
    is_left = ticket.is_open or not ticket.entry
    knows = any(offer.entry == entry and not offer.internal and offer.outcome != "unlike" for offer in ticket.offers)
    return is_left and not knows and ticket.is_with_humans and not ticket.parent and ticket.opened_at >= since and is_question(ticket)


# --------------------------------------------------------------------------------------------------------------- it comes
async def fired(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """An entry seems to answer this ticket: decided again, here and now. Raises Unread."""
    name = timer.timer.partition(":")[2]
    entry = await curation.as_it_is(turn, name)
    window = turn.desk.tell_when_answered
    if entry is None or window is None or not may_hear(ticket, entry.id, turn.now - window):
        return
    if turn.knowledge.entry(name) != entry:
        await _later(turn, turn.now + SOON)
        return
    verdict = turn.knowledge.ask(ticket.question, ticket.language)
    if verdict.decision != "answer" or verdict.matches[0].entry_id != entry.id or await _is_told(turn, ticket, entry):
        return
    prefers = await kept_of(turn.tx, ticket.requester)
    late = quiet_until(prefers.quiet, await zone_of(turn, ticket.requester, prefers), turn.now)
    is_claimed = ticket.is_open and ticket.assignee is not None
    if prefers.way(KIND) == "off" and not is_claimed:
        return
    if late > turn.now and not prefers.is_urgent(KIND) and not is_claimed:
        await _later(turn, late)
        return
    await turn.tx.link(_mark(ticket, entry), Link(ticket.id, "told"))
    match = verdict.matches[0]
    text = entry.text_for(ticket.language, turn.desk.languages)
    if is_claimed:
        await _draft_for_agent(turn, ticket, entry, text)
    elif ticket.is_open:
        await _offer(turn, ticket, Offer(entry.id, match.lang, text.question, match.score, match.phrasing, why=tuple(match.reasons)), text)
    else:
        await notify(turn, ticket.requester, KIND, _parts(turn, ticket, text), ticket, [_preferences(tongue(ticket.language))])
    way = "drafted" if is_claimed else "offered" if ticket.is_open else "told"
    await turn.record(AnswerCameBack(ticket=TicketId(ticket.id), by=BOT.id, at=turn.now, entry=entry.id, way=way))


async def _later(turn: Turn, due: datetime) -> None:
    """The same once more."""
    await turn.tx.keep(replace(turn.event, key=f"{turn.event.key}:{due.isoformat()}"), due)


def _mark(ticket: Ticket, entry: Entry) -> str:
    return f"{TIMER}:{entry_tag(entry.id)}:{ticket.requester}"


async def _is_told(turn: Turn, ticket: Ticket, entry: Entry) -> bool:
    """Did this person hear of it already, at any address of theirs? Two of their tickets are looked at one after the other."""
    people = await addresses_of(turn.tx, ticket.requester)
    await turn.tx.take(f"{TIMER}:{min(people)}")
    return any([await turn.tx.linked(_mark(replace(ticket, requester=person), entry)) is not None for person in people])


def _parts(turn: Turn, ticket: Ticket, text: Text) -> list[Part]:
    t = tongue(ticket.language)
    asked = ticket.question if len(ticket.question) <= SHOWN else f"{ticket.question[:SHOWN]}…"
    parts: list[Part] = [
        Say(t.say("There is an answer now to what you asked ({moment}):", moment=t.when(ticket.opened_at, turn.desk.timezone))),
        Words(asked),
        Title(text.question),
        Article(text.answer),
    ]
    if text.lang != ticket.language:
        parts.append(Small(t.say("This answer is not available in English yet, so here it is in another language.")))
    return [*parts, Small(t.say("{number} · I am a bot.", number=ticket.id))]


def _preferences(t: Tongue) -> Choice:
    return Choice(t.say("What I tell you"), "menu:notify")


# ------------------------------------------------------------------------------------------------------- to whoever waits
async def _offer(turn: Turn, ticket: Ticket, offer: Offer, text: Text) -> None:
    """Offered to the requester, and seen on the card; the ticket waits on as it did."""
    offered = await turn.save(replace(ticket, offers=(*(o for o in ticket.offers if o.entry != offer.entry), offer)))
    said = await turn.write_down(offered, "out", "bot", f"{text.question}\n{text.answer}", author=BOT.id, delivery="waiting")
    t, tag = tongue(offered.language), entry_tag(offer.entry)
    choices = [
        Choice(t.say("Yes, solved"), f"helped:{offered.id}:{tag}", "primary"),
        Choice(t.say("Not what I need"), f"unhelped:{offered.id}:{tag}"),
        _preferences(t),
    ]
    await turn.say(offered.conversation, _parts(turn, offered, text), choices, ticket=offered, message=said.id, key=_key(offered, tag))
    await cards.show(turn, offered)


def _key(ticket: Ticket, tag: str) -> str:
    return f"{TIMER}:{ticket.id}:{tag}"


async def helped(turn: Turn, ticket: Ticket, given: Given) -> None:
    """It solved it: resolved by its requester, with the entry as the documented solution."""
    offer = _offered(ticket, given)
    judged = tuple(replace(one, outcome="solved") if one == offer else one for one in ticket.offers)
    done = await move(turn, *tickets.resolve(replace(ticket, offers=judged), turn.person.id, "", turn.now, offer.entry))
    await outcomes.solved(turn, done, offer.entry)
    await _take_buttons_away(turn, done, given.extra)
    await cards.show(turn, done)
    await turn.say(done.conversation, replies.solved_by_entry(tongue(done.language), done), ticket=done)
    await desk.close_later(turn, done)
    await turn.answer()


async def unhelped(turn: Turn, ticket: Ticket, given: Given) -> None:
    """It is not it: the ticket waits on, and the card says so."""
    offer = _offered(ticket, given)
    judged = tuple(replace(one, outcome="refused") if one == offer else one for one in ticket.offers)
    left = await turn.save(replace(ticket, offers=judged))
    await turn.record(EntryRefused(ticket=left.id, by=turn.person.id, at=turn.now, entry=offer.entry))
    await _take_buttons_away(turn, left, given.extra)
    await cards.show(turn, left)
    t, tier = tongue(left.language), turn.desk.tier(left.tier)
    await turn.answer(Say(t.say("All right, {number} stays with {team}.", number=left.id, team=tier.name if tier else "")))


def _offered(ticket: Ticket, given: Given) -> Offer:
    if not ticket.is_open:
        raise MoveRefused(ticket.status, number=ticket.id)
    offer = next((one for one in ticket.offers if one.outcome == "" and not one.internal and entry_tag(one.entry) == given.extra), None)
    if offer is None:
        raise MoveRefused("no_longer")
    return offer


async def _take_buttons_away(turn: Turn, ticket: Ticket, tag: str) -> None:
    body = await turn.tx.newest_body(_key(ticket, tag))
    if isinstance(body, Outbound):
        await turn.change(_key(ticket, tag), ticket.conversation, replace(body, choices=()), ticket.id)


# ---------------------------------------------------------------------------------------------------- to whoever serves them
async def _draft_for_agent(turn: Turn, ticket: Ticket, entry: Entry, text: Text) -> None:
    """A reply that waits for the agent, in the thread of the card."""
    assert ticket.assignee is not None
    kept = Unsent(mentions.mention(entry.id), ticket.assignee, turn.now, ticket.tier, doubts=(f"fresh:{entry.id}",))
    which = await unsent.keep(turn.tx, ticket.id, kept)
    t = turn.team_tongue
    parts: list[Part] = [
        Title(ticket.id),
        Say(checks.told(t, kept.doubts[0], entry)),
        Article(text.answer),
        Small(t.say("Not sent yet: look at it first.")),
    ]
    choices = [Choice(t.say("Send"), f"anyway:{ticket.id}:{which}", "primary"), Choice(t.say("Change"), f"rewrite:{ticket.id}:{which}")]
    choices.append(Choice(t.say("Drop"), f"unsend:{ticket.id}:{which}"))
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, choices, key=unsent.line_key(ticket.id, which))


ACTS: dict[str, Act] = {"helped": Act(helped), "unhelped": Act(unhelped)}
