"""The XMPP channel on a real Prosody: what is kept before it is acknowledged, what is refused, and what faults become."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from xml.etree.ElementTree import Element

import pytest

from adapters.xmpp.channel import XmppChannel
from adapters.xmpp.config import XmppConfig
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment, Deleted, Outbound, Reachable, Said, Say
from bot.errors import DeliveryError, DeliveryRefused, Unauthorized
from tests.clouds.slack_app import Core
from tests.clouds.telegram_ear import Notes, StoppedClock
from tests.clouds.xmpp_people import Person, people
from tests.faults.line import Line
from tests.journeys.doors import eventually
from tests.servers import xmpp_server
from tests.servers.prosody import DOMAIN, SECRET, desk

RECEIPT = Element("{urn:xmpp:receipts}request")


@contextlib.asynccontextmanager
async def alive(config: XmppConfig, ear: Core) -> AsyncIterator[XmppChannel]:
    """A life of the component: it listens until it is cut off."""
    channel = XmppChannel(config, desk=Desk(), notebook=Notes(), clock=StoppedClock())
    task = asyncio.create_task(channel.listen(ear.receive, ear))
    try:
        await eventually(lambda: channel.is_ready() or task.done(), "the channel is ready")
        if task.done():
            task.result()
        yield channel
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
def config() -> XmppConfig:
    return XmppConfig(desk(), SECRET, port=int(xmpp_server().rpartition(":")[2]))


@pytest.fixture
def ear() -> Core:
    return Core()


@pytest.fixture
async def ana(config: XmppConfig) -> AsyncIterator[Person]:
    async with people(f"xmpp://127.0.0.1:{config.port}", config.desk) as [person]:
        yield person


def say(text: str) -> Outbound:
    return Outbound((Say(text),))


def to(person: Person) -> PersonId:
    return PersonId(f"xmpp:{person.user}")


def words(ear: Core) -> list[str]:
    return [event.what.text for event in ear.received if isinstance(event.what, Said)]


# ---------------------------------------------------------------------------------------------------------------- hearing
async def test_a_message_is_said_to_have_arrived_when_it_is_kept_and_not_before(config: XmppConfig, ear: Core, ana: Person) -> None:
    ear.broken = 2
    async with alive(config, ear):
        id = await ana.says("keep me", RECEIPT)
        await eventually(lambda: ear.broken < 2, "it was tried")
        assert ana.receipts() == []
        await ear.got(1)
        await eventually(lambda: ana.receipts() == [id], "it is acknowledged")
    assert words(ear) == ["keep me"]


async def test_what_a_client_sends_again_is_heard_once_and_other_words_with_the_same_id_are_heard(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear):
        for text in ("hello", "hello", "another session begins its ids anew"):
            await ana.says(text, id="m1")
        await ana.says("the end")
        await ear.got(3)
    assert words(ear) == ["hello", "another session begins its ids anew", "the end"]


async def test_chat_states_receipts_headlines_and_copies_are_nobodys_words(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear):
        ana.sends(Element("{http://jabber.org/protocol/chatstates}composing"))
        ana.sends(Element("{urn:xmpp:receipts}received", {"id": "x"}))
        headline = Element("{jabber:client}body")
        headline.text = "news"
        ana.sends(headline, kind="headline")
        await ana.says("and this is mine")
        await ear.got(1)
    assert words(ear) == ["and this is mine"]


async def test_a_message_that_is_taken_back_is_deleted(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear):
        id = await ana.says("oops")
        ana.sends(Element("{urn:xmpp:message-retract:1}retract", {"id": id}))
        _, gone = await ear.got(2)
    assert gone.what == Deleted(f"xmpp:{ana.user}/{id}")  # type: ignore[arg-type]


async def test_who_writes_to_another_address_of_ours_or_while_we_are_away_gets_it_back(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear):
        body = Element("{jabber:client}body")
        body.text = "sales?"
        ana.sends(body, to=f"sales@{config.component}")
        await eventually(lambda: ana.errors() == ["item-not-found"], "it comes back")
    await ana.says("anybody there?")
    await eventually(lambda: len(ana.errors()) == 2, "the server says that we are away")
    assert ear.received == []


async def test_what_could_not_be_kept_until_we_stop_goes_back_to_its_author(config: XmppConfig, ear: Core, ana: Person) -> None:
    ear.broken = 1_000_000
    async with alive(config, ear):
        await ana.says("one")
        await ana.says("two")
        await eventually(lambda: ear.broken < 1_000_000, "it was tried")
        await ana.arrived(config.component)
    await eventually(lambda: ana.errors() == ["service-unavailable"] * 2, "both come back")
    assert ear.received == []


async def test_only_people_of_the_named_servers_are_heard(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(replace(config, servers=frozenset({"elsewhere.example"})), ear):
        await ana.says("let me in")
        await eventually(lambda: ana.errors() == ["not-allowed"], "it comes back")
    async with alive(replace(config, servers=frozenset({DOMAIN})), ear):
        await ana.says("and now?")
        await ear.got(1)
    assert words(ear) == ["and now?"]


async def test_whoever_wants_to_see_the_desk_may_and_it_is_there(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear):
        ana.asks("subscribe")
        await eventually(lambda: (config.desk, "") in ana.present, "the desk is there")

        async def agreed() -> bool:
            return await ana.subscription(config.desk) == "to"

        await eventually(agreed, "the desk has agreed to be seen")


# --------------------------------------------------------------------------------------------------------------- speaking
async def test_whom_nobody_knows_and_who_has_blocked_us_is_told_to_the_desk_at_once(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear) as channel:
        with pytest.raises(DeliveryRefused) as refused:
            await channel.send(f"xmpp:nobody@{DOMAIN}", say("hello"))
        assert refused.value.reason == "blocked"
        await ana.blocks(config.desk)
        with pytest.raises(DeliveryRefused) as blocked:
            await channel.send(to(ana), say("hello"))
        assert blocked.value.reason == "blocked"
        assert await ana.seen() == []
        await ana.forgives(config.desk)
        await channel.send(to(ana), say("hello again"))
        await eventually(ana.bots, "it is there")


async def test_a_refusal_that_comes_late_is_told_and_taken_back_when_they_write(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear) as channel:
        await channel.send(to(ana), say("hello"))
        await eventually(ana.bots, "it is there")
        error = Element("{jabber:client}error", {"type": "cancel"})
        error.append(Element("{urn:ietf:params:xml:ns:xmpp-stanzas}gone"))
        ana.sends(error, kind="error", id=ana.bots()[0].get("id", ""))
        [lost] = await ear.got(1)
        await ana.says("I am here")
        events = [event.what for event in await ear.got(3)]
    assert lost.what == Reachable(False)
    assert events[1] == Reachable(True)


async def test_an_error_about_what_we_never_sent_is_nothing(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear):
        error = Element("{jabber:client}error", {"type": "cancel"})
        error.append(Element("{urn:ietf:params:xml:ns:xmpp-stanzas}gone"))
        ana.sends(error, kind="error", id="never-sent")
        await ana.says("hello")
        await ear.got(1)
    assert [type(event.what) for event in ear.received] == [Said]


async def test_who_is_away_finds_it_when_they_come_back(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear) as channel:
        await ana.goes()
        await channel.send(to(ana), say("Your printer is mended."))
        await ana.arrives()
        await eventually(ana.bots, "it waited for them")
    assert await ana.seen() == ["Your printer is mended."]


async def test_a_file_that_the_server_has_no_place_for_is_said_in_words(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear) as channel:
        await channel.send(to(ana), Outbound(attachments=(Attachment("elsewhere:1", "fix\n.conf"),)))
        await eventually(ana.bots, "it is said")
    assert "I have a file for you that cannot be sent here: fix .conf." in (await ana.seen())[0]


async def test_signs_that_no_stanza_may_hold_do_not_end_the_stream(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear) as channel:
        await channel.send(to(ana), say("a\x00b\x0bc\ufffed\uffffe\ud800f ]]> &amp; <x/>"))
        await channel.send(to(ana), say("still here"))
        await eventually(lambda: len(ana.bots()) == 2, "both are there")
    assert (await ana.seen())[0] == "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf ]]> &amp; <x/>"


# ----------------------------------------------------------------------------------------------------------------- faults
@pytest.mark.parametrize(("wrong", "named"), [({"secret": "wrong"}, "XMPP_SECRET"), ({"component": f"nobody.{DOMAIN}"}, "XMPP_COMPONENT")])
async def test_a_secret_or_a_component_that_the_server_does_not_know_is_named_with_its_cure(
    config: XmppConfig, ear: Core, wrong: dict[str, str], named: str
) -> None:
    false = replace(config, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Unauthorized, match=named):
        async with alive(false, ear):
            pass
    [(ok, line)] = await XmppChannel(false, desk=Desk(), notebook=Notes(), clock=StoppedClock()).diagnose()
    assert (ok, named in line) == (False, True)


async def test_the_doctor_says_whom_people_write_to_and_what_is_not_to_be_reached(config: XmppConfig) -> None:
    for port, well in ((config.port, True), (1, False)):
        channel = XmppChannel(replace(config, port=port), desk=Desk(), notebook=Notes(), clock=StoppedClock())
        [(ok, line)] = await channel.diagnose()
        assert (ok, config.desk in line, "XMPP_HOST" in line) == (well, well, not well)


async def test_the_doctor_beside_a_running_desk_says_that_somebody_is_connected_and_the_desk_goes_on(config: XmppConfig, ear: Core, ana: Person) -> None:
    async with alive(config, ear) as channel:
        assert [ok for ok, _ in await channel.diagnose()] == [True]
        found = await XmppChannel(config, desk=Desk(), notebook=Notes(), clock=StoppedClock()).diagnose()
        assert [ok for ok, _ in found] == [True]
        await eventually(channel.is_ready, "the desk is connected")
        await ana.says("hello?")
        await ear.got(1)


async def test_a_server_that_is_away_at_the_start_and_in_between_is_waited_for(config: XmppConfig, ear: Core, ana: Person) -> None:
    line = Line(f"http://127.0.0.1:{config.port}")
    async with line.laid():
        channel = XmppChannel(replace(config, port=line.port), desk=Desk(), notebook=Notes(), clock=StoppedClock())
        async with line.refusing():
            task = asyncio.create_task(channel.listen(ear.receive, ear))
            with pytest.raises(DeliveryError):
                await channel.send(to(ana), say("nobody carries this"))
        try:
            await eventually(channel.is_ready, "it is connected")
            async with line.refusing():
                await eventually(lambda: not channel.is_ready(), "it notices")
            await eventually(channel.is_ready, "it is connected again")
            await channel.send(to(ana), say("back again"))
            await eventually(ana.bots, "it is there")
        finally:
            task.cancel()
            await asyncio.wait([task])
    assert await ana.seen() == ["back again"]
