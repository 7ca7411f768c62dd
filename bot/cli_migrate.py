"""`firstline migrate`: the database made, brought up to date, or filled with a desk that has outgrown another one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli_privacy import forget_again
from bot.console import FRONT, in_each, read_settings, say
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.store.copying import Copied, Step

PARTS = 10  # lines for a long table, in a pipe
LONG = 10_000  # rows


def migrate(
    copy_from: Annotated[str, typer.Option("--copy-from", help="Move the desk of this database here; it is only read.", metavar="URL")] = "",
    anew: Annotated[bool, typer.Option("--anew", help="With --copy-from: remove what an unfinished copy has left, and begin again.")] = False,
) -> None:
    """Make or update the database; or move a desk into it, and go on with that where it was broken off."""
    if anew and not copy_from:
        raise ConfigError("--anew: it belongs to --copy-from, which names the database to copy")
    if copy_from:
        _move(read_settings(), copy_from, anew)
        return
    settings = read_settings(whole=True)
    from bot.store.migrate import migrate as migrate_database

    if not settings.departments:
        say(migrate_database(settings.database_url))
    else:
        in_each({FRONT: settings, **settings.departments}, lambda key, one: say(f"{key}: {migrate_database(one.database_url)}"))
    forget_again(settings)


def _move(settings: Settings, source: str, anew: bool) -> None:
    import asyncio

    from bot.store.address import parse
    from bot.store.copying import copy

    with _shown() as tell:
        copied = asyncio.run(copy(source, settings.database_url, tell, anew=anew))
    _tell_end(copied, str(parse(settings.database_url)))
    say(_about_key(settings, source))


def _tell_end(copied: list[Copied], target: str) -> None:
    from hashlib import blake2b

    from bot.console import say_table

    found = sorted((one for one in copied if one.rows), key=lambda one: one.table)
    say_table(("table", "rows", "checksum"), [(one.table, f"{one.rows:,}", one.checksum) for one in found], right=(False, True, False))
    total = blake2b("".join(one.checksum for one in found).encode(), digest_size=16).hexdigest()
    say(f"{sum(one.rows for one in found):,} rows are in {target} now, each the same as in the source (all: {total}). Files and numbers came along.")


def _about_key(settings: Settings, source: str) -> str:
    """What people's sessions and links need besides the rows."""
    from bot.store.address import Address, parse

    where = parse(source)
    key = where.file.with_name(where.file.name + ".key") if isinstance(where, Address) else None
    try:
        kept = key.read_text(encoding="ascii").strip() if key else ""
    except (OSError, ValueError):
        kept = ""
    if not kept:
        return "Keep the SECRET_KEY that the desk had: sessions and links are signed with it."
    if kept == settings.secret_key.get_secret_value():
        return "SECRET_KEY is the one that the desk had: everybody stays signed in."
    return f"Set SECRET_KEY to the line in {key}, so that everybody stays signed in; with another one they sign in again."


@contextmanager
def _shown() -> Iterator[Callable[[Step], None]]:
    """A bar on a terminal, lines in a pipe."""
    if not sys.stderr.isatty():
        yield _line
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("")
        yield lambda step: progress.update(bar, description=f"{step.doing} {step.table}", completed=step.done, total=max(step.of, 1))


def _line(step: Step) -> None:
    """One when a table is done, some on the way of a long one."""
    part = max(LONG, step.of // PARTS)
    if step.of and (step.done == step.of or (step.done and step.done // part > max(0, step.done - step.batch) // part)):
        print(f"{step.doing} {step.table}: {step.done:,} of {step.of:,}", file=sys.stderr, flush=True)
