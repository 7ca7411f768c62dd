"""Computers that nobody sees any more go when the desk says so, and are nobody's when their owner is erased."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import execute
from bot.domain.assets import Asset
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.domain.sought import asset_label, labels_of
from bot.domain.tickets import Ticket
from bot.engine.assets import keep
from bot.engine.running.housekeeping import Housekeeping, OldTickets
from bot.ports import TicketQuery
from bot.ports.assets import AssetQuery
from bot.settings import names
from bot.store.sql import SqlStore
from tests.builders import MONDAY, a_ticket
from tests.contract.test_stores_assets import an_inventory
from tests.world import SetClock

ANNA = Person(PersonId("email:anna@birds.example"), "Anna Canary")
DESK = """[desk]
name = "IT help"
prefix = "IT"
[[tiers]]
level = 2
name = "Team"
[retention]
assets = "365d"
"""


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A desk with a computer of Anna's, told of two years ago, and one of nobody's, told of now."""
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firstline.toml").write_text(DESK)
    monkeypatch.setenv("SECRET_KEY", "k" * 43)
    made = f"sqlite:///{tmp_path}/firstline.db"
    asyncio.run(fill(made))
    return made


async def fill(url: str) -> None:
    """See url."""
    store, now = SqlStore.open(url), datetime.now(UTC)

    async def unit(tx: Any) -> None:
        await tx.remember(ANNA)
        old = await keep(tx, an_inventory("pc-1", hardware=({"name": "laptop of Anna Canary"},), networks=()), now - timedelta(days=730))
        await tx.give_asset(old.asset, ANNA.id)
        await keep(tx, an_inventory("pc-2", bios=({"ssn": "SN-2"},), networks=()), now)

    await store.run(unit)
    await store.close()


async def listed(url: str) -> list[Asset]:
    """The computers."""
    store = SqlStore.open(url)
    found = await store.assets(AssetQuery())
    await store.close()
    return found


async def tidied(url: str, kept: timedelta | None) -> dict[str, int]:
    """A round of the desk's housekeeping."""
    store = SqlStore.open(url)
    clock = SetClock(datetime.now(UTC))
    gone = await Housekeeping(store, clock, None, tickets=OldTickets({"words": None, "files": None, "assets": kept}, store.forget_tickets)).tidy()
    await store.close()
    return gone


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What the command says."""
    assert execute(arguments) == 0
    return capsys.readouterr().out


def test_a_dry_run_counts_those_not_seen_for_so_long_and_the_running_desk_drops_them(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(told(capsys, "privacy", "retention", "--dry-run", "--json"))["assets"] == 1
    assert "computers not seen since" in told(capsys, "privacy", "retention", "--dry-run")
    assert "assets" not in asyncio.run(tidied(url, None))
    assert len(asyncio.run(listed(url))) == 2
    assert asyncio.run(tidied(url, timedelta(days=365)))["assets"] == 1
    assert [one.device for one in asyncio.run(listed(url))] == ["pc-2"]


def test_what_is_held_stays(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "privacy", "hold", "--person", ANNA.id, "--reason", "case 7 at court")
    assert json.loads(told(capsys, "privacy", "retention", "--dry-run", "--json"))["assets"] == 0
    assert asyncio.run(tidied(url, timedelta(days=365)))["assets"] == 0


def test_an_owner_is_erased_and_the_machine_stays_as_nobody_s(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "privacy", "erase", "--person", ANNA.id, "--yes")
    machine, other = asyncio.run(listed(url))
    assert (machine.device, machine.person, machine.model) == ("pc-1", "", "Lenovo T14")
    assert "Canary" not in machine.name
    assert other.person == ""
    assert b"anna@birds" not in Path(url.removeprefix("sqlite:///")).read_bytes()


def test_a_ticket_whose_words_are_forgotten_is_about_nobody_s_computer_any_more(url: str) -> None:
    day = timedelta(days=1)

    async def forgotten() -> tuple[int, int, list[Ticket]]:
        store = SqlStore.open(url)
        closed = replace(a_ticket(), asset=1, status="closed", closed_at=MONDAY, changed_at=MONDAY)

        async def unit(tx: Any) -> None:
            await tx.add_ticket(closed)
            await tx.label(closed.id, labels_of(closed))

        await store.run(unit)
        about = TicketQuery(label=asset_label(1))
        before = len(await store.tickets(about))
        keep_tickets = OldTickets({"words": day, "files": None, "assets": None}, store.forget_tickets)
        await Housekeeping(store, SetClock(MONDAY + 9 * day), None, tickets=keep_tickets).tidy()
        left = await store.ticket(closed.id)
        after = await store.tickets(about)
        await store.close()
        return before, left.asset if left else -1, after

    assert asyncio.run(forgotten()) == (1, 0, [])
