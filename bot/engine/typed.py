"""Typed commands about many tickets, and about one that need another word: `find`, `bulk`, `merge 41 42`, `tag 41 vpn`, `assign 41 @ben`."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from bot.domain.messages import Commanded, Facts, Part, Say, Small, Title
from bot.domain.sought import Sought
from bot.domain.tickets import Ticket
from bot.engine import presses, replies
from bot.engine.act import Given
from bot.engine.acts import ACTS
from bot.engine.rights import asker, may
from bot.engine.tickets import bulk, finding, kinship
from bot.engine.turn import Turn
from bot.errors import MoveRefused

VERBS = {
    "tag": "tag",
    "asset": "asset",
    "priority": "priority",
    "assign": "assign",
    "watch": "watch",
    "unwatch": "unwatch",
    "merge": "merge",
    "split": "divide",
    "move": "move",
    "duplicate": "duplicate",
    "unmark": "unmark",
    "link": "relate",
    "unlink": "unrelate",
    "kind": "kind",
    "problem": "problem",
    "workaround": "workaround",
    "change": "change",
}
"""The word that people type, and the act it stands for."""
WITH_ANOTHER = frozenset({"merge", "duplicate", "relate", "unrelate", "problem"})  # acts whose other word is a ticket's number, too
_NUMBER = re.compile(r"#?(?:[A-Za-z][A-Za-z0-9]*-)?[0-9]{1,11}", re.ASCII)


async def find(turn: Turn, what: Commanded) -> None:
    """`find words|#41|tag:vpn|from:anna|field:serial=123|status:open`: agents among all tickets, everybody else among their own."""
    t = await turn.tongue_for(turn.person.id)
    sought = finding.parse(what.argument)
    is_agent = may(asker(turn), "/queue")
    if sought == Sought():
        await turn.answer(Say(t.say("What shall I look for?")), Small(t.say("Words, a number, or: tag:vpn, from:anna, field:serial=123, status:open")))
        return
    found = await finding.find(turn.tx, sought, finding.Seeker(turn.person.id, is_agent, turn.desk.prefix, turn.names_of, turn.tx))
    if found:
        await turn.answer(*await _listed(turn, found, is_agent))
    else:
        hint = [] if is_agent else [Small(t.say("Only your own tickets are looked through. To ask something, simply write it."))]
        await turn.answer(Say(t.say("Nothing was found.")), *hint)


async def _listed(turn: Turn, found: list[Ticket], is_agent: bool) -> list[Part]:
    t = await turn.tongue_for(turn.person.id)
    headline = Title(t.many("{count} ticket found", "{count} tickets found", len(found)))
    if not is_agent:
        return [headline, replies.ticket_rows(t, found)]
    rows = []
    for ticket in found:
        begin = " ".join(ticket.question.split())
        who = await turn.name_of(ticket.requester)
        rows.append((f"{ticket.id} · {t.say(replies.STATUS[ticket.status])}", f"{who}: {begin[:80]}{'…' if len(begin) > 80 else ''}"))
    return [headline, Facts(tuple(rows))]


async def many(turn: Turn, what: Commanded) -> None:
    """`bulk take 41 42 43`."""
    await bulk.run(turn, bulk.typed(turn, what.argument))


async def one(turn: Turn, what: Commanded) -> None:
    """About the ticket in whose thread it was typed, else about the number that comes first; what is missing is asked for."""
    verb = VERBS[what.name]
    number, words = await _meant(turn, what, verb)
    ticket = await presses.permitted(turn, verb, number)
    if words or ACTS[verb].form is None:
        await ACTS[verb].run(turn, ticket, Given(words, words, source=what.message or "", place=what.place))
    else:
        await presses.begin(turn, verb, ticket, what.place)


async def _meant(turn: Turn, what: Commanded, verb: str) -> tuple[str, str]:
    """The ticket's number, and the words behind it."""
    words = what.argument.strip()
    first, _, rest = words.partition(" ")
    here = await _here(turn, what)
    is_number = bool(_NUMBER.fullmatch(first))
    if here and is_number and verb in WITH_ANOTHER and not rest.strip():
        is_number = False  # the other one: this thread says which one it is about
    if is_number:
        return kinship.number_of(turn, first), rest.strip()
    if not here:
        raise MoveRefused("which_ticket")
    return here, words


async def _here(turn: Turn, what: Commanded) -> str:
    """The ticket of the card replied to, or of the thread it was typed in; "" elsewhere."""
    link = await turn.tx.linked(what.reply_to) if what.reply_to else None
    link = link if link and link.ticket else await turn.tx.linked(turn.event.conversation)
    return link.ticket if link else ""


COMMANDS: dict[str, Callable[[Turn, Commanded], Awaitable[None]]] = {"find": find, "bulk": many, **dict.fromkeys(VERBS, one)}
