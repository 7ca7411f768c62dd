"""What stands before departments holds words, names and links of people, too: they go with the person, and so does what was still on its way."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.departments import Department
from bot.domain.messages import Submitted
from bot.store.privacy import SOMEBODY, erase_person
from bot.store.privacy_everywhere import Home, erase_everywhere
from bot.store.sql import SqlStore, open_store
from tests.builders import ALICE, ANN, BOB, TEAM_2
from tests.integration.test_privacy import everything, rows_with
from tests.two_departments import Departments, the_departments

CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"
SECRET = "My heron is called Marmaduke"
THEIRS = ("marmaduke", "chat:alice", "alice")


async def a_front(folder: Path) -> tuple[Departments, SqlStore]:
    """A house whose front is in a file."""
    store = await open_store(f"sqlite:///{folder}/front.db")
    return Departments(store=store), store


def kept(folder: Path, name: str = "front") -> str:
    """Everything that the file holds."""
    with sqlite3.connect(folder / f"{name}.db") as database:
        return "\n".join(database.iterdump())


@pytest.mark.asyncio
async def test_words_that_are_held_or_on_their_way_go_with_the_person_and_nobody_elses_do(tmp_path: Path) -> None:
    house, store = await a_front(tmp_path)
    await house.says(CHAIR, BOB)
    await house.presses("People", BOB)
    await house.says(CHAIR)
    await house.presses("People")
    house.away.add("hr")
    await house.says(SECRET)
    await house.says("It is Bob's", BOB)
    await house.commands("desk")
    house.clock.advance(hours=1)
    await house.says(SECRET)
    before = kept(tmp_path)
    assert "Marmaduke" in before
    await store.close()
    await erase_person(f"sqlite:///{tmp_path}/front.db", tmp_path / "ledger", ALICE.id)
    after = kept(tmp_path)
    assert "Marmaduke" not in after
    assert "chat:alice" not in after
    assert "Alice" not in after
    assert "Bob" in after


@pytest.mark.asyncio
async def test_an_erased_persons_ticket_does_not_arrive_in_another_department(tmp_path: Path) -> None:
    store = await open_store(f"sqlite:///{tmp_path}/it.db")
    house = Departments(stores={"it": store})
    await house.says(SECRET)
    await house.presses("IT")
    house.away.add("hr")
    await house.happens(Submitted("it>move:IT-1", {"to": "hr"}, TEAM_2, answer_to="form"), ANN)
    await store.close()
    assert "Marmaduke" in kept(tmp_path, "it")
    await erase_person(f"sqlite:///{tmp_path}/it.db", tmp_path / "ledger", ALICE.id)
    after = kept(tmp_path, "it")
    assert "Marmaduke" not in after
    assert "chat:alice" not in after
    with sqlite3.connect(tmp_path / "it.db") as database:
        waiting = database.execute("select count(*) from outbox where \"to\" = 'desks:hr' and state = 'waiting'").fetchone()[0]
    assert waiting == 0


@pytest.mark.asyncio
async def test_somebody_who_is_in_five_departments_on_three_kinds_of_databases_is_in_none_after_one_command(
    tmp_path: Path, postgresql_desk: str, mariadb_desk: str
) -> None:
    urls = {key: f"sqlite:///{tmp_path}/{key}.db" for key in ("", "it", "hr", "lab")} | {"ops": postgresql_desk, "law": mariadb_desk}
    stores = {key: await open_store(url) for key, url in urls.items()}
    house = Departments(store=stores[""], departments=five_departments(), stores={key: store for key, store in stores.items() if key})
    for person in (BOB, ALICE):
        for name in ("IT", "People", "Office", "Law", "Laboratory"):
            await house.commands("desk", person=person)
            await house.presses(name, person)
            await house.says(SECRET if person is ALICE else CHAIR, person)
    house.away.add("hr")
    await house.says(SECRET, reply_to=house.heard("as HR-2").id)  # whose this is People must say
    assert "Marmaduke" in str(await stores[""].noted("awaiting"))
    for store in stores.values():
        await store.close()
    for key, url in urls.items():
        assert all([rows_with(await everything(url), sign) for sign in THEIRS]), f"they are not in {key or 'the front'}"
    _, away = await erase_everywhere({key: Home(url, SOMEBODY) for key, url in urls.items()}, tmp_path / "ledger", ALICE.id)
    assert away == {}
    for key, url in urls.items():
        left = await everything(url)
        assert [rows_with(left, sign) for sign in THEIRS] == [{}] * len(THEIRS), f"something is left in {key or 'the front'}"
        assert rows_with(left, "bob")


def five_departments() -> list[Department]:
    """The three and two more."""
    three = the_departments()
    more = [replace(three[-1].desk, key=key, name=name, prefix=key.upper()) for key, name in (("law", "Law"), ("lab", "Laboratory"))]
    return [*three, *(Department(desk.key, desk) for desk in more)]
