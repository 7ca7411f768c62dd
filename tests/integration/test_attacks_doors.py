"""At the doors: what claims to come from a platform or a browser, over real sockets, and is believed nothing that it cannot prove."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvicorn

from adapters.http import figures
from bot.domain.messages import Outbound, Pressed, Said, Submitted, Words
from tests.clouds.slack_app import SlackApp
from tests.clouds.telegram import LEA, TelegramCloud
from tests.clouds.telegram_ear import SECRET, listening
from tests.servers.kinds import free_port
from tests.web_desk import WebWorld, a_ticket, a_world

HEADER = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
HOSTILE_NAME = 'x"} 1\nfirstline_events_received_total 999\n# \x1b[31m'


def an_update(number: int, message: int, text: str) -> dict[str, Any]:
    """A private message of Lea's, as Telegram sends it."""
    who = {"id": LEA, "is_bot": False, "first_name": "Lea"}
    return {"update_id": number, "message": {"message_id": message, "date": 1, "chat": {"id": LEA, "type": "private"}, "from": who, "text": text}}


# ------------------------------------------------------------------------------------------------------------- Telegram
async def test_updates_may_be_numbered_as_telegram_likes_and_each_counts_once() -> None:
    """A8: a number below the last one, a gap, the same number again with something new in it, and a repeated update."""
    updates = [an_update(5000, 11, "first"), an_update(4, 12, "below"), an_update(9_000_000, 13, "after a gap"), an_update(5000, 14, "a numbering begun anew")]
    async with TelegramCloud() as cloud, listening(cloud, webhook=True) as (_, ear), aiohttp.ClientSession() as session:
        for update in [*updates, *updates]:
            async with session.post(cloud.updates.hook["url"], json=update, headers=HEADER) as answer:
                assert answer.status == 200
        assert [i.what.text for i in ear.heard if isinstance(i.what, Said)] == ["first", "below", "after a gap", "a numbering begun anew"]
        assert ear.repeats == 4


async def test_two_kinds_of_event_under_one_number_are_two_events() -> None:
    """A8."""
    press = {"id": "77", "from": {"id": LEA, "is_bot": False, "first_name": "Lea"}, "data": "take:IT-1", "message": an_update(1, 5, "card")["message"]}
    async with TelegramCloud() as cloud, listening(cloud, webhook=True) as (_, ear), aiohttp.ClientSession() as session:
        for update in (an_update(7, 1, "hello"), {"update_id": 7, "callback_query": press}):
            async with session.post(cloud.updates.hook["url"], json=update, headers=HEADER) as answer:
                assert answer.status == 200
        assert [type(i.what) for i in ear.heard] == [Said, Pressed]


# ---------------------------------------------------------------------------------------------------------------- Slack
async def test_slack_is_never_asked_to_find_names_or_links_in_what_we_send() -> None:
    """C2: a bare @channel stays a word, because nobody is asked to link it."""
    async with SlackApp() as app:
        await app.channel.send("slack:C0TIER2", Outbound((Words("@channel @here https://evil.example", "Eve"),)))
        (message,) = app.cloud.world.in_channel("C0TIER2")
        assert {"link_names", "parse"}.isdisjoint(key for key, value in message.wire.items() if value)
        assert "@channel @here" in message.shown


async def test_with_socket_mode_there_is_no_door_that_an_empty_secret_could_open() -> None:
    """A2."""
    async with SlackApp(socket_mode=True) as app:
        assert list(app.channel.routes()) == []


# ----------------------------------------------------------------------------------------------------------------- HTTP
@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    yield made
    await made.stop()


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[int]:
    """The application on a real socket, behind the same server as at work; gives its port."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, http="httptools", lifespan="off", log_config=None, access_log=False, proxy_headers=False))
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - uvicorn has a flag and no event
            await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def raw(port: int, request: bytes) -> bytes:
    """What comes back for these bytes until the connection is closed, or nothing more comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        received = b""
        try:
            async with asyncio.timeout(2):
                while piece := await reader.read(65536):
                    received += piece
        except TimeoutError:
            pass
        return received
    finally:
        writer.close()


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 999\r\n",
        b"Content-Length: 4\r\nContent-Length: 9\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: 4,4\r\n",
        b"Content-Length: -1\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
    ],
)
async def test_a_request_with_two_lengths_smuggles_no_second_one(world: WebWorld, headers: bytes) -> None:
    """A10."""
    smuggled = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    async with served(world.app) as port:
        answer = await raw(port, b"POST /say HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + b"\r\n" + smuggled)
        assert answer.count(b"HTTP/1.1 ") <= 1
        assert b"alive" not in answer
        assert b" 500 " not in answer
        assert (await raw(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).endswith(b"alive")
    assert world.desk.received == []


@pytest.mark.parametrize(
    "start", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"G" * 70_000, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"\0" * 100]
)
async def test_what_is_no_request_harms_nobody(world: WebWorld, start: bytes) -> None:
    """A5, A10."""
    async with served(world.app) as port:
        assert b" 500 " not in await raw(port, start)
        assert (await raw(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).endswith(b"alive")


async def test_a_hundred_bodies_that_never_end_hold_up_nobody(world: WebWorld) -> None:
    """A10: who sends a byte now and then is one of many."""
    async with served(world.app) as port:
        slow = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        for _, writer in slow:
            writer.write(b"POST /say HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nx")
        begun = asyncio.get_running_loop().time()
        assert (await raw(port, b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")).endswith(b"alive")
        assert asyncio.get_running_loop().time() - begun < 2
        for _, writer in slow:
            writer.close()


# -------------------------------------------------------------------------------------------------------------- browser
CLAIMS: dict[str, Any] = {
    "verified": "true", "email": "boss@example.com", "person": "web:someone", "requester": "slack:U0BOSS", "role": "admin", "is_agent": "1", "tier": "3",
    "internal": "false", "conversation": "web:someone", "status": "closed", "assignee": "web:me", "hash": "", "id": "IT-1",
}  # fmt: skip


async def test_what_a_visitor_claims_about_themselves_is_not_read(world: WebWorld) -> None:
    """B8, B10: a name is a name; everything else in the form is ignored."""
    browser = world.browser()
    await browser.send(await browser.open("/"), "/say", text="my screen is black", name="The Boss", **CLAIMS)
    (event,) = world.desk.received
    assert isinstance(event.what, Said)
    assert (event.person.id, event.conversation) == (browser.visitor, browser.visitor)
    assert (event.what.text, event.what.place, event.what.private, event.what.reply_to) == ("my screen is black", browser.visitor, True, None)
    assert (await browser.open("/agent")).status_code != 200
    assert (await browser.open("/admin")).status_code != 200


async def test_what_an_agents_form_holds_beside_its_words_is_not_read(world: WebWorld) -> None:
    """B10."""
    agent = await world.agent()
    world.desk.all_tickets["IT-1"] = a_ticket()
    page = await agent.open("/agent/tickets/IT-1")
    await agent.send(page, "/agent/tickets/IT-1/note", words="for us alone", **CLAIMS)
    (event,) = [e for e in world.desk.received if isinstance(e.what, Submitted)]
    assert isinstance(event.what, Submitted)
    assert (event.what.action, event.what.values.get("words")) == ("note:IT-1", "for us alone")
    assert set(event.what.values) <= {"words", "entry"}
    assert event.person.id != "web:someone"


# -------------------------------------------------------------------------------------------------------------- figures
async def test_no_words_of_anybody_are_among_the_figures(world: WebWorld) -> None:
    """C9: our series have no labels, so that nobody's words can stand in one or make more of them."""
    browser = world.browser()
    await browser.send(await browser.open("/"), "/say", text=HOSTILE_NAME, name=HOSTILE_NAME)
    text = (await world.browser().open("/metrics")).text
    ours = [line for line in text.splitlines() if line.startswith("firstline_")]
    assert ours
    assert all("{" not in line for line in ours)
    assert not any(line.endswith(" 999") for line in ours)
    assert figures({"events_received_total": 3}).count(b"firstline_events_received_total 3.0") == 1
    assert "x\"}" not in text


async def test_a_name_with_line_ends_and_colours_is_one_plain_line_everywhere(world: WebWorld) -> None:
    """B4, C9."""
    browser = world.browser()
    await browser.send(await browser.open("/"), "/say", text="hello", name=HOSTILE_NAME)
    (event,) = world.desk.received
    assert "\n" not in event.person.name
    assert "\x1b" not in event.person.name
    assert len(event.person.name) <= 80
    assert json.dumps(event.person.name)
