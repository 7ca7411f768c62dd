"""Nothing that people leave behind is stored without being known: each column is marked, and the marks are shown."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from bot.store.data_map import DATA_MAP, Mark, as_page
from bot.store.tables import metadata

DOCS = Path(__file__).parents[3] / "docs"


def test_every_column_says_what_it_holds_of_people() -> None:
    columns = {table.name: [column.name for column in table.c] for table in metadata.sorted_tables}
    assert {name: sorted(marks) for name, marks in DATA_MAP.items()} == {name: sorted(found) for name, found in columns.items()}
    assert {mark for marks in DATA_MAP.values() for mark in marks.values()} <= set(get_args(Mark))


def test_columns_of_words_and_files_are_never_marked_as_nobodys() -> None:
    texts = [(table.name, column.name) for table in metadata.sorted_tables for column in table.c if type(column.type).__name__ in ("Prose", "LargeBinary")]
    assert len(texts) > 10
    assert [one for one in texts if DATA_MAP[one[0]][one[1]] == "none"] == []


def test_the_documentation_shows_the_map_as_it_is() -> None:
    assert as_page() in (DOCS / "privacy.md").read_text(encoding="utf-8")
