"""A page whose press is answered by another process."""

from __future__ import annotations

from adapters.web.effects import Effects, Elsewhere, answer_within
from bot.domain.ids import PersonId
from bot.domain.messages import Outbound, Say
from bot.store.memory import MemoryStore

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
