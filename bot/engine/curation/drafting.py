"""The one way from a draft to a published entry, wherever it is written: begun, saved, sent for review, sent back, published or discarded.

Callers have checked the right to it, and say what came of it; what cannot be done is a MoveRefused with its reason, and nothing has changed then.
An entry has one open draft: whoever wants to change it meanwhile goes on with that one, and is told when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.events import DraftBegun, DraftDiscarded, DraftSentBack, DraftSubmitted
from bot.domain.ids import PersonId, TicketId
from bot.domain.messages import Choice, Part, Say, Words
from bot.engine.curation import curation, drafts_shown
from bot.engine.faq.knowledge import entry_tag
from bot.engine.people.notices import notify, zone_of
from bot.engine.people.preferences import kept_of
from bot.engine.tongue import N_
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports.curating import Draft, DraftReader, Origin
from bot.ports.world import EntryVersion
from kb.entries import Entry, problems
from kb.merging import Merged, merged

TICK = timedelta(microseconds=1)  # the moment of its change is a draft's version: two changes of one moment are two versions still
LOOK = "draft-show"  # the verb of a button that shows a draft


# --------------------------------------------------------------------------------------------------------------- finding
async def open_draft(drafts: DraftReader, entry: str) -> Draft | None:
    """The draft of an entry that may still be published; None when nobody writes one."""
    return next((draft for draft in await drafts.drafts_of(entry) if draft.is_open), None)


async def opened(turn: Turn, number: int) -> Draft:
    """The draft of that number, which stays as it is until this turn ends. MoveRefused when it is over."""
    draft = await turn.tx.draft(number)
    if draft is None or not draft.is_open:
        raise MoveRefused("draft_over")
    return draft


async def new_id(turn: Turn, words: str) -> str:
    """A readable id that no entry has, and none that is being written."""
    for wanted in curation.ids(words):
        if await curation.as_it_is(turn, wanted) is None and await open_draft(turn.tx, wanted) is None:
            return wanted
    raise AssertionError("there is always another number")


# --------------------------------------------------------------------------------------------------------------- writing
async def begin(turn: Turn, entry: Entry, origin: Origin, ticket: str = "") -> Draft:
    """A draft that says this of the entry with its id, which may be a new one. ticket: whose question it answers.

    MoveRefused when somebody writes one of it already: go on with theirs (`open_draft`).
    """
    await curation.as_it_is(turn, entry.id)  # of two who begin at once the second sees what the first did
    known = await open_draft(turn.tx, entry.id)
    if known is not None:
        raise MoveRefused("drafted", **await _who(turn, known.changed_by, known.changed_at))
    based_on = _number(await turn.tx.entry_history(entry.id))
    by, now = turn.person.id, turn.now
    draft = Draft(0, entry.id, replace(entry, retired=False), based_on, "draft", origin, by, now, by, now, ticket=TicketId(ticket))
    draft = replace(draft, id=await turn.tx.add_draft(draft))
    await turn.record(DraftBegun(ticket=TicketId(ticket), by=by, at=now, entry=entry.id, draft=draft.id, origin=origin))
    turn.changed.add(f"entry:{entry.id}")
    return draft


async def change(turn: Turn, entry: str, origin: Origin) -> Draft:
    """The draft in which an entry is changed: the open one, whoever began it, else a new one that says what is published. MoveRefused without entry."""
    present = await curation.as_it_is(turn, entry)  # of two who ask at once the second sees what the first did
    known = await open_draft(turn.tx, entry)
    if known is not None:
        return known
    if present is None:
        raise MoveRefused("no_longer")
    return await begin(turn, present, origin)


async def save(turn: Turn, number: int, entry: Entry, seen: datetime | None = None, based_on: int | None = None) -> Draft:
    """The draft says this from now on. It may be unsound still: only what is published must not.

    seen: its `changed_at` as the editor saw it; MoveRefused("overtaken") when somebody saved since. based_on: the version of the entry that the editor
    has seen beside the draft: what was published up to it is settled.
    """
    draft = await opened(turn, number)
    wanted = replace(entry, id=draft.of, retired=False)
    if wanted == draft.entry and based_on in (None, draft.based_on):
        return draft
    if seen is not None and seen != draft.changed_at:
        raise MoveRefused("overtaken", **await _who(turn, draft.changed_by, draft.changed_at))
    return await _keep(turn, replace(draft, entry=wanted, based_on=draft.based_on if based_on is None else based_on))


async def submit(turn: Turn, number: int, reviewer: str = "") -> Draft:
    """Somebody shall look at it. reviewer: who is asked to, "" whoever comes first. MoveRefused when it is unsound."""
    draft = await opened(turn, number)
    _require_sound(draft.entry)
    kept = await _move(turn, replace(draft, state="review", reviewer=PersonId(reviewer), remark=""))
    await turn.record(DraftSubmitted(ticket=TicketId(draft.ticket), by=turn.person.id, at=turn.now, entry=draft.of, draft=draft.id, reviewer=reviewer))
    if reviewer:
        await _tell(turn, PersonId(reviewer), kept, N_("{who} asks you to review the entry “{question}”."))
    return kept


async def send_back(turn: Turn, number: int, remark: str) -> Draft:
    """It is not ready: back to whoever wrote it, who is told why. MoveRefused without words."""
    draft = await opened(turn, number)
    if not remark.strip():
        raise MoveRefused("no_words")
    kept = await _move(turn, replace(draft, state="draft", reviewer=turn.person.id, remark=remark.strip()))
    await turn.record(DraftSentBack(ticket=TicketId(draft.ticket), by=turn.person.id, at=turn.now, entry=draft.of, draft=draft.id))
    for writer in dict.fromkeys((draft.by, draft.changed_by)):
        await _tell(turn, writer, kept, N_("{who} sent your draft “{question}” back."), remark.strip())
    return kept


async def approve(turn: Turn, number: int) -> Entry:
    """Published: the next question is answered with it, and whoever wrote it is told; gives the entry as it is now.

    What was published since the draft was begun is kept, too; MoveRefused("entry_changed") where both changed the same: `conflict` shows it.
    """
    draft = await opened(turn, number)
    before = await curation.as_it_is(turn, draft.of)
    live = (await _on_top(turn, draft)).entry
    check(turn, before, live)
    await _move(turn, replace(draft, entry=live, state="published", reviewer=turn.person.id, remark=""))
    await curation.publish(turn, live, _language(before, live), draft.ticket)
    for writer in dict.fromkeys((draft.by, draft.changed_by)):
        await _tell(turn, writer, draft, N_("{who} published your entry “{question}”."), look=f"faq-show:{entry_tag(live.id)}")
    return live


async def discard(turn: Turn, number: int) -> Draft:
    """It becomes no entry. It can still be read, and whoever wrote it is told."""
    draft = await opened(turn, number)
    kept = await _move(turn, replace(draft, state="discarded", reviewer=turn.person.id, remark=""))
    await turn.record(DraftDiscarded(ticket=TicketId(draft.ticket), by=turn.person.id, at=turn.now, entry=draft.of, draft=draft.id))
    await _tell(turn, draft.by, kept, N_("{who} discarded your draft “{question}”."))
    return kept


# -------------------------------------------------------------------------------------------------------- what both changed
def conflict(draft: Draft, history: Sequence[EntryVersion]) -> tuple[Merged, EntryVersion] | None:
    """The draft together with what was published since it was begun, and that version; None when nothing was. history: newest first."""
    if not history or history[0].version == draft.based_on:
        return None
    base = next((version.entry for version in history if version.version == draft.based_on), None)
    theirs = history[0]
    return merged(replace(base, retired=False) if base else None, draft.entry, theirs.entry), theirs


async def _on_top(turn: Turn, draft: Draft) -> Merged:
    found = conflict(draft, await turn.tx.entry_history(draft.of))
    if found is None:
        return Merged(draft.entry, ())
    together, theirs = found
    if together.conflicts:
        raise MoveRefused("entry_changed", **await _who(turn, theirs.by, theirs.at))
    return together


# ------------------------------------------------------------------------------------------------------------------ within
async def _keep(turn: Turn, draft: Draft) -> Draft:
    """What it says changed: another version, by whoever did it."""
    return await _move(turn, replace(draft, changed_by=turn.person.id, changed_at=max(turn.now, draft.changed_at + TICK)))


async def _move(turn: Turn, draft: Draft) -> Draft:
    """How far it is changed; what it says, and who wrote that, stays."""
    await turn.tx.save_draft(draft)
    turn.changed.add(f"entry:{draft.of}")
    return draft


def _require_sound(entry: Entry) -> None:
    wrong = problems(entry)
    if wrong:
        raise MoveRefused("unsound", what="; ".join(wrong))


def check(turn: Turn, before: Entry | None, live: Entry) -> None:
    """Raises MoveRefused when an entry must not be published so. before: as it is published now.

    What two entries know as a way to ask, none can answer; what both have known before is left to whoever checks the whole.
    """
    _require_sound(live)
    known = {way for text in (before.texts if before else ()) for way in (text.question, *text.phrasings)}
    for text in live.texts:
        for way in (text.question, *text.phrasings):
            others = turn.knowledge.owners(way, live.audience == "internal") - {live.id} if way not in known else ()
            for other in sorted(others):
                entry = turn.knowledge.entry(other)
                raise MoveRefused("way_taken", way=way, entry=drafts_shown.title(entry, text.lang) if entry else other)


def _number(history: Sequence[EntryVersion]) -> int:
    return history[0].version if history else 0


def _language(before: Entry | None, now: Entry) -> str:
    """The first language in which something new is said."""
    known = before.texts if before else ()
    return next((text.lang for text in now.texts if text not in known), now.texts[0].lang)


async def _who(turn: Turn, person: str, at: datetime) -> Mapping[str, str]:
    """Who did it and when, as the person of this turn reads it."""
    t, reader = await turn.tongue_for(turn.person.id), turn.person.id
    zone = await zone_of(turn, reader, await kept_of(turn.tx, reader))
    return {"owner": person, "when": t.when(at, zone)}


async def _tell(turn: Turn, person: PersonId, draft: Draft, sentence: str, remark: str = "", look: str = "") -> None:
    """Whoever did not do it themselves is told, as they want to be told. look: the button that shows it, else the draft's."""
    t = await turn.tongue_for(person)
    by = await turn.name_of(turn.person.id)
    told: list[Part] = [Say(t.say(sentence, who=by, question=drafts_shown.title(draft.entry, t.language)))]
    if remark:
        told.append(Words(remark, by))
    await notify(turn, person, "other", told, choices=[Choice(t.say("Look at it"), look or f"{LOOK}:{draft.id}")])
