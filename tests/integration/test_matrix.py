"""The Matrix channel on a real Synapse: what is heard after gaps and crashes, what is sent once, and what faults become."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import nio
import pytest

from adapters.matrix.channel import SINCE, MatrixChannel
from adapters.matrix.config import MatrixConfig
from adapters.matrix.rooms import MOST_EACH
from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Attachment, Outbound, Reaction, Said, Say
from bot.errors import DeliveryError, DeliveryRefused, RateLimited, ThreadGone, Unauthorized
from tests.clouds.matrix_people import Person, people, unused
from tests.clouds.slack_app import Core
from tests.clouds.telegram_ear import Notes, StoppedClock
from tests.faults.line import Line
from tests.journeys.doors import eventually
from tests.servers import homeserver
from tests.servers.synapse import register


class Ear(Core):
    """What the core keeps, with every try."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[str] = []

    async def receive(self, event: Any) -> None:
        self.tried.append(event.key)
        await super().receive(event)

    @property
    def words(self) -> list[str]:
        return [event.what.text for event in self.received if isinstance(event.what, Said)]


class Bot:
    """An account of the desk, its notes, and what it has heard over all its lives."""

    def __init__(self, config: MatrixConfig) -> None:
        self.config, self.notes, self.ear = config, Notes(), Ear()
        self.channel = self.anew()

    def anew(self) -> MatrixChannel:
        """As after a start."""
        self.channel = MatrixChannel(self.config, desk=Desk(), notebook=self.notes, clock=StoppedClock())
        return self.channel

    @contextlib.asynccontextmanager
    async def alive(self) -> AsyncIterator[MatrixChannel]:
        """A life: it listens until it is cut off."""
        channel = self.anew()
        task = asyncio.create_task(channel.listen(self.ear.receive, self.ear))
        try:
            await eventually(lambda: channel.is_ready() or task.done(), "the channel is ready")
            if task.done():
                task.result()
            yield channel
        finally:
            task.cancel()
            await asyncio.wait([task])
            await channel.close()


@pytest.fixture
async def bot() -> Bot:
    url = homeserver()
    account = await register(url, unused("bot"))
    return Bot(MatrixConfig(url, account["user_id"], account["access_token"]))


@pytest.fixture
async def ana(bot: Bot) -> AsyncIterator[Person]:
    async with people(bot.config.homeserver, bot.config.user, "ana") as [person]:
        yield person


def say(text: str) -> Outbound:
    return Outbound((Say(text),))


async def sees(person: Person, expected: list[str], room: str = "") -> None:
    """That is what the bot has written there, a moment after it was taken."""

    async def look() -> bool:
        return await person.seen(room) == expected

    await eventually(look, f"{expected}")


# ------------------------------------------------------------------------------------------------------- nothing is lost
async def test_what_was_written_while_nobody_listened_is_heard_in_order_however_much_it_is(bot: Bot, ana: Person) -> None:
    async with bot.alive():
        await ana.says("first")
        await bot.ear.got(1)
        await eventually(lambda: SINCE in bot.notes.kept, "how far it heard is noted")
    written = [f"missed {n}" for n in range(52)]  # more than one answer of the homeserver holds
    for words in written:
        await ana.says(words)

    async with bot.alive() as channel:
        await bot.ear.got(53, within_s=15)
        assert channel.numbers()["matrix_gaps_total"] == 1

    assert bot.ear.words == ["first", *written]


async def test_what_was_written_before_the_invitation_was_accepted_is_heard(bot: Bot, ana: Person) -> None:
    async with bot.alive():
        await eventually(lambda: SINCE in bot.notes.kept, "how far it heard is noted")
    for words in ("hello?", "is anybody there?"):
        await ana.says(words)

    async with bot.alive():
        await bot.ear.got(2)

    assert bot.ear.words == ["hello?", "is anybody there?"]


async def test_a_crash_after_hearing_and_before_that_is_noted_repeats_and_doubles_nothing(bot: Bot, ana: Person) -> None:
    note = bot.notes.note

    async def never(key: str, value: str) -> None:
        if key == SINCE and bot.ear.received:
            await asyncio.Event().wait()  # the process dies here
        await note(key, value)

    bot.notes.note = never  # type: ignore[method-assign]
    async with bot.alive():
        await ana.says("once")
        await bot.ear.got(1)
    bot.notes.note = note  # type: ignore[method-assign]

    async with bot.alive():
        await ana.says("twice")
        await bot.ear.got(2)

    assert bot.ear.words == ["once", "twice"]
    assert bot.ear.tried.count(bot.ear.received[0].key) == 2


async def test_what_was_there_before_the_first_start_is_not_heard(bot: Bot, ana: Person) -> None:
    account = nio.AsyncClient(bot.config.homeserver)
    account.restore_login(bot.config.user, "earlier", bot.config.token)
    room = await ana.invites()
    await account.join(room)
    await ana.says("of another life")
    await account.close()

    async with bot.alive():
        await eventually(lambda: SINCE in bot.notes.kept, "the first sync is over")
        await ana.says("of this one")
        await bot.ear.got(1)

    assert bot.ear.words == ["of this one"]


# ------------------------------------------------------------------------------------------------------------- help rooms
async def test_in_a_help_room_each_question_is_a_thread_and_others_talk_is_nobodys(bot: Bot, ana: Person) -> None:
    async with people(bot.config.homeserver, bot.config.user, "bob") as [bob]:
        room = await ana.invites(bob.user, direct=False)
        await bob.joins(room)
        bot.config = replace(bot.config, help_rooms=(room,))
        async with bot.alive() as channel:
            root = await ana.says("my chair squeaks", room)
            [asked] = await bot.ear.got(1)
            assert (asked.conversation, asked.what.private, asked.what.addressed) == (f"matrix:{room}/{root}", False, True)  # type: ignore[union-attr]
            bot.ear.known.add(asked.conversation)
            await channel.send(asked.conversation, say("Oil it."))
            [answer] = await eventually(lambda: ana.bots(room), "the answer")
            assert (answer["content"]["m.relates_to"]["rel_type"], answer["content"]["m.relates_to"]["event_id"]) == ("m.thread", root)

            other = await bob.sends({"msgtype": "m.notice", "body": "I am a program"}, room)
            thread = {"rel_type": "m.thread", "event_id": other}
            await bob.says("talk in a thread that is not ours", room, **{"m.relates_to": thread})
            await ana.says("it squeaks still", room, **{"m.relates_to": {"rel_type": "m.thread", "event_id": root}})
            await bot.ear.got(2)

    assert bot.ear.words == ["my chair squeaks", "it squeaks still"]
    assert bot.ear.received[1].conversation == asked.conversation


async def test_of_many_direct_rooms_with_one_person_the_oldest_is_left(bot: Bot, ana: Person) -> None:
    async with bot.alive():
        rooms = [await ana.invites() for _ in range(MOST_EACH + 1)]

        async def settled() -> bool:
            return await ana.members(rooms[0]) == {ana.user} and len(await ana.members(rooms[-1])) == 2

        await eventually(settled, "the oldest is left")
        await ana.says("here", rooms[-1])
        await bot.ear.got(1)
        await bot.channel.send(bot.ear.received[0].conversation, say("there"))
        await sees(ana, ["there"], rooms[-1])


async def test_who_begins_to_encrypt_is_invited_to_another_room_and_nothing_more_is_said_in_the_old_one(bot: Bot, ana: Person) -> None:
    async with bot.alive() as channel:
        await ana.says("hello")
        [event] = await bot.ear.got(1)
        await ana.encrypts()
        [room] = await eventually(ana.invitations, "an invitation")
        await channel.send(event.conversation, say("In the clear."))
        await ana.joins(room)

        async def told() -> bool:
            return any("I cannot read encrypted rooms" in shown for shown in await ana.seen())

        await eventually(told, "they are told why")
        await sees(ana, ["In the clear."], room)
        assert "In the clear." not in await ana.seen()


async def test_from_a_room_that_the_homeserver_encrypts_for_us_no_other_is_made(bot: Bot, ana: Person) -> None:
    async with bot.alive() as channel:
        await channel.send(PersonId(f"matrix:{ana.user}"), say("Hello."))
        [room] = await ana.invitations()
        await ana.joins(room)
        await Person(client := nio.AsyncClient(bot.config.homeserver), "", room).logs_in(bot.config.user, bot.config.token)
        await Person(client, "", room).encrypts()  # as a homeserver does that encrypts every new room: in the name of who made it

        async def told() -> bool:
            return any("I cannot make one that is not" in shown for shown in await ana.seen(room))

        await eventually(told, "they are told")
        with pytest.raises(DeliveryRefused):
            await channel.send(PersonId(f"matrix:{ana.user}"), say("Into nothing."))
        assert await ana.invitations() == {}
        await client.close()


# ---------------------------------------------------------------------------------------------------- changes and signs
async def test_a_message_is_changed_where_it_stands_until_it_is_deleted(bot: Bot, ana: Person) -> None:
    async with bot.alive() as channel:
        await ana.says("hello")
        [event] = await bot.ear.got(1)
        sent = await channel.send(event.conversation, say("It is open."))
        for _ in range(2):
            await channel.edit(sent, say("It is solved."))
        await sees(ana, ["It is solved."])
        await ana.deletes(sent.rpartition("/")[2])
        with pytest.raises(ThreadGone):
            await channel.edit(sent, say("too late"))


async def test_a_sign_that_is_put_twice_is_there_once(bot: Bot, ana: Person) -> None:
    async with bot.alive() as channel:
        event = await ana.says("thanks")
        [heard] = await bot.ear.got(1)
        assert isinstance(heard.what, Said)
        for _ in range(2):
            await channel.react(Reaction(heard.what.message, "thanks"))
        await ana.says("after it")
        signs = [e["content"]["m.relates_to"] for e in await ana.events() if e["type"] == "m.reaction"]
        assert signs == [{"rel_type": "m.annotation", "event_id": event, "key": "🙏"}]


# ----------------------------------------------------------------------------------------------------------------- faults
async def test_a_homeserver_that_asks_to_wait_says_how_long(bot: Bot, ana: Person) -> None:
    admin = await register(bot.config.homeserver, unused("admin"), admin=True)
    address = f"{bot.config.homeserver}/_synapse/admin/v1/users/{bot.config.user}/override_ratelimit"
    async with bot.alive() as channel:
        await ana.says("hello")
        [event] = await bot.ear.got(1)
        said = {"Authorization": f"Bearer {admin['access_token']}"}
        async with aiohttp.ClientSession(headers=said) as session, session.post(address, json={"messages_per_second": 1, "burst_count": 1}) as answer:
            assert answer.status == 200
        with pytest.raises(RateLimited) as limited:
            await asyncio.gather(*(channel.send(event.conversation, say(f"{n}")) for n in range(20)))
        assert 0 < limited.value.retry_after_s < 60
        assert len(await ana.seen()) < 20


async def test_a_file_that_is_too_large_is_refused_whether_its_size_was_told_or_not(bot: Bot, ana: Person) -> None:
    async def carried(attachment: Attachment, limit: int) -> bytes:
        return b"x" * 300_000

    async with bot.alive() as channel:
        channel.fetch_any = carried
        await ana.says("hello")
        [event] = await bot.ear.got(1)
        for size in (300_000, 0):
            with pytest.raises(DeliveryRefused) as refused:
                await channel.send(event.conversation, Outbound(attachments=(Attachment("elsewhere:1", "big.bin", size=size),)))
            assert refused.value.reason == "too_large"


async def test_a_token_that_is_refused_or_somebody_elses_is_named_with_its_cure(bot: Bot, ana: Person) -> None:
    wrong = Bot(replace(bot.config, token="syt_nobody_knows_this_one"))
    with pytest.raises(Unauthorized, match="MATRIX_TOKEN"):
        async with wrong.alive():
            pass
    assert [ok for ok, line in await wrong.channel.diagnose() if "MATRIX_TOKEN" in line] == [False]
    await wrong.channel.close()

    others = Bot(replace(bot.config, token=ana.client.access_token))
    with pytest.raises(Unauthorized, match="MATRIX_USER"):
        async with others.alive():
            pass


async def test_a_homeserver_that_is_away_at_the_start_and_in_between_is_waited_for(bot: Bot, ana: Person) -> None:
    line = Line(bot.config.homeserver)
    async with line.laid():
        bot.config = replace(bot.config, homeserver=f"http://127.0.0.1:{line.port}")
        channel = bot.anew()
        async with line.refusing():
            task = asyncio.create_task(channel.listen(bot.ear.receive, bot.ear))
            with pytest.raises(DeliveryError):
                await channel.send(PersonId(f"matrix:{ana.user}"), say("nobody carries this"))
            assert not channel.is_ready()
        try:
            await ana.says("are you there?")
            await bot.ear.got(1)
            async with line.refusing():
                await eventually(lambda: not channel.is_ready(), "it notices")
                await ana.says("and now?")
            await bot.ear.got(2)
        finally:
            task.cancel()
            await asyncio.wait([task])
            await channel.close()
    assert bot.ear.words == ["are you there?", "and now?"]


async def test_the_doctor_names_what_keeps_people_from_being_read(bot: Bot, ana: Person) -> None:
    secret = await ana.invites(direct=False, encrypted=True)
    bot.config = replace(bot.config, help_rooms=(secret, "#nowhere:example.org"))
    async with bot.alive() as channel:
        found = await channel.diagnose()
    assert found[0] == (True, f"Matrix knows the bot as {bot.config.user}")
    assert [ok for ok, line in found if secret in line and "is encrypted" in line] == [False]
    assert [ok for ok, line in found if "#nowhere:example.org" in line] == [False]


async def test_whom_nobody_knows_yet_is_invited_and_reads_what_was_sent(bot: Bot, ana: Person) -> None:
    async with bot.alive() as channel:
        await channel.send(ConversationId(f"matrix:{ana.user}"), say("Your ticket moved here."))
        [room] = await ana.invitations()
        await ana.joins(room)
        await sees(ana, ["Your ticket moved here."], room)
        await ana.says("thank you", room)
        [event] = await bot.ear.got(1)
        assert event.conversation == f"matrix:{ana.user}"


async def test_who_was_being_let_in_when_the_process_died_is_let_in_by_the_next(bot: Bot, ana: Person) -> None:
    line = Line(bot.config.homeserver)
    async with line.laid():
        here, bot.config = bot.config, replace(bot.config, homeserver=f"http://127.0.0.1:{line.port}")
        async with bot.alive():
            await eventually(lambda: SINCE in bot.notes.kept, "how far it heard is noted")
            heard_until = bot.notes.kept[SINCE]
            note = bot.notes.note

            async def cut_off(key: str, value: str) -> None:
                await note(key, value)
                if value.startswith("joining "):
                    line.cut()
                    await line._deaf()

            bot.notes.note = cut_off  # type: ignore[method-assign]
            await ana.says("is anybody there?")
            await eventually(lambda: any(value.startswith("joining ") for value in bot.notes.kept.values()), "the invitation is noted")
            await eventually(lambda: bot.notes.kept[SINCE] != heard_until, "and so is how far it heard")
        bot.notes.note = note  # type: ignore[method-assign]
        assert await ana.members() == {ana.user}
        await line._listen()
    bot.config = here
    async with bot.alive():
        await bot.ear.got(1)
    assert bot.ear.words == ["is anybody there?"]


async def test_answers_go_where_somebody_wrote_last_and_an_invitation_that_is_taken_back_changes_nothing(bot: Bot, ana: Person) -> None:
    async with bot.alive():
        await ana.says("hello")
        [event] = await bot.ear.got(1)
        other = await ana.invites()

        async def joined() -> bool:
            return bot.config.user in await ana.members(other)

        await eventually(joined, "the bot is in the other room, too")
    taken_back = await ana.invites()
    await ana.takes_back(taken_back)
    async with bot.alive() as channel:
        await ana.says("and again")
        await bot.ear.got(2)
        await channel.send(event.conversation, say("Here I am."))
        await ana.says("over here", other)
        await bot.ear.got(3)
        await channel.send(event.conversation, say("And here."))
    await sees(ana, ["Here I am."])
    await sees(ana, ["And here."], other)
