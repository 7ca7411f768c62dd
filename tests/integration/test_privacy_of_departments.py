"""One person in the databases of several departments: found by any of their addresses, erased in all of them, and never twice for nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.accounts import Account, Address
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.engine.people.addresses import keep_account
from bot.errors import Held
from bot.ports import Transaction
from bot.store.erase_ledger import Ledger
from bot.store.privacy import SOMEBODY, hold, reapply, waiting
from bot.store.privacy_everywhere import Home, erase_everywhere
from bot.store.sql import open_store

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
MAIL, SLACK = PersonId("email:canary@birds.example"), PersonId("slack:UCANARY77")
AWAY = "postgresql://nobody@127.0.0.1:1/away"


@pytest.fixture
async def homes(tmp_path: Path) -> dict[str, Home]:
    """People know that the mail address and the Slack account are one person; IT knows the Slack account alone."""
    found = {key: Home(f"sqlite:///{tmp_path}/{key}.db", SOMEBODY) for key in ("hr", "it")}
    await meets(found["hr"].url, MAIL, SLACK)
    await meets(found["it"].url, SLACK)
    return found


async def meets(url: str, *people: PersonId) -> None:
    store = await open_store(url)
    try:

        async def remember(tx: Transaction) -> None:
            for person in people:
                await tx.remember(Person(person, "Canary Bird", "en"))
            if len(people) > 1:
                await keep_account(tx, Account("a1", tuple(Address(one, True, NOW) for one in people)))

        await store.run(remember)
    finally:
        await store.close()


async def known(url: str) -> set[str]:
    store = await open_store(url)
    try:
        return set(await store.people([MAIL, SLACK]))
    finally:
        await store.close()


async def test_they_are_found_by_an_address_that_only_another_department_joins(homes: dict[str, Home], tmp_path: Path) -> None:
    done, away = await erase_everywhere(homes, tmp_path / "ledger", MAIL)
    assert (set(done), away) == ({"hr", "it"}, {})
    assert [await known(home.url) for home in homes.values()] == [set(), set()]


async def test_there_is_one_line_for_an_address_and_every_department_has_seen_it(homes: dict[str, Home], tmp_path: Path) -> None:
    await erase_everywhere(homes, tmp_path / "ledger", MAIL)
    assert len(Ledger(tmp_path / "ledger").lines) == 2
    assert [await waiting(home.url, tmp_path / "ledger", key) for key, home in homes.items()] == [False, False]


async def test_who_comes_back_as_somebody_new_stays(homes: dict[str, Home], tmp_path: Path) -> None:
    await erase_everywhere(homes, tmp_path / "ledger", MAIL)
    await meets(homes["it"].url, SLACK)
    await reapply(homes["it"].url, tmp_path / "ledger", of="it")
    assert await known(homes["it"].url) == {SLACK}


async def test_a_department_that_is_away_is_named_and_the_next_start_does_the_rest(homes: dict[str, Home], tmp_path: Path) -> None:
    done, away = await erase_everywhere({**homes, "it": Home(AWAY, SOMEBODY)}, tmp_path / "ledger", MAIL)
    assert (set(done), set(away)) == ({"hr"}, {"it"})
    assert await known(homes["it"].url) == {SLACK}
    again, held = await reapply(homes["it"].url, tmp_path / "ledger", of="it")  # its database is there
    assert (len(again), held) == (1, [])
    assert await known(homes["it"].url) == set()


async def test_a_second_run_finishes_and_does_what_is_done_no_harm(homes: dict[str, Home], tmp_path: Path) -> None:
    await erase_everywhere({**homes, "it": Home(AWAY, SOMEBODY)}, tmp_path / "ledger", SLACK)
    await meets(homes["hr"].url, PersonId("slack:USOMEONE"))
    _, away = await erase_everywhere(homes, tmp_path / "ledger", SLACK)
    assert away == {}
    assert await known(homes["it"].url) == set()
    assert [await waiting(home.url, tmp_path / "ledger", key) for key, home in homes.items()] == [False, False]


async def test_a_hold_in_one_department_keeps_all_from_erasing(homes: dict[str, Home], tmp_path: Path) -> None:
    await hold(homes["it"].url, SLACK, SOMEBODY)
    with pytest.raises(Held):
        await erase_everywhere(homes, tmp_path / "ledger", MAIL)
    assert [await known(home.url) for home in homes.values()] == [{MAIL, SLACK}, {SLACK}]
    assert not (tmp_path / "ledger").exists()


async def test_an_erasure_of_one_department_alone_is_nothing_to_the_others(homes: dict[str, Home], tmp_path: Path) -> None:
    Ledger(tmp_path / "ledger", "hr").add({SLACK: "erased:1"}, NOW.isoformat())
    assert not await waiting(homes["it"].url, tmp_path / "ledger", "it")
    assert await waiting(homes["hr"].url, tmp_path / "ledger", "hr")
