"""`firstline privacy …`: one person's data given out, erased, or held (docs/privacy.md)."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.console import FRONT, complain, every_desk, in_each, read_settings, say, say_json, say_table
from bot.domain.ids import PersonId, channel_of
from bot.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.settings import Settings
    from bot.store.doing import Doing
    from bot.store.erasing import Erased

app = typer.Typer(help="One person's data: give it out, erase it, hold it; what a backup brought back is erased again.", no_args_is_help=False)
Who = Annotated[str, typer.Option("--person", help="An address of theirs, as `email:anna@example.com`; those joined to it count as well.", metavar="ID")]
_KINDS = {
    "tickets": "tickets", "open": "open tickets, which are closed", "messages": "messages in them", "elsewhere": "messages of theirs in requests of others",
    "files": "files", "contacts": "contacts", "assets": "computers, which stay without them", "events": "events that came in",
    "parcels": "messages that went out", "phrasings": "phrasings that the FAQ learned from them",
}  # fmt: skip
LedgerFile = Annotated[str, typer.Option("--ledger", help="The ledger of erasures; else PRIVACY_LEDGER, else beside the SQLite file.", metavar="FILE")]


def ledger_of(settings: Settings, named: str = "") -> Path:
    """Where erasures are written down. Raises ConfigError when nothing says where."""
    return Path(named) if named else settings.ledger()


def doing(settings: Settings, why: str = "") -> Doing:
    """Whoever types this does it: in the audit by the name of the account on this computer."""
    from bot.store.doing import Doing

    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = str(os.getuid())
    return Doing(PersonId(f"operator:{name}"), why, secret=settings.secret_key.get_secret_value().encode())


def forget_again(settings: Settings, key: str = "") -> None:
    """Before a start: whoever was erased and came back with a backup is erased again. key: of the department that these settings are of."""
    for name, department in settings.departments.items():
        try:
            forget_again(department, name)
        except (StoreError, ConfigError) as fault:  # away, or at work in another process: that keeps nobody from starting
            complain(f"{name}: {fault}; whoever is to be erased there still is erased by `firstline privacy reapply`, while the desk does not run")
    key = FRONT if settings.departments else key
    if (settings.database_file is None and settings.privacy_ledger is None) or not settings.has_database:
        return
    ledger = ledger_of(settings)
    if not ledger.exists():
        return
    from bot.store.privacy import reapply, waiting

    if asyncio.run(waiting(settings.database_url, ledger, key)):
        again, held = asyncio.run(reapply(settings.database_url, ledger, settings.secret_key.get_secret_value().encode(), key))
        _tell_again(again, held)
    from bot.store.person_desk import finish, is_unfinished

    if asyncio.run(is_unfinished(settings.database_url)):
        asyncio.run(finish(settings.database_url))


@app.command("export")
def export(
    person: Who,
    to: Annotated[
        str,
        typer.Option(
            "--to", help="A .zip with all of it, also to read; or a .json: their files go into a folder beside it. Else it is printed.", metavar="FILE"
        ),
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit, without what names them.")] = "",
    language: Annotated[str, typer.Option("--lang", help="The language of the page in the .zip; else theirs.", metavar="CODE")] = "",
) -> None:
    """Everything that is theirs; nothing of anybody else, and no notes of agents."""
    in_each(every_desk(read_only=True), lambda key, one: _give_out(one, _checked(person), _to_own(to, key), reason, language, key))


def _to_own(to: str, key: str) -> str:
    """The file of one department: anna-hr.zip beside anna.zip."""
    file = Path(to)
    return str(file.with_name(f"{file.stem}-{key}{file.suffix}")) if to and key else to


def _give_out(settings: Settings, person: str, to: str, reason: str, language: str, key: str) -> None:
    from bot.store.person_archive import write_archive
    from bot.store.person_export import File, person_data
    from bot.store.privacy import gave_out

    if to.endswith(".zip"):
        _write(Path(to), b"")
        asyncio.run(write_archive(settings.database_url, person, Path(to), language))
        asyncio.run(gave_out(settings.database_url, person, doing(settings, reason)))
        say(f"Written to {to}.")
        return

    folder = Path(f"{to}-files") if to else None

    async def collect() -> dict[str, object]:
        async for piece in person_data(settings.database_url, person):
            if not isinstance(piece, File):
                return piece
            if folder is not None:
                folder.mkdir(mode=0o700, exist_ok=True)
                _write(folder / piece.name, piece.content)
        return {}

    found = asyncio.run(collect())
    asyncio.run(gave_out(settings.database_url, person, doing(settings, reason)))
    if not to:
        say_json({"department": key, **found} if key else found)
        return
    _write(Path(to), (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode())
    say(f"Written to {to}{f' and {folder}' if folder and folder.exists() else ''}.")


@app.command("erase")
def erase(
    person: Who,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it only says what would go.")] = False,
    platforms: Annotated[
        bool, typer.Option("--platforms", help="Before, take away our messages to and about them there, or replace them, where the channel can.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why; it stands in the audit, without what names them.")] = "",
    ledger: LedgerFile = "",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Make somebody nobody: their words, files, names and addresses go, figures stay. The desk must not run meanwhile."""
    desks = every_desk(read_only=not yes)
    settings = next(iter(desks.values()))
    file = ledger_of(settings, ledger)
    if not yes:
        in_each(desks, lambda key, one: _say_what_would_go(one, _checked(person), as_json, key))
        if not as_json:
            say("Nothing was changed; --yes does it, while the desk does not run.")
        return
    if platforms:
        from bot.store.privacy import refuse_held
        from bot.upkeep import drain

        for one in desks.values():
            asyncio.run(refuse_held(one.database_url, _checked(person)))
        asyncio.run(drain(read_settings(whole=True), retracting=_checked(person)))
    if len(desks) > 1:
        _erase_everywhere(desks, file, _checked(person), reason, as_json)
        return
    from bot.store.privacy import erase_person

    done = asyncio.run(erase_person(settings.database_url, file, _checked(person), doing(settings, reason), next(iter(desks))))  # with --desk in that one alone
    _say_erased(done, file, as_json)


def _erase_everywhere(desks: Mapping[str, Settings], file: Path, person: str, reason: str, as_json: bool) -> None:
    """In each department, by every address that any of them knows; where a database is away it is not done, and said."""
    from bot.store.privacy_everywhere import Home, erase_everywhere

    done, away = asyncio.run(erase_everywhere({key: Home(one.database_url, doing(one, reason)) for key, one in desks.items()}, file, person))
    for key, erased in done.items():
        if not as_json:
            say(f"\n{key}")
        _say_erased(erased, file, as_json, key)
    for key, why in away.items():
        complain(f"{key}: {why}")
    if away:
        complain(f"not erased in {', '.join(away)}: run it again when the database is there; until then they are not wholly erased")
        raise typer.Exit(1)


def _say_erased(done: Erased, file: Path, as_json: bool, key: str = "") -> None:
    if as_json:
        say_json(
            {
                **({"department": key} if key else {}),
                "stand_ins": list(done.stand_ins.values()),
                "changed": done.changed,
                "removed": done.removed,
                "on_platforms": sorted(done.posted.values()),
                "look_at": sorted(done.look_at),
            }
        )
        return
    counts = [(name, done.changed.get(name, 0), done.removed.get(name, 0)) for name in sorted({*done.changed, *done.removed})]
    say_table(("Table", "Changed", "Removed"), counts, right=(False, True, True))
    say(f"Erased: {len(done.stand_ins)} address(es). Written down in {file}; keep it apart from the backups it is applied to.")
    for channel, many in sorted(Counter(channel_of(one) for one in done.posted.values()).items()):
        complain(f"{channel}: {many} message(s) of ours stand there still; delete them there, or ask those who run it (--json lists them)")
    for entry in sorted(done.look_at):
        complain(f"entry {entry}: its own question is what they asked; say it in other words if it tells of them")


@app.command("hold")
def hold(person: Who, reason: Annotated[str, typer.Option("--reason", help="Why nothing of theirs may be erased; shown to whoever tries.")]) -> None:
    """Nothing of theirs is erased or forgotten until `release`."""
    if not reason.strip():
        raise ConfigError("--reason: say why; it is what somebody reads who tries to erase them")
    from bot.store.privacy import hold as hold_them

    def do(key: str, settings: Settings) -> None:
        addresses = asyncio.run(hold_them(settings.database_url, _checked(person), doing(settings, reason.strip())))
        say(f"{_named(key)}Held on {len(addresses)} address(es).")

    in_each(every_desk(), do)


@app.command("release")
def release(
    person: Who, reason: Annotated[str, typer.Option("--reason", help="Why it may go again; it stands in the audit, without what names them.")] = ""
) -> None:
    """The hold is over."""
    from bot.store.privacy import release as release_them

    def do(key: str, settings: Settings) -> None:
        addresses = asyncio.run(release_them(settings.database_url, _checked(person), doing(settings, reason)))
        say(f"{_named(key)}Released on {len(addresses)} address(es)." if addresses else f"{_named(key)}There was no hold.")

    in_each(every_desk(), do)


@app.command("reapply")
def reapply(ledger: LedgerFile = "") -> None:
    """After a backup was put back: erase again whoever was erased since it was made. The start of the desk does it, too."""
    desks = every_desk()
    file = ledger_of(next(iter(desks.values())), ledger)
    if not file.exists():
        raise ConfigError(f"--ledger: there is no file {file}; name the ledger that was kept apart from the backup")
    from bot.store.privacy import reapply as erase_again

    def do(key: str, settings: Settings) -> None:
        again, held = asyncio.run(erase_again(settings.database_url, file, settings.secret_key.get_secret_value().encode(), key))
        _tell_again(again, held, key)
        if not again and not held:
            say(f"{_named(key)}Nobody who was erased is in this database.")

    in_each(desks, do)


@app.command("retention")
def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The only form there is: the running desk does it by itself, every hour.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """How many tickets would lose their words or files now, and how many computers would go, by [retention] of firstline.toml."""
    if not dry_run:
        raise ConfigError("--dry-run: say it; what is over is removed by the running desk, every hour, as [retention] in firstline.toml says")
    from bot.store.privacy import over

    named = {"words": "words of tickets", "files": "files of tickets", "assets": "computers not seen since"}

    def do(key: str, settings: Settings) -> None:
        counts = asyncio.run(over(settings.database_url, settings.keep_tickets))
        if as_json:
            told: dict[str, object] = {"department": key} if key else {}
            say_json(told | {str(what): many for what, many in counts.items()})
            return
        title = f"Would go{f' ({key})' if key else ''}"
        say_table((title, "Kept for", "Count"), [(named[what], settings.keep_tickets.get(what) or "ever", many) for what, many in counts.items()])

    in_each(every_desk(read_only=True), do)


def _say_what_would_go(settings: Settings, person: str, as_json: bool, key: str) -> None:
    from bot.store.privacy import look

    found = asyncio.run(look(settings.database_url, person))
    theirs = found.theirs
    if as_json:
        say_json(
            {
                **({"department": key} if key else {}),
                "addresses": list(theirs.addresses),
                "tickets": sorted(theirs.tickets),
                "open": sorted(theirs.open),
                "files": len(theirs.files),
                "counts": found.counts,
                "held": found.held,
            }
        )
        return
    if key:
        say(f"\n{key}")
    say_table(
        ("Would go", "Count"), {"addresses": len(theirs.addresses), **{_KINDS[name]: many for name, many in found.counts.items()}}.items(), right=(False, True)
    )
    for reason in found.held:
        say(f"Held: {reason}; nothing is erased before `firstline privacy release`.")


def _named(key: str) -> str:
    return f"{key}: " if key else ""


def _tell_again(again: list[str], held: list[str], key: str = "") -> None:
    if again:
        say(f"{_named(key)}Erased again: {len(again)} address(es) that a backup had brought back.")
    for reason in held:
        say(f"{_named(key)}Not erased again, since they are held: {reason}")


def _checked(person: str) -> str:
    channel, _, own = person.partition(":")
    if not channel or not own:
        raise ConfigError(
            f"--person {person}: it is a channel and an id, as email:anna@example.com or slack:U0ANNA; `firstline ticket show` names the requester"
        )
    return person


def _write(file: Path, content: bytes) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as written:
        written.write(content)
