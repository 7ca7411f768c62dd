"""What the company's directory said of somebody is theirs: it is given out with their data, and goes with them."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.__main__ import execute
from bot.domain.ids import PersonId
from bot.domain.listings import Listed, Listing
from bot.domain.people import Person
from bot.engine.people.listed import LISTED, OFF
from bot.ports import Transaction
from bot.store.sql import open_store

ANA, BOB = PersonId("slack:UCANARY77"), PersonId("email:bob@bees.example")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
OF_ANA = Listed(NOW, Listing("Ana Canary", "ana@birds.example", department="Aviary", location="Málaga"))
OF_BOB = Listed(NOW, Listing("Bob", "bob@bees.example", department="Hives"))


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both are known to the directory; Ana works here although her account is disabled."""
    url = f"sqlite:///{tmp_path}/firstline.db"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)

    async def known(tx: Transaction) -> None:
        await tx.remember(Person(ANA, "Ana Canary", "en"))
        await tx.remember(Person(BOB, "Bob", "en"))
        await LISTED.put(tx, ANA, OF_ANA)
        await LISTED.put(tx, BOB, OF_BOB)
        await OFF.put(tx, ANA, "Ana Canary")

    change(url, known)
    return url


def change(url: str, unit: object) -> None:
    async def run() -> None:
        store = await open_store(url)
        await store.run(unit)  # type: ignore[arg-type]
        await store.close()

    asyncio.run(run())


def kept(url: str) -> tuple[dict[str, Listed], dict[str, str]]:
    async def read() -> tuple[dict[str, Listed], dict[str, str]]:
        store = await open_store(url)
        found = await LISTED.all(store), await OFF.all(store)
        await store.close()
        return found

    return asyncio.run(read())


def test_it_is_given_out_with_a_person_s_data_and_nothing_of_others(url: str, tmp_path: Path) -> None:
    assert execute(("privacy", "export", "--person", ANA, "--to", "ana.json")) == 0
    text = (tmp_path / "ana.json").read_text(encoding="utf-8")
    [address] = json.loads(text)["addresses"]
    assert address["directory"]["listing"]["location"] == "Málaga"
    assert "Hives" not in text


def test_it_goes_when_its_person_is_erased_and_only_theirs(url: str) -> None:
    assert execute(("privacy", "erase", "--person", ANA, "--yes")) == 0
    assert kept(url) == ({BOB: OF_BOB}, {})


def test_what_names_the_erased_as_somebody_s_manager_goes_too_and_is_asked_again(url: str) -> None:
    assert OF_BOB.listing is not None
    led = replace(OF_BOB, listing=replace(OF_BOB.listing, manager="Ana Canary"))
    change(url, lambda tx: LISTED.put(tx, BOB, led))
    assert execute(("privacy", "erase", "--person", ANA, "--yes")) == 0
    assert kept(url) == ({}, {})
