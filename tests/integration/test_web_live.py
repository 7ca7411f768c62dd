"""Live pages over a real socket: who hears of a change, and when the stream ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
import uvicorn

from adapters.web.config import WebConfig
from adapters.web.sessions import Sessions
from tests.web_desk import Browser, SetClock, WebWorld, a_ticket, a_world


class Served:
    """A world behind a real server."""

    def __init__(self, world: WebWorld, server: uvicorn.Server, base: str) -> None:
        self.world, self.server, self.base = world, server, base

    def client(self, browser: Browser | None = None) -> httpx.AsyncClient:
        cookies = browser.http.cookies if browser else None
        return httpx.AsyncClient(base_url=self.base, cookies=cookies, timeout=10)


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    world = await a_world(WebConfig())
    config = uvicorn.Config(world.app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=3)  # type: ignore[arg-type]
    server = uvicorn.Server(config)
    sockets = [config.bind_socket()]
    serving = asyncio.create_task(server.serve(sockets))
    base = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient() as probe:
        while True:
            try:
                await probe.get(f"{base}/healthz")
                break
            except httpx.ConnectError:
                await asyncio.sleep(0)
    yield Served(world, server, base)
    await world.stop()
    server.should_exit = True
    await asyncio.wait_for(serving, 10)


@asynccontextmanager
async def listening(client: httpx.AsyncClient, path: str) -> AsyncIterator[AsyncIterator[str]]:
    """The names of the events of a stream, from the first one on."""

    async def names(answer: httpx.Response) -> AsyncIterator[str]:
        async for line in answer.aiter_lines():
            if line.startswith("event:"):
                yield line.partition(":")[2].strip()

    async with client, client.stream("GET", path) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard = names(answer)
        assert await asyncio.wait_for(anext(heard), 30) == "ready"
        yield heard


async def test_a_requester_hears_of_the_own_conversation_and_tickets_alone(served: Served) -> None:
    world, ana = served.world, served.world.browser()
    await ana.open("/")
    world.desk.all_tickets = {"IT-1": a_ticket("IT-1", ana.visitor), "IT-2": a_ticket("IT-2", "web:somebody-else")}
    async with listening(served.client(ana), "/events") as heard:
        for foreign in ("IT-2", "IT-999", "web:somebody-else", "slack:U1"):
            world.desk.tell(foreign)
        nothing = asyncio.create_task(anext(heard))
        done, _ = await asyncio.wait({nothing}, timeout=0.3)
        assert not done
        world.desk.tell(ana.visitor)
        assert await asyncio.wait_for(nothing, 30) == "change"
        world.desk.tell("IT-1")
        assert await asyncio.wait_for(anext(heard), 30) == "change"


async def test_an_agents_stream_ends_with_the_session(served: Served) -> None:
    world = served.world
    ann = await world.agent()
    async with listening(served.client(ann), "/agent/events") as heard:
        world.desk.tell("IT-1")
        assert await asyncio.wait_for(anext(heard), 30) == "change"
        sessions = Sessions(b"k" * 32, world.desk, SetClock())
        signed = await sessions.signed_in(ann.http.cookies["firstline_in"])
        assert signed
        await sessions.sign_out(signed)
        world.desk.tell("IT-1")
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(heard), 30)


async def test_a_stranger_hears_nothing_of_the_agents(served: Served) -> None:
    async with served.client() as client:
        assert (await client.get("/agent/events")).status_code == 403


async def test_a_page_of_another_site_hears_nothing(served: Served) -> None:
    browser = served.world.browser()
    await browser.open("/")
    async with served.client(browser) as client:
        assert (await client.get("/events", headers={"Origin": "https://evil.example"})).status_code == 403


async def test_open_streams_end_when_the_channel_stops(served: Served) -> None:
    browser = served.world.browser()
    await browser.open("/")
    async with listening(served.client(browser), "/events") as heard:
        await served.world.stop()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(heard), 30)


async def test_a_stream_that_is_closed_watches_no_longer(served: Served) -> None:
    browser = served.world.browser()
    await browser.open("/")
    async with listening(served.client(browser), "/events"):
        assert len(served.world.desk.watchers) == 1
    async with asyncio.timeout(5):
        while served.world.desk.watchers:  # noqa: ASYNC110 - the server learns of it when the socket closes
            await asyncio.sleep(0.01)
