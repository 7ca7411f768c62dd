"""docs/reliability.md names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`((?:unit|contract|integration|journeys)/[\w/]+\.py)::(\w+)`")


def test_every_promise_of_the_document_is_held_by_a_test_that_exists() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text().partition("## Line by line")[2]
    named = NAMED.findall(text)
    assert len(named) > 100
    sources = {file: path.read_text() if (path := ROOT / "tests" / file).exists() else "" for file, _ in named}
    assert [f"{file}::{name}" for file, name in named if not re.search(rf"\b{name}\b", sources[file])] == []


def test_every_line_of_the_document_names_its_tests() -> None:
    text = (ROOT / "docs" / "reliability.md").read_text().partition("## Line by line")[2].partition("## Fault by fault")[0]  # its tables name their command
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| What could happen")]
    assert len(rows) > 40
    assert [row for row in rows if not NAMED.search(row)] == []
