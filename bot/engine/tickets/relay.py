"""Carries words between requester and team, and shows what was changed or taken away. Relayed text is never read as a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain import mirror
from bot.domain.events import DeliveryFailed
from bot.domain.ids import MessageId
from bot.domain.incidents import is_part
from bot.domain.messages import Bounced, Deleted, Delivered, Edited, LetIn, Marked, Outbound, Part, Reachable, Said, Say, Small, Undelivered, Words
from bot.domain.people import BOT
from bot.domain.tickets import Ticket, TicketMessage
from bot.domain.webhooks import BEGINS
from bot.engine import interview, presses, replies
from bot.engine.people import delivery_truth, notices, rerouting, senders, unopened
from bot.engine.programs import mirror_acts, webhooks
from bot.engine.requests import hearing, privately, selfservice
from bot.engine.rights import asker, may, permit, permit_in
from bot.engine.service import unseen
from bot.engine.tickets import companions, correcting, desk, kinship, scheduled
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Link, Parcel

TOO_OFTEN = "too_often"  # why the bot answers an address no more for a while
CARD_AGAIN = timedelta(minutes=10)
BOUNCED = "bounced"  # the reason of a refusal, see DeliveryRefused
PIECES = 4  # a reply is rarely sent in more; what came back of a later one is told of the ticket
A_MOMENT = timedelta(seconds=5)  # after which it is noted as what a card was sent: somebody may answer it sooner
OVERTAKEN = timedelta(minutes=10)  # within which a message comes that its correction has overtaken; Slack's last try is some six minutes late


# ------------------------------------------------------------------------------------------------------------- requester
async def colleague_wrote(turn: Turn, ticket: Ticket, said: Said) -> None:
    """Words of somebody else in a requester's thread: kept with an open ticket under their own name; they decide nothing."""
    if not ticket.is_open:
        return
    await turn.write_down(ticket, "in", "detail", said.text, source=said.message, attachments=said.attachments)
    if ticket.is_with_humans:
        await hearing.carry_to_team(turn, ticket, said.text, said.attachments)


# ------------------------------------------------------------------------------------------------------------------ team
async def team_said(turn: Turn, said: Said) -> None:
    """A plain message in a card's thread: a reply or a note, as the card says."""
    link = await turn.tx.linked(said.reply_to) if said.reply_to else None
    if link is not None and link.role.startswith("ask:"):
        await presses.words_given(turn, link, said.text, said.attachments, source=said.message, place=said.place)
        return
    if await interview.said(turn, said):
        await presses.filled(turn, await interview.words_given(turn, said.text, said.attachments))
        return
    link = await turn.tx.linked(turn.event.conversation) or link
    if link is None and said.reply_to:
        await look_again(turn, A_MOMENT)
        return
    ticket = await turn.tx.ticket(link.ticket) if link and link.ticket else None
    if ticket is None or not (said.text.strip() or said.attachments):
        return  # talk in the team's place that belongs to no ticket
    tier = turn.desk.tier_at(said.place)
    permit_in(turn, "thread", tier, ticket)
    if tier is None or tier.level != ticket.tier:
        await desk.note(turn, ticket, said.text, said.attachments, source=said.message, place=said.place)
        now_with = turn.desk.tier(ticket.tier)
        raise_later = MoveRefused("elsewhere", team=now_with.name if now_with else "")
        await turn.answer(*replies.refusal(await turn.tongue_for(turn.person.id), raise_later, ticket.id))
    elif turn.desk.thread_default == "note":
        await desk.note(turn, ticket, said.text, said.attachments, source=said.message, place=said.place)
    else:
        await desk.reply(turn, ticket, said.text, said.attachments, source=said.message, place=said.place)


async def marked(turn: Turn, marked_: Marked) -> None:
    """An agent put the ticket sign on somebody's message (or the author did it with a shortcut): a ticket with the talk so far."""
    own = marked_.author.id == turn.person.id
    if not own:
        permit(asker(turn), "mark")
    if await turn.tx.linked(marked_.message) is not None:
        return  # has its ticket already
    if await privately.holds_marked(turn, marked_):
        return
    await turn.tx.remember(marked_.author)
    ticket = await selfservice.open_request(
        turn,
        marked_.text,
        source=marked_.message,
        attachments=marked_.attachments,
        earlier=marked_.earlier,
        requester=marked_.author.id,
        conversation=marked_.conversation,
    )
    await desk.hand_over(turn, ticket, "marked")


# --------------------------------------------------------------------------------------------------- changed, taken away
async def edited(turn: Turn, what: Edited) -> None:
    """The new words are shown where the old ones went; the old ones are kept."""
    said = await turn.tx.message_from(what.message)
    if said is None and not await privately.changes(turn, what) and not await scheduled.reworded(turn, what):
        await look_again(turn)
    if said is None or said.author != turn.person.id or said.text == what.text:
        return
    ticket = await turn.tx.ticket(said.ticket)
    if ticket is not None and await privately.keeps_back(turn, ticket, said, what.text):
        return
    if ticket is not None and said.direction == "out" and said.kind == "reply" and may(asker(turn), "edit-reply"):
        await correcting.correct(turn, ticket, said, what.text)
        return
    await turn.tx.save_message(replace(said, text=what.text, edited=said.edited or said.text))
    if ticket is None:
        return
    turn.changed.update((ticket.id, ticket.conversation))
    if said.direction == "in":
        await _requester_edited(turn, ticket, said, what.text)


async def look_again(turn: Turn, after: timedelta = OVERTAKEN) -> None:
    """A message that a platform had to send once more may come after its correction, deletion or answer, and what a card was sent as is noted after it
    is seen: what refers to what is not known yet is looked at again, once."""
    if not turn.event.key.startswith("again:"):
        await turn.tx.keep(replace(turn.event, key=f"again:{turn.event.key}", also=""), turn.now + after)


async def _requester_edited(turn: Turn, ticket: Ticket, said: TicketMessage, text: str) -> None:
    lines, old = f"\n{ticket.question}\n", f"\n{said.text}\n"  # the question is made of whole messages: see tickets.add_words
    if said.text and old in lines:
        ticket = await turn.save(replace(ticket, question=lines.replace(old, f"\n{text}\n", 1)[1:-1]))
    if ticket.is_with_humans:
        name = await turn.name_of(turn.person.id)
        await _tell_all_teams(turn, ticket, [Words(text, turn.team_tongue.say("{name} (edited)", name=name))])
        await desk.update_card(turn, ticket)


async def _tell_all_teams(turn: Turn, ticket: Ticket, parts: Sequence[Part]) -> None:
    """Where the old words went: in the thread of each card that the ticket has or had."""
    for tier in turn.desk.tiers:
        if [place for place in tier.places if await turn.tx.parcel(turn.card_key(ticket.id, place)) is not None]:
            await turn.tell_team(ticket, tier, parts)
    into = await kinship.current(turn.tx, ticket)
    if into.id != ticket.id:
        await turn.tell_team(into, turn.desk.tier(into.tier), parts)


async def deleted(turn: Turn, what: Deleted) -> None:
    """A message is gone: a waiting reply is taken back, the team is told of a requester's."""
    said = await turn.tx.message_from(what.message)
    if said is None and not await privately.changes(turn, what):
        await look_again(turn)
    if said is None or said.author != turn.person.id or said.deleted:
        return
    ticket = await turn.tx.ticket(said.ticket)
    said = replace(said, deleted=True)
    if said.kind == "reply" and ticket is not None and await desk.withdraw_reply(turn, ticket, said):
        return
    await turn.tx.save_message(said)
    if ticket is not None and said.direction == "in" and ticket.is_with_humans:
        t, name = turn.team_tongue, await turn.name_of(turn.person.id)
        await _tell_all_teams(turn, ticket, [Small(t.say("{name} deleted a message.", name=name)), Words(said.text)])


# --------------------------------------------------------------------------------------------------------- delivery truth
async def reachable(turn: Turn, what: Reachable) -> None:
    """The requester blocked the bot, or let it in again: the teams with an open ticket of theirs know."""
    if what.yes and await unopened.opened(turn):
        return
    t = turn.team_tongue
    line = t.say("The requester can be reached again.") if what.yes else t.say("The requester has blocked the bot: nothing reaches them now.")
    for ticket in await (rerouting.let_in(turn) if what.yes else rerouting.blocked(turn)):
        await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Say(line)])


async def delivered(turn: Turn, what: Delivered) -> None:
    """A reply has gone out: the card says so, and the line with which it could be taken back."""
    ticket, said = await turn.tx.ticket(what.ticket), await turn.tx.message(what.message)
    if ticket is not None and said is not None:
        await desk.close_hold(turn, ticket, said, turn.team_tongue.say("Delivered."))
        await desk.update_card(turn, ticket)


async def undelivered(turn: Turn, what: Undelivered) -> None:
    """A message of ours will not arrive: a reply is marked and the team told; a card is tried again."""
    if what.outbox.startswith(notices.BEGINS):
        await notices.undelivered(turn, what)
        return
    if what.outbox.startswith(BEGINS):
        await webhooks.undelivered(turn, what)
        return
    if what.outbox.startswith(mirror.BEGINS):
        await mirror_acts.undelivered(turn, what)
        return
    parcel = await turn.tx.parcel(what.outbox)
    if parcel is not None and parcel.state == "sent":  # its platform had taken it
        await turn.tx.came_back(parcel.key, what.reason)
    ticket = await turn.tx.ticket(what.ticket or (parcel.ticket if parcel else ""))  # a channel that is told later does not know whose it was
    said = await turn.tx.message(parcel.message) if parcel and parcel.message else None
    if ticket is not None and parcel is not None and await rerouting.resent(turn, ticket, parcel, said, what.reason):
        return
    if ticket is not None and parcel is not None and what.reason == unopened.NOT_STARTED and parcel.to == ticket.conversation:
        await unopened.call(turn, ticket)
    missed_by = await companions.missed(turn, ticket, parcel, what.reason) if ticket is not None and parcel is not None else None
    if ticket is not None and missed_by is not None:
        if what.reason == unopened.NOT_STARTED:
            await unopened.call(turn, missed_by)
        await desk.update_card(turn, ticket)
        return
    if said is not None:
        await turn.tx.save_message(replace(said, delivery="failed"))
        await delivery_truth.note_refusal(turn, said, what.reason)
    if ticket is not None and what.reason == TOO_OFTEN:
        await _told_nothing(turn, ticket)
        return
    if ticket is not None and ticket.is_with_humans and said is not None:
        await desk.tell_failure(turn, ticket, what.reason, said)
        await desk.update_card(turn, ticket)
    elif ticket is not None and said is not None and is_part(ticket) and (shared := await turn.tx.ticket(ticket.parent)) is not None:
        await companions.tell_missed(turn, shared, ticket, what.reason)
    elif ticket is not None and ticket.is_with_humans and parcel is not None and isinstance(parcel.body, Outbound) and parcel.body.card:
        await _card_refused(turn, ticket, parcel, what.reason)


async def _told_nothing(turn: Turn, ticket: Ticket) -> None:
    """The bot is silent towards an address: agents see so, and what was asked must not wait for an answer that is not given."""
    await senders.UNANSWERED.put(turn.tx, ticket.id, True)
    if ticket.is_open and not ticket.is_with_humans:
        await desk.hand_over(turn, ticket, "no_match", silently=True)
    elif ticket.is_with_humans:
        await desk.update_card(turn, ticket)


async def bounced(turn: Turn, what: Bounced) -> None:
    """What had gone out came back: as if it had been refused at once, for the very reply if it was one."""
    await notices.UNREACHABLE.put(turn.tx, turn.person.id, BOUNCED)
    link = await turn.tx.linked(what.message)
    ticket = await turn.tx.ticket(link.ticket) if link is not None and link.ticket else None
    if ticket is None:
        return
    for said in reversed(await turn.tx.talk(ticket.id, internal=True)):
        if said.kind == "reply" and said.delivery == "sent" and (parcel := await _sent_as(turn, said, what.message)) is not None:
            await undelivered(turn, Undelivered(parcel.key, ticket.id, BOUNCED))
            return
    if ticket.is_with_humans and await rerouting.follow(turn, ticket, BOUNCED) is None:
        await desk.tell_failure(turn, ticket, BOUNCED, None)
        await desk.update_card(turn, ticket)


async def _sent_as(turn: Turn, said: TicketMessage, message: MessageId) -> Parcel | None:
    """The parcel that brought this reply as that message, whole or in pieces."""
    key = desk.reply_key(said)
    for piece in (key, f"{key}/at/{message.partition('/')[0]}", *(f"{key}/{n}" for n in range(1, PIECES))):
        parcel = await turn.tx.parcel(piece)
        if parcel is not None and parcel.sent_as == message:
            return parcel
    return None


async def let_in(turn: Turn, what: LetIn) -> None:
    """A place takes messages again: what it refused goes there now, and the cards of which it refused a change are drawn anew, each in its ticket's lane."""
    for number in await turn.tx.owe_again(what.place, turn.now):
        ticket = await turn.tx.ticket(number)
        if ticket is not None:
            await turn.set_timer("card", ticket, turn.now, turn.now)


async def _card_refused(turn: Turn, ticket: Ticket, parcel: Parcel, reason: str) -> None:
    """A team cannot see its ticket: written down once, and tried again every CARD_AGAIN until somebody lets the bot in or the ticket ends."""
    mark = f"refused:{parcel.key}"
    if await turn.tx.linked(mark) is None:
        await turn.tx.link(mark, Link(ticket.id, "refused"))
        await turn.record(DeliveryFailed(ticket=ticket.id, by=BOT.id, at=turn.now, reason=reason))
    await unseen.refused(turn, ticket, parcel.to)
    if ticket.status != "closed":
        due = ticket.opened_at + CARD_AGAIN * ((turn.now - ticket.opened_at) // CARD_AGAIN + 1)  # one timer a span, however often it was refused in it
        await turn.set_timer("card", ticket, due, due)
