"""A report's tables in each form: what a program reads, what a spreadsheet must not run."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime

from bot.engine.reports.sheets import Column, Sheet, shown_span
from bot.report_formats import as_csv, as_json, as_workbook

TOTAL = Sheet("total", "Total", [Column("asked", "Asked"), Column("share", "Share", "share")], [[7, 0.125]], upright=True)
WEEKS = Sheet("weeks", "Weeks", [Column("week", "Week", "day"), Column("score", "Score", "score")], [[date(2026, 3, 2), 81.25], [date(2026, 3, 9), None]])
ODD = Sheet(
    "odd", "Odd", [Column("entry", "Entry", "text"), Column("question", "Question", "text"), Column("n", "N")], [["-1+1", "=cmd|' /c calc'!A1", 2]],
    words={"-1+1": "minus"},
)  # fmt: skip
ALL = [TOTAL, WEEKS, ODD]


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_a_program_gets_whole_figures_by_key() -> None:
    assert as_json({"from": date(2026, 3, 1)}, ALL) == {
        "from": "2026-03-01",
        "total": {"asked": 7, "share": 0.125},
        "weeks": [{"week": "2026-03-02", "score": 81.25}, {"week": "2026-03-09", "score": None}],
        "odd": [{"entry": "-1+1", "question": "=cmd|' /c calc'!A1", "n": 2}],
    }


def test_csv_has_a_line_for_each_figure_with_its_table_and_row() -> None:
    assert rows_of(as_csv([TOTAL, WEEKS])) == [
        ["table", "row", "figure", "value"],
        ["total", "", "asked", "7"],
        ["total", "", "share", "0.125"],
        ["weeks", "2026-03-02", "score", "81.25"],
        ["weeks", "2026-03-09", "score", ""],
    ]


def test_no_text_of_a_csv_is_a_formula() -> None:
    assert rows_of(as_csv([ODD]))[1:] == [["odd", "'-1+1", "question", "'=cmd|' /c calc'!A1"], ["odd", "'-1+1", "n", "2"]]


def test_a_workbook_has_a_sheet_for_each_table_and_no_formula() -> None:
    book = zipfile.ZipFile(io.BytesIO(as_workbook(ALL)))
    names = book.read("xl/workbook.xml").decode()
    assert [f'name="{sheet.title}"' in names for sheet in ALL] == [True, True, True]
    pages = [book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2, 3)]
    assert not any("<f>" in page for page in pages)
    assert "<v>0.125</v>" in pages[0]
    assert "=cmd|" in book.read("xl/sharedStrings.xml").decode()


def test_people_read_shares_in_per_cent_scores_with_one_digit_and_a_dash_for_nothing() -> None:
    assert TOTAL.shown() == [["7", "12.5 %"]]
    assert WEEKS.shown() == [["2026-03-02", "81.2"], ["2026-03-09", "–"]]
    assert ODD.shown()[0][0] == "minus"


SPANS = Sheet("spans", "Spans: [odd]", [Column("span", "Span", "span"), Column("change", "Change"), Column("at", "At", "moment")],
              [[5_400, -3, datetime(2026, 3, 2, 9, 5, tzinfo=UTC)]], note="=What it means")  # fmt: skip
LOG = Sheet("log", "Log", [Column("at", "At", "moment"), Column("who", "Who", "text"), Column("n", "N")],
            [[datetime(2026, 3, 2, tzinfo=UTC), " @SUM(A1)", -1]], listed=True)  # fmt: skip


def test_numbers_stay_numbers_also_below_nothing() -> None:
    assert [line[2:] for line in rows_of(as_csv([SPANS]))[1:]] == [["span", "5400"], ["change", "-3"]]


def test_a_log_is_a_line_a_row_and_no_text_in_it_a_formula() -> None:
    assert rows_of(as_csv([LOG], {"report": "log"})) == [["at", "who", "n"], ["2026-03-02T00:00:00+00:00", "' @SUM(A1)", "-1"]]


def test_every_form_says_what_time_it_is_about_and_what_the_figures_mean() -> None:
    facts = {"report": "spans", "from": date(2026, 3, 1)}
    assert as_json(facts, [SPANS])["definitions"] == {"spans": "=What it means"}
    assert rows_of(as_csv([SPANS], facts))[1:4] == [
        ["report", "", "report", "spans"], ["report", "", "from", "2026-03-01"], ["spans", "", "definition", "'=What it means"]
    ]  # fmt: skip
    book = zipfile.ZipFile(io.BytesIO(as_workbook([SPANS], facts)))
    assert "=What it means" in book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in book.read("xl/worksheets/sheet2.xml").decode()


def test_a_workbook_takes_titles_that_are_odd_long_or_alike_and_tables_without_rows() -> None:
    long = "By the tier that solved it, told at length"
    empty = Sheet("e", long, [Column("a", "A")], [], upright=True, empty="Nothing.")
    book = zipfile.ZipFile(io.BytesIO(as_workbook([SPANS, empty, empty])))
    names = book.read("xl/workbook.xml").decode()
    assert [f'name="{name}"' in names for name in ("Spans odd", long[:31], f"{long[:28]} 2")] == [True, True, True]
    assert "Nothing." in book.read("xl/sharedStrings.xml").decode()
    assert "<v>0.0625</v>" in book.read("xl/worksheets/sheet1.xml").decode()


def test_people_read_spans_in_two_units_and_moments_to_the_minute() -> None:
    assert SPANS.shown() == [["1 h 30 min", "-3", "2026-03-02 09:05"]]
    assert [shown_span(s) for s in (0, 59, 60, 3_600, 90_000, 8 * 86_400 + 60)] == ["< 1 min", "< 1 min", "1 min", "1 h", "1 d 1 h", "8 d"]


def test_a_column_of_moments_is_wide_enough_for_the_hour() -> None:
    """A spreadsheet shows ### for a date that does not fit."""
    page = zipfile.ZipFile(io.BytesIO(as_workbook([SPANS]))).read("xl/worksheets/sheet1.xml").decode()
    widths = {int(low): float(width) for low, width in re.findall(r'<col min="(\d+)" max="\d+" width="([\d.]+)"', page)}

    at = next(n for n, column in enumerate(SPANS.columns, 1) if column.kind == "moment")

    assert widths[at] > len("2026-03-02 09:05")
