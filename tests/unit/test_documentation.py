"""The documentation names everything there is."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import configuration
from bot.domain import events
from bot.domain.assets import Inventory, asset_of
from bot.domain.contacts import OUTCOMES, Contact
from bot.domain.ids import ConversationId, PersonId, TicketId
from bot.domain.learning import Outside, Proposal
from bot.domain.messages import Attachment
from bot.domain.tickets import Offer, Ticket, TicketMessage
from bot.ports import EntryVersion, Recorded
from bot.settings import names
from bot.store.export import Line, asset_line, contact_line, entry_line, event_line, message_line, outcome_line, outside_line, proposal_line, ticket_line
from bot.watching import MEANINGS
from kb.entries import Entry, Text
from tests.builders import an_outcome

DOCS = Path(__file__).parents[2] / "docs"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
TICKET = Ticket(
    TicketId("IT-1"), PersonId("web:a"), ConversationId("web:a"), "How?", "en", NOW, NOW, offers=(Offer("vpn", "en", "How?", 99.0),)
)  # fmt: skip
MESSAGE = TicketMessage(1, TicketId("IT-1"), "in", "question", PersonId("web:a"), "How?", NOW, (Attachment("web:f/1", "a.png"),))
EVENT = Recorded(1, "IT-1", "TicketOpened", "web:a", "web", NOW, {})
PROPOSAL = Proposal(1, "vpn", "en", "How?", TicketId("IT-1"), PersonId("web:a"), NOW)
MARK = Outside(1, "How?", "en", TicketId("IT-1"), PersonId("web:a"), NOW)
ENTRY = EntryVersion(Entry("vpn", (Text("en", "How?", "So."),)), 1, "web:a", NOW)


def section(kind: str) -> str:
    """What docs/export.md says under the heading of that type."""
    return (DOCS / "export.md").read_text(encoding="utf-8").partition(f"\n## `{kind}`\n")[2].partition("\n## ")[0]


LINES = [ticket_line(TICKET, "IT help"), message_line(MESSAGE), event_line(EVENT), outcome_line(an_outcome()), entry_line(ENTRY)]
LINES += [asset_line(asset_of(Inventory("pc", "GLPI-Agent", "", {}), {}, NOW), {}, ())]
LINES += [proposal_line(PROPOSAL), outside_line(MARK), contact_line(Contact(NOW, PersonId("phone:+34600111222"), "phone", "in"))]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line["type"])
def test_the_export_s_keys_are_those_documented(line: Line) -> None:
    documented = re.findall(r"^\| `(\w+)` \|", section(str(line["type"])).partition("| what it says")[0], re.M)
    assert documented == list(line)


def test_every_outcome_of_a_contact_is_documented() -> None:
    told = (DOCS / "reports.md").read_text(encoding="utf-8").partition("\n## Contacts: the contact log\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", told, re.M) == [outcome for outcome in OUTCOMES if outcome]
    assert all(f"`{outcome}`" in section("contact") for outcome in OUTCOMES if outcome)


def test_every_event_is_documented_with_its_details() -> None:
    text = section("event")
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event) and kind is not events.Event]
    assert len(kinds) > 15
    for kind in kinds:
        [row] = re.findall(rf"^\| `{kind.__name__}` \|.*$", text, re.M)
        assert all(f"`{field.name}`" in row for field in fields(kind) if field.name not in ("ticket", "by", "at"))


def test_what_is_inside_offers_files_and_texts_is_documented() -> None:
    for kind, value in (("ticket", asdict(TICKET.offers[0])), ("entry", asdict(ENTRY.entry.texts[0])), ("message", {"name": "", "mime": "", "size": 0})):
        assert all(f"`{key}`" in section(kind) for key in value)


def test_the_source_of_a_file_is_not_exported() -> None:
    assert "web:f/1" not in str(message_line(MESSAGE))


def test_every_variable_is_documented() -> None:
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert [name for name in names() if f"`{name}`" not in text] == []


def test_the_documented_file_is_a_desk_and_says_the_defaults() -> None:
    source = re.findall(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.S)[0]
    documented, faults = configuration.read(source)
    assert faults == []
    least, _ = configuration.read('[[tiers]]\nlevel = 2\nname = "Service desk"\n')
    assert documented.desk == least.desk


def test_the_documented_file_is_a_desk_with_all_its_examples() -> None:
    source = re.findall(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.S)[0]
    whole, faults = configuration.read(re.sub(r"^# ", "", source, flags=re.M))
    assert faults == []
    assert whole.desk.hours.holidays == "ES"
    assert whole.desk.tiers[0].claim_within is not None


# ------------------------------------------------------------------------------------------------------------- operations
def test_every_figure_is_in_the_table_of_what_to_watch_and_every_one_there_exists() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8").partition("\n## What to watch\n")[2].partition("\n## ")[0]
    told = {name for row in re.findall(r"^\| (`.+?) \|", text, re.M) for name in re.findall(r"`firstline_([^`]+)`", row)}
    families = {"role_<name>_holders", "role_<name>_held", "<channel>_ready"}
    assert told == MEANINGS.keys() | families


def test_the_readme_s_table_says_what_the_journeys_show() -> None:
    found = subprocess.run([sys.executable, "-m", "tests.abilities", "--check"], cwd=DOCS.parent, capture_output=True, text=True, check=False)
    assert found.returncode == 0, f"run python -m tests.abilities; {found.stderr[-500:]}"
