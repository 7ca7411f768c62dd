"""Typed words to calls: a requester's (`list`, `status 41`) and an agent's (`take 41`, `escalate`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.messages import Commanded
from bot.domain.tickets import Ticket
from bot.engine import curation, desk, forms, presses, relay, replies, selfservice, unanswered
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import Link, TicketQuery

FRESH = Link("", "fresh")  # on a conversation: the next words there are a new question
LISTED = 20  # tickets of one person or queue in one message; more is a matter for the web page


async def commanded(turn: Turn, what: Commanded) -> None:
    """A command. Unknown ones get the help text."""
    await _COMMANDS.get(what.name, _help)(turn, what)


# ------------------------------------------------------------------------------------------------------------- requester
async def _help(turn: Turn, what: Commanded) -> None:
    await turn.answer(*replies.help_text(await turn.tongue_for(turn.person.id), turn.desk))


async def _start(turn: Turn, what: Commanded) -> None:
    """The first contact; a deep link names an entry or asks for a new question. Untrusted: it opens nothing by itself."""
    t = await turn.tongue_for(turn.person.id)
    word, _, tag = what.argument.partition("_")
    entry = turn.knowledge.entry(tag) if word == "faq" else None
    if entry is not None and not entry.retired:
        await curation.show_entry(turn, entry)
        return
    await turn.say(turn.event.conversation, [*replies.greeting(t, turn.desk), *replies.notice(t, turn.desk)], replies.menu(t))
    await turn.answer()


async def _ask(turn: Turn, what: Commanded) -> None:
    await presses.ask(turn, what.argument)


async def _new(turn: Turn, what: Commanded) -> None:
    if what.argument.strip():
        await presses.ask(turn, what.argument)
    else:
        await turn.answer(*replies.ask_away(await turn.tongue_for(turn.person.id)))
        await turn.tx.link(f"fresh:{conversation_of(turn.person.id)}", FRESH)


async def _list(turn: Turn, what: Commanded) -> None:
    found = await turn.tx.tickets(TicketQuery(requester=turn.person.id, statuses=("open", "pending", "resolved"), limit=LISTED))
    await turn.answer(*replies.my_tickets(await turn.tongue_for(turn.person.id), [t for t in found if t.status != "resolved" or t.is_with_humans]))


async def _status(turn: Turn, what: Commanded) -> None:
    ticket = await _own_ticket(turn, what)
    tier = turn.desk.tier(ticket.tier)
    agent = await turn.name_of(ticket.assignee) if ticket.assignee else ""
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(*replies.one_ticket(t, turn.desk, ticket, tier.name if tier else t.say("the bot"), agent))


async def _close(turn: Turn, what: Commanded) -> None:
    ticket = await _own_ticket(turn, what)
    if not ticket.is_open and ticket.status != "resolved":
        raise MoveRefused("closed", number=ticket.id)
    await desk.close(turn, ticket, "requester", turn.person.id)


async def _own_ticket(turn: Turn, what: Commanded) -> Ticket:
    """The ticket named, or the latest here. A foreign one is answered as one that does not exist."""
    word = what.argument.split()[0] if what.argument.split() else ""
    if not word:
        ticket = await turn.tx.latest_ticket(turn.event.conversation) or await turn.tx.latest_ticket(conversation_of(turn.person.id))
    else:
        ticket = await turn.tx.ticket(number_from(turn, word))
    if ticket is None or ticket.requester != turn.person.id:
        raise MoveRefused("unknown_ticket", number=number_from(turn, word)[:24]) if word else MoveRefused("no_ticket")
    return ticket


def number_from(turn: Turn, word: str) -> str:
    """ "41", "it-41", "#41" as IT-41."""
    digits = word.lstrip("#").rpartition("-")[2]
    return f"{turn.desk.prefix}-{int(digits)}" if digits.isascii() and digits.isdigit() and len(digits) < 12 else word.upper()


async def _human(turn: Turn, what: Commanded) -> None:
    """A person, now: the request that tier 1 still has, or a new one."""
    ticket = await turn.tx.latest_ticket(turn.event.conversation)
    words = what.argument.strip()
    if ticket is None or not ticket.is_open or ticket.requester != turn.person.id:
        asked = words or turn.team_tongue.say(unanswered.WITHOUT_WORDS)
        fresh = await selfservice.open_request(turn, asked, conversation=conversation_of(turn.person.id), own_words=bool(words))
        await desk.hand_over(turn, fresh, "asked_for_person")
    elif ticket.is_with_humans and not words:
        raise MoveRefused("with_humans", number=ticket.id)
    elif ticket.is_with_humans:
        await relay.requester_wrote(turn, ticket, words, source=what.message or "")
    else:
        if words:
            await turn.write_down(ticket, "in", "detail", words, source=what.message or "")
        await selfservice.refused(turn, ticket, "asked_for_person")
    await turn.answer()


async def _lang(turn: Turn, what: Commanded) -> None:
    word = what.argument.strip().lower()[:2]
    if word in turn.desk.languages:
        await presses.choose_language(turn, word)
    else:
        parts, choices = replies.choose_language(await turn.tongue_for(turn.person.id), turn.desk)
        await turn.answer(*parts, choices=choices)


async def _privacy(turn: Turn, what: Commanded) -> None:
    await turn.answer(*replies.privacy(await turn.tongue_for(turn.person.id), turn.desk))


async def _faq(turn: Turn, what: Commanded) -> None:
    await curation.show_list(turn, what.argument)


# ----------------------------------------------------------------------------------------------------------------- agent
async def _queue(turn: Turn, what: Commanded) -> None:
    levels = turn.roster.levels(turn.person.id)
    if not levels:
        raise MoveRefused("not_agent")
    found: list[Ticket] = []
    for level in sorted(levels):
        found += await turn.tx.tickets(TicketQuery(tier=level, statuses=("open",), unclaimed=True, limit=LISTED))
    await turn.answer(*replies.queue(await turn.tongue_for(turn.person.id), found[:LISTED]))


async def _take(turn: Turn, what: Commanded) -> None:
    await desk.take(turn, await _named(turn, what))


async def _release(turn: Turn, what: Commanded) -> None:
    await desk.release(turn, await _named(turn, what))


async def _reopen(turn: Turn, what: Commanded) -> None:
    await desk.reopen(turn, await _named(turn, what))


async def _named(turn: Turn, what: Commanded) -> Ticket:
    """The ticket by number, by the card replied to, or by the thread it was typed in."""
    word = what.argument.split()[0] if what.argument.split() else ""
    if word:
        return await presses.agents_ticket(turn, number_from(turn, word))
    return await presses.agents_ticket(turn, await _number_here(turn, what))


async def _number_here(turn: Turn, what: Commanded) -> str:
    link = await turn.tx.linked(what.reply_to) if what.reply_to else None
    link = link if link and link.ticket else await turn.tx.linked(turn.event.conversation)
    if link is None or not link.ticket:
        raise MoveRefused("no_longer")
    return link.ticket


async def _words(turn: Turn, what: Commanded) -> None:
    """/reply, /note, /escalate, /resolve, /back in a ticket's thread: with words at once, without them they are asked for."""
    ticket = await presses.agents_ticket(turn, await _number_here(turn, what))
    words = what.argument.strip()
    if not words:
        await presses.ask_for_words(turn, ticket, what.name, what.place)
        return
    match what.name:
        case "reply":
            await desk.reply(turn, ticket, words, source=what.message or "", place=what.place)
        case "note":
            await desk.note(turn, ticket, words, source=what.message or "", place=what.place)
        case "escalate":
            await desk.escalate(turn, ticket, words)
        case "back":
            await desk.send_back(turn, ticket, words)
        case _:
            await desk.resolve(turn, ticket, words)


_COMMANDS: dict[str, Callable[[Turn, Commanded], Awaitable[None]]] = {
    "start": _start,
    "help": _help,
    "ask": _ask,
    "new": _new,
    "list": _list,
    "status": _status,
    "close": _close,
    "human": _human,
    "lang": _lang,
    "privacy": _privacy,
    "faq": _faq,
    "queue": _queue,
    "take": _take,
    "release": _release,
    "reopen": _reopen,
    **dict.fromkeys(forms.NEEDS_WORDS, _words),
}
