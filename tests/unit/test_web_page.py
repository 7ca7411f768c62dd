"""`kb import URL` fetches a page, and only that page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot import web_page
from bot.web_page import fetch, is_public
from kb.loader import LoadError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A server on loopback; gives its address."""
    app = web.Application()
    app.router.add_get("/{name:.*}", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def refused(url: str, *, allow_private: bool = True) -> str:
    with pytest.raises(LoadError) as caught:
        await fetch(url, allow_private=allow_private)
    return str(caught.value)


async def test_a_page_is_fetched_from_inside_the_own_network_when_that_is_allowed() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>FAQ</html>")

    async with serving(page) as base:
        assert await fetch(f"{base}faq", allow_private=True) == b"<html>FAQ</html>"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "user@127.0.0.1", "127.0.0.1.",
        "10.0.0.1", "169.254.169.254", "[fe80::1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    ],
)  # fmt: skip
async def test_an_address_of_a_private_network_is_refused_with_the_way_to_allow_it_and_nothing_is_connected(host: str) -> None:
    asked: list[str] = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="<html>")

    async with serving(page) as base:
        told = await refused(f"http://{host}:{URL(base).port}/faq", allow_private=False)
    assert "private network, from which nothing is fetched unless --allow-private" in told or "cannot be fetched" in told
    assert asked == []


async def test_a_redirect_on_the_same_host_is_followed() -> None:
    async def page(request: web.Request) -> web.Response:
        if request.path == "/old":
            raise web.HTTPMovedPermanently("/new")
        return web.Response(text=request.path)

    async with serving(page) as base:
        assert await fetch(f"{base}old", allow_private=True) == b"/new"


@pytest.mark.parametrize("target", ["http://localhost:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/", "http://[::1]:{port}/", "http://10.0.0.1/"])
async def test_a_redirect_into_a_private_network_is_not_followed(target: str) -> None:
    asked: list[str] = []

    async def page(request: web.Request) -> web.Response:
        asked.append(request.path)
        raise web.HTTPFound(target.format(port=request.url.port))

    async with serving(page) as base:
        assert "/faq: " in await refused(f"{base}faq")
    assert set(asked) == {"/faq"}


async def test_a_redirect_to_a_file_is_not_followed() -> None:
    async def page(_: web.Request) -> web.Response:
        raise web.HTTPFound("file:///etc/passwd")

    async with serving(page) as base:
        assert "only http and https" in await refused(f"{base}faq")


async def test_endless_redirects_end() -> None:
    async def page(_: web.Request) -> web.Response:
        raise web.HTTPFound("/again")

    async with serving(page) as base:
        assert "redirects" in await refused(f"{base}faq")


async def test_a_page_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 20_000)

    monkeypatch.setattr(web_page, "MAX_BYTES", 10_000)
    async with serving(page) as base:
        assert "larger than" in await refused(f"{base}faq")


async def test_a_page_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def page(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await asyncio.Event().wait()
        return answer

    monkeypatch.setattr(web_page, "TIMEOUT_S", 0.2)
    async with serving(page) as base:
        assert "no whole answer within" in await refused(f"{base}faq")


async def test_a_page_that_is_not_there_is_named_with_the_answer() -> None:
    async def page(_: web.Request) -> web.Response:
        raise web.HTTPNotFound

    async with serving(page) as base:
        assert "/faq: the server answered 404" in await refused(f"{base}faq?key=secret-1")
        assert "secret-1" not in await refused(f"{base}faq?key=secret-1")


@pytest.mark.parametrize("url", ["ftp://example.com/faq", "file:///etc/passwd", "http://", "http://[::1", "http://127.0.0.1:1/"])
async def test_what_cannot_be_fetched_is_one_line(url: str) -> None:
    assert "\n" not in await refused(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "192.0.0.9", "0.0.0.0", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1%eth0", "fec0::1", "fc00::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1", "nonsense",
    ],
)  # fmt: skip
def test_a_private_address_is_known_in_every_form(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)
