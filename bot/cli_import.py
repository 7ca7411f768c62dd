"""`firstline kb import`: entries from files, folders and pages, planned first, then published in small batches."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.console import complain, give_up, read_settings, say, with_store
from bot.errors import FileInUse

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.sql import SqlStore
    from kb.entries import Entry
    from kb.loader import Loaded
    from kb.plan import Duplicate, Handling, Plan

IMPORTER = "command:kb-import"
BATCH = 100  # entries of one transaction: others who want to write wait for no more than these
SHOWN = 8  # ids named in a summary
DETAILED = 20  # changed entries, duplicates and the like that are shown one by one


class OnDuplicate(StrEnum):
    """What to do with an entry that asks again what another one answers."""

    ASK = "ask"
    MERGE = "merge"
    SKIP = "skip"
    KEEP = "keep"


_HANDLING: dict[OnDuplicate, Handling] = {OnDuplicate.MERGE: "merge", OnDuplicate.SKIP: "skip", OnDuplicate.KEEP: "keep"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to import. drafts: all as drafts. partial: what is sound, also when something else is not."""

    dry_run: bool
    on_duplicate: OnDuplicate
    drafts: bool
    partial: bool


Sources = Annotated[
    list[str],
    typer.Argument(help="Files, folders or addresses: .yaml .md .csv .json .jsonl .html; exports of Zendesk Guide and Chatwoot", metavar="FILE|FOLDER|URL..."),
]


def import_entries(
    sources: Sources,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
    on_duplicate: Annotated[
        OnDuplicate,
        typer.Option(help="An entry that asks what another one answers: ask here, merge it into that one, skip it, or keep both."),
    ] = OnDuplicate.ASK,
    drafts: Annotated[bool, typer.Option("--drafts", help="Keep all as drafts for the curators; publish nothing.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="Import what is sound, also when something else is not.")] = False,
    allow_private: Annotated[bool, typer.Option("--allow-private", help="Fetch also from addresses of the own network.")] = False,
) -> None:
    """Publish entries: all of them, or none when anything in them is wrong. Entries that are not in the files stay as they are.

    Broken off, it is simply started again: what was published is unchanged then.
    """
    read = _read_all(sources, allow_private)
    problems = [one for _, loaded in read for one in loaded.problems]
    faults = [one for one in problems if not one.warning]
    if faults and not partial:
        give_up(problems, "nothing was changed; --partial imports what is sound")
    for one in problems:
        complain(str(one))
    if faults:
        complain(f"--partial: what these {len(faults)} lines are about is left out")
    settings = read_settings(read_only=dry_run)
    work = _Import(read, Wanted(dry_run, on_duplicate, drafts, bool(faults)), settings)
    if dry_run and not settings.has_database:
        work.report({})
    else:
        try:
            with_store(settings, work.run, read_only=dry_run)
        except FileInUse as error:
            raise FileInUse(f"{error}; or import at /admin/import while it runs") from error


class _Import:
    """One import, from what was read to what is said of it."""

    def __init__(self, read: Sequence[tuple[str, Loaded]], wanted: Wanted, settings: Settings) -> None:
        self._read, self._wanted, self._settings = read, wanted, settings
        self._arriving = [entry for _, loaded in read for entry in loaded.entries]

    async def run(self, store: SqlStore) -> None:
        """Plan, write, report."""
        known = {entry.id: entry for entry in await store.entries(retired=True)}
        made = self.report(known)
        if self._wanted.dry_run:
            return
        offered = [entry for _, loaded in self._read for entry in loaded.drafts]
        published, kept = (() if self._wanted.drafts else made.entries), [*offered, *(made.entries if self._wanted.drafts else ())]
        outcomes = await _write(store, published, kept)
        for entry in outcomes["busy"]:
            complain(f"{entry}: somebody writes a draft of it already, which was left as it is")
        if kept:
            say(f"{len(outcomes['drafted'])} kept as drafts{_named(outcomes['drafted'])}.")

    def report(self, known: dict[str, Entry]) -> Plan:
        """Plan it, and say what it does."""
        made = self._plan(known)
        for source, loaded in self._read:
            say(f"{source}: {_summary(made, {entry.id for entry in loaded.entries}, len(loaded.drafts))}")
        others = {step.id for step in made.steps} - {entry.id for entry in self._arriving}
        if others:
            say(f"entries that something is merged into: {_summary(made, others, 0)}")
        for line in _details(made) if self._wanted.dry_run else ():
            say(line)
        for entry, other, way in made.clashes[:DETAILED]:
            complain(f"warning: {entry} and {other} both know {way!r}: nobody asking so can be answered alone")
        if self._wanted.dry_run:
            say("Nothing was changed: --dry-run. Entries that are not in the files would stay as they are.")
        return made

    def _plan(self, known: dict[str, Entry]) -> Plan:
        from kb.plan import plan

        vectors, partial = _vectors(self._settings), self._wanted.partial
        if self._wanted.on_duplicate is not OnDuplicate.ASK:
            return plan(self._arriving, known, _HANDLING[self._wanted.on_duplicate], vectors, keeps_languages=partial)
        made = plan(self._arriving, known, lambda one: "merge" if one.settled else "keep", vectors, keeps_languages=partial)
        if all(one.settled for one in made.duplicates):
            return made
        if not self._wanted.dry_run and sys.stdin.isatty():
            return plan(self._arriving, known, lambda one: "merge" if one.settled else _asked(one), vectors, keeps_languages=partial)
        for line in _proposals(made):
            complain(line)
        if all(one.meaning or one.settled for one in made.duplicates):
            complain("both are kept; --on-duplicate merge or skip does otherwise")
            return made
        complain("nothing is changed before you say what to do with these: --on-duplicate merge, skip or keep")
        if not self._wanted.dry_run:
            raise typer.Exit(1)
        return made


# ---------------------------------------------------------------------------------------------------------------- reading
def _read_all(sources: Sequence[str], allow_private: bool) -> list[tuple[str, Loaded]]:
    """Each source with what was read of it; an id that comes from two of them is a fault."""
    from kb.entries import Problem

    read: list[tuple[str, Loaded]] = []
    owner: dict[str, str] = {}
    for source in sources:
        loaded = _load(source, allow_private)
        twice = [name for name in loaded.places if owner.setdefault(name, source) != source]
        more = tuple(Problem(*loaded.places[name], f"{name} is also in {owner[name]}; import them one after the other") for name in twice)
        entries, drafts = (tuple(one for one in some if one.id not in twice) for some in (loaded.entries, loaded.drafts))
        read.append((source, replace(loaded, entries=entries, drafts=drafts, problems=(*loaded.problems, *more))))
    return read


def _load(source: str, allow_private: bool) -> Loaded:
    from kb.loader import Loaded, LoadError, look, look_into

    if "://" not in source:
        return look(source)
    from bot.web_page import fetch

    try:
        return look_into(source, asyncio.run(fetch(source, allow_private=allow_private)))
    except LoadError as error:
        return Loaded(problems=error.problems)


def _vectors(settings: Settings) -> Any:
    """What questions mean; loaded when there is something to compare, nothing without the sentence encoder."""
    if not settings.encoder:
        return None

    def read(questions: Sequence[str]) -> Any:
        from kb.encoders import open_encoders
        from kb.encoding import EncoderDamaged

        try:
            encoders = open_encoders(settings.cache_dir)
        except EncoderDamaged as error:
            complain(f"warning: like questions are found by their words alone: {error}")
            return None
        return encoders.general.encode(questions) if encoders else None

    return read


# ---------------------------------------------------------------------------------------------------------------- writing
async def _write(store: SqlStore, entries: Sequence[Entry], drafts: Sequence[Entry]) -> dict[str, list[str]]:
    """The ids by outcome. A batch is one transaction, so that the rest of the product waits for no more than that."""
    from datetime import UTC, datetime

    from bot.domain.ids import PersonId
    from bot.engine.curation.importing import put, put_draft
    from bot.ports import Transaction

    found: dict[str, list[str]] = {outcome: [] for outcome in ("added", "changed", "unchanged", "drafted", "busy")}
    todo = [*((put, entry) for entry in entries), *((put_draft, entry) for entry in drafts)]
    with _Progress(len(todo)) as progress:
        for at in range(0, len(todo), BATCH):

            async def batch(tx: Transaction, at: int = at) -> list[tuple[str, str]]:
                now = datetime.now(UTC)
                return [(await how(tx, entry, PersonId(IMPORTER), now), entry.id) for how, entry in todo[at : at + BATCH]]

            for outcome, entry in await store.run(batch):
                found[outcome].append(entry)
            progress.reached(min(at + BATCH, len(todo)))
    return found


class _Progress:
    """How far a long import has come, on standard error: in place on a terminal, else a line now and then."""

    def __init__(self, total: int) -> None:
        self._total, self._told, self._tty = total, 0, sys.stderr.isatty()

    def __enter__(self) -> _Progress:
        return self

    def reached(self, done: int) -> None:
        """So many are written."""
        if self._total <= BATCH:
            return
        if self._tty:
            print(f"\r{done:,} of {self._total:,} entries", end="", file=sys.stderr, flush=True)
        elif done == self._total or done - self._told >= self._total / 10:
            self._told = done
            complain(f"{done:,} of {self._total:,} entries")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._tty and self._total > BATCH:
            print(file=sys.stderr)
        if kind is not None and self._total > BATCH:
            complain("broken off: what was written stays; start the same import again to go on")


# ---------------------------------------------------------------------------------------------------------------- telling
def _summary(made: Plan, ids: set[str], drafts: int) -> str:
    found = [(name, [step.id for step in made.steps if step.kind == kind and step.id in ids]) for kind, name in _KINDS.items()]
    parts = [f"{len(some)} {name}{_named(some) if name != 'unchanged' else ''}" for name, some in found if some]
    parts += [f"{drafts} not published there: drafts"] if drafts else []
    return ", ".join(parts) or "no entries"


_KINDS = {"new": "added", "changed": "changed", "unchanged": "unchanged", "merged": "merged into another", "skipped": "left out"}


def _named(ids: Sequence[str]) -> str:
    return f" ({', '.join(ids[:SHOWN])}{', …' if len(ids) > SHOWN else ''})" if ids else ""


def _details(made: Plan) -> Iterator[str]:
    """What changes in each entry, in short."""
    from kb.plan import in_short

    changed = [entry for entry in made.entries if entry.id in made.was]
    for entry in changed[:DETAILED]:
        yield f"  {entry.id}"
        yield from (f"    {line}" for line in in_short(made.was[entry.id], entry))
    if len(changed) > DETAILED:
        yield f"  … and {len(changed) - DETAILED} more that change"
    for step in made.steps:
        if step.kind in ("merged", "skipped"):
            yield f"  {step.id} goes into {step.into}, whose answers stay" if step.kind == "merged" else f"  {step.id} repeats {step.into}"


def _proposals(made: Plan) -> Iterator[str]:
    open_ones = [one for one in made.duplicates if not one.settled]
    yield from (f"duplicate: {_told(one)}" for one in open_ones[:DETAILED])
    if len(open_ones) > DETAILED:
        yield f"duplicate: … and {len(open_ones) - DETAILED} more"


def _told(one: Duplicate) -> str:
    if one.meaning:
        return f"{one.entry.id}: {one.way!r} means the same ({one.meaning:.2f}) as {one.other!r} of {one.of}"
    return f"{one.entry.id}: {one.way!r} is asked of {one.of} already"


def _asked(one: Duplicate) -> Handling:
    """Ask at the terminal."""
    say(_told(one))
    given = typer.prompt("  (m)erge into it, (s)kip, (k)eep both, (q)uit", default="m").strip().lower()[:1]
    chosen: dict[str, Handling] = {"m": "merge", "s": "skip", "k": "keep"}
    if given == "q":
        complain("nothing was changed")
        raise typer.Exit(1)
    return chosen.get(given) or _asked(one)
