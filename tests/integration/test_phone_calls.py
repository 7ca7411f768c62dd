"""A call is answered in time whatever the desk does meanwhile: is slow, silent, away, or speaks in another process. Nothing said is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.contract.sides import Core
from adapters.phone.channel import PhoneChannel
from adapters.phone.line import Line
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Called, Choice, Commanded, Home, HomeSection, Outbound, Said, Say, Small, Words
from bot.errors import DeliveryRefused
from bot.store.memory import MemoryStore
from tests.clouds.twilio import TwilioCloud
from tests.contract.phone_side import served
from tests.journeys.doors import eventually

ALICE = "+12025550142"  # who is spoken to in English
TO = f"phone:{ALICE}"
RECEIPT = Outbound((Say("I passed it on to Service desk as IT-7."), Say("1. Add details\n2. Cancel request"), Small("Answer with the number.")))


@pytest.fixture
async def cloud() -> AsyncIterator[TwilioCloud]:
    async with TwilioCloud() as opened:
        yield opened


class Knowing(Core):
    """A desk that knows where its tickets are talked about: with whoever asked."""

    async def conversation_about(self, number: str, person: PersonId) -> ConversationId:
        return ConversationId(person)


@pytest.fixture
def core() -> Core:
    return Knowing()


@pytest.fixture
async def channel(cloud: TwilioCloud, core: Core) -> AsyncIterator[PhoneChannel]:
    async with served(cloud, core) as opened:
        opened.voice.first_s = opened.voice.again_s = 5.0
        yield opened


async def test_what_the_desk_says_is_spoken_and_what_an_agent_writes_is_texted(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    call = await cloud.ring(ALICE)
    saying = asyncio.create_task(call.says("my chair squeaks"))
    await core.got(1)
    await channel.send(TO, Outbound((Words("I am Ann", "Ann · IT-1"),)))
    spoken = await channel.send(TO, Outbound((Say("Somebody looks into it."),)))

    assert "Somebody looks into it." in await saying
    assert [message.body for message in cloud.messages] == ["Ann - IT-1:\nI am Ann"]
    assert call.sid in spoken


async def test_who_waits_long_is_asked_for_a_moment_and_answered_then(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    channel.voice.first_s = 0.1
    call = await cloud.ring(ALICE)
    saying = asyncio.create_task(call.says("my chair squeaks"))
    await core.got(1)
    await eventually(lambda: any("One moment" in said for _, said in call.heard), "they are asked for a moment")
    await channel.send(TO, Outbound((Say("Oil it."),)))

    assert (await saying).startswith("One moment, please. Oil it.")


async def test_an_answer_that_comes_too_late_is_texted_as_was_promised(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    channel.voice.first_s = channel.voice.again_s = 0.1
    call = await cloud.ring(ALICE)
    assert "I have noted that. The answer comes as a text message." in await call.says("my chair squeaks")

    await channel.send(TO, Outbound((Say("Oil it."),)))

    assert [message.body for message in cloud.messages] == ["Oil it."]


async def test_what_nobody_takes_because_the_caller_has_hung_up_is_texted(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    store, call = MemoryStore(), await cloud.ring(ALICE)
    channel._telephone._notebook = store
    await channel._telephone.hold(TO, call.sid)
    sending = asyncio.create_task(channel.send(TO, Outbound((Say("Oil it."),))))
    await eventually(lambda: store.noted(f"phone:say:{call.sid}"), "it waits to be said")
    await call.hangs_up()
    assert await store.noted("phone:hold:") == {}, "nobody is waited for"

    await sending
    assert [message.body for message in cloud.messages] == ["Oil it."]


async def test_a_hidden_caller_who_has_hung_up_cannot_be_reached(channel: PhoneChannel) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        await channel.send("phone:withheld-CA1", Outbound((Say("Oil it."),)))
    assert refused.value.reason == "gone"


async def test_nothing_is_promised_while_nothing_can_be_kept(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    call = await cloud.ring(ALICE)
    core.broken = 1
    assert "Please call again in a few minutes" in await call.says("my chair squeaks")
    assert call.over
    assert not any(isinstance(event.what, Said) for event in core.received)


async def test_a_long_answer_is_read_in_short_and_texted_whole(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    call = await cloud.ring(ALICE)
    saying = asyncio.create_task(call.says("my chair squeaks"))
    await core.got(1)
    steps = " ".join(f"Turn screw number {n} to the left until it clicks." for n in range(60))
    for piece in channel.fit(Outbound((Say("How to oil a chair"), Say(steps)))):
        await channel.send(TO, piece)

    heard = await saying
    assert "I also send it to you as a text message." in heard
    texted = " ".join(message.body for message in cloud.messages)
    assert [f"number {n} to" in texted.replace("\n", " ") for n in range(60)] == [True] * 60


async def test_a_ticket_that_people_have_is_texted_after_the_call_and_counted(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    call = await cloud.ring(ALICE)
    saying = asyncio.create_task(call.says("my chair squeaks"))
    await core.got(1)
    await channel.send(TO, RECEIPT)
    assert (await saying).count("I, T, 7") == 2
    await call.hangs_up(seconds=61)

    _, over, receipt = [event.what for event in await core.got(3)]
    assert over == Called("in", 61, "handed_over", TO, via="phone:+34911234567")  # type: ignore[arg-type]
    assert isinstance(receipt, Commanded)
    assert (receipt.name, receipt.argument) == ("status", "IT-7")


async def test_a_call_that_is_told_to_be_over_twice_is_counted_once(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    call = await cloud.ring(ALICE)
    await call.hangs_up()
    await call.hangs_up()
    assert [event.what.kind for event in core.received] == ["called"]


async def test_a_landline_is_never_promised_a_text(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    landline = "+34912345678"
    call = await cloud.ring(landline)
    saying = asyncio.create_task(call.says("mi silla chirría"))
    await core.got(1)
    await channel.send(f"phone:{landline}", RECEIPT)
    told = await saying
    assert "Le llamaremos a este teléfono." in told
    calls_back = [event.what for event in core.received if isinstance(event.what, Said)][-1]
    assert "+34 912 34 56 78" in calls_back.text
    assert "mensaje" not in told


@pytest.mark.parametrize(("told", "doubted"), [("TN-Validation-Failed-A", True), ("TN-Validation-Passed-A", False), ("", False)])
async def test_who_pretends_to_have_a_number_is_told_of_no_request_and_their_words_are_marked(
    cloud: TwilioCloud, core: Core, channel: PhoneChannel, told: str, doubted: bool
) -> None:
    core.page = Home((HomeSection((Say("IT-7"),), (Choice("Cancel request", "cancel:IT-7"),)),))
    call = await cloud.ring(ALICE, StirVerstat=told)
    assert ("I, T, 7" in call.last) is not doubted
    saying = asyncio.create_task(call.says("my chair squeaks"))
    what = (await core.got(1))[0].what
    assert isinstance(what, Said)
    assert what.unverified is doubted
    await channel.send(TO, Outbound((Say("Noted."),)))
    await saying


async def test_a_number_that_is_said_when_nothing_is_offered_chooses_nothing(cloud: TwilioCloud, core: Core, channel: PhoneChannel) -> None:
    """In a text message of last week the same number may cancel a request."""
    call = await cloud.ring(ALICE)
    await call.says("two")
    await call.says("1")
    assert core.received == []


@pytest.mark.parametrize("digits", ["7", "#", "99"])
async def test_a_key_that_stands_for_nothing_is_not_understood_and_sent_nowhere(
    cloud: TwilioCloud, core: Core, channel: PhoneChannel, digits: str
) -> None:
    call = await cloud.ring(ALICE)
    assert call.waiting is not None
    await call.presses(digits)
    assert core.received == []
    assert not call.over


# ------------------------------------------------------------------------------------------------------ several processes
async def test_what_one_process_says_another_one_speaks(cloud: TwilioCloud) -> None:
    store = MemoryStore()
    here, there = Line(store), Line(store)
    await here.hold(TO, "CA1")
    saying = asyncio.gather(*(there.speak(TO, Outbound((Say(word),))) for word in ("one", "two")))
    pieces = await here.collect("CA1", 5.0, 0.3)

    assert sorted(part.text for piece in pieces for part in piece.parts if isinstance(part, Say)) == ["one", "two"]
    assert all(name.startswith("CA1.") for name in await saying)
    await here.let_go(TO)
    assert await store.noted("phone:") == {}, "nothing is left"


async def test_a_call_goes_on_in_another_process(cloud: TwilioCloud, core: Core) -> None:
    """The greeting is given by one, the answer to it comes to another, which knows where the call stands."""
    store = MemoryStore()
    async with served(cloud, core, store=store):
        call = await cloud.ring(ALICE)
        await call.is_silent()
    async with served(cloud, core, store=store):
        assert call.waiting is not None
        call.waiting.set("action", "/phone/voice/heard" + str(call.waiting.get("action")).rpartition("/heard")[2])
        assert "After the tone" in await call.is_silent()
