"""Text messages go out once, whatever the provider answers; its refusals say what to do next, and our token goes nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.phone import rest
from adapters.phone.channel import PhoneChannel
from adapters.phone.config import PhoneConfig
from bot.app import SystemClock
from bot.domain.messages import Attachment, Outbound, Say
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized
from bot.store.memory import MemoryStore
from tests.builders import UNKNOWN, a_desk
from tests.clouds.twilio import SECOND, TOKEN, Fault, TwilioCloud
from tests.contract.phone_side import ALICE
from tests.journeys.doors import eventually, finds_card, hears
from tests.journeys.doors_phone import phone
from tests.journeys.openings import number_of

TO, HELLO = f"phone:{ALICE}", Outbound((Say("hello"),))


@pytest.fixture
async def cloud() -> AsyncIterator[TwilioCloud]:
    async with TwilioCloud() as opened:
        yield opened


@pytest.fixture
async def channel(cloud: TwilioCloud) -> AsyncIterator[PhoneChannel]:
    made = a_channel(cloud)
    yield made
    await made.close()


def a_channel(cloud: TwilioCloud, **changes: object) -> PhoneChannel:
    config = PhoneConfig.read(cloud.env, {})
    assert config is not None
    return PhoneChannel(replace(config, **changes), desk=a_desk(url="https://help.example.com"), notebook=MemoryStore(), clock=SystemClock())  # type: ignore[arg-type]


async def failing(call: Awaitable[object]) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        await call
    return caught.value


@pytest.mark.parametrize(
    ("number", "reason"),
    [("+15550100123", "gone"), ("+85021234567", "forbidden"), ("+34911222333", "gone")],
    ids=["no number", "a country we may not write to", "a landline"],
)
async def test_numbers_that_take_no_texts_are_refused_for_good(channel: PhoneChannel, number: str, reason: str) -> None:
    fault = await failing(channel.send(f"phone:{number}", HELLO))
    assert isinstance(fault, DeliveryRefused)
    assert fault.reason == reason


@pytest.mark.parametrize("to", ["", "phone:", "phone:nobody", "phone:600111222", "elsewhere:1", "phone:+34600111222x", "phone:withheld-CA1"])
async def test_an_address_that_is_nobodys_is_refused_and_nothing_is_called(cloud: TwilioCloud, channel: PhoneChannel, to: str) -> None:
    assert isinstance(await failing(channel.send(to, HELLO)), DeliveryRefused)
    assert (cloud.messages, cloud.refusals) == ([], [])


@pytest.mark.parametrize(
    ("fault", "kind", "arrived"),
    [
        (Fault(status=429, code=20429, headers={"Retry-After": "7"}), RateLimited, 0),
        (Fault(status=429, body="<html>"), RateLimited, 0),
        (Fault(status=429, headers={"Retry-After": "soon"}), RateLimited, 0),
        (Fault(status=401, code=20003), Unauthorized, 0),
        (Fault(status=400, code=21606), Unauthorized, 0),
        (Fault(status=400, code=99999), DeliveryRefused, 0),
        (Fault(status=503, body="<html>"), DeliveryUnknown, 0),
        (Fault(status=500, code=20500), DeliveryUnknown, 0),
        (Fault(status=200, body="<html>"), DeliveryUnknown, 0),
        (Fault(status=201, body='{"sid": null}'), DeliveryUnknown, 0),
        (Fault(cut=True, after=True), DeliveryUnknown, 1),
        (Fault(cut=True), DeliveryUnknown, 0),
    ],
)
async def test_whatever_the_provider_answers_says_what_to_do_next(
    cloud: TwilioCloud, channel: PhoneChannel, fault: Fault, kind: type[DeliveryError], arrived: int
) -> None:
    cloud.faults.append(replace(fault, times=2 if kind is Unauthorized and fault.status == 401 else 1))
    caught = await failing(channel.send(TO, HELLO, key="k1"))
    assert type(caught) is kind
    if isinstance(caught, RateLimited):
        assert caught.retry_after_s == (7 if fault.headers.get("Retry-After") == "7" else 2)
    assert len(cloud.messages) == arrived


async def test_a_provider_that_cannot_be_reached_has_certainly_sent_nothing(cloud: TwilioCloud) -> None:
    away = a_channel(cloud, api_url="http://127.0.0.1:9")
    assert type(await failing(away.send(TO, HELLO))) is DeliveryError
    await away.close()


async def test_a_message_whose_answer_was_lost_is_found_again_and_one_that_was_never_sent_is_not(cloud: TwilioCloud, channel: PhoneChannel) -> None:
    await channel.send(TO, HELLO, key="earlier")
    cloud.faults.append(Fault(cut=True, after=True))
    await failing(channel.send(TO, Outbound((Say("lost"),)), key="k1"))
    cloud.faults.append(Fault(cut=True))
    await failing(channel.send(TO, Outbound((Say("never"),)), key="k2"))

    assert await channel.recall(TO, None, "k1") == f"{TO}/{cloud.messages[-1].sid}"
    assert await channel.recall(TO, None, "k2") is None
    cloud.faults.append(Fault("GET", status=503))
    assert isinstance(await failing(channel.recall(TO, None, "k1")), DeliveryError), "nobody can say"


async def test_the_same_words_of_before_are_not_taken_for_those_that_were_lost(cloud: TwilioCloud, channel: PhoneChannel) -> None:
    await channel.send(TO, HELLO, key="k1")
    cloud.messages[0].at -= timedelta(minutes=1)
    cloud.faults.append(Fault(cut=True))
    await failing(channel.send(TO, HELLO, key="k2"))
    assert await channel.recall(TO, None, "k2") is None


async def test_while_tokens_are_changed_whichever_holds_is_used(cloud: TwilioCloud) -> None:
    both = a_channel(cloud, tokens=(TOKEN, SECOND))
    for holds in (TOKEN, SECOND):
        cloud.tokens = {holds}
        await both.send(TO, HELLO)
    cloud.tokens = set()
    assert "TWILIO_AUTH_TOKEN" in str(await failing(both.send(TO, HELLO)))
    await both.close()


async def test_a_token_that_is_refused_at_the_start_is_told_at_once(cloud: TwilioCloud, channel: PhoneChannel) -> None:
    cloud.tokens = set()
    with pytest.raises(Unauthorized):
        await channel.connect()


# ---------------------------------------------------------------------------------------------------------------- files
def a_file(sid: str) -> Attachment:
    return Attachment(f"phone:Messages/MM{sid * 32}/Media/ME{sid * 32}", "photo-1.jpg", "image/jpeg")


async def test_a_file_that_is_kept_elsewhere_is_fetched_there_without_our_token(cloud: TwilioCloud, channel: PhoneChannel) -> None:
    file = a_file("1")
    cloud.files["there"] = b"photo"
    cloud.elsewhere[file.source.removeprefix("phone:")] = f"{cloud.base_url}/elsewhere/there"
    assert await channel.fetch(file, 100) == b"photo"
    assert cloud.authorised_elsewhere == []


@pytest.mark.parametrize("place", ["https://evil.example/x", "http://169.254.169.254/latest", "file:///etc/passwd", "https://api.twilio.com.evil.example/", ""])
async def test_a_file_that_is_said_to_be_at_a_foreign_host_is_not_fetched(cloud: TwilioCloud, channel: PhoneChannel, place: str) -> None:
    file = a_file("2")
    cloud.elsewhere[file.source.removeprefix("phone:")] = place
    fault = await failing(channel.fetch(file, 100))
    assert isinstance(fault, DeliveryRefused)
    assert fault.reason == "gone"


@pytest.mark.parametrize("source", ["phone:../../secret", "phone:Messages/../x", "slack:F1", "phone:https://evil.example"])
async def test_only_files_of_the_account_are_asked_for(channel: PhoneChannel, source: str) -> None:
    assert isinstance(await failing(channel.fetch(Attachment(source, "x"), 100)), DeliveryRefused)


# ------------------------------------------------------------------------------------------------------- the whole product
async def test_in_a_storm_of_refusals_every_reply_arrives_once_and_in_order(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with phone(tmp_path_factory.mktemp("storm")) as door:
        alice, ann = await door.newcomer(), await door.ann()
        await alice.says(UNKNOWN)
        number = await number_of(alice)
        await finds_card(ann, number)
        door.cloud.faults += [Fault(status=429, code=20429, times=4), Fault(cut=True, after=True), Fault(status=429, code=20429, times=2)]
        for n in range(3):
            await ann.writes(number, f"part {n}")
        await hears(alice, "part 2")

        replies = [shown.partition("\n")[2] for shown in await alice.seen() if "part" in shown]
        assert replies == ["part 0", "part 1", "part 2"]


@pytest.mark.parametrize("after", [False, True], ids=["nothing was sent", "it was sent, and nobody says so"])
async def test_a_provider_that_accepts_and_does_not_answer_holds_up_nobody_else_and_the_message_arrives_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    monkeypatch.setattr(rest, "CALL_S", 2.0)  # instead of 20: nobody waits for an answer for longer
    async with phone(tmp_path) as door:
        alice, bob, ann = await door.newcomer(), await door.newcomer(), await door.ann()
        numbers = []
        for one in (alice, bob):
            await one.says(UNKNOWN)
            numbers.append(await number_of(one))
        door.cloud.faults.append(Fault(hang_s=20.0, after=after))
        await ann.writes(numbers[0], "for Alice, who waits")
        await eventually(lambda: door.cloud.hanging, "the provider hangs")

        await ann.writes(numbers[1], "for Bob meanwhile")
        await hears(bob, "for Bob meanwhile")
        assert door.cloud.hanging == 1, "Bob's came while Alice's was not answered"
        await ann.writes(numbers[0], "and this after it")
        await hears(alice, "and this after it")

        replies = [shown.partition("\n")[2] for shown in await alice.seen() if "Alice" in shown or "after it" in shown]
        assert replies == ["for Alice, who waits", "and this after it"]


async def test_what_was_sent_before_a_crash_is_not_sent_again_after_it(cloud: TwilioCloud) -> None:
    """The process dies between the provider's answer and the note that it came; the next one looks before it sends."""
    store = MemoryStore()
    config = PhoneConfig.read(cloud.env, {})
    assert config is not None
    first, second = (PhoneChannel(config, desk=a_desk(url="https://help.example.com"), notebook=store, clock=SystemClock()) for _ in range(2))
    sent = await first.send(TO, HELLO, key="reply:IT-1:5")
    await first.close()
    assert await second.recall(TO, None, "reply:IT-1:5") == sent
    await second.close()
