"""What letters are told of themselves: whether a person wrote them, and what their key and ticket are."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from bot.domain.accounts import account_for, join
from bot.domain.ids import ConversationId, MessageId, PersonId
from bot.domain.messages import Capabilities, Edited, Outbound, Pressed, Say
from bot.domain.people import Person
from bot.engine.people.addresses import keep_account
from bot.engine.people.notices import notify
from bot.engine.turn import Turn
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown
from bot.ports import Enquiries, Receive, Transaction
from tests.builders import ANN, MONDAY, UNKNOWN, an_event
from tests.two_channels import TwoChannels
from tests.world import text_of

LEA = Person(PersonId("mobile:lea"), "Lea", "en")


@dataclass
class Letter:
    """One that was posted."""

    to: str
    body: Outbound
    key: str
    ticket: str


@dataclass
class Postal:
    """A channel of letters, where nothing that was sent can be changed. faults: of the next ones."""

    name: str = "mobile"
    can: Capabilities = field(default_factory=lambda: Capabilities(buttons=False))
    letters: list[Letter] = field(default_factory=list)
    faults: list[DeliveryError] = field(default_factory=list)

    async def listen(self, receive: Receive, enquiries: Enquiries) -> None:
        await asyncio.Event().wait()

    def is_ready(self) -> bool:
        return True

    def fit(self, message: Outbound) -> Sequence[Outbound]:
        return (message,)

    async def send(self, to: str, message: Outbound, thread: MessageId | None = None) -> MessageId:
        raise AssertionError("letters are posted")

    async def post(self, to: str, message: Outbound, key: str, ticket: str) -> MessageId:
        self.letters.append(Letter(to, message, key, ticket))
        if self.faults:
            raise self.faults.pop(0)
        return MessageId(f"{to}/{len(self.letters)}")

    def thread_of(self, card: MessageId) -> ConversationId | None:
        return None


class World(TwoChannels):
    """Letters on the second channel."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.postal = Postal()
        self.channels["mobile"] = self.postal  # type: ignore[assignment]

    def voices(self, *texts: str) -> dict[str, str]:
        """Of the newest letters that hold these texts."""
        return {text: one.body.voice for text in texts for one in self.postal.letters if text in text_of(one.body)}


@pytest.fixture
def world() -> World:
    return World()


async def test_a_letter_is_an_answer_to_what_its_reader_did_or_a_persons_or_neither(world: World) -> None:
    await world.says(UNKNOWN, LEA)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Which floor?")

    assert world.voices("I passed it on", "has taken", "Which floor?") == {"I passed it on": "answer", "has taken": "", "Which floor?": "person"}
    assert {one.ticket for one in world.postal.letters} == {"IT-1"}


async def test_a_letter_tells_whether_a_number_or_a_command_was_answered_which_no_machine_sends(world: World) -> None:
    await world.says(UNKNOWN, LEA)
    await world.says("1", LEA)
    await world.commands("list", "", LEA)
    voices = world.voices("I passed it on", "What would you like to add", "Your tickets")
    assert voices == {"I passed it on": "answer", "What would you like to add": "choice", "Your tickets": "choice"}


async def test_a_notice_of_a_ticket_is_work_for_its_agent_and_none_for_its_requester(world: World) -> None:
    await world.says(UNKNOWN, LEA)
    await world.writes(world.card(), "Which floor?")
    account = join(account_for("a1", ANN.id, MONDAY), account_for("a2", PersonId("mobile:ann"), MONDAY), MONDAY)
    await world.store.run(lambda tx: keep_account(tx, account))
    await world.commands("notify", "by mobile", ANN)
    await world.submits("watch:IT-1", ANN)

    await world.says("The third floor", LEA)

    notice = next(one for one in world.postal.letters if one.to == "mobile:ann" and "which you watch" in text_of(one.body))
    assert (notice.body.voice, notice.ticket) == ("work", "IT-1")


@pytest.mark.parametrize(("kind", "voice"), [("weekly", "bulk"), ("report", "bulk"), ("assigned", "")])
async def test_what_goes_to_several_people_because_it_is_time_is_bulk(world: World, kind: str, voice: str) -> None:
    async def unit(tx: Transaction) -> None:
        event = an_event(Pressed("x", LEA.id), ANN)  # type: ignore[arg-type]  # what happened does not matter
        await notify(Turn(world.crew, tx, event, world.clock.now()), LEA.id, kind, [Say("What there is to tell")])

    await world.store.run(unit)
    await world.workers.drain()
    assert world.voices("What there is to tell") == {"What there is to tell": voice}


async def test_elsewhere_nobody_is_told_whose_voice_it_is(world: World) -> None:
    await world.says(UNKNOWN)
    await world.writes(world.card(), "Which floor?")
    assert {sent.body.voice for sent in world.chat.sent} == {""}


async def test_what_is_tried_again_has_the_same_key(world: World) -> None:
    await world.says(UNKNOWN, LEA)
    world.postal.faults = [DeliveryUnknown("no answer"), DeliveryError("away")]
    await world.writes(world.card(), "Which floor?")
    for _ in range(3):
        await world.passes(hours=1)

    keys = [one.key for one in world.postal.letters if "Which floor?" in text_of(one.body)]
    assert len(keys) == 3
    assert len(set(keys)) == 1


async def test_a_question_that_is_not_answered_because_a_machine_may_ask_goes_to_a_person_who_can_see(world: World) -> None:
    world.postal.faults = [DeliveryRefused("too_often")]
    await world.says("How do I reset my password?", LEA)

    assert (await world.ticket()).is_with_humans
    assert "How do I reset my password?" in text_of(world.card().body)
    assert len(world.postal.letters) == 1, "and nothing more is said to the machine"


async def test_a_reply_that_is_corrected_after_it_went_out_follows_whole_where_nothing_can_be_changed(world: World) -> None:
    await world.says(UNKNOWN, LEA)
    said = await world.writes(world.card(), "Which flor?")
    await world.happens(Edited(said.what.message, "Which floor?"), ANN, str(world.card().id))  # type: ignore[union-attr]

    assert [text_of(one.body).partition("> ")[2] for one in world.postal.letters if one.body.voice == "person"] == ["Which flor?", "Which floor?"]
