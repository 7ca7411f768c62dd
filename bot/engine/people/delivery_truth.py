"""What became of the last reply, as the card tells it: delivered, waiting since, refused and why, and where answers go instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.desks import Desk
from bot.domain.events import Event, ReplySent
from bot.domain.ids import channel_name, channel_of
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.kept import Kept
from bot.engine.people import senders
from bot.engine.people.addresses import account_of
from bot.engine.people.notices import UNREACHABLE
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.ports import Link

TOO_LATE = frozenset({"waits", "shut"})  # reasons of a refusal that ends by itself when they write: see DeliveryRefused
LATE = timedelta(minutes=1)  # after the time in which it can be taken back: whatever has not arrived by then is said to wait

_REFUSED: Kept[str] = Kept("refused-reply", str)


@dataclass(frozen=True, slots=True)
class Missed:
    """A reply that did not reach somebody else who asked. message: the reply's id."""

    message: int
    reason: str


def missed_of(ticket: str) -> Kept[Missed]:
    """What those missed whose tickets go on as this one, by the numbers of theirs."""
    return Kept(f"missed:{ticket}", Missed)


REASONS = {
    "blocked": N_("the requester has blocked the bot"),
    "not_started": N_("the requester has never opened the bot in private"),
    "waits": N_("it waits for the requester to write (24-hour rule)"),
    "shut": N_("it waits for the requester to write (24-hour rule), and they do not know"),
    "gone": N_("the conversation no longer exists"),
    "forbidden": N_("the channel does not let the bot write there"),
    "bounced": N_("the mail came back"),
    "too_large": N_("it is too large for the channel"),
    "unreachable": N_("the channel did not answer"),
}


class Lists(Protocol):
    """A transaction or a reader."""

    async def talk(self, number: str, internal: bool) -> list[TicketMessage]:
        """As Reader.talk."""
        ...

    async def noted(self, prefix: str) -> dict[str, str]:
        """As Reader.noted."""
        ...


async def rows(turn: Turn, t: Tongue, ticket: Ticket) -> Sequence[tuple[str, str]]:
    """As `told`, for the card."""
    return await told(turn.tx, turn.desk, t, ticket, turn.now)


async def told(lists: Lists, desk: Desk, t: Tongue, ticket: Ticket, now: datetime) -> Sequence[tuple[str, str]]:
    """Whether anybody vouches for the requester; the last reply's fate once there is one, and where they are reached when that is not only where they
    asked: label and value."""
    if ticket.is_inside:
        return []
    found = await senders.rows(lists, t, ticket)
    account = await account_of(lists, ticket.requester)
    if account is not None:
        others = [a for a in account.addresses if a.id != ticket.requester]
        states = [f"{channel_name(channel_of(a.id))} ({t.say('verified') if a.verified else t.say('claimed')})" for a in others]
        found.append((t.say("Also on"), ", ".join(states)))
    if ticket.human_at is not None and (last := await last_reply(lists, ticket)) is not None:
        found.append((t.say("Last reply"), await _fate(lists, desk, t, ticket, last, now)))
        missed = await missed_of(ticket.id).all(lists) if ticket.related else {}
        found += [(t.say("Last reply to {number}", number=other), _not_delivered(t, one.reason)) for other, one in missed.items() if one.message == last.id]
    if channel_of(ticket.conversation) != channel_of(ticket.requester):
        why = await UNREACHABLE.get(lists, ticket.requester)
        to = t.say("{channel}, verified as the same person", channel=channel_name(channel_of(ticket.conversation)))
        found.append((t.say("Answers go to"), f"{to} ({t.say(REASONS[why])})" if why in REASONS else to))
    return found


async def last_reply(lists: Lists, ticket: Ticket) -> TicketMessage | None:
    """The newest reply that nobody took back."""
    talk = await lists.talk(ticket.id, internal=True)
    return next((m for m in reversed(talk) if m.kind == "reply" and m.direction == "out" and m.delivery != "taken_back"), None)


async def _fate(lists: Lists, desk: Desk, t: Tongue, ticket: Ticket, said: TicketMessage, now: datetime) -> str:
    where = channel_name(channel_of(ticket.conversation))
    if said.delivery == "sent":
        return t.say("delivered on {channel}", channel=where)
    if said.delivery == "failed":
        reason = await _REFUSED.get(lists, str(said.id)) or ""
        waits = t.say("waits for the requester to write on {channel} (24-hour rule)", channel=where)
        return waits if reason in TOO_LATE else _not_delivered(t, reason)
    if now - said.at > desk.take_back + LATE / 2:
        return t.say("waiting since {time}: {channel} does not take it now", time=t.when(said.at, desk.timezone), channel=where)
    return t.say("on its way")


def _not_delivered(t: Tongue, reason: str) -> str:
    return t.say("not delivered: {reason}", reason=t.say(REASONS[reason]) if reason in REASONS else t.say("the channel refused it"))


async def note_refusal(turn: Turn, said: TicketMessage, reason: str) -> None:
    """Why a reply did not arrive, for whoever looks at its ticket."""
    await _REFUSED.put(turn.tx, str(said.id), reason)


# ------------------------------------------------------------------------------------------------------- kept up to date
async def follow(turn: Turn, ticket: Ticket, fact: Event) -> None:
    """A reply is looked after: when it is late, the card says so."""
    if isinstance(fact, ReplySent):
        await senders.UNANSWERED.drop(turn.tx, ticket.id)
        await turn.set_timer("reply_late", ticket, turn.now + turn.desk.take_back + LATE, turn.now)


async def is_late(turn: Turn, ticket: Ticket) -> bool:
    """Does the last reply still wait? Then its delivery, when it comes, is told as well."""
    last = await last_reply(turn.tx, ticket)
    if last is None or last.delivery != "waiting":
        return False
    await turn.tx.link(f"hold:{last.ticket}:{last.id}", Link(ticket.id, "hold"))
    return True
