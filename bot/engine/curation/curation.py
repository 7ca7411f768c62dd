"""The FAQ in chat: admins list, write, preview, publish and retire entries where they are; everybody may browse. Who changed what is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from bot.domain import tickets
from bot.domain.events import EntryPublished, EntryRetired
from bot.domain.ids import TicketId
from bot.domain.learning import Proposal
from bot.domain.messages import Article, Choice, Say, Small, Title
from bot.engine.curation import drafts_shown
from bot.engine.faq import fresh_entries, outcomes, popular, review
from bot.engine.faq.knowledge import entry_tag
from bot.engine.faq.unanswered import question_of
from bot.engine.people import homes
from bot.engine.rights import asker, may
from bot.engine.tickets import cards
from bot.engine.tongue import N_, Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.entries import MAX_QUESTION, Entry

VERBS = frozenset({"faq-retire", "faq-restore", "faq-show"})
LISTED = 10  # entries of one list message; typing words narrows it


# ---------------------------------------------------------------------------------------------------------------- looking
async def show_home(turn: Turn) -> None:
    """The home page of whoever opened it, by role."""
    await homes.show(turn)


async def show_list(turn: Turn, words: str) -> None:
    """Entries as buttons: those that fit the words best, or what helps most before the first ones. Admins also get "New entry"."""
    t = await turn.tongue_for(turn.person.id)
    if words.strip():
        inner = turn.knowledge.for_agents(words, t.language) if may(asker(turn), "see-desk") else ()
        matches = sorted((*turn.knowledge.ask(words, t.language).matches, *inner), key=lambda match: -match.score)
        found = [e for match in matches if (e := turn.knowledge.entry(match.entry_id)) is not None]
    else:
        found = turn.knowledge.entries()[:LISTED]
    admin = may(asker(turn), "faq-new")
    often = [] if words.strip() else popular.choices(turn.knowledge, t)
    choices = [Choice(e.text_for(t.language).question, f"faq-show:{entry_tag(e.id)}") for e in found]
    choices = [*often, *(choice for choice in choices if choice not in often)][:LISTED]
    if admin:
        choices.append(Choice(t.say("New entry"), "faq-new", "primary"))
        choices += await drafts_shown.waiting_choices(turn.tx, t)
        choices += await review.waiting_choices(turn.tx, turn.knowledge, turn.desk.languages, t)
    is_empty = not words.strip() and not found
    line = t.say("Which question?") if found else t.say("There is no entry yet.") if is_empty else t.say("Nothing in the FAQ fits these words.")
    hints = [] if is_empty else [Small(t.say("Type more words after the command to search."))]
    if admin:
        hints.append(Small(t.say("With “new” after it you write an entry, with “drafts” you see what waits for review.")))
    if not words.strip() and (count := len(turn.knowledge.entries())) > LISTED:
        line = t.say("Which question? The first {shown} of {count}:", shown=str(LISTED), count=str(count))
    await turn.answer(Title(t.say("FAQ")), Say(line), *hints, choices=choices)


async def show_entry(turn: Turn, entry: Entry) -> None:
    """One entry as it is read; admins can change it from there, everybody else goes on to a person. MoveRefused when it is not for them."""
    is_for_all = turn.knowledge.answering(entry.id) is not None
    if not is_for_all and not may(asker(turn), "see-desk" if entry.audience == "internal" and not entry.retired else "see-faq"):
        raise MoveRefused("no_longer")
    t = await turn.tongue_for(turn.person.id)
    text = entry.text_for(t.language)
    choices = _editing(t, entry) if may(asker(turn), "faq-edit") else [Choice(t.say("Talk to a person"), "menu:human")]
    lead = [] if is_for_all else [Small(t.say(_why_not(turn, entry)))]
    await turn.answer(*lead, Title(text.question), Article(text.answer), choices=choices)


def _why_not(turn: Turn, entry: Entry) -> str:
    """Why no requester is answered with it."""
    if entry.retired:
        return N_("Archived: it answers nobody.")
    return N_("For agents alone: no requester is answered with it.") if entry.audience == "internal" else N_("Its last day is past: it answers nobody.")


def _editing(t: Tongue, entry: Entry) -> list[Choice]:
    tag = entry_tag(entry.id)
    languages = [Choice(t.say("Edit ({language})", language=text.lang), f"faq-edit:{tag}:{text.lang}") for text in entry.texts]
    last = Choice(t.say("Bring back"), f"faq-restore:{tag}") if entry.retired else Choice(t.say("Archive"), f"faq-retire:{tag}", "danger")
    return [*languages, last]


# --------------------------------------------------------------------------------------------------------------- changing
async def pressed(turn: Turn, verb: str, rest: str) -> None:
    """A button of the FAQ. The caller has checked the right to it."""
    entry = entry_named(turn, rest)
    if verb == "faq-show" and entry is not None:
        await show_entry(turn, entry)
        return
    if entry is None:
        raise MoveRefused("no_longer")
    if verb in ("faq-retire", "faq-restore"):
        await _set_retired(turn, entry, verb == "faq-retire")
    else:
        raise MoveRefused("no_longer")


def entry_named(turn: Turn, word: str) -> Entry | None:
    """By the tag in a button, or by its id (the web)."""
    return turn.knowledge.by_tag(word) or turn.knowledge.entry(word)


async def as_it_is(turn: Turn, entry: str) -> Entry | None:
    """The entry as this transaction sees it: another change may have come just before, and is not in the index yet."""
    return await turn.tx.entry(entry) or turn.knowledge.entry(entry)


async def make_live(turn: Turn, entry: Entry) -> None:
    """So from the next question on, here and soon in every process; the version and its author are kept."""
    await turn.tx.save_entry(entry, turn.person.id, turn.now)
    turn.after_commit.append(lambda: turn.knowledge.put(entry))
    turn.changed.add(f"entry:{entry.id}")


async def publish(turn: Turn, entry: Entry, language: str, ticket: str = "") -> None:
    """Live, and its author is told. ticket: whose question it answers."""
    live = replace(entry, retired=False)
    await make_live(turn, live)
    await turn.record(EntryPublished(ticket=TicketId(ticket), by=turn.person.id, at=turn.now, entry=live.id, language=language))
    await _answers(turn, live, language, ticket)
    await fresh_entries.note(turn, live)
    t = await turn.tongue_for(turn.person.id)
    text = live.text_for(language)
    await turn.answer(Say(t.say("Published. The next question is answered with it.")), Title(text.question), Article(text.answer), choices=_editing(t, live))


async def _answers(turn: Turn, entry: Entry, language: str, number: str) -> None:
    """The request that a new entry was written for is sorted."""
    ticket = await turn.tx.ticket(number) if number else None
    text = question_of(ticket)[:MAX_QUESTION] if ticket else ""
    if ticket is None or not text:
        return
    linked, fact = tickets.link_entry(ticket, entry.id, turn.person.id, turn.now)
    linked = await turn.save(linked) if linked != ticket else ticket
    await turn.record(fact)
    await outcomes.resolved(turn, linked, entry.id)
    if linked.is_with_humans:
        await cards.show(turn, linked)
    proposal = Proposal(0, entry.id, language, text, ticket.id, turn.person.id, turn.now).decided("approved", turn.person.id, turn.now)
    await turn.tx.add_proposal(proposal)


async def set_retired(turn: Turn, entry: Entry, retired: bool) -> None:
    """Archived, or brought back: nobody is answered with what is archived."""
    await make_live(turn, replace(entry, retired=retired))
    await turn.record(EntryRetired(ticket=TicketId(""), by=turn.person.id, at=turn.now, entry=entry.id, retired=retired))


async def _set_retired(turn: Turn, entry: Entry, retired: bool) -> None:
    await set_retired(turn, entry, retired)
    t = await turn.tongue_for(turn.person.id)
    tag = entry_tag(entry.id)
    if retired:
        await turn.answer(Say(t.say("Archived: it answers nobody.")), choices=[Choice(t.say("Bring back"), f"faq-restore:{tag}")])
    else:
        await turn.answer(Say(t.say("Restored: it answers again.")))


def ids(words: str) -> Iterator[str]:
    """Readable ids for an entry about that: "reset-my-password", "reset-my-password-2" and so on."""
    plain = unicodedata.normalize("NFKD", words[:200]).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:48].strip("-") or "entry"
    yield slug
    for n in count(2):
        yield f"{slug}-{n}"
