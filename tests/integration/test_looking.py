"""Pages learn what another process changed, without a bus."""

from __future__ import annotations

import pytest

from bot.domain.events import TicketOpened
from bot.domain.messages import Outbound, Say
from bot.ports import Parcel, Transaction
from bot.store.looking import Looking
from bot.store.sql import open_store
from tests.builders import ALICE, MONDAY, a_ticket


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
async def test_what_another_process_says_or_moves_is_told_once_by_ticket_and_conversation(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(f"{kind}_desk")
    here, there = await open_store(url), await open_store(url)
    told: list[str] = []
    looking = Looking(here.reading, told.extend)
    ticket = a_ticket()

    async def opens(tx: Transaction) -> None:
        await tx.add_ticket(ticket)
        await tx.record(TicketOpened(ticket=ticket.id, by=ALICE.id, at=MONDAY), "chat")

    async def says(tx: Transaction) -> None:
        await tx.post(Parcel("p1", ALICE.id, ALICE.id, Outbound((Say("hello"),)), MONDAY))

    await looking.look()
    await there.run(opens)
    await looking.look()
    assert told == [ticket.id, ticket.conversation]
    told.clear()
    await there.run(says)
    await looking.look()
    assert told == [ALICE.id]
    await looking.look()
    assert told == [ALICE.id]
    await here.close()
    await there.close()
