"""A ticket follows its person: what one channel refuses for good goes to another of their verified addresses, and the ticket goes on there."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.accounts import elsewhere
from bot.domain.events import DeliveryFailed, TicketFollowed
from bot.domain.ids import ConversationId, PersonId, channel_name, channel_of
from bot.domain.messages import Outbound, Say, Small, Voice
from bot.domain.people import BOT
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import replies
from bot.engine.people.addresses import addresses_of, is_theirs
from bot.engine.people.notices import PREFERENCES, UNREACHABLE
from bot.engine.tickets import desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn, conversation_of
from bot.ports import Link, Parcel, TicketQuery

FOR_GOOD = frozenset({"blocked", "not_started", "waits", "shut", "gone", "forbidden", "bounced", "unreachable"})  # too large or malformed is so elsewhere, too
CAME_BACK = "came_back"  # the reason of a move that the requester made by writing where they had been
UNJOINED = "unjoined"


# ---------------------------------------------------------------------------------------------------------------- follow
async def resent(turn: Turn, ticket: Ticket, parcel: Parcel, said: TicketMessage | None, reason: str) -> bool:
    """What was refused goes to wherever the ticket follows its person; False when there is nowhere, or it was not for them."""
    if reason not in FOR_GOOD or not isinstance(parcel.body, Outbound) or parcel.edits or parcel.thread or parcel.body.card or parcel.lane != parcel.to:
        return False
    if parcel.to == ticket.conversation:
        followed = await follow(turn, ticket, reason)
        if followed is None:
            return False
        ticket = followed
        await turn.record(DeliveryFailed(ticket=ticket.id, by=BOT.id, at=turn.now, reason=reason))
    elif await turn.tx.linked(_left(parcel.to)) is None:
        return False
    await turn.tx.not_sent(parcel.key, "withdrawn", turn.now, reason)  # it must not go out twice when they let us in again
    await _send_again(turn, ticket, desk.reply_key(said) if said else parcel.key, parcel.body, said)
    return True


async def _send_again(turn: Turn, ticket: Ticket, key: str, body: Outbound, said: TicketMessage | None) -> None:
    """Once a place, however many of its pieces were refused. A reply goes whole: half of it elsewhere would be of no use."""
    key = f"{key}/at/{ticket.conversation}"
    if await turn.tx.parcel(key) is not None:
        return
    parts, files = list(body.parts), body.attachments
    if said is not None:
        name = await turn.name_of(said.author)
        parts = list(replies.reply(ticket, name, said.text)) if said.text else [Small(f"{name} · {ticket.id}")]
        files = said.attachments
        await turn.tx.save_message(replace(said, delivery="waiting"))
    was = tongue(ticket.language).say("I could not reach you on {channel}, so this comes here.", channel=channel_name(channel_of(ticket.requester)))
    lead = [Small(was)] if channel_of(ticket.conversation) != channel_of(ticket.requester) else []
    voice: Voice = "person" if said is not None and said.kind == "reply" else body.voice
    await turn.say(ticket.conversation, [*lead, *parts], body.choices, ticket=ticket, attachments=files, message=said.id if said else 0, key=key, voice=voice)


async def follow(turn: Turn, ticket: Ticket, reason: str) -> Ticket | None:
    """The ticket goes on at another address of its requester, and its team sees so; None when there is none that takes anything."""
    if str(ticket.conversation) in await addresses_of(turn.tx, ticket.requester):
        await UNREACHABLE.put(turn.tx, ticket.conversation, reason)
    to = await another_place(turn, ticket)
    if to is None:
        return None
    moved = await _go(turn, ticket, to, reason)
    t = turn.team_tongue
    said = {"channel": channel_name(channel_of(ticket.conversation)), "other": channel_name(channel_of(to))}
    if moved.is_with_humans:
        line = t.say("The requester cannot be reached on {channel}: {number} continues on {other}, which is joined with it.", number=moved.id, **said)
        await turn.tell_team(moved, turn.desk.tier(moved.tier), [Say(line)])
        await desk.update_card(turn, moved)
    return moved


async def another_place(turn: Turn, ticket: Ticket) -> ConversationId | None:
    """The private conversation at another verified address of the requester, on a channel of this desk that is not known to refuse."""
    addresses = await addresses_of(turn.tx, ticket.requester)
    prefers = await PREFERENCES.get(turn.tx, ticket.requester)
    others = sorted(elsewhere(addresses, [ticket.conversation]), key=lambda address: channel_of(address) != (prefers.by if prefers else ""))
    for address in others:
        if channel_of(address) in turn.crew.channels and await UNREACHABLE.get(turn.tx, address) is None:
            return conversation_of(address)
    return None


async def _go(turn: Turn, ticket: Ticket, to: ConversationId, reason: str) -> Ticket:
    fact = TicketFollowed(ticket=ticket.id, by=BOT.id if reason != CAME_BACK else turn.person.id, at=turn.now, was=channel_of(ticket.conversation),
                          now=channel_of(to), reason=reason)  # fmt: skip
    await turn.tx.link(_left(ticket.conversation), Link(ticket.id, "followed"))
    turn.changed.add(ticket.conversation)
    return await move(turn, replace(ticket, conversation=to), fact)


def _left(conversation: str) -> str:
    """Under which the newest ticket that left a conversation is found."""
    return f"followed:{conversation}"


# ---------------------------------------------------------------------------------------------------------------- return
async def come_back(turn: Turn) -> Ticket | None:
    """They write where a ticket of theirs had left: it comes back there. None when none did, or it is over."""
    here = turn.event.conversation
    link = await turn.tx.linked(_left(here))
    ticket = await turn.tx.ticket(link.ticket) if link is not None and link.ticket else None
    if ticket is None or not ticket.is_open or ticket.conversation == here or not await is_theirs(turn, ticket):
        return None
    await UNREACHABLE.drop(turn.tx, here)
    back = await _go(turn, ticket, here, CAME_BACK)
    if back.is_with_humans:
        said = {"number": back.id, "channel": channel_name(channel_of(here))}
        line = turn.team_tongue.say("The requester writes on {channel} again: {number} continues there.", **said)
        await turn.tell_team(back, turn.desk.tier(back.tier), [Say(line)])
        await desk.update_card(turn, back)
    return back


async def blocked(turn: Turn) -> list[Ticket]:
    """They shut us out: what is open there follows them. Gives the tickets of theirs that nothing reaches now."""
    here, lost = turn.event.conversation, []
    await UNREACHABLE.put(turn.tx, turn.person.id, "blocked")
    for ticket in await open_tickets(turn, await addresses_of(turn.tx, turn.person.id)):
        if ticket.conversation == here and await follow(turn, ticket, "blocked") is None:
            lost.append(ticket)
    return lost


async def let_in(turn: Turn) -> list[Ticket]:
    """They can be reached there again. Gives the open tickets that wait for them there."""
    await UNREACHABLE.drop(turn.tx, turn.person.id)
    return [t for t in await open_tickets(turn, await addresses_of(turn.tx, turn.person.id)) if t.conversation == turn.event.conversation]


async def open_tickets(turn: Turn, addresses: tuple[PersonId, ...]) -> list[Ticket]:
    """Open ones with humans, of these requesters."""
    found: list[Ticket] = []
    for address in addresses:
        found += await turn.tx.tickets(TicketQuery(requester=address, statuses=("open", "pending"), humans_only=True))
    return found


# ---------------------------------------------------------------------------------------------------------------- unjoin
async def bring_home(turn: Turn, addresses: tuple[PersonId, ...], gone: PersonId) -> None:
    """An address was taken out: tickets that had followed across that border go on where they were asked, and so does what still waits of them."""
    for ticket in await open_tickets(turn, addresses):
        goes_on_at = str(ticket.conversation)
        if goes_on_at in addresses and (ticket.requester == gone) != (goes_on_at == gone):
            home = await _go(turn, ticket, conversation_of(ticket.requester), UNJOINED)
            await _take_along(turn, home)
            await desk.update_card(turn, home)


async def _take_along(turn: Turn, ticket: Ticket) -> None:
    for said in await turn.tx.talk(ticket.id, internal=True):
        if said.kind == "reply" and said.delivery == "waiting" and await turn.tx.withdraw(desk.reply_key(said)):
            await _send_again(turn, ticket, desk.reply_key(said), Outbound(), said)
