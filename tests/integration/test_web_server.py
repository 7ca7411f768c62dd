"""The server around all channels: limits, headers, health and figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.http import HOOK_BYTES, build
from tests.web_desk import BASE, Browser, WebWorld, a_ticket, a_world


class Hook:
    """A channel with a webhook that counts the bytes it got."""

    name = "hook"

    async def take(self, request: Request) -> Response:
        return JSONResponse(len(await request.body()))

    async def break_down(self, request: Request) -> Response:
        raise RuntimeError("secret words")

    def routes(self) -> list[Route]:
        return [Route("/hook", self.take, methods=["POST"]), Route("/broken", self.break_down)]


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    yield made
    await made.stop()


def hooks(world: WebWorld, peer: str = "127.0.0.1", base: str = BASE) -> Browser:
    async def health() -> dict[str, str]:
        return world.wrong

    async def numbers() -> dict[str, float]:
        return {"events_received_total": 3, "queue_dead": 1}

    channels = {"web": world.channel, "hook": Hook()}
    return Browser(build(channels, health=health, numbers=numbers), base, peer)  # type: ignore[arg-type]


async def _pieces(size: int, piece: int = 65536, begin: bytes = b"") -> AsyncIterator[bytes]:
    yield begin
    for start in range(0, size, piece):
        yield b"x" * min(piece, size - start)


# ------------------------------------------------------------------------------------------------------------------ limits
async def test_a_hook_takes_a_body_of_one_mebibyte_and_no_byte_more(world: WebWorld) -> None:
    client = hooks(world).http
    assert (await client.post("/hook", content=b"x" * HOOK_BYTES)).json() == HOOK_BYTES
    assert (await client.post("/hook", content=b"x" * (HOOK_BYTES + 1))).status_code == 413


async def test_a_body_without_a_declared_length_has_the_same_limit(world: WebWorld) -> None:
    client = hooks(world).http
    assert (await client.post("/hook", content=_pieces(HOOK_BYTES))).status_code == 200
    assert (await client.post("/hook", content=_pieces(HOOK_BYTES * 3))).status_code == 413


async def test_a_form_of_more_than_twenty_five_megabytes_is_refused(world: WebWorld) -> None:
    client = world.browser()
    await client.open("/")
    begin = b'--x\r\nContent-Disposition: form-data; name="files"; filename="film"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Origin": BASE}
    answer = await client.http.post("/say", content=_pieces(26 * 1024 * 1024, begin=begin), headers=headers)
    assert answer.status_code == 413
    assert "20 MB" in answer.text


async def test_a_body_that_does_not_come_is_given_up(world: WebWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.HOOK_S", 0.05)

    async def stalls() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.Event().wait()

    sent: list[int] = []
    app = hooks(world).http._transport.app  # type: ignore[attr-defined]
    messages = iter([{"type": "http.request", "body": b"x", "more_body": True}])

    async def receive() -> dict[str, object]:
        for message in messages:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            sent.append(message["status"])  # type: ignore[arg-type]

    scope = {"type": "http", "method": "POST", "path": "/hook", "query_string": b"", "headers": [], "scheme": "http", "http_version": "1.1"}
    await asyncio.wait_for(app(scope, receive, send), 30)
    assert sent == [408]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n--x--"),
        ("application/x-www-form-urlencoded; charset=bogus", b"text=%ff%fe&once=%00&csrf=%ed%a0%80"),
        ("application/json", b'{"text": "x"}'),
        ("multipart/form-data; boundary=x; charset=utf-99", b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\xfe\r\n--x--'),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(500))),
    ],
)
async def test_a_broken_form_is_the_senders_fault_and_never_ours(world: WebWorld, kind: str, body: bytes) -> None:
    browser = world.browser()
    await browser.open("/")
    answer = await browser.http.post("/say", content=body, headers={"Content-Type": kind, "Origin": BASE})
    assert 400 <= answer.status_code < 500


# ----------------------------------------------------------------------------------------------------------------- headers
@pytest.mark.parametrize("path", ["/", "/tickets/none", "/nothing", "/healthz", "/static/site.css", "/broken"])
async def test_every_answer_keeps_browsers_safe(world: WebWorld, path: str) -> None:
    headers = (await hooks(world).open(path)).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


async def test_pages_are_not_kept_by_browsers_and_files_of_ours_are(world: WebWorld) -> None:
    browser = world.browser()
    page = await browser.open("/")
    assert page.headers["cache-control"] == "no-store"
    style = page.text.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in (await browser.open(style)).headers["cache-control"]


async def test_no_page_holds_a_script_or_a_style_of_its_own_or_from_elsewhere(world: WebWorld) -> None:
    world.desk.all_tickets["IT-1"] = a_ticket()
    root = await world.agent("Root", "admin")
    for path in ("/", "/tickets", "/agent", "/agent/tickets/IT-1", "/admin", "/admin/entries/new", "/admin/people"):
        text = (await root.open(path)).text
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick" not in text
        assert 'src="http' not in text


async def test_a_mistake_of_ours_tells_nothing(world: WebWorld) -> None:
    answer = await hooks(world).open("/broken")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text


async def test_faults_are_a_page_for_people_and_a_word_for_programs(world: WebWorld) -> None:
    browser = hooks(world)
    assert "<h1>" in (await browser.open("/nothing")).text
    assert (await browser.http.get("/nothing", headers={"Accept": "*/*"})).text == "Not Found"
    assert (await browser.http.get("/hook", headers={"Accept": "*/*"})).status_code == 405
    assert (await browser.http.get("/api/v2/nothing")).headers["content-type"] == "application/problem+json"


# --------------------------------------------------------------------------------------------------------------- operation
async def test_ready_says_what_is_not(world: WebWorld) -> None:
    browser = world.browser()
    assert (await browser.open("/readyz")).json() == {"ready": True, "wrong": {}}
    world.wrong["slack"] = "the token is refused"
    answer = await browser.open("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "wrong": {"slack": "the token is refused"}}
    assert (await browser.open("/healthz")).status_code == 200


async def test_from_elsewhere_ready_tells_no_details(world: WebWorld) -> None:
    world.wrong["slack"] = "token xoxb-1 is refused"
    assert (await hooks(world, peer="203.0.113.9").open("/readyz")).json() == {"ready": False, "wrong": {"slack": "not usable"}}


async def test_figures_have_their_kind(world: WebWorld) -> None:
    text = (await world.browser().open("/metrics")).text
    assert "# TYPE firstline_events_received_total counter\nfirstline_events_received_total 3.0" in text
    assert "# TYPE firstline_queue_dead gauge\nfirstline_queue_dead 0.0" in text


@pytest.mark.parametrize(
    ("peer", "base", "claims"),
    [
        ("203.0.113.9", BASE, {}),
        ("203.0.113.9", BASE, {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1", "CF-Connecting-IP": "127.0.0.1"}),
        ("127.0.0.1", "http://evil.example", {}),
    ],
)
async def test_what_is_for_this_computer_alone_is_closed_to_others(world: WebWorld, peer: str, base: str, claims: dict[str, str]) -> None:
    assert (await hooks(world, peer, base).http.get("/metrics", headers=claims)).status_code == 403
