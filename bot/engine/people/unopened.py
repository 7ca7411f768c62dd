"""Requesters whose conversation only they can open: what waits for them comes when they do.

Who spoke to us among others and never opened us in private, as Telegram wants it, is asked to where they spoke. Who has not written for so long that
their platform lets nobody write to them (WhatsApp: 24 hours) is told by the channel that there is news, where it can tell.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import PersonId
from bot.domain.messages import Say, Title
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.kept import Kept
from bot.engine.people.delivery_truth import TOO_LATE
from bot.engine.people.notices import UNREACHABLE
from bot.engine.tickets import companions, desk
from bot.engine.tongue import tongue
from bot.engine.turn import Turn, conversation_of
from bot.ports import Link

NOT_STARTED = "not_started"  # the reason of a refusal: see DeliveryRefused
THEIRS_TO_OPEN = TOO_LATE | {NOT_STARTED}
_MET: Kept[str] = Kept("met-at", str)
"""By the person: the shared conversation from which something of theirs went on in private."""


async def met(turn: Turn, person: PersonId, conversation: str) -> None:
    """What they began there goes on in private: should that be shut, it is where they can be called."""
    if conversation != conversation_of(person):
        await _MET.put(turn.tx, person, conversation)


async def call(turn: Turn, ticket: Ticket) -> None:
    """Nothing reaches them: once a ticket they are asked aloud, where they asked and not a word of what about, and the team is told the cure."""
    key = f"unopened:{ticket.id}"
    if await turn.tx.linked(key) is not None:
        return
    await turn.tx.link(key, Link(ticket.id, "called"))
    t, private = tongue(ticket.language), conversation_of(ticket.requester)
    place = await _MET.get(turn.tx, ticket.requester) or (ticket.conversation if ticket.conversation != private else None)
    if place is not None:
        await turn.say(place, [Say(replies.write_first(t, await turn.name_of(ticket.requester)))], key=key)
    if ticket.is_with_humans and ticket.is_open:
        t = turn.team_tongue
        title = t.say("{number}: the requester cannot be reached yet", number=ticket.id)
        cure = t.say("They have never opened the bot in private. Ask them where they asked to open it and press Start: what you wrote goes out then.")
        await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Title(title, "warning"), Say(cure)])


async def opened(turn: Turn) -> bool:
    """They have opened it: what was refused comes now, and the teams with a ticket of theirs know. False: nothing was waiting for that."""
    here = turn.event.conversation
    if await UNREACHABLE.get(turn.tx, here) not in THEIRS_TO_OPEN:
        return False
    await UNREACHABLE.drop(turn.tx, here)
    for number in await turn.tx.owe_again(here, turn.now):
        ticket = await turn.tx.ticket(number)
        if ticket is None:
            continue
        for said in await turn.tx.talk(number, internal=True):
            if said.kind == "reply" and said.delivery == "failed":
                await turn.tx.save_message(replace(said, delivery="waiting"))
        await companions.reached(turn, ticket, here)
        if ticket.is_with_humans:
            await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Say(turn.team_tongue.say("The requester can be reached again."))])
            await desk.update_card(turn, ticket)
    return True
