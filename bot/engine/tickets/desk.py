"""Ticket moves: each with its guarded change, its event, and one message to each side that must know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import tickets
from bot.domain.calendars import add
from bot.domain.events import DeliveryFailed, NoteWritten
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment, Choice, Outbound, Say, Small, Words
from bot.domain.people import BOT
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import replies
from bot.engine.faq import inside, learning, outcomes
from bot.engine.incidents import incident_notes
from bot.engine.people import listed
from bot.engine.people.addresses import is_theirs
from bot.engine.people.filled_in import fill_in
from bot.engine.practices import asking_kind
from bot.engine.programs import mirroring
from bot.engine.requests import invitation, waiting
from bot.engine.service import queues
from bot.engine.tickets import cards, checks, companions, mentions
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Link


# -------------------------------------------------------------------------------------------------------- into the queue
async def hand_over(turn: Turn, ticket: Ticket, why: str, *, silently: bool = False) -> Ticket:
    """Tier 1 gives it to the first human tier, with everything that is known; the requester gets the receipt, unless it is done silently."""
    tier = turn.desk.first_tier
    by = BOT.id if why == "no_match" else turn.person.id
    ticket = await fill_in(turn, ticket)
    ticket = replace(ticket, offers=(*ticket.offers, *inside.offers(turn, ticket)))
    moved, fact = tickets.hand_over(ticket, tier.level, why, by, turn.now)
    moved = await move(turn, moved, fact)
    if not silently:
        parts, choices = replies.handed_over(tongue(moved.language), moved, tier.name, why)
        choices += asking_kind.choices(turn.desk, tongue(moved.language), moved)
        await waiting.hand_receipt(turn, moved, parts, choices)
    await enter_queue(turn, moved)
    return moved


async def enter_queue(turn: Turn, ticket: Ticket, *, back: bool = False, asks: bool = True) -> None:
    """The card where the ticket is now, and the clock of an unclaimed ticket, by the tier's hours. back: as for cards.show. asks: somebody may be given it."""
    await cards.show(turn, ticket, back=back)
    if asks:
        await queues.ask_for_turn(turn, ticket)
    tier = turn.desk.tier(ticket.tier)
    if tier and tier.claim_within and ticket.assignee is None:
        hours = turn.desk.hours_of(tier.level)
        await turn.set_timer("remind", ticket, add(hours, ticket.tier_since, tier.claim_within / 2), ticket.tier_since)
        await turn.set_timer("unclaimed", ticket, add(hours, ticket.tier_since, tier.claim_within), ticket.tier_since)


async def update_card(turn: Turn, ticket: Ticket) -> None:
    """The card as it is now, where humans have it."""
    if ticket.is_with_humans:
        await cards.show(turn, ticket)


# ---------------------------------------------------------------------------------------------------------- who has it
async def take(turn: Turn, ticket: Ticket) -> None:
    """An agent takes it; whoever is second learns who was faster."""
    await listed.mind_agent(turn)
    taken, fact = tickets.claim(ticket, turn.person.id, turn.now)
    taken = await move(turn, taken, fact)
    await cards.show(turn, taken)
    await await_answer(turn, taken)
    name = await turn.name_of(turn.person.id)
    await turn.say(taken.conversation, replies.taken(tongue(taken.language), taken, name), ticket=taken)
    await turn.answer()


async def release(turn: Turn, ticket: Ticket) -> None:
    """The assignee puts it back; its clock begins anew."""
    free, fact = tickets.release(ticket, turn.person.id, turn.now)
    free = await move(turn, free, fact)
    await enter_queue(turn, free)
    await await_answer(turn, free)
    await turn.answer()


async def put_back(turn: Turn, ticket: Ticket) -> None:
    """Its assignee is no agent of this tier any more: back into the queue, and the team is told."""
    gone = await turn.name_of(ticket.assignee)
    free, fact = tickets.put_back(ticket, turn.now, "left")
    free = await move(turn, free, fact)
    line = turn.team_tongue.say("{name} is no longer in this team, so {number} is back in the queue.", name=gone, number=free.id)
    await turn.tell_team(free, turn.desk.tier(free.tier), [Say(line)])
    await enter_queue(turn, free)


# ------------------------------------------------------------------------------------------------------------- words
async def reply(
    turn: Turn, ticket: Ticket, words: str, attachments: tuple[Attachment, ...] = (), *, source: str = "", place: str = "", sure: bool = False
) -> None:
    """An agent's words to the requester, after the time in which they can be taken back. sure: nobody need be asked whether they should go out."""
    if ticket.is_inside:
        await note(turn, ticket, words, attachments, source=source, place=place)
        return
    answered, fact = tickets.reply(ticket, turn.person.id, turn.now)
    if not turn.reaches(ticket.conversation):
        await _keep_unsent(turn, ticket, words, attachments, source=source, place=place)
        return
    if not sure and await checks.asks_first(turn, ticket, words, attachments, source=source, place=place):
        return
    answered = await move(turn, answered, fact)
    written = mentions.in_words(turn.knowledge, answered, words)
    said = await turn.write_down(answered, "out", "reply", written, source=source, attachments=attachments, delivery="waiting")
    name = await turn.name_of(turn.person.id)
    parts = mentions.reply_parts(turn.knowledge, answered, name, words) if words else [Small(f"{name} · {ticket.id}")]
    hold = turn.desk.take_back
    await turn.say(answered.conversation, parts, ticket=answered, attachments=attachments, message=said.id, delay=hold, key=reply_key(said), voice="person")
    await companions.reply_too(turn, answered, reply_key(said), parts, attachments)
    await _echo(turn, answered, said, place)
    await await_answer(turn, answered)
    await turn.answer()


async def _keep_unsent(turn: Turn, ticket: Ticket, words: str, attachments: tuple[Attachment, ...], *, source: str, place: str) -> None:
    """Nothing can be written to them: the words stay as a note, and their author knows."""
    await turn.answer(Say(replies.not_written(await turn.tongue_for(turn.person.id), ticket)), refused="not_written")
    await note(turn, ticket, words, attachments, source=source, place=place)


def reply_key(message: TicketMessage) -> str:
    """The key under which a reply is owed."""
    return f"reply:{message.ticket}:{message.id}"


async def _echo(turn: Turn, ticket: Ticket, said: TicketMessage, place: str) -> None:
    """The team sees a reply that was not written in its thread, and can take any reply back while it waits."""
    t = turn.team_tongue
    tier = turn.desk.tier(ticket.tier)
    hold = turn.desk.take_back
    if said.text or said.attachments:
        await turn.tell_team(ticket, tier, [Words(said.text, await cards.label(turn, t, said))], but_not=place)
    await turn.tx.link(hold_key(said), Link(ticket.id, "hold"))  # the card tells its delivery, too
    if hold > timedelta(0):
        waiting = [Small(t.say("This goes to the requester in {time}.", time=t.span(hold)))]
        await turn.tell_team(ticket, tier, waiting, [Choice(t.say("Take back"), f"undo:{ticket.id}:{said.id}")], key=hold_key(said))


def hold_key(message: TicketMessage) -> str:
    """The key of the line with which a reply can be taken back; each place adds its own name."""
    return f"hold:{message.ticket}:{message.id}"


async def close_hold(turn: Turn, ticket: Ticket, message: TicketMessage, line: str) -> None:
    """The line with which a reply could be taken back now says what became of it."""
    for tier in turn.desk.tiers:
        for place in tier.places:
            key = f"{hold_key(message)}@{place}"
            if await turn.tx.parcel(key) is not None:
                await turn.change(key, place, Outbound((Small(line),)), ticket.id, f"{place}#{ticket.id}")


async def take_back(turn: Turn, ticket: Ticket, said: TicketMessage) -> None:
    """Take a reply back while it waits."""
    if not await withdraw_reply(turn, ticket, said):
        raise MoveRefused("too_late")
    await turn.answer()


async def withdraw_reply(turn: Turn, ticket: Ticket, said: TicketMessage) -> bool:
    """The reply will not go out, and the team sees so; False when it is too late."""
    if not await turn.tx.withdraw(reply_key(said)):
        return False
    await turn.tx.save_message(replace(said, delivery="taken_back"))
    await mirroring.take_back(turn, said)
    ticket = await move(turn, *tickets.take_reply_back(ticket, said.at, turn.person.id, turn.now))
    name = await turn.name_of(turn.person.id)
    await close_hold(turn, ticket, said, turn.team_tongue.say("{name} took the reply back. It was not sent.", name=name))
    return True


async def note(turn: Turn, ticket: Ticket, words: str, attachments: tuple[Attachment, ...] = (), *, source: str = "", place: str = "") -> None:
    """For the team alone: it never reaches the requester."""
    if ticket.parent_as == "moving":
        tickets.must_be_here(ticket)  # the envelope is closed: nobody there would read it
    said = await turn.write_down(ticket, "out", "note", words, source=source, attachments=attachments, delivery="kept")
    await turn.record(NoteWritten(ticket=ticket.id, by=turn.person.id, at=turn.now))
    label = await cards.label(turn, turn.team_tongue, said)
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Words(words, label)], attachments=attachments, but_not=place)
    await turn.answer()


# ---------------------------------------------------------------------------------------------------------- up and down
async def escalate(turn: Turn, ticket: Ticket, reason: str, *, waited: bool = False) -> None:
    """To the next tier's queue, with what was tried."""
    above = turn.desk.above(ticket.tier)
    by = BOT.id if waited else turn.person.id
    moved, fact = tickets.escalate(ticket, above.level if above else None, reason, by, turn.now, waited)
    moved = await move(turn, moved, fact)
    if reason:
        await turn.write_down(moved, "out", "note", reason, delivery="kept")
    t = turn.team_tongue
    said = replies.escalated(t, moved, above.name if above else "", await turn.name_of(by), reason, waited)
    await turn.tell_team(moved, turn.desk.tier(ticket.tier), said)
    await cards.leave(turn, moved, ticket.tier)
    await enter_queue(turn, moved, back=True)
    await turn.answer()


async def send_back(turn: Turn, ticket: Ticket, reason: str) -> None:
    """To the tier below, with a reason that the requester never sees."""
    below = turn.desk.below(ticket.tier)
    moved, fact = tickets.send_back(ticket, below.level if below else None, reason, turn.person.id, turn.now)
    moved = await move(turn, moved, fact)
    await cards.leave(turn, moved, ticket.tier)
    await enter_queue(turn, moved, back=True)
    await turn.write_down(moved, "out", "note", reason, delivery="kept")
    said = replies.sent_back(turn.team_tongue, moved, below.name if below else "", await turn.name_of(turn.person.id), reason)
    await turn.tell_team(moved, below, said)
    await turn.answer()


# -------------------------------------------------------------------------------------------------- waiting and the end
async def hold(turn: Turn, ticket: Ticket) -> None:
    """It waits on the requester, who is told unless a person's words have just asked them; without an answer it closes."""
    held, fact = tickets.hold(ticket, turn.person.id, turn.now)
    held = await move(turn, held, fact)
    await cards.show(turn, held)
    if held.waits_since is not None or held.human_at is None:
        await turn.say(held.conversation, replies.held(tongue(held.language), held, await turn.name_of(turn.person.id)), ticket=held)
    await await_answer(turn, held)
    await turn.answer()


async def await_answer(turn: Turn, ticket: Ticket) -> None:
    """What waits on the requester warns and closes by itself, counted from the last change: each one begins the clock anew."""
    if ticket.status == "pending" and turn.desk.idle:
        await turn.set_timer("idle_warning", ticket, turn.now + turn.desk.idle * 0.8, turn.now)
        await turn.set_timer("idle_close", ticket, turn.now + turn.desk.idle, turn.now)


async def resume(turn: Turn, ticket: Ticket) -> None:
    """It no longer waits; when nobody has it, it stands in the queue anew."""
    on, fact = tickets.resume(ticket, turn.person.id, turn.now)
    on = await move(turn, on, fact)
    await enter_queue(turn, on)
    await turn.answer()


async def resolve(turn: Turn, ticket: Ticket, solution: str, entry: str = "") -> None:
    """Solved, with the solution written down; the requester is told and can reopen."""
    found = turn.knowledge.entry(entry) if entry else None
    known = "" if found is None or found.retired else entry
    done, fact = tickets.resolve(ticket, turn.person.id, solution, turn.now, known)
    done = await move(turn, done, fact)
    if known:
        await outcomes.resolved(turn, done, known)
        await learning.propose(turn, done, known)
    await cards.show(turn, done)
    t = tongue(done.language)
    parts, choices = replies.resolved(t, done, await turn.name_of(turn.person.id), turn.desk.reopen_within)
    question, stars = await invitation.invitation(turn, done)
    await turn.say(done.conversation, [*parts, *question], [*stars, *choices], ticket=done, key=invitation.resolved_key(done))
    await close_later(turn, done)
    await turn.answer()


async def close_later(turn: Turn, ticket: Ticket) -> None:
    """Once it can no longer be reopened it is closed."""
    await turn.set_timer("reopen_over", ticket, turn.now + turn.desk.reopen_within, turn.now)


async def reopen(turn: Turn, ticket: Ticket, *, by_words: bool = False) -> Ticket:
    """Not solved after all: the same number, the same thread. by_words: a message did it, which may have been a new question."""
    again, fact = tickets.reopen(ticket, turn.person.id, turn.now, turn.desk.first_tier.level)
    again = await move(turn, again, fact)
    if not ticket.is_with_humans:
        await outcomes.reopened(turn, again)
    await learning.withdraw(turn, again.id)
    await enter_queue(turn, again)
    tier = turn.desk.tier(again.tier)
    parts, choices = replies.reopened(tongue(again.language), again, tier.name if tier else "")
    if await is_theirs(turn, again):  # what the team does is told when it is taken, answered and resolved
        await turn.say(again.conversation, parts, choices if by_words else (), ticket=again)
    await turn.answer()
    return again


async def resolve_again(turn: Turn, ticket: Ticket) -> Ticket:
    """The requester says that reopening was a mistake: resolved as it was, quietly."""
    done, fact = tickets.resolve(ticket, turn.person.id, ticket.solution, turn.now)
    done = await move(turn, done, fact)
    if done.entry and not done.solution:
        await outcomes.solved(turn, done, done.entry)
    await cards.show(turn, done)
    await close_later(turn, done)
    return done


async def close(turn: Turn, ticket: Ticket, why: str, by: PersonId) -> Ticket:
    """Nothing more may change. The requester is told when it ends by itself, answered when they did it. What others share is the team's to close."""
    if ticket.is_open and ticket.id in await incident_notes.active(turn.tx):
        if why == "idle":
            return ticket
        raise MoveRefused("incident_shared", number=ticket.id)
    done, fact = tickets.close(ticket, by, why, turn.now)
    done = await move(turn, done, fact)
    if done.is_with_humans:
        await cards.show(turn, done)
    if why == "idle":
        await turn.say(done.conversation, replies.closed(tongue(done.language), done, why), ticket=done)
    await turn.answer(*(replies.closed(tongue(done.language), done, why) if why == "requester" else ()))
    return done


async def close_by_agent(turn: Turn, ticket: Ticket) -> None:
    """What is resolved needs no more waiting, says an agent."""
    if ticket.status != "resolved":
        raise MoveRefused("not_resolved")
    await close(turn, ticket, "agent", turn.person.id)


async def tell_failure(turn: Turn, ticket: Ticket, reason: str, message: TicketMessage | None) -> None:
    """Delivery truth in the thread of the card."""
    await turn.record(DeliveryFailed(ticket=ticket.id, by=BOT.id, at=turn.now, reason=reason))
    parts = list(replies.delivery_failed(turn.team_tongue, reason))
    if message and message.text:
        parts.append(Words(message.text[:200]))
    elif message:
        parts.append(Say(", ".join(a.name for a in message.attachments)))
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts)
