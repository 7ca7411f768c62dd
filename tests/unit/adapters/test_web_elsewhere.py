"""A page whose press is answered by another process."""

from __future__ import annotations

from typing import Any

from adapters.web.channel import WebChannel
from adapters.web.config import WebConfig
from adapters.web.effects import Effects, Elsewhere, answer_within
from adapters.web.notices import MOST, Notices
from bot.domain.ids import PersonId
from bot.domain.messages import Outbound, Say
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.world import SetClock

ANN = PersonId("web:ann")


def an_answer(handle: str, text: str) -> Outbound:
    return Outbound((Say(text),), only_for=ANN, answer_to=handle)


async def test_a_page_gets_the_answer_that_another_process_gives() -> None:
    store = MemoryStore()
    here, there = Effects(Elsewhere(store)), Effects(Elsewhere(store))
    with here.expect(ANN) as (handle, waiting):
        await there.answer(an_answer(handle, "IT-1 is yours"))
        answered = await answer_within(waiting)
    assert answered is not None
    assert answered.lines == (("say", "IT-1 is yours"),)
    assert await store.noted("web:answer:") == {}, "told once"


async def test_what_comes_after_the_page_has_gone_is_on_the_persons_next_page_of_any_process_and_on_nobody_elses() -> None:
    store = MemoryStore()
    here, there = Effects(Elsewhere(store)), Effects(Elsewhere(store))
    with here.expect(ANN) as (handle, _):
        pass
    await there.answer(an_answer(handle, "late"))
    assert (await there.late("web:anna")).lines == ()
    assert (await there.late(ANN)).lines == (("say", "late"),)
    assert (await here.late(ANN)).lines == ()


async def test_one_process_alone_answers_without_asking_its_store() -> None:
    alone = Effects()
    with alone.expect(ANN) as (handle, waiting):
        await alone.answer(an_answer(handle, "at once"))
        answered = await answer_within(waiting)
    assert answered is not None
    assert answered.lines == (("say", "at once"),)


# ---------------------------------------------------------------------------------------------------------------- notices
AGENT = "web:agent-ann"


def a_notice(text: str) -> Outbound:
    return Outbound((Say(text),))


async def test_an_agent_sees_what_any_process_told_them_oldest_first_and_once_though_all_were_started_anew() -> None:
    store, clock = MemoryStore(), SetClock()
    for text in ("IT-1 is yours", "IT-2 is overdue"):
        await a_channel(store, clock).send(AGENT, a_notice(text))
        clock.advance(seconds=1)

    anew = Effects(None, Notices(store, clock))

    assert (await anew.late(PersonId("web:agent-annabel"))).lines == ()
    assert (await anew.late(PersonId(AGENT))).lines == (("say", "IT-1 is yours"), ("say", "IT-2 is overdue"))
    assert (await anew.late(PersonId(AGENT))).lines == ()


async def test_who_has_not_looked_for_long_finds_the_newest() -> None:
    store, clock = MemoryStore(), SetClock()
    notices = Notices(store, clock)
    for number in range(MOST + 5):
        await notices.put(AGENT, a_notice(f"IT-{number}"))
        clock.advance(seconds=1)

    assert [text for _, text in await notices.take(AGENT)] == [f"IT-{number}" for number in range(5, MOST + 5)]


def a_channel(store: MemoryStore, clock: SetClock) -> WebChannel:
    """A process of its own."""
    unused: Any = None
    return WebChannel(WebConfig(), desk=a_desk(), reader=store, files=unused, notebook=store, changes=unused, clock=clock, secret=b"x" * 32, public=False)
