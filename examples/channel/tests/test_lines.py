"""What is this channel's own: who comes back, who is away, lines without end, settings."""

from __future__ import annotations

import asyncio

import pytest
from firstline_lines.config import LinesConfig
from firstline_lines.kind import KIND
from side import Terminal, eventually, free_port, listening

from adapters.contract.sides import Listener
from bot.domain.messages import Commanded, Outbound, Say
from bot.errors import ConfigError, DeliveryError, DeliveryRefused


async def test_whoever_comes_back_with_their_key_is_the_same_person() -> None:
    core, port = Listener(), free_port()
    async with listening(core, port) as channel:
        first = await Terminal.at(port)
        await first.types("one")
        await core.got(1)
        await first.leaves()
        again = await Terminal.at(port, first.key)
        await again.types("two")
        before, after = await core.got(2)
        await channel.send(f"lines:{first.id}", Outbound((Say("welcome back"),)))
        await eventually(lambda: again.seen == ["welcome back"])
        await again.leaves()

    assert before.person.id == after.person.id
    assert before.key != after.key


async def test_a_key_that_is_not_of_our_making_brings_nobody_back() -> None:
    core, port = Listener(), free_port()
    async with listening(core, port):
        alice = await Terminal.at(port)
        liar = await Terminal.at(port, f"{alice.id}.{'0' * 32}")
        await liar.types("it is me")
        (event,) = await core.got(1)
        await liar.leaves()
        await alice.leaves()

    assert event.person.id != f"lines:{alice.id}"


async def test_who_is_away_is_tried_again_and_who_never_was_is_not() -> None:
    core, port = Listener(), free_port()
    async with listening(core, port) as channel:
        with pytest.raises(DeliveryError) as away:
            await channel.send("lines:00112233", Outbound((Say("hello"),)))
        with pytest.raises(DeliveryRefused):
            await channel.send("lines:/../x", Outbound((Say("hello"),)))

    assert not isinstance(away.value, DeliveryRefused)


async def test_a_line_without_end_ends_the_connection_and_nobody_else_s() -> None:
    core, port = Listener(), free_port()
    async with listening(core, port):
        endless, other = await Terminal.at(port), await Terminal.at(port)
        endless.writer.write(b"x" * 200_000)
        await eventually(lambda: endless.ended)
        await other.types("!list")
        (event,) = await core.got(1)
        await other.leaves()

    assert isinstance(event.what, Commanded)
    assert event.what.name == "list"


async def test_more_people_than_there_is_room_for_are_asked_to_try_again() -> None:
    core, port = Listener(), free_port()
    async with listening(core, port, most_people=1):
        first = await Terminal.at(port)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert b"try again" in await reader.readline()
        writer.close()
        await first.leaves()


@pytest.mark.parametrize(
    ("env", "table", "said"),
    [({"LINES_PORT": "http"}, {}, "LINES_PORT"), ({"LINES_PORT": "7"}, {"most_people": 0}, "most_people"), ({"LINES_PORT": "7"}, {"colour": 1}, "unknown")],
)
def test_settings_that_cannot_be_used_are_named_with_the_cure(env: dict[str, str], table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        LinesConfig.read(env, table)


def test_it_is_off_until_it_has_a_port() -> None:
    assert KIND.configure({}, {}) is None
    assert KIND.configure({"LINES_PORT": "7000"}, {"most_people": 5}) == LinesConfig(7000, most_people=5)
