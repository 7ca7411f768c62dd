"""Entries are read beside the event loop; a question that was not read is read first, then asked again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.engine.faq.knowledge import Knowledge, Unread
from bot.ports import Transaction
from kb.decision import Thresholds, Verdict
from kb.encoders import Encoders
from kb.entries import Entry, Text
from tests.builders import ANN, FAQ, a_ticket, an_entry
from tests.hashed import Hashed
from tests.journeys.doors import eventually
from tests.world import World

QUESTION = "the tunnel to home through the VPN of the company"
WELDING = an_entry("welding", "Who teaches welding?", phrasings=("welding course for beginners",))


class Gated(Hashed):
    """Reads nothing before it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = threading.Event()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As Hashed, once it is let."""
        self.let.wait(10)
        return super().encode(texts)


def a_knowledge() -> Knowledge:
    return Knowledge(FAQ, ("en", "es"), Thresholds(answer=80.0))


@asynccontextmanager
async def running(knowledge: Knowledge, encoder: Hashed | None) -> AsyncIterator[None]:
    """With its task; the encoder is let go at the end, so that no thread is left waiting."""
    task = asyncio.create_task(knowledge.run(lambda: Encoders(encoder) if encoder else None))
    try:
        yield
    finally:
        if isinstance(encoder, Gated):
            encoder.let.set()
        task.cancel()
        await asyncio.wait([task])


async def asked(knowledge: Knowledge, question: str) -> Verdict:
    """What it says, the question read first where it must be."""
    while True:
        try:
            return knowledge.ask(question, "en")
        except Unread as fault:
            await asyncio.to_thread(knowledge.consider, fault.question, fault.language)


async def test_a_question_that_was_not_read_says_so_and_is_answered_once_it_is() -> None:
    knowledge, encoder = a_knowledge(), Hashed()
    async with running(knowledge, encoder):
        await knowledge.begun.wait()
        encoder.forget()
        with pytest.raises(Unread) as fault:
            knowledge.ask(QUESTION, "en")
        assert encoder.asked == [], "nothing is read on the event loop"
        await asyncio.to_thread(knowledge.consider, fault.value.question, fault.value.language)
        assert knowledge.ask(QUESTION, "en").matches[0].entry_id == "vpn"


async def test_a_known_phrasing_is_answered_without_being_read() -> None:
    knowledge, encoder = a_knowledge(), Hashed()
    async with running(knowledge, encoder):
        await knowledge.begun.wait()
        encoder.forget()
        assert knowledge.ask("VPN from home", "en").decision == "answer"
        assert encoder.asked == []


async def test_until_the_entries_are_read_words_answer_and_the_scale_is_theirs() -> None:
    knowledge, encoder = a_knowledge(), Gated()
    async with running(knowledge, encoder):
        assert knowledge.ask(QUESTION, "en").matches[0].entry_id == "vpn"
        assert (knowledge.scale, knowledge.begun.is_set()) == ("words", False)
        encoder.let.set()
        await knowledge.begun.wait()
        assert knowledge.scale == "meaning hashed+"


async def test_what_agents_alone_know_is_read_by_meaning_too_and_answers_no_requester() -> None:
    inner = Entry("ldap", (Text("en", "The directory of the company is dark", "Restart it."),), audience="internal")
    knowledge, encoder = Knowledge([*FAQ, inner], ("en", "es"), Thresholds(answer=80.0)), Hashed()
    question = "dark is the company directory today"
    async with running(knowledge, encoder):
        await knowledge.begun.wait()
        with pytest.raises(Unread) as fault:
            knowledge.for_agents(question, "en")
        await asyncio.to_thread(knowledge.consider, fault.value.question, fault.value.language)
        assert [match.entry_id for match in knowledge.for_agents(question, "en")] == ["ldap"]
        assert "ldap" not in [match.entry_id for match in knowledge.ask(question, "en").matches]


async def test_without_an_encoder_words_go_on() -> None:
    knowledge = a_knowledge()
    async with running(knowledge, None):
        await knowledge.begun.wait()
        assert knowledge.scale == "words"
        assert knowledge.ask(QUESTION, "en").matches[0].entry_id == "vpn"


async def test_what_is_put_while_it_runs_is_read_in_the_background() -> None:
    knowledge, encoder = a_knowledge(), Hashed()
    async with running(knowledge, encoder):
        await knowledge.begun.wait()
        encoder.forget()
        knowledge.put(WELDING)
        await eventually(lambda: any("Who teaches welding?" in texts for texts in encoder.asked), "the new entry is read")
        assert (await asked(knowledge, "a course that teaches welding")).matches[0].entry_id == "welding"
        knowledge.put(an_entry("welding", "Who teaches welding?", retired=True))
        left = await asked(knowledge, "a course that teaches welding")
        assert "welding" not in [match.entry_id for match in left.matches]


async def test_what_is_put_while_the_first_are_read_is_not_forgotten() -> None:
    knowledge, encoder = a_knowledge(), Gated()
    async with running(knowledge, encoder):
        knowledge.put(WELDING)
        encoder.let.set()
        await eventually(lambda: any("Who teaches welding?" in texts for texts in encoder.asked), "the new entry is read")


async def test_a_question_that_is_not_for_the_faq_takes_its_like_along_while_it_runs() -> None:
    knowledge, encoder = a_knowledge(), Hashed()
    async with running(knowledge, encoder):
        await knowledge.begun.wait()
        before = (await asked(knowledge, QUESTION)).matches[0].score
        knowledge.put_outside(1, "the tunnel to home through the VPN of the firm")

        async def lowered() -> bool:
            return (await asked(knowledge, QUESTION)).matches[0].score < before / 2

        await eventually(lowered, "its like is not answered")
        assert knowledge.ask("VPN from home", "en").decision == "answer"
        assert (await asked(knowledge, "The tunnel to home, through the VPN of the firm!")).decision == "hand_over"


# ---- the desk asks
async def test_who_asks_is_helped_though_nothing_was_read_before(world: World) -> None:
    encoder = Hashed()
    async with running(world.knowledge, encoder):
        await world.knowledge.begun.wait()
        encoder.forget()
        await world.says(QUESTION)
        assert (await world.ticket()).offers[0].entry == "vpn"
        assert encoder.asked == [(QUESTION,)]


async def test_an_agents_form_names_entries_though_the_question_was_forgotten(world: World) -> None:
    async def keep(tx: Transaction) -> None:
        await tx.add_ticket(a_ticket(question=QUESTION, tier=2, assignee=ANN.id))

    await world.store.run(keep)
    await world.roster.refresh(ANN.id)
    async with running(world.knowledge, Hashed()):
        await world.knowledge.begun.wait()
        form = await world.enquiries.form("resolve:IT-1", ANN.id)
    assert "How do I connect to the VPN from home?" in repr(form)
