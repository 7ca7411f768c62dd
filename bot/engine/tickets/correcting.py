"""An agent changes the message that went out as a reply: the requester reads the new words in place of the old ones, once nothing speaks against them."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import ActDone
from bot.domain.ids import channel_of
from bot.domain.messages import Outbound
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine.tickets import checks, companions, desk, mentions, unsent
from bot.engine.turn import Turn
from bot.ports import Edits

CORRECTION = "edit"  # "edit:12" as Unsent.verb: words that are to take the place of those of message 12


async def correct(turn: Turn, ticket: Ticket, said: TicketMessage, text: str, *, sure: bool = False) -> None:
    """Other words for a reply. Until somebody says so, none that should not go out. sure: somebody did."""
    await _forget_earlier(turn, ticket, said)
    verb = f"{CORRECTION}:{said.id}"
    if not sure and await checks.asks_first(turn, ticket, text, source=said.source, verb=verb):
        return
    await turn.tx.save_message(replace(said, text=text, edited=said.edited or said.text))
    turn.changed.update((ticket.id, ticket.conversation))
    await _pass_on(turn, ticket, said, text)
    await turn.record(ActDone(ticket=ticket.id, by=turn.person.id, at=turn.now, act="edit-reply"))


async def _forget_earlier(turn: Turn, ticket: Ticket, said: TicketMessage) -> None:
    """Whoever changes it once more is not asked about what they had before."""
    for which, waiting in (await unsent.all_of(turn.tx, ticket.id)).items():
        if waiting.verb == f"{CORRECTION}:{said.id}":
            await unsent.drop(turn.tx, ticket.id, which)
            name = await turn.name_of(turn.person.id)
            await unsent.close_line(turn, ticket, which, turn.team_tongue.say("{name} changes it.", name=name))


async def _pass_on(turn: Turn, ticket: Ticket, said: TicketMessage, text: str) -> None:
    """A reply that still waits goes out with the new words; one that is out is changed where it is."""
    key = desk.reply_key(said)
    parcel = await turn.tx.parcel(key)
    if parcel is None:
        return
    parts = mentions.reply_parts(turn.knowledge, ticket, await turn.name_of(said.author), text)
    body = replace(parcel.body, parts=tuple(parts)) if isinstance(parcel.body, Outbound) else Outbound(tuple(parts))
    if len(turn.fitted(parcel.to, body)) > 1 or await turn.tx.parcel(f"{key}/1") is not None:
        await turn.tx.withdraw(key)  # a text in parts is not changed part by part: what still waits goes, and the whole follows
        await turn.say(parcel.to, parts, ticket=ticket, message=said.id, voice="person")
    elif not await turn.tx.rewrite(key, body):
        if isinstance(turn.crew.channels.get(channel_of(parcel.to)), Edits):
            await turn.change(key, parcel.to, body, ticket.id, parcel.lane)
        else:  # what is out stays as it is there: the whole follows
            await turn.say(parcel.to, parts, ticket=ticket, message=said.id, voice="person")
    await companions.edited_too(turn, ticket, key, parts)
