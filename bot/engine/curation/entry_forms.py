"""Entries as forms: a new one, another text, for whom and how long, a draft's remark. Where there are no forms their fields are asked one by one.

What a form is about is read when it is opened and again when it is sent: what changed meanwhile keeps it open, with all that was written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Form, FormField, Part, Say, Small, Words
from bot.domain.tickets import Ticket
from bot.engine.curation import drafting, drafts_shown, from_thread
from bot.engine.curation.from_thread import Talks, Told
from bot.engine.faq.knowledge import Knowledge
from bot.engine.faq.unanswered import question_of
from bot.engine.replies import LANGUAGE_NAMES
from bot.engine.tongue import N_, Tongue
from bot.errors import MoveRefused
from bot.ports.curating import Draft, DraftReader
from bot.ports.world import EntryVersion
from kb.entries import AUDIENCES, MAX_QUESTION, Entry, Text

LONGEST = 3000  # UTF-16 units of an input; Slack, plain_text_input
LONGEST_NUMBER = 15  # digits of a number that databases can look up
AS_WRITTEN = "-"  # the language is told by the words; a choice cannot be empty on Slack
WORDS = ("question", "phrasings", "answer")
AUDIENCE_NAMES = {"public": N_("everybody"), "desk": N_("everybody who asks"), "internal": N_("agents alone")}
VERBS = frozenset({"faq-new", "faq-draft", "faq-edit", "faq-save", "draft-save", "draft-terms", "draft-back"})
"""Presses that need a form, and the forms' own actions."""


class Shelves(DraftReader, Talks, Protocol):
    """What a form is made from: a transaction or a reader."""

    async def ticket(self, number: str) -> Ticket | None:
        """As Reader.ticket."""
        ...

    async def entry(self, entry: str) -> Entry | None:
        """As Reader.entry."""
        ...

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        """As Reader.entry_history."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who may curate is to fill in a form."""

    desk: Desk
    shelves: Shelves
    knowledge: Knowledge
    t: Tongue
    names: Callable[[Sequence[PersonId]], Awaitable[Mapping[PersonId, str]]]


async def form(asked: Asked, verb: str, rest: str) -> Form:
    """The form of one of VERBS. rest: what stands behind it in the action. Raises MoveRefused: it is over, or somebody was faster."""
    t, languages = asked.t, asked.desk.languages
    match verb:
        case "faq-draft":
            return await _for_ticket(asked, rest)
        case "faq-new":
            if await asked.shelves.ticket(rest[:24]) is not None:
                return await _for_ticket(asked, rest)
            told = from_thread.of_message(t, rest)
            return new(t, languages, told, about=about_removed(t, told))
        case "faq-edit" | "faq-save":
            return await _change(asked, rest)
        case "draft-save":
            number, _, language = rest.partition(":")
            return of_draft(t, await _open(asked, number), language.partition(":")[0])
        case "draft-terms":
            return terms(t, await _open(asked, rest))
        case "draft-back":
            return back(t, await _open(asked, rest))
    raise MoveRefused("no_longer")


async def _for_ticket(asked: Asked, number: str) -> Form:
    """What answers its question: prefilled from its thread once it is solved."""
    ticket = await asked.shelves.ticket(number)
    if ticket is None:
        raise MoveRefused("no_longer")
    if ticket.is_open:
        question = question_of(ticket)[:MAX_QUESTION]
        return new(asked.t, asked.desk.languages, Told(question, (question,) if question else ()), ticket.id)
    told = await from_thread.told(asked.shelves, ticket, asked.names)
    return new(asked.t, asked.desk.languages, told, ticket.id, about_removed(asked.t, told))


async def _change(asked: Asked, rest: str) -> Form:
    """Of what is published; where somebody has begun to change it, of that draft. rest: tag or id, language, and the version that was seen."""
    t, (word, language, seen) = asked.t, [*rest.split(":"), "", ""][:3]
    known = asked.knowledge.by_tag(word) or asked.knowledge.entry(word)
    entry = await asked.shelves.entry(known.id) or known if known else None
    if entry is None:
        raise MoveRefused("no_longer")
    history = await asked.shelves.entry_history(entry.id)
    version = str(history[0].version if history else 0)
    draft = await drafting.open_draft(asked.shelves, entry.id)
    if draft is not None:
        when = t.when(draft.changed_at, asked.desk.timezone)
        if seen:
            raise MoveRefused("drafted", owner=draft.changed_by, when=when)
        who = (await asked.names([draft.changed_by])).get(draft.changed_by, "")
        line = t.say("{name} has begun to change this entry ({when}); you go on with that draft.", name=who, when=when)
        return of_draft(t, draft, language, (Small(line),))
    if seen not in ("", version):
        raise MoveRefused("entry_changed", owner=history[0].by, when=t.when(history[0].at, asked.desk.timezone))
    return change(t, entry, language, version)


async def _open(asked: Asked, number: str) -> Draft:
    draft = await asked.shelves.draft(number_in(number))
    if draft is None or not draft.is_open:
        raise MoveRefused("draft_over")
    return draft


# ------------------------------------------------------------------------------------------------------------- each of them
def new(t: Tongue, languages: Sequence[str], told: Told, ticket: str = "", about: Sequence[Part] = ()) -> Form:
    """A new entry. ticket: the number of the one whose question it answers, or ""."""
    spoken = ((AS_WRITTEN, t.say("as it is written")), *((code, LANGUAGE_NAMES[code]) for code in languages))
    language = FormField("lang", t.say("Language"), "choice", options=spoken, initial=AS_WRITTEN, quiet=True)
    fields = (*text_fields(t, told.question, told.phrasings, told.answer), language, *_terms(t, quiet=True), _then(t))
    return Form(f"faq-new:{ticket}" if ticket else "faq-new", t.say("New entry"), t.say("Save"), t.say("Cancel"), fields, tuple(about))


def change(t: Tongue, entry: Entry, language: str, version: str) -> Form:
    """Another text of a published entry. version: the one that it says."""
    fields = (*_text_of(t, entry, language), *_terms(t, entry, quiet=True), _then(t))
    return Form(f"faq-save:{entry.id}:{language}:{version}", t.say("Change an entry"), t.say("Save"), t.say("Cancel"), fields)


def of_draft(t: Tongue, draft: Draft, language: str, about: Sequence[Part] = ()) -> Form:
    """The text of a draft. about: what else stands above it."""
    remark = [Words(draft.remark)] if draft.remark else []
    fields = (*_text_of(t, draft.entry, language), *_terms(t, draft.entry, quiet=True), _then(t))
    action = f"draft-save:{draft.id}:{language}:{draft.changed_at.isoformat()}"
    return Form(action, t.say("Change a draft"), t.say("Save"), t.say("Cancel"), fields, (*about, *remark))


def terms(t: Tongue, draft: Draft) -> Form:
    """For whom it is, and how long."""
    return Form(f"draft-terms:{draft.id}", t.say("For whom, how long"), t.say("Save"), t.say("Cancel"), tuple(_terms(t, draft.entry)))


def back(t: Tongue, draft: Draft) -> Form:
    """Why it is not ready."""
    field = FormField("remark", t.say("What is missing?"), "text", hint=t.say("Whoever wrote it reads this."))
    about = (Words(drafts_shown.title(draft.entry, t.language)),)
    return Form(f"draft-back:{draft.id}", t.say("Send back"), t.say("Send back"), t.say("Cancel"), (field,), about)


# ------------------------------------------------------------------------------------------------------------------- fields
def text_fields(t: Tongue, question: str = "", phrasings: Sequence[str] = (), answer: str = "") -> list[FormField]:
    """What an entry says in one language. A text that no input takes whole is not offered, and stays as it is: the web edits texts of any length."""
    ways = "\n".join(phrasings)
    fields = [FormField("question", t.say("Question"), "line", initial=question[:MAX_QUESTION], max_length=MAX_QUESTION)]
    if _fits(ways):
        fields.append(FormField("phrasings", t.say("Other ways to ask it, one a line"), "text", required=False, initial=ways, max_length=LONGEST))
    if _fits(answer):
        hint = t.say("Lists, **bold** and [links](https://example.com) work.")
        fields.append(FormField("answer", t.say("Answer"), "text", initial=answer, hint=hint, max_length=LONGEST))
    return fields


def about_removed(t: Tongue, told: Told) -> list[Part]:
    """What was taken out of the thread, above the form."""
    removed = told.told_removed(t)
    return [Say(t.say("Taken out, and marked where it stood: {kinds}. Write only what everybody may read.", kinds=removed))] if removed else []


def _text_of(t: Tongue, entry: Entry, language: str) -> list[FormField]:
    text = next((text for text in entry.texts if text.lang == language), Text(language, "", ""))
    return text_fields(t, text.question, text.phrasings, text.answer)


def _then(t: Tongue) -> FormField:
    options = (("preview", t.say("Show me a preview first")), ("publish", t.say("Publish it now")), ("submit", t.say("Send it for review")))
    return FormField("then", t.say("And then"), "choice", options=options, initial="preview", quiet=True)


def _terms(t: Tongue, entry: Entry | None = None, *, quiet: bool = False) -> list[FormField]:
    """quiet: where questions come one by one they are not asked."""
    audience, until, review = (entry.audience, entry.valid_until, entry.review_on) if entry else ("public", None, None)
    options = tuple((one, t.say(AUDIENCE_NAMES[one])) for one in AUDIENCES)
    return [
        FormField("audience", t.say("Who reads it"), "choice", options=options, initial=audience, quiet=quiet),
        FormField("valid_until", t.say("Last day on which it answers"), "date", required=False, initial=str(until or ""), quiet=quiet),
        FormField("review_on", t.say("To be looked at on"), "date", required=False, initial=str(review or ""), quiet=quiet),
    ]


def _fits(words: str) -> bool:
    return len(words.encode("utf-16-le", "surrogatepass")) <= 2 * LONGEST


def number_in(text: str) -> int:
    """A draft's number as buttons carry it; 0, which none has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 0
