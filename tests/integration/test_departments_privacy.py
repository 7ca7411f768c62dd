"""What stands before departments holds words, names and links of people, too: they go with the person, and so does what was still on its way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.domain.messages import Submitted
from bot.store.privacy import erase_person
from bot.store.sql import SqlStore, open_store
from tests.builders import ALICE, ANN, BOB, TEAM_2
from tests.two_departments import Departments

CHAIR = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"
SECRET = "My heron is called Marmaduke"


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
