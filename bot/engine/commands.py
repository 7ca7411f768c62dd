"""Typed words to calls: a requester's (`list`, `status 41`) and an agent's (`take 41`, `escalate`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.messages import Commanded
from bot.domain.tickets import Ticket
from bot.engine import acts, presses, replies, typed
from bot.engine.act import Given
from bot.engine.contacts import call_form, call_log
from bot.engine.curation import curation, draft_presses
from bot.engine.faq import unanswered
from bot.engine.incidents import banners
from bot.engine.people import accounts, first_contact, joining, own_data, preferences, unopened
from bot.engine.people.addresses import is_theirs, recognise
from bot.engine.reports import chat
from bot.engine.requests import hearing, mine, request_forms, selfservice
from bot.engine.rights import asker, may, permit
from bot.engine.service import attendance
from bot.engine.tickets import desk, saved_replies
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import Link, TicketQuery

FRESH = Link("", "fresh")  # on a conversation: the next words there are a new question
OR_A_QUESTION = frozenset({"report", "call", "kind", "problem", "workaround", "change"})
"""Of whoever may not, with more words they are the first ones of a question: "report fraud"."""
LISTED = 20  # tickets of one person or queue in one message; more is a matter for the web page


async def commanded(turn: Turn, what: Commanded) -> None:
    """A command. Unknown ones get the help text."""
    name = what.name if what.name in _COMMANDS else "help"
    is_about_one = bool(what.reply_to) and name in typed.VERBS
    if name in OR_A_QUESTION and what.argument.strip() and not is_about_one and not may(asker(turn), f"/{name}"):
        await presses.ask(turn, f"{what.name} {what.argument}")
        return
    if _COMMANDS[name] is not _act:
        permit(asker(turn), f"/{name}")
    await _COMMANDS[name](turn, what)


# ------------------------------------------------------------------------------------------------------------- requester
async def _help(turn: Turn, what: Commanded) -> None:
    await turn.answer(*replies.help_text(await turn.tongue_for(turn.person.id), turn.desk))


async def _start(turn: Turn, what: Commanded) -> None:
    """The first contact; a deep link names an entry or asks for a new question. Untrusted: it opens nothing by itself."""
    await unopened.opened(turn)
    t = await turn.tongue_for(turn.person.id)
    word, _, tag = what.argument.partition("_")
    if word == "link":
        await joining.take(turn, tag)
        return
    entry = turn.knowledge.answering(tag) if word == "faq" else None
    if entry is not None:
        await curation.show_entry(turn, entry)
        return
    notice = replies.notice(t, turn.desk) if turn.desk.privacy is None or await first_contact.TOLD.get(turn.tx, turn.person.id) else []
    await turn.say(turn.event.conversation, [*replies.greeting(t, turn.desk), *notice], replies.menu(t))
    await turn.answer()


async def _ask(turn: Turn, what: Commanded) -> None:
    await presses.ask(turn, what.argument)


async def _new(turn: Turn, what: Commanded) -> None:
    if what.argument.strip():
        await presses.ask(turn, what.argument)
    elif turn.desk.forms:
        await request_forms.begin(turn)
    else:
        await turn.answer(*replies.ask_away(await turn.tongue_for(turn.person.id)))
        await turn.tx.link(f"fresh:{conversation_of(turn.person.id)}", FRESH)


async def _list(turn: Turn, what: Commanded) -> None:
    await mine.show_list(turn)


async def _status(turn: Turn, what: Commanded) -> None:
    await mine.show_one(turn, await _own_ticket(turn, what))


async def _close(turn: Turn, what: Commanded) -> None:
    ticket = await _own_ticket(turn, what)
    if not ticket.is_open and ticket.status != "resolved":
        raise MoveRefused("closed", number=ticket.id)
    if ticket.is_open:
        await mine.cancel(turn, ticket)
    else:
        await desk.close(turn, ticket, "requester", turn.person.id)


async def _own_ticket(turn: Turn, what: Commanded) -> Ticket:
    """The ticket named, or the latest here. A foreign one is answered as one that does not exist."""
    word = what.argument.split()[0] if what.argument.split() else ""
    if not word:
        ticket = await turn.tx.latest_ticket(turn.event.conversation) or await turn.tx.latest_ticket(conversation_of(turn.person.id))
    else:
        ticket = await turn.tx.ticket(number_from(turn, word))
    await recognise(turn, ticket)
    if ticket is None or not may(asker(turn), f"/{what.name}", ticket):
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
    if ticket is None or not ticket.is_open or not await is_theirs(turn, ticket):
        await unopened.met(turn, turn.person.id, turn.event.conversation)
        asked = words or turn.team_tongue.say(unanswered.WITHOUT_WORDS)
        fresh = await selfservice.open_request(turn, asked, conversation=conversation_of(turn.person.id), own_words=bool(words))
        await desk.hand_over(turn, fresh, "asked_for_person")
    elif ticket.is_with_humans and not words:
        raise MoveRefused("with_humans", number=ticket.id)
    elif ticket.is_with_humans:
        await hearing.requester_wrote(turn, ticket, words, source=what.message or "")
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
    """With a word, the wish itself; else what is kept, and what can be wanted."""
    wanted = own_data.TYPED.get(what.argument.strip().lower())
    if wanted:
        await own_data.wish(turn, wanted)
        return
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(*replies.privacy(t, turn.desk), choices=own_data.choices(t))


async def _faq(turn: Turn, what: Commanded) -> None:
    """Words search; for those who curate, `new` begins an entry and `drafts` lists what waits to be reviewed."""
    word = what.argument.strip().lower()
    if word == "new" and may(asker(turn), "faq-new"):
        await presses.ask_for_entry(turn, "faq-new", "")
    elif word == "drafts" and may(asker(turn), "draft-next"):
        await draft_presses.show_waiting(turn)
    else:
        await curation.show_list(turn, what.argument)


# ----------------------------------------------------------------------------------------------------------------- agent
async def _queue(turn: Turn, what: Commanded) -> None:
    levels = turn.roster.levels(turn.person.id)
    found: list[Ticket] = []
    for level in sorted(levels):
        found += await turn.tx.tickets(TicketQuery(tier=level, statuses=("open",), unclaimed=True, limit=LISTED))
    await turn.answer(*replies.queue(await turn.tongue_for(turn.person.id), found[:LISTED]))


async def _away(turn: Turn, what: Commanded) -> None:
    """Agents are away; for everybody else "away message in Outlook" is a question."""
    if not may(asker(turn), "away"):
        await presses.ask(turn, f"{what.name} {what.argument}".strip())
    else:
        await attendance.commanded(turn, what)


async def _act(turn: Turn, what: Commanded) -> None:
    """/take, /reply and the like: about the thread they were typed in, else about the number that comes first; words that are missing are asked for."""
    act = acts.ACTS[what.name]
    words = what.argument.strip()
    number = "" if act.needs_words else _number_first(words)
    if number:
        words = words.partition(" ")[2].strip()
    ticket = await presses.permitted(turn, what.name, number_from(turn, number) if number else await _number_here(turn, what))
    if act.needs_words and not words:
        await presses.begin(turn, what.name, ticket, what.place)
    else:
        await presses.act(turn, what.name, ticket, Given(words, words, source=what.message or "", place=what.place))


async def _call(turn: Turn, what: Commanded) -> None:
    """`call +34600111222 5m words` makes a ticket; `call 41 5m words`, or in a ticket's thread without a number, is about that one. The rest is asked."""
    line = call_form.read(what.argument)
    words = line.values.get("words", "")
    number = call_form.number_of(line.ticket, turn.desk.prefix) if line.ticket else "" if line.values.get("number") else await _thread_of(turn, what)
    if number:
        ticket = await presses.permitted(turn, call_form.ON_TICKET, number)
        if words:
            await call_log.on_ticket(turn, ticket, Given(words, values=line.values, source=what.message or "", place=what.place))
        else:
            await presses.begin(turn, call_form.ON_TICKET, ticket, what.place)
    elif words:
        await call_log.typed(turn, line)
    else:
        await call_log.begin(turn, what.argument)


async def _thread_of(turn: Turn, what: Commanded) -> str:
    """The ticket in whose thread it was typed, "" elsewhere."""
    try:
        return await _number_here(turn, what)
    except MoveRefused:
        return ""


async def _saved(turn: Turn, what: Commanded) -> None:
    """/saved: the list, or writing one; with the name of one it is shown as a reply to this ticket, or to the number before it."""
    words = what.argument.split()
    if not words or words[0].lower() in ("add", "drop"):
        await saved_replies.commanded(turn, what)
        return
    number = number_from(turn, words[0]) if len(words) > 1 else await _number_here(turn, what)
    ticket = await presses.permitted(turn, "saved", number)
    await saved_replies.pick(turn, ticket, Given(extra=words[-1].lower(), place=what.place))


def _number_first(words: str) -> str:
    return words.split()[0] if words.split() else ""


async def _number_here(turn: Turn, what: Commanded) -> str:
    """The ticket of the card replied to, or of the thread it was typed in."""
    link = await turn.tx.linked(what.reply_to) if what.reply_to else None
    link = link if link and link.ticket else await turn.tx.linked(turn.event.conversation)
    if link is None or not link.ticket:
        raise MoveRefused("no_longer")
    return link.ticket


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
    "join": accounts.join,
    "unjoin": accounts.unjoin,
    "channels": accounts.channels,
    "notify": preferences.typed,
    "privacy": _privacy,
    "faq": _faq,
    "queue": _queue,
    "call": _call,
    "away": _away,
    "here": attendance.commanded,
    "saved": _saved,
    "banner": banners.commanded,
    "report": chat.commanded,
    **typed.COMMANDS,
    **dict.fromkeys(("take", "release", "reopen", "reply", "note", "escalate", "back", "resolve", "later"), _act),
}
