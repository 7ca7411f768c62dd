"""The forms that requesters are offered: a ticket of that kind, with what the department wants to know of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.custom_fields import RequestForm, fields_in, form_of, questions, said
from bot.domain.desks import Desk
from bot.domain.events import FieldsChanged
from bot.domain.messages import Choice, Form, FormField, Submitted
from bot.engine import filling, forms, interview
from bot.engine.act import Given
from bot.engine.requests import own_computers, selfservice
from bot.engine.tickets import computers, desk
from bot.engine.tickets.fields_given import given_in
from bot.engine.tickets.labels import label
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused

VERB = "new"
KIND = "kind"
PLAIN = "question"  # the kind of a ticket that came by no form


# --------------------------------------------------------------------------------------------------------------- the forms
def form(here: Desk, t: Tongue, kind: str = "") -> Form:
    """The form for tickets of that kind; "": of any, and what kind is its first question. Raises MoveRefused for a kind without a form."""
    if kind:
        wanted = form_of(here, kind)
        if wanted is None:
            raise MoveRefused("no_longer")
        fields = questions(fields_in(here, wanted), t.language, {})
        return Form(f"{VERB}:{kind}", said(wanted.label, t.language), t.say("Send"), t.say("Cancel"), (_words(t, wanted), *fields))
    if not here.forms:
        return forms.ask_form(t)
    return Form(VERB, t.say("New request"), t.say("Send"), t.say("Cancel"), _of_any_kind(here, t))


def _words(t: Tongue, wanted: RequestForm | None) -> FormField:
    return FormField("words", said(wanted.question, t.language) if wanted and wanted.question else t.say("What do you need help with?"))


def _of_any_kind(here: Desk, t: Tongue) -> tuple[FormField, ...]:
    """One form with every field, each shown for the kinds whose form asks it; one that another decides on is shown by that."""
    kinds = [(wanted.kind, said(wanted.label, t.language)) for wanted in here.forms]
    if PLAIN not in dict(kinds):
        kinds.insert(0, (PLAIN, t.say("A question")))
    found = [FormField(KIND, t.say("What is it about?"), "choice", options=tuple(kinds)), *_words_by_kind(here, t, [kind for kind, _ in kinds])]
    order = dict.fromkeys(name for wanted in here.forms for name in wanted.fields)
    for name in order:
        asking = [wanted for wanted in here.forms if name in wanted.fields]
        for question in questions(fields_in(here, replace(asking[0], fields=tuple(order))), t.language, {}):
            if question.name == name:
                kinds_of_it = "\n".join(wanted.kind for wanted in asking)
                found.append(question if question.when else replace(question, when=(KIND, kinds_of_it)))
    return tuple(found)


def _words_by_kind(here: Desk, t: Tongue, kinds: Sequence[str]) -> list[FormField]:
    """What is asked in their own words: what the form of the chosen kind asks, if it asks anything of its own."""
    own = [wanted for wanted in here.forms if wanted.question]
    usual = [kind for kind in kinds if kind not in {wanted.kind for wanted in own}]
    asked = [replace(_words(t, wanted), name=f"words-{wanted.kind}", when=(KIND, wanted.kind)) for wanted in own]
    if not own:
        return [_words(t, None)]
    return [*([replace(_words(t, None), when=(KIND, "\n".join(usual)))] if usual else []), *asked]


def choices(here: Desk, t: Tongue) -> list[Choice]:
    """A button for each form."""
    return [Choice(said(wanted.label, t.language), f"{VERB}:{wanted.kind}") for wanted in here.forms]


# ------------------------------------------------------------------------------------------------------------ filled in
async def begin(turn: Turn, kind: str = "") -> None:
    """Where there are no forms: its questions, in private."""
    t = await turn.tongue_for(turn.person.id)
    wanted = await own_computers.suggested(turn.tx, t, turn.person.id, form(turn.desk, t, kind))
    await interview.begin(turn, wanted, conversation_of(turn.person.id), conversation=conversation_of(turn.person.id))


async def submitted(turn: Turn, what: Submitted) -> None:
    """A ticket with everything that was told. What does not hold is asked again."""
    t = await turn.tongue_for(turn.person.id)
    kind = what.action.partition(":")[2]
    asked = await own_computers.suggested(turn.tx, t, turn.person.id, form(turn.desk, t, kind))
    wrong = filling.asked_again(t, asked, what.values, len(what.attachments))
    if wrong is not None:
        await interview.begin_again(turn, wrong, what)
        return
    kind = kind or what.values.get(KIND, PLAIN)
    fields = tuple(field for field in asked.fields if field.name not in ("words", f"words-{kind}", KIND))
    values = given_in((*(f for f in asked.fields if f.name == KIND), *fields), Given(values=what.values, attachments=what.attachments))
    await _open(turn, what, kind, {name: value for name, value in values.items() if name != KIND})


async def _open(turn: Turn, what: Submitted, kind: str, values: Mapping[str, str]) -> None:
    words = (what.values.get("words") or what.values.get(f"words-{kind}", "")).strip()
    ticket = await selfservice.open_request(turn, words, attachments=what.attachments, conversation=conversation_of(turn.person.id))
    turn.about = ticket.id
    await turn.answer()
    filled, changed = await computers.put(turn.tx, turn.desk, replace(ticket, kind=kind), values)
    if filled != ticket:
        ticket = await turn.save(filled)
        await label(turn, ticket)
    if changed:
        await turn.record(FieldsChanged(ticket=ticket.id, by=turn.person.id, at=turn.now, changed=changed))
    wanted = form_of(turn.desk, kind)
    if words and (wanted is None or wanted.faq):
        await selfservice.help_with(turn, ticket, words)
    else:
        await desk.hand_over(turn, ticket, "asked_for_person")
