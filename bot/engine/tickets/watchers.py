"""Watchers: agents who follow a ticket that is not theirs. What they are told of it: companions.tell_watchers."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.events import WatchBegun, WatchEnded
from bot.domain.ids import PersonId
from bot.domain.messages import Choice, Form, Say
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.people import notices
from bot.engine.tickets import cards, colleagues
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn
from bot.errors import MoveRefused

MOST = 20  # watchers of a ticket


async def toggle(turn: Turn, ticket: Ticket, watcher: PersonId) -> None:
    """Begin, or end when they do already."""
    if watcher in ticket.watchers:
        watchers = tuple(one for one in ticket.watchers if one != watcher)
        fact: WatchBegun | WatchEnded = WatchEnded(ticket=ticket.id, by=turn.person.id, at=turn.now, watcher=watcher)
    elif len(ticket.watchers) >= MOST:
        raise MoveRefused("too_many_watchers", most=str(MOST))
    else:
        watchers = (*ticket.watchers, watcher)
        fact = WatchBegun(ticket=ticket.id, by=turn.person.id, at=turn.now, watcher=watcher)
    changed = await move(turn, replace(ticket, watchers=watchers), fact)
    if changed.is_with_humans:
        await cards.show(turn, changed)
    await _confirm(turn, changed, watcher)


async def _confirm(turn: Turn, ticket: Ticket, watcher: PersonId) -> None:
    t, begins = await turn.tongue_for(turn.person.id), watcher in ticket.watchers
    if watcher != turn.person.id:
        name = await turn.name_of(watcher)
        line = t.say("{name} watches {number} now.", name=name, number=ticket.id)
        if not begins:
            line = t.say("{name} no longer watches {number}.", name=name, number=ticket.id)
        if begins:
            theirs = await turn.tongue_for(watcher)
            told = theirs.say("{name} lets you watch {number}: you are told what becomes of it.", name=await turn.name_of(turn.person.id), number=ticket.id)
            await notices.notify(turn, watcher, "watched", [Say(told)], ticket, [Choice(theirs.say("Stop watching"), f"unwatch:{ticket.id}")])
    else:
        line = t.say("You watch {number} now: you are told what becomes of it.", number=ticket.id)
        if not begins:
            line = t.say("You no longer watch {number}.", number=ticket.id)
    await turn.answer(Say(line))


async def _watch(turn: Turn, ticket: Ticket, given: Given) -> None:
    await toggle(turn, ticket, await _who(turn, ticket, given))


async def _who(turn: Turn, ticket: Ticket, given: Given) -> PersonId:
    """Whoever was named; without a name whoever asks."""
    named = given.values.get("agent", "") or given.words
    return await colleagues.meant(turn, named) if named.strip() else turn.person.id


async def _unwatch(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Whoever watches may stop, wherever the ticket is by now."""
    if turn.person.id not in ticket.watchers:
        raise MoveRefused("not_watching", number=ticket.id)
    await toggle(turn, ticket, turn.person.id)


async def _name_watcher(turn: Turn, ticket: Ticket, given: Given) -> None:
    await toggle(turn, ticket, await _who(turn, ticket, given))


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    fields = await colleagues.fields(asking, t.say("Who shall be told what becomes of it?"), any_tier=True)
    return Form(f"watcher:{ticket.id}", f"{t.say('Add a watcher')} · {ticket.id}", t.say("Add"), t.say("Cancel"), fields)


ACTS: dict[str, Act] = {"watch": Act(_watch), "unwatch": Act(_unwatch), "watcher": Act(_name_watcher, _form)}
