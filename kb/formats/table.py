"""CSV: one row for each entry and language."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from kb.entries import Entry, Problem
from kb.formats.facts import FACT_KEYS, facts_of, one_line, tell_unknown, told_by
from kb.formats.pieces import Piece, make_text

COLUMNS = ("id", "lang", "question", "phrasings", "answer", "tags")
SELDOM = tuple(key for key in FACT_KEYS if key not in COLUMNS)  # columns that are written only when an entry needs them
_NEEDED = ("question", "answer")
_MARKS = {"tags": ",", "finds": "|", "avoids": "|"}  # between the values of one cell
_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n", re.I)
# A spreadsheet would take such a cell for a formula (OWASP, CSV injection); ' in front makes it text, and the import takes it off again.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def read_csv(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """Rows under a header that names at least question and answer; comma, semicolon or tab."""
    said, first_line = _SEPARATOR.match(text), 1
    if said:  # how a spreadsheet is told the separator
        text, first_line = text[said.end() :], 2
    first = text.split("\n", 1)[0]
    delimiter = said[1] if said else max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = first_line
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            faults.append(Problem(file, first_line, f"the header names no {' and no '.join(missing)} (columns: {', '.join((*COLUMNS, *SELDOM))})"))
            return
        if twice := [name for name in dict.fromkeys(header) if name and header.count(name) > 1]:
            faults.append(Problem(file, first_line, f"two columns are called {twice[0]!r}: give one of them another name"))
            return
        tell_unknown(header, (*COLUMNS, *SELDOM), file, first_line, faults)
        line = rows.line_num + first_line
        for row in rows:
            if any(cell.strip() for cell in row):
                if any(cell.strip() for cell in row[len(header) :]):
                    faults.append(Problem(file, line, f"{len(row)} cells, but {len(header)} columns: is a cell with the separator not in quotes?"))
                else:
                    yield _piece(dict(zip(header, map(_text_of, row), strict=False)), file, line, faults)
            line = rows.line_num + first_line
    except csv.Error as error:
        faults.append(Problem(file, line, f"not CSV: {error}"))


def _piece(row: dict[str, str], file: str, line: int, faults: list[Problem]) -> Piece:
    text = make_text(row.get("lang", ""), row["question"], _split(row.get("phrasings", ""), "|"), row.get("answer", ""))
    several = {key: _split(row.get(key, ""), mark) for key, mark in _MARKS.items()}
    before = len(faults)
    facts = facts_of({**row, **several}, file, line, faults)
    return Piece(file, line, one_line(row.get("id", "")), text, facts, broken=len(faults) > before)


def write_csv(entries: Iterable[Entry]) -> str:
    """RFC 4180, every cell in quotes; what few entries have has a column only when one of these has it."""
    kept = [(entry, told_by(entry)) for entry in entries]
    seldom = [key for key in SELDOM if any(key in told for _, told in kept)]
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow((*COLUMNS, *seldom))
    for entry, told in kept:
        facts = [_written(key, told.get(key, "")) for key in ("tags", *seldom)]
        for text in entry.texts:
            cells = [entry.id, text.lang, text.question, _join(text.phrasings, "|", " | "), text.answer, *facts]
            writer.writerow([_cell_of(cell) for cell in cells])
    return out.getvalue()


def _written(key: str, value: object) -> str:
    if isinstance(value, list):
        return _join(value, _MARKS[key], f"{_MARKS[key]} " if _MARKS[key] == "," else " | ")
    return "yes" if value is True else str(value)


def _cell_of(value: str) -> str:
    return "'" + value if _FORMULA.match(value) else value


def _text_of(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _join(values: Iterable[str], mark: str, separator: str) -> str:
    return separator.join(value.replace("\\", "\\\\").replace(mark, "\\" + mark) for value in values)


def _split(cell: str, mark: str) -> list[str]:
    """The values between marks; a backslash keeps the mark or a backslash after it."""
    values, current, at = [], "", 0
    while at < len(cell):
        if cell[at] == "\\" and cell[at + 1 : at + 2] in (mark, "\\"):
            current += cell[at + 1]
            at += 2
        elif cell[at] == mark:
            values.append(current)
            current, at = "", at + 1
        else:
            current += cell[at]
            at += 1
    return [*values, current]
