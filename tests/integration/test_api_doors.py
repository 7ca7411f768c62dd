"""Who comes in: keys and their scopes, who needs none, how fast, and what nobody learns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.api.limits import BURST
from bot.domain.api_keys import ACTS, SCOPES
from bot.domain.roles import MAY
from bot.engine.programs import api_keys
from tests.api_desk import BASE, ApiDesk, acts, api_desk, asks

LOCAL = {"peer": "127.0.0.1", "base": "http://127.0.0.1:8080"}
ENTRY = {"texts": [{"lang": "en", "question": "Where is the printer?", "answer": "On floor 2."}]}
NEEDS = {
    ("GET", "/tickets"): "tickets:read",
    ("GET", "/tickets/IT-1"): "tickets:read",
    ("POST", "/tickets"): "tickets:write",
    ("POST", "/tickets/IT-1/acts"): "tickets:write",
    ("POST", "/tickets/IT-1/messages"): "messages:write",
    ("GET", "/entries"): "entries:read",
    ("GET", "/entries/password"): "entries:read",
    ("GET", "/drafts"): "entries:read",
    ("POST", "/entries"): "entries:write",
    ("PUT", "/entries/password"): "entries:write",
    ("DELETE", "/entries/password"): "entries:write",
    ("POST", "/entries/password/restore"): "entries:write",
    ("GET", "/people?id=api:for:x"): "people:read",
    ("GET", "/people/api:for:x"): "people:read",
    ("GET", "/reports"): "reports:read",
    ("GET", "/reports/matching"): "reports:read",
}
BODIES = {
    "/tickets": {"requester": {"id": "x"}, "question": "my chair squeaks"},
    "/tickets/IT-1/acts": {"act": "take"},
    "/tickets/IT-1/messages": {"kind": "note", "text": "x"},
    "/entries": ENTRY,
    "/entries/password": ENTRY,
}


@pytest.fixture
async def desk() -> AsyncIterator[ApiDesk]:
    async with api_desk() as made:
        yield made


# --------------------------------------------------------------------------------------------------------------- scopes
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_key_may_what_its_scope_says_and_nothing_else(desk: ApiDesk, scope: str) -> None:
    await asks(desk.program(await desk.key(name="setup")), requester={"id": "x"})
    program = await desk.crm(scope)

    for (method, path), needed in NEEDS.items():
        body = BODIES.get(path) if method in ("POST", "PUT") else None
        answer = await program.request(method, f"/api/v1{path}", json=body)
        assert (answer.status_code == 403) is (needed != scope), f"{method} {path}: {answer.text}"
        if needed != scope:
            assert answer.json()["code"] == "scope"


async def test_every_address_but_that_of_the_key_itself_is_tried_above(desk: ApiDesk) -> None:
    described = (await (await desk.crm()).get("/api/openapi.json")).json()["paths"]
    there = {(method.upper(), path.removeprefix("/v1")) for path, methods in described.items() for method in methods}

    def shaped(path: str) -> str:
        return path.partition("?")[0].replace("IT-1", "{number}").replace("password", "{id}").replace("matching", "{name}").replace("api:for:x", "{id}")

    assert there - {("GET", "/key")} == {(method, shaped(path)) for method, path in NEEDS}


async def test_what_a_scope_allows_is_known_to_the_table_of_roles() -> None:
    assert set().union(*ACTS.values()) <= set(MAY)


async def test_a_key_that_only_writes_words_is_refused_every_other_act(desk: ApiDesk) -> None:
    await asks(desk.program(await desk.key(name="setup")))
    program = await desk.crm("messages:write")
    for act in ("take", "close", "solved"):
        assert (await acts(program, "IT-1", act)).status_code == 403


# ----------------------------------------------------------------------------------------------------------- valid or not
@pytest.mark.parametrize(
    "token", ["", "x", "fl_crm", "fl_crm_", "fl__x", "fl_crm_" + "A" * 43, "fl_nobody_" + "A" * 43, "fl_" + "a" * 300 + "_x", "fl_crm_\u00e4", "Basic Og=="]
)
async def test_without_a_valid_key_nothing_is_told_not_even_what_there_is(desk: ApiDesk, token: str) -> None:
    await asks(await desk.crm(), requester={"id": "x"})
    told = set()
    for path in ("/tickets", "/tickets/IT-1", "/tickets/IT-99", "/entries/password", "/reports/matching", "/people/api:for:x"):
        headers = {"Authorization": f"Bearer {token}".encode()} if token else {}
        answer = await desk.program().get(f"/api/v1{path}", headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
        told.add(answer.text)
    assert len(told) == 1


async def test_who_may_not_read_tickets_does_not_learn_which_there_are(desk: ApiDesk) -> None:
    await asks(desk.program(await desk.key(name="setup")))
    program = await desk.crm("people:read")
    assert (await program.get("/api/v1/tickets/IT-1")).text == (await program.get("/api/v1/tickets/IT-99")).text


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(desk: ApiDesk) -> None:
    program = await desk.crm()
    await asks(program)
    await acts(program, "IT-1", "take")
    assert (await program.get("/api/v1/key")).status_code == 200

    await desk.revoke()

    assert (await program.get("/api/v1/key")).status_code == 401
    assert (await acts(program, "IT-1", "hold")).status_code == 401
    assert (await desk.world.ticket()).status == "open"


async def test_what_a_revoked_key_had_goes_back_into_the_queue(desk: ApiDesk) -> None:
    program = await desk.crm()
    await asks(program)
    await acts(program, "IT-1", "take")

    await desk.revoke()
    await desk.world.absences.look()
    await desk.world.workers.drain()

    assert (await desk.world.ticket()).assignee is None
    assert "TicketReleased" in await desk.world.happened()


async def test_a_secret_is_kept_nowhere_and_its_key_says_when_it_was_used(desk: ApiDesk) -> None:
    token = await desk.key()
    await desk.program(token).get("/api/v1/key")

    kept = await desk.world.store.noted("")
    assert token not in str(kept)
    assert token.rpartition("_")[2] not in str(kept)
    assert await api_keys.USED.get(desk.world.store, "crm") == desk.world.clock.now()


async def test_a_key_is_named_once(desk: ApiDesk) -> None:
    await desk.key()
    await desk.revoke()
    with pytest.raises(api_keys.MoveRefused, match="key_taken"):
        await desk.key()


async def test_one_desk_knows_no_key_of_another_and_shows_nothing_of_it(desk: ApiDesk) -> None:
    ours = await desk.key()
    await asks(desk.program(ours), "our secret merger")
    async with api_desk() as other:
        theirs = await other.key()
        assert (await other.program(ours).get("/api/v1/tickets")).status_code == 401
        assert (await other.program(theirs).get("/api/v1/tickets", params={"q": "merger"})).json()["tickets"] == []
        assert (await other.program(theirs).get("/api/v1/tickets/IT-1")).status_code == 404


# ----------------------------------------------------------------------------------------------------------- without a key
async def test_on_this_computer_tickets_are_read_without_a_key_and_nothing_is_changed(desk: ApiDesk) -> None:
    await asks(await desk.crm())
    here = desk.program(**LOCAL)
    assert (await here.get("/api/v1/tickets")).status_code == 200
    assert (await here.get("/api/v1/tickets/IT-1")).status_code == 200
    assert (await here.get("/api/openapi.json")).status_code == 200
    assert (await acts(here, "IT-1", "take")).status_code == 401
    assert (await here.get("/api/v1/people/api:for:x")).status_code == 401


async def test_an_agent_who_is_signed_in_reads_tickets_from_elsewhere(desk: ApiDesk) -> None:
    assert (await desk.program().get("/api/v1/tickets")).status_code == 401
    desk.signed_in = True
    assert (await desk.program().get("/api/v1/tickets")).status_code == 200
    assert (await asks(desk.program())).status_code == 401


@pytest.mark.parametrize(
    ("peer", "base", "claims"),
    [
        ("203.0.113.9", "http://127.0.0.1:8080", {}),
        ("203.0.113.9", "http://127.0.0.1:8080", {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", "http://evil.example", {}),
    ],
)
async def test_no_header_makes_a_stranger_somebody_of_this_computer(desk: ApiDesk, peer: str, base: str, claims: dict[str, str]) -> None:
    for path in ("/api/openapi.json", "/api/v1/tickets"):
        assert (await desk.program(peer=peer, base=base).get(path, headers=claims)).status_code == 401


# ---------------------------------------------------------------------------------------------------------------- how fast
async def test_a_key_that_asks_too_fast_is_told_when_to_go_on_and_others_are_not_held_up(desk: ApiDesk) -> None:
    hasty, other = desk.program(await desk.key(name="hasty")), desk.program(await desk.key(name="other"))
    for _ in range(BURST):
        assert (await hasty.get("/api/v1/key")).status_code == 200

    refused = await hasty.get("/api/v1/key")

    assert (refused.status_code, refused.json()["code"]) == (429, "too_fast")
    assert (await other.get("/api/v1/key")).status_code == 200
    desk.world.clock.moment += timedelta(seconds=int(refused.headers["retry-after"]))
    assert (await hasty.get("/api/v1/key")).status_code == 200


async def test_guessing_keys_is_slow(desk: ApiDesk) -> None:
    stranger = desk.program("fl_crm_" + "A" * 43)
    answers = [(await stranger.get("/api/v1/key")).status_code for _ in range(BURST + 1)]
    assert answers[-1] == 429
    assert (await desk.program(await desk.key()).get("/api/v1/key")).status_code == 200


# ------------------------------------------------------------------------------------------------------------------- logs
async def test_no_words_and_no_secrets_are_logged(desk: ApiDesk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    token = await desk.key()
    await asks(desk.program(token), "my private illness")
    await desk.program(token).post("/api/v1/tickets", json={"private illness": 1})
    await desk.program(token).get("/api/v1/tickets", params={"q": "private illness", "limit": "x"})
    logged = "\n".join(str(record.__dict__) for record in caplog.records if not record.name.startswith(("httpx", "httpcore")))
    assert "illness" not in logged
    assert token not in logged


async def test_answers_are_safe_for_browsers_and_kept_by_none(desk: ApiDesk) -> None:
    headers = (await desk.program(base=BASE).get("/api/v1/tickets")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
