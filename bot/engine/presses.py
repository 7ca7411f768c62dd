"""Buttons and forms: whatever comes in with them is untrusted, so the ticket is read again and the right to the move is checked each time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.domain.ids import PlaceId
from bot.domain.messages import Attachment, Happening, Outbound, Pressed, Say, Submitted
from bot.domain.tickets import Ticket
from bot.engine import curation, desk, forms, learning, linking, replies, selfservice, steps
from bot.engine.tongue import tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import Link, TicketQuery

LONGEST_ID = 15  # digits of a message's number that databases can look up

AGENT_MOVES: dict[str, Callable[[Turn, Ticket], Awaitable[None]]] = {
    "take": desk.take,
    "release": desk.release,
    "hold": desk.hold,
    "resume": desk.resume,
    "close": desk.close_by_agent,
}


def number_in(what: Happening) -> str:
    """The ticket number an action names, as far as it can be one."""
    action = getattr(what, "action", "")
    parts = action.split(":") if isinstance(action, str) else []
    return parts[1][:24] if len(parts) > 1 and "-" in parts[1] and parts[0] not in curation.VERBS else ""


async def pressed(turn: Turn, what: Pressed) -> None:
    """A button."""
    verb, _, rest = what.action.partition(":")
    number, _, extra = rest.partition(":")
    if verb in steps.VERBS:
        await steps.pressed(turn, verb, rest)
    elif verb in curation.VERBS:
        await curation.pressed(turn, verb, rest)
    elif verb in learning.VERBS:
        await learning.pressed(turn, verb, rest)
    elif verb == "link":
        await linking.link(turn, await _linkable(turn, number), extra)
    elif verb == "lang":
        await choose_language(turn, rest)
    elif verb in AGENT_MOVES or verb in forms.NEEDS_WORDS or verb == "undo":
        await _agent_press(turn, what, verb, number, extra)
    else:
        await _requester_press(turn, verb, number, extra)


async def _requester_press(turn: Turn, verb: str, number: str, extra: str) -> None:
    ticket = await turn.tx.ticket(number)
    if ticket is None:
        raise MoveRefused("no_longer")
    if verb == "reopen" and ticket.requester != turn.person.id:
        await desk.reopen(turn, await agents_ticket(turn, number))
        return
    if ticket.requester != turn.person.id:
        raise MoveRefused("not_requester", number=ticket.id)
    match verb:
        case "solved":
            await selfservice.solved(turn, ticket)
        case "not":
            await selfservice.refused(turn, ticket, "refused")
        case "human":
            await selfservice.refused(turn, ticket, "asked_for_person")
        case "entry":
            await selfservice.choose(turn, ticket, extra)
        case "why":
            await selfservice.say_why(turn, ticket, extra)
        case "reopen":
            await desk.reopen(turn, ticket)
        case "split":
            await _split(turn, ticket)
        case _:
            raise MoveRefused("no_longer")


async def _split(turn: Turn, ticket: Ticket) -> None:
    """The words that reopened a ticket were a new question: resolved again, and asked anew."""
    talk = await turn.tx.talk(ticket.id, internal=False)
    last = next((m for m in reversed(talk) if m.direction == "in"), None)
    if last is None or not ticket.is_open or last.kind == "question":
        raise MoveRefused("no_longer")
    await desk.resolve_again(turn, ticket)
    fresh = await selfservice.open_request(turn, last.text, attachments=last.attachments)
    await selfservice.help_with(turn, fresh, last.text)
    await turn.answer()


async def _agent_press(turn: Turn, what: Pressed, verb: str, number: str, extra: str) -> None:
    if verb == "undo":
        await _undo(turn, number, extra)
        return
    ticket = await agents_ticket(turn, number)
    if verb in AGENT_MOVES:
        await AGENT_MOVES[verb](turn, ticket)
    else:
        await ask_for_words(turn, ticket, verb, what.place)


async def _undo(turn: Turn, number: str, message: str) -> None:
    """Whoever wrote a reply may take it back wherever the ticket is by now; so may whoever has its tier."""
    said = await turn.tx.message(int(message)) if message.isdecimal() and len(message) <= LONGEST_ID else None
    is_mine = said is not None and said.ticket == number and said.author == turn.person.id
    ticket = await turn.tx.ticket(number) if is_mine else await agents_ticket(turn, number)
    if ticket is None or said is None or said.ticket != ticket.id:
        raise MoveRefused("too_late")
    await desk.take_back(turn, ticket, said)


async def ask_for_words(turn: Turn, ticket: Ticket, verb: str, place: PlaceId) -> None:
    """Where the channel has no forms: a message that asks, answered by a reply to it."""
    t = await turn.tongue_for(turn.person.id)
    form = forms.words_form(t, verb, ticket.id)
    prompt = Outbound(
        (Say(t.say("{name}: {question} ({number})", name=await turn.name_of(turn.person.id), question=form.fields[0].label, number=ticket.id)),),
        ask=form.fields[0].label,
        only_for=turn.person.id,
    )
    tier = turn.desk.tier_at(place)
    await turn.ask_words(place, turn.card_key(ticket.id, place) if tier else "", prompt, ticket.id, verb)
    await turn.answer()


async def agents_ticket(turn: Turn, number: str) -> Ticket:
    """The ticket, if this person is an agent of the tier it is at now. Raises MoveRefused."""
    levels = turn.roster.levels(turn.person.id)
    ticket = await turn.tx.ticket(number)
    if not levels:
        raise MoveRefused("not_agent", number=ticket.id if ticket else "")
    if ticket is None:
        raise MoveRefused("no_longer")
    if ticket.tier not in levels:
        tier = turn.desk.tier(ticket.tier)
        raise MoveRefused("elsewhere", number=ticket.id, team=tier.name if tier else "")
    return ticket


async def _linkable(turn: Turn, number: str) -> Ticket:
    """The ticket, for an admin or an agent of its tier. Raises MoveRefused."""
    if not turn.roster.is_admin(turn.person.id):
        return await agents_ticket(turn, number)
    ticket = await turn.tx.ticket(number)
    if ticket is None:
        raise MoveRefused("no_longer")
    return ticket


async def submitted(turn: Turn, what: Submitted) -> None:
    """A form. The right to it is checked now, not when it was opened."""
    verb, _, rest = what.action.partition(":")
    if verb in curation.VERBS:
        await curation.submitted(turn, verb, rest, what.values)
    elif verb in learning.VERBS:
        await learning.submitted(turn, verb, rest, what.values)
    elif verb == "link":
        await linking.link(turn, await _linkable(turn, rest), what.values.get("entry", ""))
    elif verb == "ask":
        await ask(turn, what.values.get("question", ""), what.attachments)
    else:
        ticket = await agents_ticket(turn, rest)
        await _act(turn, ticket, verb, what.values.get("words", "").strip(), what.attachments, entry=what.values.get("entry", ""))


async def words_given(turn: Turn, link: Link, words: str, attachments: tuple[Attachment, ...], *, source: str, place: str) -> None:
    """The reply to a message that asked for words."""
    action = link.role.partition(":")[2]
    verb, _, rest = action.partition(":")
    if verb == steps.ANSWERS:
        await steps.words_given(turn, rest, words)
        return
    if verb in learning.VERBS:
        await learning.words_given(turn, verb, rest, words)
        return
    ticket = await agents_ticket(turn, link.ticket)
    await _act(turn, ticket, verb, words.strip(), attachments, source=source, place=place)


async def _act(
    turn: Turn, ticket: Ticket, verb: str, words: str, attachments: tuple[Attachment, ...] = (), *, source: str = "", place: str = "", entry: str = ""
) -> None:
    if not words and not attachments:
        raise MoveRefused("no_words", number=ticket.id)
    match verb:
        case "reply":
            await desk.reply(turn, ticket, words, attachments, source=source, place=place)
        case "note":
            await desk.note(turn, ticket, words, attachments, source=source, place=place)
        case "escalate":
            await desk.escalate(turn, ticket, words)
        case "back":
            await desk.send_back(turn, ticket, words)
        case "resolve":
            await desk.resolve(turn, ticket, words, entry)
        case _:
            raise MoveRefused("no_longer", number=ticket.id)


async def ask(turn: Turn, question: str, attachments: tuple[Attachment, ...] = ()) -> None:
    """A new question from a form or a command: answered in private."""
    if not question.strip() and not attachments:
        raise MoveRefused("no_words")
    await turn.answer()
    ticket = await selfservice.open_request(turn, question, attachments=attachments, conversation=conversation_of(turn.person.id))
    await selfservice.help_with(turn, ticket, question)


async def choose_language(turn: Turn, language: str) -> None:
    """Speak this language from now on, about what is open, too."""
    if language not in turn.desk.languages:
        raise MoveRefused("no_longer")
    await turn.tx.remember(turn.person, chosen_language=language)
    for ticket in await turn.tx.tickets(TicketQuery(requester=turn.person.id, statuses=("open", "pending", "resolved"), limit=100)):
        await turn.save(replace(ticket, language=language))
    t = tongue(language)
    await turn.answer()
    await turn.say(turn.event.conversation, replies.language_chosen(t))
