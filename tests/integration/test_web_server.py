"""The server around all channels: limits, headers, health, figures and the API."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.http import HOOK_BYTES, build
from bot.domain.tickets import TicketMessage
from tests.web_desk import BASE, START, Browser, WebWorld, a_ticket, a_world


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
    return Browser(build(channels, health=health, reader=world.desk, numbers=numbers), base, peer)  # type: ignore[arg-type]


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
    await asyncio.wait_for(app(scope, receive, send), 5)
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
@pytest.mark.parametrize("path", ["/", "/tickets/none", "/nothing", "/healthz", "/static/site.css", "/api/v1/tickets", "/broken"])
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


@pytest.mark.parametrize("path", ["/metrics", "/api/openapi.json", "/api/v1/tickets", "/api/v1/tickets/IT-1"])
@pytest.mark.parametrize(
    ("peer", "base", "claims"),
    [
        ("203.0.113.9", BASE, {}),
        ("203.0.113.9", BASE, {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1", "CF-Connecting-IP": "127.0.0.1"}),
        ("127.0.0.1", "http://evil.example", {}),
    ],
)
async def test_what_is_for_this_computer_alone_is_closed_to_others(world: WebWorld, path: str, peer: str, base: str, claims: dict[str, str]) -> None:
    world.desk.all_tickets["IT-1"] = a_ticket()
    answer = await hooks(world, peer, base).http.get(path, headers=claims)
    assert answer.status_code == 403
    assert "screen" not in answer.text


# --------------------------------------------------------------------------------------------------------------------- API
async def test_tickets_are_listed_page_by_page_and_none_is_missed_when_many_changed_at_once(world: WebWorld) -> None:
    times = [START, START, START, START + timedelta(hours=1), START + timedelta(hours=1), START + timedelta(hours=2), START + timedelta(hours=3)]
    world.desk.all_tickets = {f"IT-{n}": a_ticket(f"IT-{n}", changed_at=at) for n, at in enumerate(times)}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await world.browser().http.get("/api/v1/tickets", params={"limit": 4, "cursor": cursor})).json()
        seen += [t["number"] for t in page["tickets"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(world.desk.all_tickets)


async def test_one_ticket_comes_with_its_talk_and_history(world: WebWorld) -> None:
    ticket = world.desk.all_tickets["IT-1"] = a_ticket()
    world.desk.talks["IT-1"] = [TicketMessage(1, ticket.id, "in", "question", ticket.requester, "My screen is black", START)]
    answer = (await world.browser().open("/api/v1/tickets/IT-1")).json()
    assert answer["ticket"]["number"] == "IT-1"
    assert answer["messages"][0]["text"] == "My screen is black"
    assert (await world.browser().open("/api/v1/tickets/IT-2")).status_code == 404


async def test_an_agent_who_is_signed_in_reads_from_elsewhere(world: WebWorld) -> None:
    world.desk.all_tickets["IT-1"] = a_ticket()
    ann = await world.agent()
    afar = hooks(world, "203.0.113.9", "http://help.example")
    afar.http.cookies.set("firstline_in", ann.http.cookies["firstline_in"])
    assert (await afar.open("/api/v1/tickets")).status_code == 200


CURSORS = ["x", "==", "ä", base64.urlsafe_b64encode(b"tomorrow").decode(), base64.urlsafe_b64encode(b"0001-01-01T00:00:00+14:00").decode(), "A" * 101]


@pytest.mark.parametrize(
    "query",
    [
        *({"cursor": cursor} for cursor in CURSORS), {"limit": "0"}, {"limit": "101"}, {"limit": "1" + "0" * 400}, {"limit": "NaN"}, {"limit": "1.5"},
        {"tier": "-1"}, {"tier": "x"}, {"status": "gone"}, {"q": "x" * 201},
    ],
)  # fmt: skip
async def test_odd_questions_to_the_api_are_answered_with_the_problem(world: WebWorld, query: dict[str, str]) -> None:
    answer = await world.browser().http.get("/api/v1/tickets", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 422


ODD = ["tickets?q=%00%ed%a0%80%ff", "tickets/%00", "tickets/%ed%a0%80", "tickets/" + "9" * 65, ""]


@pytest.mark.parametrize("address", [f"/api/v1/{odd}" for odd in ODD])
async def test_no_text_brings_the_api_down(world: WebWorld, address: str) -> None:
    assert (await world.browser().http.get(address)).status_code < 500


async def test_the_api_is_read_only(world: WebWorld) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = await world.browser().http.request(method, "/api/v1/tickets")
        assert answer.status_code == 405


async def test_the_description_names_every_answer_and_fits_what_comes(world: WebWorld) -> None:
    description = (await world.browser().open("/api/openapi.json")).json()
    assert set(description["paths"]) == {"/v1/tickets", "/v1/tickets/{number}"}
    for path in description["paths"].values():
        assert {"200", "403", "422", "503"} <= set(path["get"]["responses"])


async def test_without_a_database_the_api_says_so(world: WebWorld) -> None:
    world.desk.down = True
    answer = await world.browser().open("/api/v1/tickets")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
