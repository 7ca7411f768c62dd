"""`firstline report NAME`: figures of some days, for people, spreadsheets and programs."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bot.console import read_settings, say, say_json, say_table, with_store
from bot.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.engine.sheets import Sheet
    from bot.settings import Settings
    from bot.store.sql import SqlStore

NAMES = ("matching",)
FORMATS = ("table", "json", "csv", "xlsx")
DAYS = 28  # when no first day is given: four whole weeks


def report(
    name: Annotated[str, typer.Argument(help="matching: what was answered alone, suggested and handed over, and whether it was right.", metavar="NAME")] = "",
    since: Annotated[str, typer.Option("--from", help="First day, as 2026-11-01; without it four weeks before the last.", metavar="DAY")] = "",
    until: Annotated[str, typer.Option("--to", help="Last day; without it today.", metavar="DAY")] = "",
    form: Annotated[str, typer.Option("--format", help="table, json, csv or xlsx.")] = "table",
) -> None:
    """Print a report, also while the bot runs."""
    if name not in NAMES:
        raise ConfigError(f"{f'there is no report {name[:40]!r}' if name else 'name a report'}; there are: {', '.join(NAMES)}")
    if form not in FORMATS:
        raise ConfigError(f"--format {form[:40]!r}: it is not known; choose from {', '.join(FORMATS)}")
    if form == "xlsx" and sys.stdout.isatty():
        raise ConfigError(f"--format xlsx: a workbook is no text; write it to a file: firstline report {name} --format xlsx > {name}.xlsx")
    settings = read_settings(read_only=True)
    last = _day("--to", until) or datetime.now(ZoneInfo(settings.desk.timezone)).date()
    first = _day("--from", since) or last - timedelta(days=DAYS - 1)
    if first > last:
        raise ConfigError(f"--from {first}: it is after --to {last}; swap them")
    sheets = with_store(settings, lambda store: _sheets(store, settings, first, last), read_only=True)
    _print(name, settings.desk.name, first, last, sheets, form)


async def _sheets(store: SqlStore, settings: Settings, first: date, last: date) -> Sequence[Sheet]:
    from bot.engine import matching_report, matching_sheets, standing
    from bot.engine.tongue import tongue

    found = await matching_report.read(store, first, last, settings.desk.timezone)
    stands, alarmed = await standing.read(store, settings.desk.wrong_at_most, datetime.now(UTC))
    return matching_sheets.sheets(found, stands, alarmed, tongue("en"))


def _print(name: str, desk: str, first: date, last: date, sheets: Sequence[Sheet], form: str) -> None:
    from bot import report_formats
    if form == "json":
        say_json(report_formats.as_json({"report": name, "desk": desk, "from": first, "to": last}, sheets))
    elif form == "csv":
        sys.stdout.write(report_formats.as_csv(sheets))
    elif form == "xlsx":
        sys.stdout.buffer.write(report_formats.as_workbook(sheets))
    else:
        say(f"{desk} · {name} · {first} to {last}")
        for sheet in sheets:
            say(f"\n{sheet.title.upper()}")
            if sheet.note:
                say(sheet.note)
            if not sheet.rows:
                say(sheet.empty)
            elif sheet.upright:
                say_table(("", ""), zip([column.label for column in sheet.columns], sheet.shown()[0], strict=True))
            else:
                say_table([c.label for c in sheet.columns], sheet.shown(), right=[c.kind not in ("text", "day") for c in sheet.columns])


def _day(option: str, text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise ConfigError(f"{option} {text[:40]!r}: it is no day; write it as 2026-11-21") from None
