"""`firstline report NAME`: figures of some days, for people, spreadsheets and programs."""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.console import complain, read_settings, say, say_json, say_table
from bot.errors import ConfigError, FileInUse, StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.engine.reports.bookkeeping import Mark
    from bot.engine.reports.report import Report
    from bot.engine.reports.sheets import Cell, Sheet
    from bot.settings import Settings
    from bot.store.sql import SqlStore

FORMATS = ("table", "json", "csv", "xlsx")
BOM = "\ufeff"  # by which spreadsheets know that a CSV file is UTF-8
DAYS = 28  # when no first day is given: four whole weeks


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A report as it was asked for: as Asking."""

    report: Report
    first: date
    last: date
    named: bool
    lines: int
    only: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Made:
    """A report as it was made. mark: how far the facts behind it are counted; None: there are none behind it."""

    sheets: Sequence[Sheet]
    mark: Mark | None


def report(
    name: Annotated[str, typer.Argument(help="Which report; without it they are listed.", metavar="NAME")] = "",
    since: Annotated[str, typer.Option("--from", help="First day, as 2026-11-01; without it four weeks before the last.", metavar="DAY")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day; without it today.", metavar="DAY")] = "",
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")] = "table",
    named: Annotated[bool, typer.Option("--names", help="Order agents by what they did, with their names; else they are numbered.")] = False,
    lines: Annotated[int, typer.Option("--lines", help="Of a log: at most so many lines, the newest; 0 for all.", min=0)] = 1000,
    only: Annotated[list[str] | None, typer.Option("--only", help="Of a log: such lines alone, as channel=phone.", metavar="NAME=VALUE")] = None,
    anew: Annotated[bool, typer.Option("--anew", help="First count everything again from the events.")] = False,
    all_desks: Annotated[bool, typer.Option("--all-desks", help="Over all departments: each of them, and the whole.")] = False,
) -> None:
    """Print a report, also while the bot runs. Without a name: list the reports there are."""
    from bot.engine.reports.registry import REPORTS

    if not name and not (since or until or anew):
        _list(list(REPORTS.values()))
        return
    if name not in REPORTS:
        raise ConfigError(f"{f'there is no report {name[:40]!r}' if name else 'name a report'}; there are: {', '.join(REPORTS)}")
    if form not in FORMATS:
        raise ConfigError(f"--format {form[:40]!r}: it is not known; choose from {', '.join(FORMATS)}")
    if form == "xlsx" and sys.stdout.isatty():
        raise ConfigError(f"--format xlsx: a workbook is no text; write it to a file: firstline report {name} --format xlsx > {name}.xlsx")
    settings = read_settings(read_only=True, whole=all_desks)
    if all_desks and not settings.departments:
        raise ConfigError("--all-desks: there is one desk; leave it out")
    last = _day("--to", until) or datetime.now(ZoneInfo(settings.desk.timezone)).date()
    first = _day("--from", since) or last - timedelta(days=DAYS - 1)
    if first > last:
        raise ConfigError(f"--from {first}: it is after --to {last}; swap them")
    wanted = _Wanted(REPORTS[name], first, last, named, lines, _narrowed(REPORTS[name], only or []))
    made = _make_over_all(settings, wanted, anew=anew) if all_desks else _make(settings, wanted, anew=anew)
    _print(name, settings, first, last, made, form)


def _list(reports: Sequence[Report]) -> None:
    from bot.engine.tongue import tongue

    say_table(("Report", "Tells"), [(one.name, tongue("en").say(one.about)) for one in reports])
    say("\nfirstline report NAME --from DAY --to DAY --format table|json|csv|xlsx")


def _narrowed(wanted: Report, only: Sequence[str]) -> dict[str, str]:
    known = [one.name for one in wanted.narrows]
    found = {name.strip(): value.strip() for name, _, value in (one.partition("=") for one in only)}
    for name in found:
        if name not in known:
            named = f"choose from {', '.join(known)}" if known else "this one has no lines to choose from; leave it out"
            raise ConfigError(f"--only {name[:40]!r}: {wanted.name} cannot be narrowed to that; {named}")
    return found


def _make(settings: Settings, asked: _Wanted, *, anew: bool) -> _Made:
    """Counted up to now where this process may write; else up to the last minute, by the one that runs the desk."""
    import asyncio

    from bot.app import SystemClock
    from bot.engine.reports.bookkeeping import Bookkeeping, mark_of
    from bot.engine.reports.report import Asking
    from bot.engine.tongue import tongue

    wanted = asked.report

    async def made() -> _Made:
        store, may_write = await _opened(settings, counts=wanted.counted, must_write=anew)
        try:
            clock, mark = SystemClock(), None
            if may_write:
                mark = await Bookkeeping(store, settings.desk, clock, f"report:{os.getpid()}:{secrets.token_hex(4)}").catch_up(anew=anew)
            elif wanted.counted:
                mark = await mark_of(store, settings.desk.timezone)
            asking = Asking(store, settings.desk, asked.first, asked.last, tongue("en"), clock.now(), asked.named, asked.lines, asked.only)
            return _Made(await wanted.sheets(asking), mark)
        finally:
            await store.close()

    return asyncio.run(made())


def _make_over_all(settings: Settings, asked: _Wanted, *, anew: bool) -> _Made:
    """Of every department whose database is there; those that are away are named."""
    import asyncio

    from bot.app import SystemClock
    from bot.engine.reports.bookkeeping import Bookkeeping, Mark
    from bot.engine.reports.over_all import Office, Wanted, naming, over_all
    from bot.engine.tongue import tongue

    t, clock = tongue("en"), SystemClock()

    async def made() -> _Made:
        offices: list[Office] = []
        away = {key: one.desk.name for key, one in settings.departments.items()}
        async with AsyncExitStack() as stack:
            for key, one in settings.departments.items():
                try:
                    store, may_write = await _opened(one, counts=asked.report.counted, must_write=anew)
                    stack.push_async_callback(store.close)
                    if may_write:
                        await Bookkeeping(store, one.desk, clock, f"report:{os.getpid()}:{secrets.token_hex(4)}").catch_up(anew=anew)
                except StoreError as fault:
                    complain(f"{key}: {fault}")
                    continue
                offices.append(Office(key, one.desk, store))
                away.pop(key)
            wanted = Wanted(asked.report, settings.desk, asked.first, asked.last, t, clock.now(), asked.named, asked.lines, asked.only)
            found = await over_all(wanted, offices)
            away |= {one.key: one.desk.name for one in offices if one.key in found.away}
        mark = Mark(0, settings.desk.timezone, at=found.counted) if asked.report.counted and offices else None
        return _Made(naming(t, found.sheets, list(away.values())), mark)

    return asyncio.run(made())


async def _opened(settings: Settings, *, counts: bool, must_write: bool) -> tuple[SqlStore, bool]:
    """The store, and whether facts can be counted in it: a file that another process owns may only be read."""
    from bot.store.sql import open_store

    if settings.has_database and (counts or must_write):
        try:
            return await open_store(settings.database_url), True
        except (FileInUse, ConfigError):
            if must_write:
                raise
    return await open_store(settings.database_url, read_only=True), False


def _print(name: str, settings: Settings, first: date, last: date, made: _Made, form: str) -> None:
    from bot import report_formats

    sheets = made.sheets
    at = made.mark.at if made.mark else None
    if made.mark and at is None:
        complain("what happened is still being counted for the first time, so these figures are not whole yet; ask again in a minute")
    until = at.astimezone(ZoneInfo(settings.desk.timezone)) if at else None
    facts: dict[str, Cell] = {
        "report": name,
        "desk": settings.desk.name,
        "from": first,
        "to": last,
        "timezone": settings.desk.timezone,
        "counted_until": until,
    }
    if form == "json":
        say_json(report_formats.as_json(facts, sheets))
    elif form == "csv":
        sys.stdout.write(f"{BOM}{report_formats.as_csv(sheets, facts)}")
    elif form == "xlsx":
        sys.stdout.buffer.write(report_formats.as_workbook(sheets, facts))
    else:
        say(f"{settings.desk.name} · {name} · {first} to {last} ({settings.desk.timezone})" + (f" · counted until {until:%H:%M}" if until else ""))
        for sheet in sheets if any(sheet.rows for sheet in sheets) else sheets[:1]:
            say(f"\n{sheet.title.upper()}")
            if sheet.note:
                say(sheet.note)
            if not sheet.rows:
                say(sheet.empty)
            elif sheet.upright:
                say_table(("", ""), zip([column.label for column in sheet.columns], sheet.shown()[0], strict=True))
            else:
                say_table([c.label for c in sheet.columns], sheet.shown(), right=[c.kind not in ("text", "day", "moment") for c in sheet.columns])


def _day(option: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise ConfigError(f"{option} {text[:40]!r}: it is no day; write it as 2026-11-21") from None
