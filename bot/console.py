"""What the commands share: settings, the store, and printing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from bot.errors import ConfigError, FileInUse, StoreError

if TYPE_CHECKING:  # each command imports what it uses: `firstline --help` and the start of `firstline run` are felt
    from bot.settings import Settings
    from bot.store.sql import SqlStore
    from kb.entries import Problem

T = TypeVar("T")


DESK = "FIRSTLINE_DESK"  # of the environment, and `firstline --desk`: the department that a command is about


def read_settings(*, read_only: bool = False, whole: bool = False) -> Settings:
    """The settings of this process, with logging set up by them; where there are several departments those of the one that was named.

    whole: those of all of them instead, for what serves or looks after every one. Raises ConfigError.
    """
    from bot.logs import set_up
    from bot.redaction import Redactor
    from bot.settings import load

    settings = load(os.environ, Path.cwd(), read_only=read_only)
    set_up(settings.log_level, settings.log_format, Redactor(secret.get_secret_value() for secret in settings.secrets))
    return settings if whole else _of_desk(settings, os.environ.get(DESK, "").strip())


FRONT = "front"  # names what stands before all departments


def _of_desk(settings: Settings, key: str) -> Settings:
    if not settings.departments and not key:
        return settings
    if settings.departments and key == FRONT:
        return settings
    if key in settings.departments:
        return settings.departments[key]
    there = ", ".join(settings.departments)
    if not there:
        raise ConfigError(f"--desk: there is one desk and no department named {key[:40]!r}; leave --desk and {DESK} out")
    wrong = f"no department is named {key[:40]!r}" if key else "there are several departments"
    first = next(iter(settings.departments))
    raise ConfigError(f"--desk: {wrong}; name one of {there} (or {FRONT}, which stands before them), as `firstline --desk {first} …`")


def every_desk(*, read_only: bool = False) -> dict[str, Settings]:
    """The settings that a command about all desks works through, by key: the front and each department, or what --desk names; one desk alone has no key."""
    whole = read_settings(read_only=read_only, whole=True)
    key = os.environ.get(DESK, "").strip()
    if key or not whole.departments:
        return {key: _of_desk(whole, key)}
    return {FRONT: whole, **whole.departments}


def in_each(desks: Mapping[str, Settings], work: Callable[[str, Settings], None]) -> None:
    """Do it in each; a database that is away is named, the others are not held up, and the command ends with exit code 1."""
    import typer

    if len(desks) == 1:
        for key, one in desks.items():
            work(key, one)
        return
    away = []
    for key, one in desks.items():
        try:
            work(key, one)
        except FileInUse:
            raise
        except StoreError as fault:
            complain(f"{key}: {fault}")
            away.append(key)
    if away:
        complain(f"not done in {', '.join(away)}: run it again when the database is there")
        raise typer.Exit(1)


def with_store(settings: Settings, work: Callable[[SqlStore], Awaitable[T]], *, read_only: bool) -> T:
    """Open the database, do the work, close it. read_only: also while the bot runs. Raises FileInUse otherwise, StoreError."""
    from bot.store.sql import open_store

    async def done() -> T:
        store = await open_store(settings.database_url, read_only=read_only)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(done())


def say(text: str = "") -> None:
    """A line on standard output."""
    print(text)


def complain(text: str) -> None:
    """A line on standard error."""
    print(f"firstline: {text}", file=sys.stderr)


def give_up(problems: Iterable[Problem], instead: str, code: int = 1) -> NoReturn:
    """Every problem on standard error, what did not happen, and the end of the command with that exit code."""
    import typer

    for problem in problems:
        complain(str(problem))
    complain(instead)
    raise typer.Exit(code)


def say_json(value: object) -> None:
    """One value on one line."""
    print(json.dumps(value, ensure_ascii=False, separators=(", ", ": ")))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "", right: Sequence[bool] = ()) -> None:
    """A table as wide as the terminal, in a pipe 200 columns; what does not fit is wrapped and never cut, and people's words are literal.

    right: which columns hold figures, one under the other; none given: none.
    """
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    from bot.redaction import one_line

    figures = right or [False] * len(columns)
    shaped = (Column(name, overflow="fold", justify="right" if is_figure else "left") for name, is_figure in zip(columns, figures, strict=True))
    table = Table(*shaped, title=title or None, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(one_line("" if cell is None else str(cell))) for cell in row))
    wide = None if sys.stdout.isatty() else 200
    Console(width=wide, highlight=False).print(table)
