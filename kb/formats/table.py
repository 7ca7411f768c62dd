"""CSV: one row for each entry and language."""
from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from kb.entries import Entry, Problem
from kb.formats.pieces import YES, Piece, make_text, one_line

COLUMNS = ("id", "lang", "question", "phrasings", "answer", "tags")
_NEEDED = ("question", "answer")
# A spreadsheet would take such a cell for a formula (OWASP, CSV injection); ' in front makes it text, and the import takes it off again.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def read_csv(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """Rows under a header that names at least question and answer; comma, semicolon or tab."""
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            faults.append(Problem(file, 1, f"the header names no {' and no '.join(missing)} (columns: {', '.join(COLUMNS)})"))
            return
        line = rows.line_num + 1
        for row in rows:
            if any(cell.strip() for cell in row):
                if len(row) > len(header):
                    faults.append(Problem(file, line, f"{len(row)} cells, but {len(header)} columns: is a cell with the separator not in quotes?"))
                else:
                    yield _piece(dict(zip(header, map(_text_of, row), strict=False)), file, line)
            line = rows.line_num + 1
    except csv.Error as error:
        faults.append(Problem(file, line, f"not CSV: {error}"))


def _piece(row: dict[str, str], file: str, line: int) -> Piece:
    text = make_text(row.get("lang", ""), row["question"], _split(row.get("phrasings", ""), "|"), row.get("answer", ""))
    tags = tuple(dict.fromkeys(tidy for tag in _split(row.get("tags", ""), ",") if (tidy := one_line(tag))))
    return Piece(file, line, row.get("id", "").strip(), text, tags, row.get("retired", "").strip().lower() in YES)


def write_csv(entries: Iterable[Entry]) -> str:
    """RFC 4180, every cell in quotes; a column `retired` only when an entry is."""
    kept = list(entries)
    retired = any(entry.retired for entry in kept)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow((*COLUMNS, "retired") if retired else COLUMNS)
    for entry in kept:
        for text in entry.texts:
            cells = [entry.id, text.lang, text.question, _join(text.phrasings, "|", " | "), text.answer, _join(entry.tags, ",", ", ")]
            writer.writerow([_cell_of(cell) for cell in (*cells, *(["yes" if entry.retired else ""] if retired else []))])
    return out.getvalue()


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
        if cell[at] == "\\" and cell[at + 1:at + 2] in (mark, "\\"):
            current += cell[at + 1]
            at += 2
        elif cell[at] == mark:
            values.append(current)
            current, at = "", at + 1
        else:
            current += cell[at]
            at += 1
    return [*values, current]
