"""The console command `firstline`: parse, call, print. What is heavy is imported by the command that needs it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Annotated, Literal

import typer

from bot import cli_api, cli_desk, cli_kb, cli_migrate, cli_privacy, cli_report
from bot.console import DESK, complain, every_desk, read_settings, say, say_json
from bot.errors import ConfigError, FileInUse, FirstlineError, StoreError

DONE, DOES_NOT_HOLD, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A support bot that lives in chat: answers from the FAQ, and a numbered ticket for everything else.",
)
app.add_typer(cli_kb.app, name="kb")
app.add_typer(cli_desk.tickets, name="ticket")
app.add_typer(cli_desk.queue, name="queue")
app.add_typer(cli_api.app, name="api-key")
app.add_typer(cli_privacy.app, name="privacy")
app.command()(cli_report.report)


@app.callback(invoke_without_command=True)
def firstline(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
    desk: Annotated[str, typer.Option("--desk", envvar=DESK, help="The department that the command is about, where there are several.", metavar="KEY")] = "",
) -> None:
    if desk:
        os.environ[DESK] = desk
    if version:
        from importlib.metadata import version as version_of

        say(f"firstline {version_of('firstline')}")
    elif context.invoked_subcommand is None:
        say(context.get_help())


@app.command()
def run() -> None:
    """Run everything in one process: every channel whose tokens are set, and the web chat."""
    settings = read_settings(whole=True)  # first: what is wrong with them is told before the rest is even loaded
    from bot.serving import serve
    from bot.store.migrate import prepare

    prepare(settings.database_url)
    for department in settings.departments.values():
        _prepare_if_there(department.database_url, prepare)
    cli_privacy.forget_again(settings)
    own = {one.database_url: (one, key) for key, one in settings.departments.items()}

    def bring(url: str) -> None:
        """A department's database, when it is there: up to date, and without whoever was erased while it was not."""
        prepare(url)
        cli_privacy.forget_again(*own[url])

    _until_stopped(serve(settings, prepare=bring))


@app.command()
def web() -> None:
    """Run the web process: pages, and what platforms call. On an SQLite file it is the whole desk, as `run`."""
    settings = read_settings(whole=True)
    from bot.serving import serve

    cli_privacy.forget_again(settings)
    _until_stopped(serve(settings, "all" if settings.database_file else "web"))


@app.command()
def worker() -> None:
    """Run a worker beside `web`; only with a database server. As many as there is work for."""
    settings = read_settings(read_only=True, whole=True)
    if settings.database_file:
        raise ConfigError("DATABASE_URL: an SQLite file has one process, and `firstline web` is the whole desk there; do not start a worker")
    from bot.serving import serve

    _until_stopped(serve(settings, "worker"))


app.command()(cli_migrate.migrate)


@app.command()
def doctor() -> None:
    """Try tokens, scopes, channels and database; say what to do."""
    import asyncio

    desks = every_desk(read_only=True)
    from bot.upkeep import diagnose

    holds_all = True
    for key, settings in desks.items():
        among: Literal["", "front", "department"] = "front" if settings.departments else "department" if key else ""
        if key:
            say(f"{settings.desk.name} ({key})")
        found = asyncio.run(diagnose(settings, among))
        for holds, what in found:
            say(f"{'ok  ' if holds else 'FAIL'}  {what}")
        holds_all &= all(holds for holds, _ in found)
    for remark in next(iter(desks.values())).remarks:
        say(f"note  {remark}")
    if not holds_all:
        raise typer.Exit(DOES_NOT_HOLD)


@app.command()
def export(as_json: Annotated[bool, typer.Option("--json", help="JSON lines; the only form there is.")] = False) -> None:
    """Print tickets, messages, events, outcomes and entries, one JSON object a line (docs/export.md)."""
    import asyncio

    settings = read_settings(read_only=True)
    from bot.store.export import lines

    async def stream() -> None:
        async for line in lines(settings.database_url, settings.desk.name):
            say_json(line)

    asyncio.run(stream())


def execute(arguments: Sequence[str]) -> int:
    """Run one command line and give its exit code: 0 done, 1 what was checked does not hold, 2 wrong usage or configuration."""
    try:
        result = app(args=list(arguments), prog_name="firstline", standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        complain(f"{error.format_message()} See `{context.command_path if context else 'firstline'} --help`.")
        return WRONG_USAGE
    except typer.Abort:
        return DOES_NOT_HOLD
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DOES_NOT_HOLD
    except (ConfigError, FileInUse) as error:
        return _fail(error, str(error), WRONG_USAGE)
    except FirstlineError as error:
        return _fail(error, str(error) or type(error).__name__, DOES_NOT_HOLD)
    except OSError as error:
        return _fail(error, f"{error.filename}: {error.strerror}" if error.filename and error.strerror else f"{error}", DOES_NOT_HOLD)
    except Exception as error:  # noqa: BLE001 - the last place where a failure can become one line
        return _fail(error, f"unexpected {type(error).__name__}: this is a fault of ours; LOG_LEVEL=DEBUG shows where", DOES_NOT_HOLD)
    return result if isinstance(result, int) else DONE


def main() -> None:
    """The entry point."""
    gc.set_threshold(20_000, 20, 50)  # what is imported stays: to walk it again and again is a tenth of the start of any command
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # a text stream of a process
    sys.exit(execute(sys.argv[1:]))


def _fail(error: BaseException, text: str, code: int) -> int:
    """One line for each fault; where it happened only for whoever asked for it."""
    if os.environ.get("LOG_LEVEL", "").upper() == "DEBUG":
        import traceback

        traceback.print_exception(error)
    for line in text.splitlines():
        complain(line)
    return code


def _prepare_if_there(url: str, prepare: Callable[[str], None]) -> None:
    """A department's database that is away now keeps the others from nothing."""
    try:
        prepare(url)
    except StoreError as fault:
        complain(f"{fault}; the department begins as soon as it is there")


def _until_stopped(serving: Coroutine[object, object, None]) -> None:
    """Run on the fast event loop until the process is told to end."""
    try:
        import uvloop
    except ImportError:  # not made for Windows
        import asyncio

        asyncio.run(serving)
    else:
        uvloop.run(serving)


if __name__ == "__main__":
    main()
