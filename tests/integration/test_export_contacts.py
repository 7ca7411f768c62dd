"""Every contact leaves the house as one line, messages and calls in the order of time."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.contacts import Contact
from bot.domain.ids import PersonId, TicketId
from bot.domain.people import BOT
from bot.domain.tickets import TicketMessage
from bot.ports import Transaction
from bot.store import contacts, export
from bot.store.sql import SqlStore
from tests.builders import ALICE, ANN, MONDAY, a_ticket

CALLER = PersonId("phone:+34600111222")


@pytest.mark.parametrize("minutes", [(), (0, 2, 4), (0, 1, 2), (5, 6)])
async def test_each_contact_is_one_line_in_the_order_of_time(tmp_path: Path, minutes: tuple[int, ...]) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL"
    store = SqlStore.open(url)

    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(tier=2))
        for minute, (way, kind, author) in enumerate((("in", "question", ALICE.id), ("out", "note", ANN.id), ("out", "bot", BOT.id), ("out", "reply", ANN.id))):
            said = TicketMessage(0, TicketId("IT-1"), way, kind, author, "words", MONDAY + timedelta(minutes=minute), delivery="sent")  # type: ignore[arg-type]
            await tx.add_message(said)
        for minute in minutes:
            call = Contact(MONDAY + timedelta(minutes=minute), CALLER, "phone", "out", "call", "no_answer", ANN.id, "", "=1+1", 60)
            await tx.add_contact(call)

    await store.run(unit)
    found = [line async for line in export.lines(url, "IT help") if line["type"] == "contact"]
    await store.close()

    assert len(found) == 3 + len(minutes)
    assert [line["at"] for line in found] == sorted(str(line["at"]) for line in found)
    assert [line["message"] for line in found if line["medium"] == "message"] == [1, 3, 4]
    assert [(line["by"], line["by_bot"]) for line in found if line["medium"] == "message"] == [(None, False), (BOT.id, True), (ANN.id, False)]
    if minutes:
        line = next(line for line in found if line["medium"] == "call")
        assert {name: value for name, value in line.items() if name != "at"} == {
            "type": "contact", "person": CALLER, "channel": "phone", "direction": "out", "medium": "call", "outcome": "no_answer", "by": ANN.id,
            "by_bot": False, "ticket": None, "reason": "=1+1", "duration_s": 60, "message": None,
        }  # fmt: skip


async def test_more_contacts_than_are_read_at_a_time_are_all_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}?synchronous=NORMAL"
    store = SqlStore.open(url)
    many = contacts.BATCH * 2 + 1

    async def unit(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket())
        for minute in range(many):
            at = MONDAY + timedelta(minutes=minute)
            await tx.add_message(TicketMessage(0, TicketId("IT-1"), "in", "detail", ALICE.id, "words", at))
            await tx.add_contact(Contact(at, CALLER, "phone", "in"))

    await store.run(unit)
    found = [line async for line in export.lines(url, "IT help") if line["type"] == "contact"]
    await store.close()
    assert [line["medium"] for line in found] == ["message", "call"] * many
