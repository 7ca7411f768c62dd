"""`firstline kb …`: the knowledge base from a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_matching import articles, ask, encoders_of, evaluate
from bot.cli_rehearse import rehearse
from bot.console import give_up, read_settings, say, with_store
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.ports import Transaction
    from bot.store.sql import SqlStore
    from kb.entries import Entry, Problem

IMPORTER = "command:kb-import"
SHOWN = 8  # ids named in a summary

app = typer.Typer(help="The knowledge base: import, export, check, ask, evaluate.")


@dataclass(frozen=True, slots=True)
class Difference:
    """What an import would do to what is there, by id."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"{len(ids)} {name}{_named(ids) if name != 'unchanged' else ''}" for name, ids in self._named_ids() if ids]
        return ", ".join(parts) or "no entries"

    def _named_ids(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from (("added", self.added), ("changed", self.changed), ("unchanged", self.unchanged))


@app.command("import")
def import_entries(
    sources: Annotated[list[str], typer.Argument(help="Files, folders or addresses: .yaml .md .csv .json .jsonl .html", metavar="FILE|FOLDER|URL...")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
) -> None:
    """Publish entries: all of them, or none when anything in them is wrong. Entries that are not in the files stay as they are."""
    read = _read_all(sources)
    settings = read_settings(read_only=dry_run)

    async def publish(store: SqlStore) -> list[tuple[str, Difference]]:
        from datetime import UTC, datetime

        from bot.domain.ids import PersonId

        known = {entry.id: entry for entry in await store.entries(retired=True)}
        found = [(source, _difference(entries, known)) for source, entries in read]
        fresh = {name for _, difference in found for name in (*difference.added, *difference.changed)}

        async def save(tx: Transaction) -> None:
            now = datetime.now(UTC)
            for _, entries in read:
                for entry in entries:
                    if entry.id in fresh:
                        await tx.save_entry(entry, PersonId(IMPORTER), now)

        if fresh and not dry_run:
            await store.run(save)
        return found

    if dry_run and not settings.has_database:
        found = [(source, _difference(entries, {})) for source, entries in read]
    else:
        found = with_store(settings, publish, read_only=dry_run)
    for source, difference in found:
        say(f"{source}: {difference}")
    if dry_run:
        say("Nothing was changed: --dry-run.")


@app.command("export")
def export_entries(form: Annotated[str, typer.Option("--format", help="yaml, csv or jsonl")] = "yaml") -> None:
    """Print all entries, retired ones as well; `kb import` reads them back as they are."""
    from kb.loader import FORMATS, dump

    if form not in FORMATS:
        raise ConfigError(f"--format {form}: there is no such form; choose from {', '.join(FORMATS)}")
    settings = read_settings(read_only=True)
    entries = with_store(settings, lambda store: store.entries(retired=True), read_only=True)
    print(dump(entries, form), end="")


@app.command("check")
def check_entries(paths: Annotated[list[str] | None, typer.Argument(help="Files or folders; none: the articles that ship with Firstline.")] = None) -> None:
    """Name what is unsound, with file and line; exit 1 if anything is."""
    from kb.entries import check
    from kb.lexicon import LANGUAGES

    shipped = not paths
    problems, entries = _try_all(paths or [str(articles())])
    problems.extend(check(entries, LANGUAGES if shipped else ()))
    for problem in problems:
        say(str(problem))
    faults = sum(not problem.warning for problem in problems)
    if not faults:
        faults = _own_tests(entries)
    say(f"{len(entries)} entries, {faults} {'fault' if faults == 1 else 'faults'}, {len(problems) - faults} to look at.")
    if faults:
        raise typer.Exit(1)


app.command("ask")(ask)
app.command("evaluate")(evaluate)
app.command("rehearse")(rehearse)


def _own_tests(entries: Sequence[Entry]) -> int:
    """How many of the tests that entries carry fail; each that does is said."""
    testing = [entry for entry in entries if entry.finds or entry.avoids]
    if not testing:
        return 0
    from datetime import UTC, datetime

    from kb.deciding import Deciding
    from kb.decision import Thresholds
    from kb.evaluate import build
    from kb.own_tests import tried

    today = datetime.now(UTC).date()
    matcher = build([entry for entry in entries if entry.answers(today)], encoders_of(False))
    failed = [one for one in tried(matcher, [entry for entry in testing if entry.answers(today)], Deciding(Thresholds())) if not one.holds]
    for one in failed:
        say(f"own test: {one}")
    return len(failed)


def _read_all(sources: Sequence[str]) -> list[tuple[str, list[Entry]]]:
    """Each source with its entries; ends the command when anything in any of them is wrong."""
    from kb.entries import Problem
    from kb.loader import LoadError

    read: list[tuple[str, list[Entry]]] = []
    problems: list[Problem] = []
    owner: dict[str, str] = {}
    for source in sources:
        try:
            entries = _load(source)
        except LoadError as error:
            problems.extend(error.problems)
            continue
        for entry in entries:
            if (first := owner.setdefault(entry.id, source)) != source:
                problems.append(Problem(source, 0, f"{entry.id} is also in {first}; import them one after the other"))
        read.append((source, entries))
    if problems:
        give_up(problems, "nothing was changed")
    return read


def _load(source: str) -> list[Entry]:
    from kb.loader import load, parse

    if "://" in source:
        from bot.web_page import fetch

        return parse(source, asyncio.run(fetch(source)))
    return load(source)


def _try_all(paths: Sequence[str]) -> tuple[list[Problem], list[Entry]]:
    """What could be read, and what is wrong with the rest."""
    from kb.loader import LoadError, load

    problems: list[Problem] = []
    entries: list[Entry] = []
    for path in paths:
        try:
            entries.extend(load(path))
        except LoadError as error:
            problems.extend(error.problems)
    return problems, entries


def _difference(entries: Sequence[Entry], known: dict[str, Entry]) -> Difference:
    added = tuple(entry.id for entry in entries if entry.id not in known)
    unchanged = tuple(entry.id for entry in entries if known.get(entry.id) == entry)
    changed = tuple(entry.id for entry in entries if entry.id in known and known[entry.id] != entry)
    return Difference(added, changed, unchanged)


def _named(ids: Sequence[str]) -> str:
    return f" ({', '.join(ids[:SHOWN])}{', …' if len(ids) > SHOWN else ''})"
