"""`firstline kb …`: the knowledge base from a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_import import import_entries
from bot.cli_matching import articles, ask, encoders_of, evaluate
from bot.cli_rehearse import rehearse
from bot.console import read_settings, say, with_store
from bot.errors import ConfigError

if TYPE_CHECKING:
    from kb.entries import Entry

app = typer.Typer(help="The knowledge base: import, export, check, ask, evaluate.")


@app.command("export")
def export_entries(
    form: Annotated[str, typer.Option("--format", help="yaml, csv, jsonl or md")] = "yaml",
    to: Annotated[Path | None, typer.Option("--to", help="Write there instead: a file; with md a folder, an article for each entry.")] = None,
) -> None:
    """Print all entries, retired ones as well; `kb import` reads them back as they are."""
    from kb.loader import FORMATS, dump

    if form not in FORMATS:
        raise ConfigError(f"--format {form}: there is no such form; choose from {', '.join(FORMATS)}")
    settings = read_settings(read_only=True)
    entries = with_store(settings, lambda store: store.entries(retired=True), read_only=True)
    if to is None:
        print(dump(entries, form), end="")
        return
    try:
        if form == "md":
            to.mkdir(parents=True, exist_ok=True)
            for name, entry in zip(_file_names(entries), entries, strict=True):
                (to / name).write_text(dump([entry], form), encoding="utf-8", newline="")
        else:
            to.write_text(dump(entries, form), encoding="utf-8", newline="")
    except OSError as error:
        raise ConfigError(f"--to {to}: cannot be written ({error.strerror})") from error
    say(f"{len(entries)} entries written to {to}.")


def _file_names(entries: Sequence[Entry]) -> list[str]:
    """A name for each article that an import does not pass over, and that no other one has where case does not count."""
    names: dict[str, str] = {}
    for entry in entries:
        name = f"_{entry.id}" if entry.id.startswith(".") or entry.id.lower() == "readme" else entry.id
        while name.lower() in names:
            name += "_"
        names[name.lower()] = f"{name}.md"
    return list(names.values())


@app.command("check")
def check_entries(paths: Annotated[list[str] | None, typer.Argument(help="Files or folders; none: the articles that ship with Firstline.")] = None) -> None:
    """Name what is unsound, with file and line; exit 1 if anything is."""
    from kb.entries import check
    from kb.lexicon import LANGUAGES
    from kb.loader import look

    read = [look(path) for path in paths or [str(articles())]]
    entries = [entry for loaded in read for entry in loaded.entries]
    problems = [*(problem for loaded in read for problem in loaded.problems), *check(entries, () if paths else LANGUAGES)]
    for problem in problems:
        say(str(problem))
    faults = sum(not problem.warning for problem in problems)
    doubtful = len(problems) - faults
    faults = faults or _own_tests(entries)
    say(f"{len(entries)} entries, {faults} {'fault' if faults == 1 else 'faults'}, {doubtful} to look at.")
    if faults:
        raise typer.Exit(1)


app.command("import")(import_entries)
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
