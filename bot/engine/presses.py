"""Buttons and forms: whatever comes in with them is untrusted, so the ticket is read again and the right to the act is checked each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain.events import ActDone
from bot.domain.ids import PlaceId, TicketId, channel_of
from bot.domain.messages import Attachment, Form, Happening, Outbound, Part, Pressed, Say, Small, Submitted, Words
from bot.domain.roles import MAY, READING
from bot.domain.tickets import Ticket, must_be_here
from bot.engine import acts, assets, filling, interview, replies
from bot.engine.act import Act, Asking, Given
from bot.engine.acts import ACTS
from bot.engine.contacts import call_form, call_log
from bot.engine.curation import curation, draft_presses, entry_bulk, entry_forms, entry_making, gap_presses, importing, translations, whole_entries
from bot.engine.faq import learning
from bot.engine.people import accounts, homes, own_data, preferences, standing_in, unopened
from bot.engine.people.addresses import recognise
from bot.engine.programs import api_keys, mirror_acts, webhooks
from bot.engine.reports import composing, orders
from bot.engine.requests import own_computers, privately, request_forms, selfservice
from bot.engine.rights import asker, permit, unknown
from bot.engine.service import attendance
from bot.engine.tickets import bulk, unfolding
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import Link, TicketQuery

BOOK = "book"  # not a button but a sign on any message: it says nothing to whoever may not, and means nothing where there is no ticket
TOO_LATE = frozenset({"closed", "resolved", "over", "elsewhere", "moving", "moved"})  # reasons for which a form is refused that was right when it was opened


def number_in(what: Happening) -> str:
    """The ticket number an action names, as far as it can be one."""
    action = getattr(what, "action", "")
    parts = action.split(":") if isinstance(action, str) else []
    return parts[1][:24] if len(parts) > 1 and "-" in parts[1] and parts[0] not in curation.VERBS | draft_presses.VERBS else ""


async def pressed(turn: Turn, what: Pressed) -> None:
    """A button."""
    verb, _, rest = what.action.partition(":")
    number, _, extra = rest.partition(":")
    if verb == BOOK:
        link = await turn.tx.linked(what.message) if what.message else None
        if link is not None and link.ticket:
            await entry_making.by_sign(turn, link.ticket)
        await turn.answer()
        return
    permit_wide(turn, verb)
    if verb in entry_forms.VERBS:
        await ask_for_entry(turn, verb, rest)
    elif verb in curation.VERBS:
        await curation.pressed(turn, verb, rest)
    elif verb in draft_presses.VERBS:
        await draft_presses.pressed(turn, verb, rest)
    elif verb in importing.VERBS:
        await importing.pressed(turn, verb)
    elif verb == translations.VERB:
        await translations.confirm(turn, rest)
    elif verb in learning.VERBS:
        await learning.pressed(turn, verb, rest)
    elif verb in gap_presses.VERBS:
        await gap_presses.pressed(turn, verb, rest)
    elif verb == "lang":
        await choose_language(turn, rest)
    elif verb == "invite":
        await turn.answer()  # the page makes the link; that it was made is written down
    elif verb == homes.VERB:
        await homes.pressed(turn, rest)
    elif verb in attendance.VERBS:
        await attendance.pressed(turn, verb, rest)
    elif verb in accounts.VERBS:
        await accounts.pressed(turn, verb, rest)
    elif verb == interview.VERB:
        await filled(turn, await interview.pressed(turn, what))
    elif verb == request_forms.VERB:
        await request_forms.begin(turn, rest)
    elif verb == call_form.VERB:
        await call_log.begin(turn, rest)
    elif verb == preferences.VERB:
        await preferences.pressed(turn, what)
    elif verb in own_data.VERBS:
        await own_data.wish(turn, verb)
    elif verb in privately.VERBS:
        await privately.pressed(turn, verb, rest)
    elif verb in ACTS:
        await begin(turn, verb, await permitted(turn, verb, number, extra), what.place, extra)
        if verb != "more":
            await unfolding.fold(turn, number, what.place)
    else:
        raise MoveRefused("no_longer", number=number[:24])


async def ask_for_entry(turn: Turn, verb: str, rest: str) -> None:
    """Where there are no forms: what an entry shall say, or what shall become of a draft, in private."""
    asked = entry_forms.Asked(turn.desk, turn.tx, turn.knowledge, await turn.tongue_for(turn.person.id), turn.names_of)
    alone = conversation_of(turn.person.id)
    await interview.begin(turn, await entry_forms.form(asked, verb, rest), alone, conversation=alone)


def permit_wide(turn: Turn, verb: str) -> None:
    """Raises MoveRefused for what is about no ticket and not for this person; acts on a ticket are judged when it is read (`permitted`)."""
    if verb not in ACTS:
        permit(asker(turn), verb)


async def permitted(turn: Turn, verb: str, number: str, extra: str = "") -> Ticket:
    """The ticket, if this person may do that to it. Raises MoveRefused: who may do nothing here is not told whether it exists.

    extra: the id of the message it is about, where the author of one has a right of their own.
    """
    ticket = await turn.tx.ticket(number)
    if ticket is None:
        raise unknown(asker(turn), verb)
    turn.about = ticket.id
    if "requester" in MAY.get(verb, ()):
        await recognise(turn, ticket)
    permit(asker(turn), verb, ticket, await acts.message_meant(turn, extra) if extra else None)
    if ticket.parent_as == "moving" and verb not in READING:
        must_be_here(ticket)
    return ticket


async def begin(turn: Turn, verb: str, ticket: Ticket, place: PlaceId, extra: str = "") -> None:
    """Do it, or ask first for what it needs to be told: only a channel without forms sends such a press."""
    act = ACTS[verb]
    form = await _form_of(turn, act, await asking(turn, ticket, extra)) if not act.asks_itself else None
    if form is None and act.needs_words:
        raise MoveRefused("no_longer", number=ticket.id)
    if form is None:
        await act.run(turn, ticket, Given(extra=extra, place=place))
    elif asks_for_words(form) and not _is_typed_to(turn, place):
        await ask_for_words(turn, form, ticket, place)
    else:
        await interview.begin(turn, form, place, ticket.id)


def _is_typed_to(turn: Turn, place: PlaceId) -> bool:
    """Is it a place where nothing can be pressed, nor a message be replied to in every program? Then the next words there are the answer, too."""
    channel = turn.crew.channels.get(channel_of(place))
    return channel is not None and not channel.can.buttons


async def _form_of(turn: Turn, act: Act, asked: Asking) -> Form | None:
    form = await act.form(asked) if act.form else None
    return await own_computers.suggested(turn.tx, asked.t, asked.ticket.requester, form, asked.ticket.asset) if form else None


def asks_for_words(form: Form) -> bool:
    """Is it one question, answered in words?"""
    asked = [one for one in form.fields if not one.quiet]
    return len(asked) == 1 and asked[0].kind in ("line", "text") and asked[0].name == "words" and not asked[0].initial


async def ask_for_words(turn: Turn, form: Form, ticket: Ticket, place: PlaceId) -> None:
    """Where the channel has no forms: a message that asks, answered by a reply to it."""
    t = await turn.tongue_for(turn.person.id)
    verb, _, rest = form.action.partition(":")
    extra = rest.partition(":")[2]
    label = next(one.label for one in form.fields if not one.quiet)
    prompt = Outbound(
        (Say(t.say("{name}: {question} ({number})", name=await turn.name_of(turn.person.id), question=label, number=ticket.id)),),
        ask=label,
        only_for=turn.person.id,
    )
    tier = turn.desk.tier_at(place)
    await turn.ask_words(place, turn.card_key(ticket.id, place) if tier else "", prompt, ticket.id, f"{verb}:{extra}" if extra else verb)
    await turn.answer()


async def filled(turn: Turn, done: Submitted | None) -> None:
    """A form whose questions were asked one after the other, when the last is answered. Refused, it is kept: begun again its answers stand."""
    if done is None:
        return
    try:
        await submitted(turn, done)
    except MoveRefused:
        await interview.keep(turn, done)
        raise


async def asking(turn: Turn, ticket: Ticket, extra: str = "", given: Mapping[str, str] | None = None) -> Asking:
    """What a form is made of, inside this turn. given: as Asking.given."""
    t, person = await turn.tongue_for(turn.person.id), turn.person.id
    return Asking(turn.desk, turn.tx, turn.knowledge, turn.roster, t, person, ticket, extra, turn.names_of, given)


def typed(t: Tongue, what: Happening, reason: str) -> list[Part]:
    """What was written into a form about a ticket, for whoever is told that it came too late: nothing typed is lost."""
    is_late = isinstance(what, Submitted) and what.action.partition(":")[0] in ACTS and reason in TOO_LATE
    words = what.values.get("words", "").strip() if is_late and isinstance(what, Submitted) else ""
    return [Small(t.say("What you wrote:")), Words(words)] if words else []


async def submitted(turn: Turn, what: Submitted) -> None:
    """A form. The right to it is checked now, not when it was opened."""
    verb, _, rest = what.action.partition(":")
    number, _, extra = rest.partition(":")
    if what.joined:
        await standing_in.as_agent(turn)
    permit_wide(turn, verb)
    if verb in draft_presses.VERBS:
        await draft_presses.submitted(turn, verb, rest, what.values)
    elif verb in importing.VERBS:
        await importing.submitted(turn, verb, rest, what.values)
    elif verb == entry_bulk.VERB:
        await entry_bulk.run(turn, what.values)
    elif verb in learning.VERBS:
        await learning.submitted(turn, verb, rest, what.values)
    elif verb == gap_presses.WRITE:
        await gap_presses.submitted(turn, rest, what.values)
    elif verb in whole_entries.VERBS:
        await whole_entries.submitted(turn, rest, what.values)
    elif verb in api_keys.VERBS:
        await api_keys.submitted(turn, verb, rest, what.values)
    elif verb in webhooks.VERBS:
        await webhooks.submitted(turn, verb, rest, what.values)
    elif verb == mirror_acts.VERB:
        await mirror_acts.submitted(turn, what.values)
    elif verb == assets.GIVE:
        await assets.give(turn, rest, what.values.get("person", ""))
    elif verb == assets.DROP:
        await assets.drop(turn, rest)
    elif verb in orders.VERBS:
        await orders.submitted(turn, verb, rest, what.values)
    elif verb in composing.VERBS:
        await composing.submitted(turn, verb, rest, what.values)
    elif verb == "ask":
        await ask(turn, what.values.get("question", ""), what.attachments)
    elif verb == request_forms.VERB:
        await request_forms.submitted(turn, what)
    elif verb == call_form.VERB:
        await call_log.submitted(turn, what)
    elif verb == preferences.VERB:
        await preferences.submitted(turn, what)
    elif verb == "bulk":
        await bulk.run(turn, bulk.posted(turn, what.values))
    elif verb in ACTS:
        given = Given(what.values.get("words", "").strip(), extra, what.values, what.attachments)
        ticket = await permitted(turn, verb, number)
        if what.version not in (None, ticket.version):
            raise MoveRefused("stale", number=ticket.id)
        await act(turn, verb, ticket, given, what.place)
    else:
        raise MoveRefused("no_longer", number=number[:24])


async def words_given(turn: Turn, link: Link, words: str, attachments: tuple[Attachment, ...], *, source: str, place: str) -> None:
    """The reply to a message that asked for words."""
    action = link.role.partition(":")[2]
    verb, _, rest = action.partition(":")
    permit_wide(turn, verb)
    if verb == interview.VERB:
        await filled(turn, await interview.words_given(turn, words, attachments, rest))
    elif verb in learning.VERBS:
        await learning.words_given(turn, verb, rest, words)
    elif verb in ACTS:
        given = Given(words.strip(), rest, attachments=attachments, source=source, place=place)
        await act(turn, verb, await permitted(turn, verb, link.ticket), given)
    else:
        raise MoveRefused("no_longer", number=link.ticket)


async def act(turn: Turn, verb: str, ticket: Ticket, given: Given, place: str = "") -> None:
    """Do it, if all that it needs to be told was told and holds; the rest is asked. place: where, when given.place does not say."""
    doing = ACTS[verb]
    if doing.needs_words and not given.words and not given.attachments:
        raise MoveRefused("no_words", number=ticket.id)
    values = {"words": given.words, **given.values}
    form = await _form_of(turn, doing, await asking(turn, ticket, given.extra, values))
    wrong = filling.asked_again(await turn.tongue_for(turn.person.id), form, values, len(given.attachments)) if form else None
    if wrong is not None:
        told = Submitted(wrong.action, values, PlaceId(given.place or place), attachments=given.attachments)
        await interview.begin_again(turn, wrong, told, ticket.id)
        return
    await doing.run(turn, ticket, given)


async def ask(turn: Turn, question: str, attachments: tuple[Attachment, ...] = ()) -> None:
    """A new question from a form or a command: answered in private."""
    if not question.strip() and not attachments:
        raise MoveRefused("no_words")
    await unopened.met(turn, turn.person.id, turn.event.conversation)
    ticket = await selfservice.open_request(turn, question, attachments=attachments, conversation=conversation_of(turn.person.id))
    turn.about = ticket.id
    await turn.answer()
    await selfservice.help_with(turn, ticket, question)


async def choose_language(turn: Turn, language: str) -> None:
    """Speak this language from now on, about what is open, too."""
    if language not in turn.desk.languages:
        raise MoveRefused("no_longer")
    await turn.tx.remember(turn.person, chosen_language=language)
    for ticket in await turn.tx.tickets(TicketQuery(requester=turn.person.id, statuses=("open", "pending", "resolved"), limit=100)):
        await turn.save(replace(ticket, language=language))
    await turn.record(ActDone(ticket=TicketId(""), by=turn.person.id, at=turn.now, act="lang", about=language))
    t = tongue(language)
    await turn.answer()
    await turn.say(turn.event.conversation, replies.language_chosen(t))
