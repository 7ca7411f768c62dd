"""The README's tables of what people can do on each channel, made of the journeys that show it: `python -m tests.abilities` writes them anew.

A journey says what it shows: `@pytest.mark.shows("…", telegram="why not there")`. A channel has a ✓ when the journey is played through one of its
doors; otherwise the reason stands in its place, and without one nothing is claimed. The first table is of the channels on which teams work, too, the
second of those by which people come in alone (tests/journeys/test_requesters_doors.py).
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
JOURNEYS = Path(__file__).parent / "journeys"
BEGIN, END = "<!-- made by `python -m tests.abilities` -->", "<!-- end -->"
CHANNELS = {"slack": "Slack", "telegram": "Telegram", "web": "Web"}
DOORS = {
    "email": "Mail", "sms": "SMS", "whatsapp": "WhatsApp", "messenger": "Messenger", "instagram": "Instagram", "matrix": "Matrix", "xmpp": "XMPP",
}  # fmt: skip
OF_DOORS = "test_requesters_doors"


class Shown:
    """Collects what the journeys show: label to channel to ✓, or why not. doors: the same of those by which people come in alone."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, str]] = {}
        self.doors: dict[str, dict[str, str]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Every journey that says what it shows."""
        for item in sorted(items, key=lambda item: not item.path.stem.endswith("every_door")):  # the main things first
            for marker in item.iter_markers("shows"):
                row = (self.doors if item.path.stem == OF_DOORS else self.rows).setdefault(str(marker.args[0]), {})
                row.update({channel: str(why) for channel, why in marker.kwargs.items()})
                played = item.name.partition("[")[2].rstrip("]").split("-")  # of "telegram-webhook" the first
                row.update({channel: "✓" for channel in (*CHANNELS, *DOORS) if channel in played})


def tables() -> str:
    """As they stand in the README."""
    shown = Shown()
    code = pytest.main(["--collect-only", "-o", "addopts=--strict-markers", "-p", "no:terminal", "-p", "no:cacheprovider", str(JOURNEYS)], plugins=[shown])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise SystemExit(f"the journeys cannot be collected: {code!r}")
    return f"{_table(CHANNELS, shown.rows)}\n\n{_table(DOORS, shown.doors)}"


def _table(columns: Mapping[str, str], rows: Mapping[str, Mapping[str, str]]) -> str:
    lines = [f"| | {' | '.join(columns.values())} |", f"|---|{'---|' * len(columns)}"]
    lines += [f"| {label} | {' | '.join(row.get(name, '') for name in columns)} |" for label, row in rows.items()]
    return "\n".join(lines)


def main() -> int:
    """Write it; with --check only compare, exit code 1 when the README says something else."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    old, after = rest.split(END, 1)
    new = f"\n{tables()}\n"
    if "--check" in sys.argv[1:]:
        return 0 if old == new else 1
    README.write_text(f"{before}{BEGIN}{new}{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
