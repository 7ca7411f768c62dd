"""What every store promises about assets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.assets import Asset, Audit, Change, Inventory, Sections
from bot.domain.ids import PersonId, TicketId
from bot.domain.sought import labels_of
from bot.engine.assets import keep
from bot.ports import TicketQuery
from bot.ports.assets import AssetQuery
from bot.store.holds import HOLD
from tests.builders import ALICE, BOB, MONDAY, a_ticket
from tests.contract.conftest import AnyStore


def an_inventory(device: str = "pc-1", agent: str = "GLPI-Agent_v1.12", *, is_partial: bool = False, **sections: Any) -> Inventory:
    told: dict[str, Any] = {
        "hardware": ({"name": "pc-042", "memory": "16000", "uuid": "4C4C4544-0042"},),
        "bios": ({"ssn": "SN-1", "smanufacturer": "Lenovo", "smodel": "T14"},),
        "operatingsystem": ({"full_name": "Debian GNU/Linux 12"},),
        "networks": ({"description": "eth0", "mac": "AA:BB:CC:00:00:01"},),
        "softwares": ({"name": "vpn", "version": "1.0"}, {"name": "editor", "version": "3"}),
    }
    told = {**({} if is_partial else told), **sections}
    return Inventory(device, agent, "HQ", told, is_partial)


async def take(store: AnyStore, inventory: Inventory, minutes: int = 0) -> Audit:
    return await store.run(lambda tx: keep(tx, inventory, MONDAY + timedelta(minutes=minutes)))


async def every(store: AnyStore, **query: Any) -> list[Asset]:
    return await store.assets(AssetQuery(**query))


async def test_an_asset_comes_out_as_it_went_in(store: AnyStore) -> None:
    audit = await take(store, an_inventory())
    asset = await store.asset(audit.asset)
    assert asset == Asset(
        "pc-1", "pc-042", "SN-1", "4c4c4544-0042", "Lenovo T14", "Debian GNU/Linux 12", ("aa:bb:cc:00:00:01",), "GLPI-Agent_v1.12", "HQ",
        MONDAY, MONDAY, MONDAY, "", audit.asset,
    )  # fmt: skip
    assert await store.asset_sections(audit.asset) == an_inventory().sections
    assert await store.audits(audit.asset) == []
    assert await store.asset(audit.asset + 1) is None
    assert await store.asset_sections(audit.asset + 1) == {}


async def test_the_next_inventory_tells_what_changed_and_one_without_news_is_no_audit(store: AnyStore) -> None:
    id_ = (await take(store, an_inventory())).asset
    await take(store, an_inventory(), 1)
    changed = an_inventory(hardware=({"name": "pc-042", "memory": "32000", "uuid": "4C4C4544-0042"},), softwares=({"name": "vpn", "version": "1.1"},))
    await take(store, changed, 2)
    await take(store, changed, 3)
    (audit,) = await store.audits(id_)
    assert audit.at == MONDAY + timedelta(minutes=2)
    assert audit.changes == (
        Change("hardware", "", "memory", "16000", "32000"), Change("softwares", "editor", "", "3", ""), Change("softwares", "vpn", "version", "1.0", "1.1"),
    )  # fmt: skip
    (asset,) = await every(store)
    assert (asset.first_at, asset.changed_at, asset.seen_at) == tuple(MONDAY + timedelta(minutes=minutes) for minutes in (0, 2, 3))


async def test_a_partial_inventory_says_nothing_of_what_is_not_in_it(store: AnyStore) -> None:
    id_ = (await take(store, an_inventory())).asset
    audit = await take(store, an_inventory(is_partial=True, monitors=({"caption": "DELL", "serial": "M-1"},)), 1)
    assert (audit.asset, audit.changes) == (id_, (Change("monitors", "DELL M-1", "", "", "+"),))
    sections: Sections = await store.asset_sections(id_)
    assert set(sections) == {*an_inventory().sections, "monitors"}
    (asset,) = await every(store)
    assert (asset.serial, asset.name) == ("SN-1", "pc-042")


CARD = {"description": "eth0", "mac": "aa:bb:cc:00:00:01"}


@pytest.mark.parametrize(
    ("second", "machines"),
    [
        (an_inventory("new-name"), 1),
        (an_inventory("new-name", bios=({"ssn": "SN-2"},)), 1),  # the same UUID and card
        (an_inventory("new-name", networks=({**CARD, "mac": "aa:bb:cc:00:00:02"},)), 2),  # the same serial number and UUID alone
        (an_inventory("pc-1", bios=({"ssn": "SN-2"},), networks=({**CARD, "mac": "aa:bb:cc:00:00:02"},)), 2),  # a copied disk
        (an_inventory("pc-1", bios=({"ssn": "To be filled by O.E.M."},)), 1),
        (an_inventory("new-name", bios=({"ssn": "0000000"},), hardware=({"name": "x", "uuid": "FFFFFFFF-FFFF"},)), 2),  # the same card alone
    ],
)
async def test_a_machine_is_known_again_and_two_are_not_taken_for_one(store: AnyStore, second: Inventory, machines: int) -> None:
    await take(store, an_inventory())
    await take(store, second, 1)
    assert len(await every(store)) == machines


async def test_what_makers_did_not_fill_in_never_makes_two_machines_one(store: AnyStore) -> None:
    empty = {"bios": ({"ssn": "Default string"},), "hardware": ({"name": "pc", "uuid": "03000200-0400-0500-0006-000700080009"},)}
    await take(store, an_inventory("a", **empty))
    await take(store, an_inventory("b", **empty))
    assert [one.device for one in await every(store)] == ["a", "b"]


async def test_another_program_s_spelling_is_no_change_of_every_part(store: AnyStore) -> None:
    id_ = (await take(store, an_inventory())).asset
    await take(store, an_inventory(agent="OCS-NG_agent", softwares=({"name": "VPN Client", "version": "1.0.0"},)), 1)
    assert [(one.agent, one.changes) for one in await store.audits(id_)] == [("OCS-NG_agent", ())]


async def test_assets_are_found_by_their_words_a_page_at_a_time_and_by_whose_they_are(store: AnyStore) -> None:
    one, two, three = [(await take(store, an_inventory(f"pc-{n}", bios=({"ssn": f"100%_{n}"},), networks=()))).asset for n in range(3)]
    assert [found.id for found in await every(store, search="LENOVO")] == []
    assert [found.id for found in await every(store, search="debian %_1")] == [two]
    assert [found.id for found in await every(store, search="%_", after=one, limit=1)] == [two]
    assert await store.run(lambda tx: tx.give_asset(three, ALICE.id))
    assert not await store.run(lambda tx: tx.give_asset(three + 1, ALICE.id))
    assert [found.id for found in await every(store, person=ALICE.id)] == [three]
    assert await every(store, person=BOB.id) == []
    await take(store, an_inventory("pc-2", bios=({"ssn": "100%_2"},), networks=()), 1)
    assert [found.person for found in await every(store)] == ["", "", ALICE.id]
    assert await store.run(lambda tx: tx.erase_assets(ALICE.id)) == 1
    assert await every(store, person=ALICE.id) == []


async def test_audits_come_newest_first_and_those_of_others_are_not_among_them(store: AnyStore) -> None:
    id_ = (await take(store, an_inventory())).asset
    audits = [Audit(id_, MONDAY, "a", (Change("softwares", f"ñ🖨{n}", "", "", "1"),)) for n in range(3)]

    for audit in (*audits, replace(audits[0], asset=id_ + 1)):
        await store.run(lambda tx, audit=audit: tx.add_audit(audit))  # type: ignore[misc]
    assert [one.changes for one in await store.audits(id_, 2)] == [audits[2].changes, audits[1].changes]


async def test_a_person_who_is_nobody_owns_nothing(store: AnyStore) -> None:
    await take(store, an_inventory())
    assert await store.run(lambda tx: tx.erase_assets(PersonId(""))) == 0


async def about(store: AnyStore, number: str, asset: int, minutes: int = 0) -> None:
    """A ticket about that computer."""
    ticket = replace(a_ticket(id=TicketId(number), opened_at=MONDAY + timedelta(minutes=minutes)), asset=asset)

    async def unit(tx: Any) -> None:
        await tx.add_ticket(ticket)
        await tx.label(number, labels_of(ticket))

    await store.run(unit)


async def test_a_computer_answers_to_its_name_tag_serial_number_and_sign_whatever_the_case(store: AnyStore) -> None:
    one, two = [(await take(store, an_inventory(f"pc-{n}", bios=({"ssn": f"SN-{n}"},), networks=(), hardware=({"name": f"Box{n}"},)))).asset for n in (1, 2)]
    for words in ("SN-1", " sn-1 ", "BOX1", "box1", f"#{one}", "pc-1"):
        assert [found.id for found in await store.assets_called(words)] == [one], words
    assert [found.id for found in await store.assets_called("hq")] == [one, two]
    for words in ("", "%", "box", "#", "#99999999999999999999", "#٣", "SN-1' OR 1=1"):
        assert await store.assets_called(words) == [], words


async def test_a_maker_s_asset_tag_is_its_tag_where_the_agent_was_told_none(store: AnyStore) -> None:
    untold = replace(an_inventory(bios=({"ssn": "SN-1", "assettag": "INV-0042"},)), tag="")
    await take(store, untold)
    assert [found.tag for found in await store.assets_called("inv-0042")] == ["INV-0042"]


async def test_tickets_are_found_and_counted_by_their_computer(store: AnyStore) -> None:
    one, two = [(await take(store, an_inventory(f"pc-{n}", bios=({"ssn": f"{n}"},), networks=()))).asset for n in (1, 2)]
    for number, asset, minutes in (("IT-1", one, 0), ("IT-2", one, 5), ("IT-3", two, 5), ("IT-4", 0, 5), ("IT-5", two, 9)):
        await about(store, number, asset, minutes)
    assert {ticket.id for ticket in await store.tickets(TicketQuery(label=f"asset:{one}"))} == {"IT-1", "IT-2"}
    assert (await store.ticket("IT-3")).asset == two  # type: ignore[union-attr]
    assert await store.asset_tickets(MONDAY, MONDAY + timedelta(minutes=9)) == {one: 2, two: 1}
    assert await store.asset_tickets(MONDAY + timedelta(days=1), MONDAY + timedelta(days=2)) == {}


async def test_a_computer_that_is_dropped_leaves_nothing_and_its_tickets_are_about_none(store: AnyStore) -> None:
    one, two = [(await take(store, an_inventory(f"pc-{n}", bios=({"ssn": f"{n}"},), networks=()))).asset for n in (1, 2)]
    await take(store, an_inventory("pc-2", bios=({"ssn": "2"},), networks=(), softwares=({"name": "vpn", "version": "9"},)), 1)
    await about(store, "IT-1", two)
    await about(store, "IT-2", one)
    assert await store.run(lambda tx: tx.drop_asset(two))
    assert not await store.run(lambda tx: tx.drop_asset(two))
    assert [found.id for found in await every(store)] == [one]
    assert await store.audits(two) == []
    assert [(await store.ticket(number)).asset for number in ("IT-1", "IT-2")] == [0, one]  # type: ignore[union-attr]
    assert await store.tickets(TicketQuery(label=f"asset:{two}")) == []


async def test_computers_not_seen_for_long_are_forgotten_but_not_those_of_somebody_who_is_held(store: AnyStore) -> None:
    old, held, seen = [(await take(store, an_inventory(f"pc-{n}", bios=({"ssn": f"{n}"},), networks=()))).asset for n in range(3)]
    await take(store, an_inventory("pc-2", bios=({"ssn": "2"},), networks=()), 60)

    async def unit(tx: Any) -> None:
        await tx.give_asset(held, ALICE.id)
        await tx.give_asset(old, BOB.id)
        await tx.note(f"{HOLD}{ALICE.id}", "{}")

    await store.run(unit)
    before = MONDAY + timedelta(minutes=30)
    assert await store.run(lambda tx: tx.forget_assets(before, 10)) == 1
    assert [found.id for found in await every(store)] == [held, seen]
    assert await store.run(lambda tx: tx.forget_assets(before, 10)) == 0
