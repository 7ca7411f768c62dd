"""What a shared channel may ask while a person waits, whichever departments are there: nothing raises, and no answer comes from the wrong one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import build
from bot.department_enquiries import HouseEnquiries
from bot.departments import House
from bot.domain.ids import PersonId
from bot.domain.messages import Form, Refusal
from bot.engine.departments.lookups import Answers
from bot.engine.departments.talks import TALKS, Talk
from bot.errors import StoreError
from bot.settings import load
from bot.store.sql import open_store

DESK = """
[desk]
languages = ["en"]
[[desks.it.tiers]]
level = 2
name = "Service desk"
[[desks.hr.tiers]]
level = 2
name = "People team"
"""
ALICE = PersonId("slack:U0ALICE")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """The front works; no department does yet."""
    (tmp_path / "firstline.toml").write_text(DESK)
    settings = load({"ENCODER": "off", "PORT": "8093"}, tmp_path)
    found = House(settings, "all")
    store = await open_store(settings.database_url)
    found.front_is(await build(settings, store, among=found.shared()))
    yield found
    await store.close()


async def test_the_choice_of_a_department_that_is_away_is_heard(house: House) -> None:
    enquiries = HouseEnquiries(house)
    assert await enquiries.form("hr>chosen", ALICE) is None
    assert await enquiries.form("another", ALICE) is None


async def test_what_a_department_that_is_away_would_ask_is_refused_with_its_name(house: House) -> None:
    refused = await HouseEnquiries(house).form("hr>reply:HR-1", ALICE)
    assert refused == Refusal("HR cannot be reached just now. Please try again in a few minutes.")


@pytest.mark.parametrize("action", ["zz>take:ZZ-1", "sales>reply:IT-1", "x>"])
async def test_a_button_of_a_department_that_never_was_is_refused(house: House, action: str) -> None:
    assert isinstance(await HouseEnquiries(house).form(action, ALICE), Refusal)


async def test_the_form_of_a_department_bears_its_key(house: House) -> None:
    async with house.open("hr"):
        form = await HouseEnquiries(house).form("hr>ask", ALICE)
        assert isinstance(form, Form)
        assert form.action == "hr>ask"


async def test_with_nobody_there_nothing_is_known_and_nobody_may_anything(house: House) -> None:
    enquiries = HouseEnquiries(house)
    assert await enquiries.rank(ALICE) == ""
    assert not await enquiries.may("take", ALICE, "HR-1")
    assert list(await enquiries.choices("HR-1", ALICE)) == []
    assert await enquiries.conversation_about("HR-1", ALICE) is None
    assert (await enquiries.home(ALICE)).sections == ()


async def test_a_department_that_is_not_there_is_silent_and_does_not_say_no(house: House) -> None:
    assert await house.ask("knows", "slack:D1/1.1") == Answers(frozenset(), frozenset({"it", "hr"}))
    async with house.open("hr"):
        assert await house.ask("knows", "slack:D1/1.1") == Answers(frozenset(), frozenset({"it"}))


async def test_a_department_that_hangs_is_waited_for_once_and_is_silent_for_a_moment(house: House) -> None:
    never = asyncio.Event()
    async with house.open("hr"):
        with pytest.raises(StoreError):
            await house.heard("hr", 0.01, lambda app: never.wait())
        assert await house.ask("busy", ALICE) == Answers(frozenset(), frozenset({"it", "hr"}))
        refused = await HouseEnquiries(house).form("hr>ask", ALICE)
        assert refused == Refusal("HR cannot be reached just now. Please try again in a few minutes.")


async def test_the_form_of_whom_they_talk_with_is_not_asked_by_another_department(house: House) -> None:
    assert house.front is not None
    talks = Talk("hr", datetime.now(UTC))
    await house.front.store.run(lambda tx: TALKS.put(tx, ALICE, talks))
    async with house.open("it"):
        assert isinstance(await HouseEnquiries(house).form("ask", ALICE), Refusal)
