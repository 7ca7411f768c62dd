"""Tags."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.domain.events import TicketTagged
from bot.domain.messages import Form, FormField
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.tickets import desk
from bot.engine.tickets.labels import label
from bot.engine.tickets.moving import move
from bot.engine.turn import Turn
from bot.errors import MoveRefused

MOST = 20  # tags of a ticket
LONGEST = 40  # characters of a tag
_TAG = re.compile(rf"[\w.+\-/]{{1,{LONGEST}}}")
_BREAKS = re.compile(r"[\s,;]+")


def tags_in(text: str) -> tuple[str, ...]:
    """The tags of a line, lower case, in the order given: "VPN, #wifi" is vpn and wifi. Raises MoveRefused for what can be none."""
    found = [word.lstrip("#").casefold() for word in _BREAKS.split(text) if word.strip("#")]
    for tag in found:
        if not _TAG.fullmatch(tag):
            raise MoveRefused("bad_tag", tag=tag[:LONGEST], most=str(LONGEST))
    return tuple(dict.fromkeys(found))


async def put(turn: Turn, ticket: Ticket, tags: tuple[str, ...]) -> None:
    """The ticket has these tags and no others."""
    if len(tags) > MOST:
        raise MoveRefused("too_many_tags", most=str(MOST))
    if ticket.status == "closed":
        raise MoveRefused("over", number=ticket.id)
    added, removed = tuple(tag for tag in tags if tag not in ticket.tags), tuple(tag for tag in ticket.tags if tag not in tags)
    if added or removed:
        fact = TicketTagged(ticket=ticket.id, by=turn.person.id, at=turn.now, added=added, removed=removed)
        tagged = await move(turn, replace(ticket, tags=tags), fact)
        await label(turn, tagged)
        await desk.update_card(turn, tagged)
    await turn.answer()


async def _tag(turn: Turn, ticket: Ticket, given: Given) -> None:
    """A form says which tags there are; typed words add some, and take away those that begin with a minus."""
    if "tags" in given.values:
        await put(turn, ticket, tags_in(given.values["tags"]))
        return
    words = _BREAKS.split(given.words.strip()) if given.words.strip() else []
    if not words:
        raise MoveRefused("which_tag")
    gone = tags_in(" ".join(word[1:] for word in words if word.startswith("-")))
    more = tags_in(" ".join(word for word in words if not word.startswith("-")))
    await put(turn, ticket, tuple(tag for tag in dict.fromkeys((*ticket.tags, *more)) if tag not in gone))


async def _form(asking: Asking) -> Form | None:
    t, ticket = asking.t, asking.ticket
    if asking.extra:
        return None
    hint = t.say("Words with commas between them; the ticket is found by each.")
    field = FormField("tags", t.say("Tags"), "line", required=False, initial=", ".join(ticket.tags), hint=hint, max_length=1000)
    return Form(f"tag:{ticket.id}", f"{t.say('Tags')} · {ticket.id}", t.say("Save"), t.say("Cancel"), (field,))


ACTS: dict[str, Act] = {"tag": Act(_tag, _form)}
