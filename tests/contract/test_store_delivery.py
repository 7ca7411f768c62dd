"""What every store promises about what is shown and what has arrived."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.messages import Outbound, Say
from bot.domain.tickets import TicketMessage
from bot.ports import Parcel, Transaction
from tests.builders import ALICE, MONDAY, a_ticket
from tests.contract.conftest import AnyStore

CARD = Parcel("card", "lane", ALICE.id, Outbound((Say("first"),)), MONDAY, ticket="IT-1")


def an_edit(key: str, text: str) -> Parcel:
    return Parcel(key, "lane", ALICE.id, Outbound((Say(text),)), MONDAY, ticket="IT-1", edits="card")


async def test_a_message_arrives_once(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> list[bool]:
        await tx.add_ticket(a_ticket())
        said = TicketMessage(0, a_ticket().id, "out", "reply", ALICE.id, "hello", MONDAY, delivery="waiting")
        said = replace(said, id=await tx.add_message(said))
        return [await tx.arrived(said.id), await tx.arrived(said.id), await tx.arrived(said.id + 99)]

    assert await store.run(unit) == [True, False, False]
    assert [m.delivery for m in await store.talk("IT-1", internal=True)] == ["sent"]


async def test_a_parcel_shows_its_own_body_until_it_is_edited(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> list[object]:
        await tx.post(CARD)
        before = await tx.newest_body("card")
        await tx.post(an_edit("e1", "second"))
        await tx.sent("e1", None, MONDAY)
        await tx.post(an_edit("e2", "third"))
        return [before, await tx.newest_body("card"), await tx.newest_body("nothing")]

    assert await store.run(unit) == [CARD.body, Outbound((Say("third"),)), None]


async def test_a_withdrawn_edit_shows_nothing(store: AnyStore) -> None:
    async def unit(tx: Transaction) -> object:
        await tx.post(CARD)
        await tx.post(an_edit("e1", "second"))
        await tx.not_sent("e1", "withdrawn", MONDAY + timedelta(seconds=1), "")
        return await tx.newest_body("card")

    assert await store.run(unit) == CARD.body
