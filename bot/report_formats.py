"""A report's tables as JSON, CSV or a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date

from bot.engine.sheets import Cell, Sheet

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula


def as_json(facts: Mapping[str, Cell], sheets: Sequence[Sheet]) -> dict[str, object]:
    """One object: the facts, then each table under its key; an upright one as an object, the others as lists of objects."""
    tables: dict[str, object] = {}
    for sheet in sheets:
        records = [{key: _plain(cell) for key, cell in record.items()} for record in sheet.records()]
        tables[sheet.key] = records[0] if sheet.upright and records else records
    return {**{key: _plain(cell) for key, cell in facts.items()}, **tables}


def as_csv(sheets: Sequence[Sheet]) -> str:
    """One line a figure: table, row (what it is about), figure, value; shares 0..1. Texts that a spreadsheet would run get an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("table", "row", "figure", "value"))
    for sheet in sheets:
        for number, row in enumerate(sheet.rows, 1):
            named = [column.kind in ("text", "day") and column.key != "question" for column in sheet.columns]
            name = "" if sheet.upright else " → ".join(str(cell) for cell, is_name in zip(row, named, strict=True) if is_name and cell) or str(number)
            for column, cell, is_name in zip(sheet.columns, row, named, strict=True):
                if sheet.upright or not is_name:
                    writer.writerow((sheet.key, _harmless(name), column.key, _harmless("" if cell is None else str(_plain(cell)))))
    return out.getvalue()


def as_workbook(sheets: Sequence[Sheet]) -> bytes:
    """An .xlsx file with a worksheet for each table; its texts are texts, whatever they look like."""
    from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types of its own

    out = io.BytesIO()
    with Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        looks = {kind: book.add_format({"num_format": form, "align": "left"} if kind == "day" else {"num_format": form}) for kind, form in _NUMBERS.items()}
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31])
            cells = [[column.label, cell] for column, cell in zip(sheet.columns, sheet.rows[0], strict=True)] if sheet.upright else sheet.rows
            if not sheet.upright:
                page.write_row(0, 0, [column.label for column in sheet.columns], bold)
                page.freeze_panes(1, 0)
            for y, row in enumerate(cells, 0 if sheet.upright else 1):
                for x, cell in enumerate(row):
                    column = sheet.columns[y if sheet.upright else x]
                    is_label = sheet.upright and x == 0
                    text = sheet.words.get(cell, cell) if isinstance(cell, str) else cell
                    page.write(y, x, text, bold if is_label else looks.get(column.kind))
            page.autofit(600)
    return out.getvalue()


_NUMBERS = {"share": "0.0%", "score": "0.0", "day": "yyyy-mm-dd"}


def _plain(cell: Cell) -> Cell:
    return cell.isoformat() if isinstance(cell, date) else cell


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
