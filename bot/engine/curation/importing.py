"""Imports: entries that come in from elsewhere, published or kept as drafts, some at a time, each only where it says something new.

Whatever is repeated, because a process died or somebody pressed twice, finds its work done and makes no second version.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from bot.domain.events import DraftBegun, EntryPublished, EntryRetired, Event
from bot.domain.ids import PersonId, TicketId
from bot.engine.kept import Kept
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Transaction
from bot.ports.curating import Draft
from kb.entries import Entry
from kb.loader import LoadError, parse

VERBS = frozenset({"faq-import", "faq-export"})
COMMAND = "command"  # the channel of what is done in a terminal
BATCH = 10  # entries of one event: twenty events may share a transaction, and nobody shall wait for it

Outcome = Literal["added", "changed", "unchanged", "drafted", "busy"]
"""busy: somebody writes a draft of this entry already, and it was left to them."""


@dataclass(frozen=True, slots=True)
class Job:
    """An import and how far it has come. name: of the file. total, done: entries. The rest counts them by outcome."""

    name: str
    by: str
    at: datetime
    total: int
    done: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    drafted: int = 0
    busy: int = 0


JOBS = Kept("import", Job)


# ------------------------------------------------------------------------------------------------------- one entry at a time
async def put(tx: Transaction, entry: Entry, by: PersonId, now: datetime) -> Outcome:
    """Publish it, unless it is so already; its version says by whom."""
    was = await tx.entry(entry.id)
    if was == entry:
        return "unchanged"
    await tx.save_entry(entry, by, now)
    return "changed" if was else "added"


async def put_draft(tx: Transaction, entry: Entry, by: PersonId, now: datetime, channel: str = COMMAND) -> Outcome:
    """Keep it as a draft. One that is open already stays as it is, unless nobody but the command has touched it."""
    entry = replace(entry, retired=False)
    was = await tx.entry(entry.id)  # of two who begin at once the second sees what the first did
    if was == entry:
        return "unchanged"
    known = next((draft for draft in await tx.drafts_of(entry.id) if draft.is_open), None)
    if known is not None and known.entry == entry:
        return "unchanged"
    if known is not None and not (known.by == known.changed_by == by and by.startswith(f"{COMMAND}:")):
        return "busy"
    if known is not None:
        await tx.save_draft(replace(known, entry=entry, changed_at=max(now, known.changed_at)))
        return "drafted"
    history = await tx.entry_history(entry.id)
    number = await tx.add_draft(Draft(0, entry.id, entry, history[0].version if history else 0, "draft", "import", by, now, by, now))
    await tx.record(DraftBegun(ticket=TicketId(""), by=by, at=now, entry=entry.id, draft=number, origin="import"), channel)
    return "drafted"


# ---------------------------------------------------------------------------------------------------------- from the page
def batch_values(name: str, total: int, entries: str, drafts: str) -> dict[str, str]:
    """What one event of an import carries. entries, drafts: JSON lines. total: entries of the whole import."""
    return {"name": name, "total": str(total), "entries": entries, "drafts": drafts}


async def pressed(turn: Turn, verb: str) -> None:
    """The page exports the entries; that somebody did so is written down. The caller has checked the right to it."""
    if verb != "faq-export":
        raise MoveRefused("no_longer")
    await turn.answer()


async def submitted(turn: Turn, verb: str, rest: str, values: Mapping[str, str]) -> None:
    """Some entries of an import, and how far it has come with them. rest: "<import>:<number>". The caller has checked the right to it."""
    job, _, _ = rest.partition(":")
    total = values.get("total", "")
    if verb != "faq-import" or not job.isalnum() or not total.isdigit() or len(total) > 9:
        raise MoveRefused("no_longer")
    try:
        entries, drafts = (parse("import.jsonl", values.get(key, "").encode()) for key in ("entries", "drafts"))
    except LoadError as fault:
        raise MoveRefused("no_longer") from fault
    counted = Counter[Outcome]()
    for entry in entries:
        outcome = await put(turn.tx, entry, turn.person.id, turn.now)
        counted[outcome] += 1
        if outcome != "unchanged":
            await turn.record(_published(turn, entry))
            turn.after_commit.append(lambda entry=entry: turn.knowledge.put(entry))  # type: ignore[misc]
            turn.changed.add(f"entry:{entry.id}")
        await asyncio.sleep(0)  # who asks meanwhile is served between two entries
    for entry in drafts:
        counted[await put_draft(turn.tx, entry, turn.person.id, turn.now, turn.event.channel)] += 1
        turn.changed.add(f"entry:{entry.id}")
    known = await JOBS.get(turn.tx, job) or Job(values.get("name", "")[:200], turn.person.id, turn.now, int(total))
    grown = {outcome: getattr(known, outcome) + number for outcome, number in counted.items()}
    await JOBS.put(turn.tx, job, replace(known, done=known.done + len(entries) + len(drafts), **grown))
    turn.changed.add(f"import:{job}")


def _published(turn: Turn, entry: Entry) -> Event:
    nobody = TicketId("")
    if entry.retired:
        return EntryRetired(ticket=nobody, by=turn.person.id, at=turn.now, entry=entry.id, retired=True)
    return EntryPublished(ticket=nobody, by=turn.person.id, at=turn.now, entry=entry.id, language=entry.texts[0].lang)
