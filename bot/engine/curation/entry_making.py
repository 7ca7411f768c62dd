"""An agent makes an entry of a ticket that is solved: prefilled from its thread, looked over, and sent to be reviewed. Agents publish nothing."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.ids import TicketId
from bot.domain.messages import Choice, Form, FormField, Part, Say, Small, Words
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.curation import drafting, drafts_shown, entry_forms, entry_values, from_thread
from bot.engine.curation.from_thread import Told
from bot.engine.faq import linking
from bot.engine.faq.knowledge import Knowledge, entry_tag
from bot.engine.rights import asker, may
from bot.engine.tickets import checks
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports.curating import Draft, DraftReader
from kb.entries import Entry, Text

VERB = "draft"
SEND = "send"  # behind the number: the draft goes to review as it is
INSTEAD, NEW, LINK = "instead", "new", "link"  # a field and its values: "link:<tag>" links the ticket to that entry


async def draft_from(drafts: DraftReader, number: str) -> Draft | None:
    """The draft that was begun from a ticket and is still open; None when there is none."""
    return next((draft for draft in await drafts.drafts_from(number) if draft.is_open), None)


# ---------------------------------------------------------------------------------------------------------------- the form
async def form(asking: Asking) -> Form | None:
    """What is known of it already: the draft that was begun, else what the thread tells. Raises MoveRefused, Unread."""
    ticket, t = asking.ticket, asking.t
    if asking.extra:
        return None
    if ticket.is_open:
        raise MoveRefused("not_solved", number=ticket.id)
    if asking.given is not None:
        return _form(t, ticket, Told(""), _same(asking, asking.given.get(INSTEAD, "")))
    begun = await draft_from(asking.lists, ticket.id)
    if begun is not None:
        text = begun.entry.text_for(ticket.language)
        about: list[Part] = [Small(t.say("This has been drafted already; what you change is sent for review again."))]
        about += [Words(begun.remark)] if begun.remark else []
        return replace(_form(t, ticket, Told(text.question, text.phrasings, text.answer), None), about=tuple(about))
    told = await from_thread.told(asking.lists, ticket, asking.names)
    return replace(_form(t, ticket, told, _answering(asking.knowledge, ticket)), about=tuple(entry_forms.about_removed(t, told)))


def _form(t: Tongue, ticket: Ticket, told: Told, known: Entry | None) -> Form:
    fields = entry_forms.text_fields(t, told.question, told.phrasings, told.answer)
    if known is not None:
        options = ((f"{LINK}:{entry_tag(known.id)}", t.say("Link the ticket to that entry")), (NEW, t.say("Make an entry of its own")))
        label = t.say("“{entry}” answers this already. What shall be done?", entry=linking.shortened(known.text_for(t.language).question))
        fields = [
            FormField(INSTEAD, label, "choice", options=options, initial=options[0][0]),
            *(replace(field, when=(INSTEAD, NEW)) for field in fields),
        ]
    submit = t.say("Save") if known is not None else t.say("Send for review")
    return Form(f"{VERB}:{ticket.id}", t.say("New entry"), submit, t.say("Cancel"), tuple(fields))


def _answering(knowledge: Knowledge, ticket: Ticket) -> Entry | None:
    """The entry that solved it, else the one that the FAQ would answer this question with today. Raises Unread."""
    if ticket.entry and (known := knowledge.answering(ticket.entry)) is not None:
        return known
    verdict = knowledge.ask(ticket.question, ticket.language)
    return knowledge.answering(verdict.matches[0].entry_id) if verdict.decision == "answer" else None


def _same(asking: Asking, chosen: str) -> Entry | None:
    """The entry that was named in the form, however the FAQ ranks by now; None when it named none."""
    if not chosen:
        return None
    kind, _, tag = chosen.partition(":")
    named = asking.knowledge.by_tag(tag) if kind == LINK else None
    return named if named is not None and not named.retired else _answering(asking.knowledge, asking.ticket)


# -------------------------------------------------------------------------------------------------------------- what follows
async def make(turn: Turn, ticket: Ticket, given: Given) -> None:
    """A draft in review, or the ticket linked to what answers it already. Raises MoveRefused: what was written is kept as a draft then."""
    if ticket.is_open:
        raise MoveRefused("not_solved", number=ticket.id)
    kind, _, tag = given.values.get(INSTEAD, "").partition(":")
    if kind == LINK:
        await linking.link(turn, ticket, tag)
        return
    begun = await draft_from(turn.tx, ticket.id)
    if given.extra == SEND and begun is None:
        raise MoveRefused("draft_over")
    if given.extra != SEND:
        begun = await _written(turn, ticket, begun, given)
    assert begun is not None
    await _tell(turn, ticket, await drafting.submit(turn, begun.id))


async def _written(turn: Turn, ticket: Ticket, begun: Draft | None, given: Given) -> Draft:
    values = {name: given.values[name] for name in ("question", "answer", "phrasings") if name in given.values}
    if begun is not None:
        return await drafting.save(turn, begun.id, entry_values.changed(begun.entry, begun.entry.text_for(ticket.language).lang, values))
    if not values.get("question", "").strip():
        raise MoveRefused("no_words", number=ticket.id)
    entry = Entry(await drafting.new_id(turn, values["question"]), ())
    return await drafting.begin(turn, entry_values.changed(entry, _language(turn, ticket, values), values), "ticket", ticket.id)


def _language(turn: Turn, ticket: Ticket, values: dict[str, str]) -> str:
    """In which it is written: an agent may have answered in another than was asked in."""
    spoken = turn.knowledge.language_of(f"{values.get('question', '')} {values.get('answer', '')}", ticket.language)
    return spoken if spoken in turn.desk.languages else turn.desk.languages[0]


async def _tell(turn: Turn, ticket: Ticket, draft: Draft) -> None:
    in_thread = checks.is_in_thread(turn)
    t = turn.team_tongue if in_thread else await turn.tongue_for(turn.person.id)
    line = t.say("“{question}” waits for review. You are told what becomes of it.", question=drafts_shown.title(draft.entry, t.language))
    if in_thread:
        await turn.tell_team(ticket, turn.desk.tier(ticket.tier), [Say(line)])
        await turn.answer()
    else:
        await turn.answer(Say(line), choices=drafts_shown.choices(t, draft) if may(asker(turn), "draft-publish") else ())


# ---------------------------------------------------------------------------------------------------------- by a sign, not a form
async def by_sign(turn: Turn, number: str) -> None:
    """Somebody put the book on a message of a ticket's thread: a draft of what the thread tells, to be looked over. Nothing where they may not."""
    ticket = await turn.tx.ticket(number)
    if ticket is None or not may(asker(turn), VERB, ticket):
        return
    turn.about = ticket.id
    if ticket.is_open:
        raise MoveRefused("not_solved", number=ticket.id)
    t = await turn.tongue_for(turn.person.id)
    known = turn.knowledge.entry(ticket.entry) if ticket.entry else None
    if known is not None and not known.retired:
        line = t.say("{number} is linked to “{entry}” already.", number=ticket.id, entry=known.text_for(t.language).question)
        await turn.answer(Say(line), choices=[Choice(t.say("Look at it"), f"faq-show:{entry_tag(known.id)}")])
        return
    begun = await draft_from(turn.tx, ticket.id)
    known = _answering(turn.knowledge, ticket) if begun is None else None
    if known is not None:
        line = t.say("“{entry}” answers this already. What shall be done?", entry=known.text_for(t.language).question)
        ways = [Choice(t.say("Link the ticket to that entry"), f"link:{ticket.id}:{entry_tag(known.id)}", "primary")]
        await turn.answer(Say(line), choices=[*ways, Choice(t.say("Make an entry of its own"), f"{VERB}:{ticket.id}")])
        return
    lead: list[Part] = [Say(t.say("This has been drafted already."))]
    if begun is None:
        told = await from_thread.told(turn.tx, ticket, turn.names_of)
        if not told.question:
            raise MoveRefused("asks_nothing", number=ticket.id)
        text = Text(ticket.language if ticket.language in turn.desk.languages else turn.desk.languages[0], told.question, told.answer, told.phrasings)
        begun = await drafting.begin(turn, Entry(await drafting.new_id(turn, told.question), (text,)), "ticket", TicketId(ticket.id))
        lead = [Say(t.say("A draft of an entry, from {number}:", number=ticket.id)), *entry_forms.about_removed(t, told)]
    choices = [Choice(t.say("Change and send for review"), f"{VERB}:{ticket.id}", "primary")]
    if begun.state == "draft" and begun.entry.texts[0].answer:
        choices.append(Choice(t.say("Send for review"), f"{VERB}:{ticket.id}:{SEND}"))
    await turn.answer(*lead, *drafts_shown.parts(t, begun), choices=choices)


ACTS: dict[str, Act] = {VERB: Act(make, form)}
