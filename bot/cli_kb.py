"""`firstline kb …`: the knowledge base from a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from bot.console import complain, read_settings, say, say_json, say_table, with_store
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.ports import Transaction
    from bot.settings import Settings
    from bot.store.sql import SqlStore
    from kb.decision import Verdict
    from kb.entries import Entry, Match, Problem

IMPORTER = "command:kb-import"
SHOWN = 8  # ids named in a summary
RANKED = 10  # entries shown by `kb ask`; the decision looks at the first five, as the bot does

app = typer.Typer(help="The knowledge base: import, export, check, ask, evaluate.")
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


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

    if dry_run and not settings.database_file.exists():
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
    problems, entries = _try_all(paths or [str(_articles())])
    problems.extend(check(entries, LANGUAGES if shipped else ()))
    for problem in problems:
        say(str(problem))
    faults = sum(not problem.warning for problem in problems)
    say(f"{len(entries)} entries, {faults} {'fault' if faults == 1 else 'faults'}, {len(problems) - faults} to look at.")
    if faults:
        raise typer.Exit(1)


@app.command("ask")
def ask(
    question: Annotated[str, typer.Argument(help="As a requester would write it.")],
    lang: Annotated[str, typer.Option(help="The requester's language; without it, by the words.")] = "",
    as_json: AsJson = False,
) -> None:
    """What tier 1 would do with a question: the decision, the ranked entries with their scores, and why."""
    from kb.decision import Thresholds, decide
    from kb.language import detect
    from kb.lexicon import LANGUAGES
    from kb.matching import Matcher

    if lang and lang not in LANGUAGES:
        raise ConfigError(f"--lang {lang}: it is not spoken here; choose from {', '.join(LANGUAGES)}")
    settings = read_settings(read_only=True)
    entries = _published(settings)
    language = lang or detect(question, None, settings.desk.languages) or settings.desk.languages[0]  # as the bot reads it
    ranked = Matcher(entries).rank(question, language, RANKED)
    verdict = decide(ranked[:5], Thresholds())
    if as_json:
        say_json(_told(question, language, verdict, ranked, {entry.id: entry for entry in entries}))
        return
    say(f"{verdict.decision.replace('_', ' ')}  (asked in {language}, {len(entries)} entries)")
    if ranked:
        rows = [(m.entry_id, f"{m.score:.1f}", m.lang, m.phrasing, "; ".join(m.reasons)) for m in ranked]
        say_table(("Entry", "Score", "Lang", "Nearest phrasing", "Why"), rows)


@app.command("evaluate")
def evaluate(
    entries: Annotated[Path, typer.Option(help="Entries, JSON lines.")],
    queries: Annotated[Path, typer.Option(help="Labelled questions, JSON lines.")],
    scores: Annotated[Path | None, typer.Option(help="Write one line a question there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure labelled questions: how often right, how often answered, how fast."""
    from kb.evaluate import run
    from kb.loader import LoadError

    try:
        figures = run(entries, queries, scores)
    except LoadError as error:
        _give_up(error.problems, "nothing was measured")
    if as_json:
        say_json(figures)
        return
    by_lang = figures.pop("by_lang")
    say_table(("Figure", "All", *by_lang), [(name, value, *(of.get(name) for of in by_lang.values())) for name, value in figures.items()])


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
        _give_up(problems, "nothing was changed")
    return read


def _load(source: str) -> list[Entry]:
    from kb.loader import load, parse

    if "://" in source:
        from bot.web_page import fetch

        return parse(source, asyncio.run(fetch(source)))
    return load(source)


def _give_up(problems: Sequence[Problem], instead: str) -> NoReturn:
    for problem in problems:
        complain(str(problem))
    complain(instead)
    raise typer.Exit(1)


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


def _articles() -> Path:
    import kb

    return Path(kb.__file__).parent / "articles"


def _published(settings: Settings) -> list[Entry]:
    """What the bot knows; before the first start, the articles that ship with it."""
    from kb.loader import load

    if settings.database_file.exists():
        return with_store(settings, lambda store: store.entries(), read_only=True)
    return load(_articles())


def _told(question: str, language: str, verdict: Verdict, ranked: Sequence[Match], entries: dict[str, Entry]) -> dict[str, object]:
    shown = [
        {
            "id": match.entry_id,
            "score": match.score,
            "lang": match.lang,
            "question": entries[match.entry_id].text_for(match.lang).question,
            "phrasing": match.phrasing,
            "reasons": list(match.reasons),
        }
        for match in ranked
    ]
    best = verdict.matches[0] if verdict.decision == "answer" else None
    answer = entries[best.entry_id].text_for(best.lang).answer if best else None
    offered = [match.entry_id for match in verdict.matches] if verdict.decision != "hand_over" else []
    return {"question": question, "lang": language, "decision": verdict.decision, "offered": offered, "answer": answer, "entries": shown}
