"""Somebody wants what is kept about them, or that it goes: a request like any other, which people see to. Nothing goes by itself.

Whoever asks may be somebody else: people make sure first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.messages import Choice
from bot.domain.people import BOT
from bot.engine.people import unopened
from bot.engine.requests import selfservice
from bot.engine.tickets import desk
from bot.engine.tickets.labels import label
from bot.engine.tongue import N_, Tongue, tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import TicketQuery

TAG = "privacy"  # of the requests: admins find them by it
EXPORT, ERASE = "data-export", "data-erase"
VERBS: Mapping[str, str] = {EXPORT: N_("Please give me all that is kept about me."), ERASE: N_("Please erase what is kept about me.")}
TYPED: Mapping[str, str] = {"export": EXPORT, "erase": ERASE}
_FOR_AGENTS = N_("Make sure first that it is really them. Then an admin does it under Settings, Privacy.")


def choices(t: Tongue) -> list[Choice]:
    """What can be wanted."""
    return [Choice(t.say("Give me my data"), EXPORT), Choice(t.say("Erase my data"), ERASE)]


async def wish(turn: Turn, verb: str) -> None:
    """Open the request for it. Raises MoveRefused while one is open."""
    t = await turn.tongue_for(turn.person.id)
    waiting = await turn.tx.tickets(TicketQuery(requester=turn.person.id, statuses=("open", "pending"), limit=20))
    same = next((one for one in waiting if TAG in one.tags and one.question == t.say(VERBS[verb])), None)
    if same is not None:
        raise MoveRefused("with_humans", number=same.id)
    await unopened.met(turn, turn.person.id, turn.event.conversation)
    fresh = await selfservice.open_request(turn, t.say(VERBS[verb]), conversation=conversation_of(turn.person.id), own_words=False)
    moved = await desk.hand_over(turn, replace(fresh, tags=(TAG,)), "asked_for_person")
    await label(turn, moved)
    note = tongue(turn.desk.languages[0]).say(_FOR_AGENTS)
    await turn.write_down(moved, "out", "note", note, author=BOT.id, delivery="kept")
    await turn.answer()
