"""A report's tables as JSON, CSV or a workbook, with their definitions and the time they are about."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from bot.engine.reports.sheets import Cell, Column, Sheet

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet takes for a formula, wide forms as well
NO_FACTS: Mapping[str, Cell] = {}
ABOUT = "About"  # the worksheet that says what the others mean
TITLE = 31  # characters of a worksheet's name
MOMENT = 17  # characters in the width of a column of moments: fitted by itself it is as wide as a day, and shows none of them


def as_json(facts: Mapping[str, Cell], sheets: Sequence[Sheet]) -> dict[str, object]:
    """One object: the facts, then each table under its key; an upright one as an object, the others as lists of objects. definitions: by table."""
    tables: dict[str, object] = {}
    for sheet in sheets:
        records = [{key: _plain(cell) for key, cell in record.items()} for record in sheet.records()]
        tables[sheet.key] = records[0] if sheet.upright and records else records
    notes = {sheet.key: sheet.note for sheet in sheets if sheet.note}
    return {**{key: _plain(cell) for key, cell in facts.items()}, **tables, **({"definitions": notes} if notes else {})}


def as_csv(sheets: Sequence[Sheet], facts: Mapping[str, Cell] = NO_FACTS) -> str:
    """One line a figure: table, row (what it is about), figure, value; shares 0..1, spans in seconds. A log alone: one line a row, under its columns.

    The facts and the definitions are lines of the first kind. Texts that a spreadsheet would run get an apostrophe.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    if len(sheets) == 1 and sheets[0].listed:
        writer.writerow([column.key for column in sheets[0].columns])
        writer.writerows([_written(cell) for cell in row] for row in sheets[0].rows)
        return out.getvalue()
    writer.writerow(("table", "row", "figure", "value"))
    writer.writerows(("report", "", key, _written(fact)) for key, fact in facts.items())
    for sheet in sheets:
        if sheet.note and facts:
            writer.writerow((sheet.key, "", "definition", _written(sheet.note)))
        writer.writerows(_lines(sheet))
    return out.getvalue()


def _lines(sheet: Sheet) -> Iterator[tuple[str, str, str, str]]:
    named = [column.kind in ("text", "day", "moment") and column.key != "question" for column in sheet.columns]
    for number, row in enumerate(sheet.rows, 1):
        name = "" if sheet.upright else " → ".join(str(cell) for cell, is_name in zip(row, named, strict=True) if is_name and cell) or str(number)
        for column, cell, is_name in zip(sheet.columns, row, named, strict=True):
            if sheet.upright or not is_name:
                yield sheet.key, _harmless(name), column.key, _written(cell)


def as_workbook(sheets: Sequence[Sheet], facts: Mapping[str, Cell] = NO_FACTS) -> bytes:
    """An .xlsx file with a worksheet for each table, and one that says what they mean; its texts are texts, whatever they look like."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types of its own

    out, names = io.BytesIO(), set[str]()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        looks = {kind: book.add_format({"num_format": form, "align": "left"} if kind == "day" else {"num_format": form}) for kind, form in _NUMBERS.items()}
        for sheet in sheets:
            _fill(book.add_worksheet(_title(sheet.title, names)), sheet, bold, looks)
        if facts:
            page = book.add_worksheet(_title(ABOUT, names))
            told = [*((key, str(_plain(fact))) for key, fact in facts.items()), *((sheet.title, sheet.note) for sheet in sheets if sheet.note)]
            wrapped = book.add_format({"text_wrap": True, "valign": "top"})
            for y, (name, text) in enumerate(told):
                page.write_string(y, 0, name, bold)
                page.write_string(y, 1, text, wrapped)
            page.set_column(0, 0, 30)
            page.set_column(1, 1, 100)
    return out.getvalue()


def _fill(page: Worksheet, sheet: Sheet, bold: object, looks: Mapping[str, object]) -> None:
    upright = sheet.upright and bool(sheet.rows)
    cells = [[column.label, cell] for column, cell in zip(sheet.columns, sheet.rows[0], strict=True)] if upright else sheet.rows
    if not sheet.rows:
        page.write(0, 0, sheet.empty)
    elif not upright:
        page.write_row(0, 0, [column.label for column in sheet.columns], bold)
        page.freeze_panes(1, 0)
    for y, row in enumerate(cells, 0 if upright else 1):
        for x, cell in enumerate(row):
            column = sheet.columns[y if upright else x]
            is_label = upright and x == 0
            page.write(y, x, cell if is_label else _in_book(cell, column, sheet.words), bold if is_label else looks.get(column.kind))
    page.autofit(600)
    for x, column in enumerate(sheet.columns):
        if column.kind == "moment" and not upright:
            page.set_column(x, x, max(MOMENT, len(column.label) + 2))


_NUMBERS = {"share": "0.0%", "score": "0.0", "day": "yyyy-mm-dd", "span": "[h]:mm", "moment": "yyyy-mm-dd hh:mm"}
_DAY_S = 86_400  # a workbook counts spans in days


def _in_book(cell: Cell, column: Column, words: Mapping[str, str]) -> Any:
    if isinstance(cell, str):
        return words.get(cell, cell)
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)  # a workbook knows no time zones; the desk's is named with the facts
    return cell / _DAY_S if column.kind == "span" and isinstance(cell, int | float) else cell


def _title(title: str, taken: set[str]) -> str:
    """A name that a workbook takes, and none that it has."""
    plain = " ".join(re.sub(r"[\[\]:*?/\\]", " ", title).split()).strip("'") or "-"
    name = plain[:TITLE]
    for number in range(2, 100):
        if name.casefold() not in taken:
            break
        name = f"{plain[: TITLE - 3]} {number}"
    taken.add(name.casefold())
    return name


def _plain(cell: Cell) -> Cell:
    return cell.isoformat() if isinstance(cell, date) else cell


def _written(cell: Cell) -> str:
    """In CSV: numbers as they are, so that they stay numbers; texts harmless."""
    if cell is None:
        return ""
    return _harmless(cell) if isinstance(cell, str) else str(_plain(cell))


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
