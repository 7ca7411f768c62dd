"""Programs write the knowledge base by the same way as people: drafts, review, versions, and nobody's work is lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from bot.domain.ids import PersonId
from tests.api_desk import ApiDesk, api_desk, asks

PRINTER: dict[str, Any] = {"texts": [{"lang": "en", "question": "Where is the copier?", "answer": "On floor 2."}]}


@pytest.fixture
async def desk() -> AsyncIterator[ApiDesk]:
    async with api_desk() as made:
        yield made


@pytest.fixture
async def crm(desk: ApiDesk) -> httpx.AsyncClient:
    return await desk.crm()


async def test_the_next_question_is_answered_with_what_a_program_published(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    made = await crm.post("/api/v1/entries", json=PRINTER)

    assert (made.status_code, made.headers["location"]) == (201, "/api/v1/entries/where-is-the-copier")
    assert made.json()["changed_by"] == "api:crm"
    answered = (await asks(crm, "Where is the copier?")).json()
    assert answered["ticket"]["offers"][0]["entry"] == "where-is-the-copier"
    [draft] = await desk.world.store.drafts_of("where-is-the-copier")
    assert (draft.state, draft.origin, draft.by) == ("published", "api", "api:crm")


async def test_an_entry_is_written_whole_and_every_version_is_kept(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    whole = {
        "texts": [
            {"lang": "en", "question": "Where is the copier?", "answer": "On **floor 2**.", "phrasings": ["copier location"]},
            {"lang": "es", "question": "¿Dónde está la copiadora?", "answer": "En la planta 2."},
        ],
        "tags": ["office"], "audience": "internal", "valid_until": "2027-01-31", "review_on": "2026-12-01", "finds": ["copy machine"], "avoids": ["coffee"],
    }  # fmt: skip
    assert (await crm.put("/api/v1/entries/copier", json=whole)).status_code == 201

    found = (await crm.get("/api/v1/entries/copier")).json()
    assert {name: found["entry"][name] for name in whole if name != "texts"} == {name: value for name, value in whole.items() if name != "texts"}
    assert [text["phrasings"] for text in found["entry"]["texts"]] == [["copier location"], []]

    assert (await crm.put("/api/v1/entries/copier", json=PRINTER)).status_code == 200
    now = (await crm.get("/api/v1/entries/copier")).json()
    assert (now["version"], now["entry"]["tags"], len(now["entry"]["texts"])) == (2, [], 1)
    assert [version.version for version in await desk.world.store.entry_history("copier")] == [2, 1]


async def test_of_two_who_saw_the_same_version_one_writes_it(crm: httpx.AsyncClient) -> None:
    seen = (await crm.put("/api/v1/entries/copier", json=PRINTER)).headers["etag"]
    first = await crm.put("/api/v1/entries/copier", json={**PRINTER, "tags": ["a"]}, headers={"If-Match": seen})
    second = await crm.put("/api/v1/entries/copier", json={**PRINTER, "tags": ["b"]}, headers={"If-Match": seen})
    gone = await crm.delete("/api/v1/entries/copier", headers={"If-Match": seen})
    assert [first.status_code, second.status_code, gone.status_code] == [200, 412, 412]
    assert (await crm.get("/api/v1/entries/copier")).json()["entry"]["tags"] == ["a"]


async def test_an_id_that_is_there_is_not_made_again(crm: httpx.AsyncClient) -> None:
    await crm.post("/api/v1/entries", json={**PRINTER, "id": "copier"})
    assert (await crm.post("/api/v1/entries", json={**PRINTER, "id": "copier"})).status_code == 412
    begin = "Who has the key to the second floor's larger copier"
    alike = [{"lang": "en", "question": f"{begin} {when}?", "answer": "Ann."} for when in ("now", "later")]
    made = [(await crm.post("/api/v1/entries", json={"texts": [one]})).json()["entry"]["id"] for one in alike]
    assert made == ["who-has-the-key-to-the-second-floor-s-larger-cop", "who-has-the-key-to-the-second-floor-s-larger-cop-2"]


async def test_what_another_entry_is_asked_by_is_not_published_and_leaves_no_draft(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await crm.post("/api/v1/entries", json={**PRINTER, "id": "copier"})

    refused = await crm.post("/api/v1/entries", json={**PRINTER, "id": "other"})

    assert refused.status_code == 409
    assert "is a way to ask “Where is the copier?” already" in refused.text
    assert await desk.world.store.drafts() == []


async def test_what_is_not_to_be_published_waits_for_review_and_answers_nobody(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    handed_in = await crm.put("/api/v1/entries/copier", json={**PRINTER, "publish": False})

    assert (handed_in.status_code, handed_in.json()["state"]) == (201, "review")
    assert (await crm.get("/api/v1/entries/copier")).status_code == 404
    assert [draft["entry"] for draft in (await crm.get("/api/v1/drafts")).json()["drafts"]] == ["copier"]
    assert (await asks(crm, "Where is the copier?")).json()["ticket"]["tier"] == 2


async def test_what_somebody_is_writing_is_not_written_over(desk: ApiDesk, crm: httpx.AsyncClient) -> None:
    await crm.put("/api/v1/entries/copier", json={**PRINTER, "publish": False})
    refused = await crm.put("/api/v1/entries/copier", json={**PRINTER, "tags": ["b"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "drafted")
    assert len((await crm.get("/api/v1/drafts")).json()["drafts"]) == 1


async def test_what_is_archived_answers_nobody_until_it_is_restored(crm: httpx.AsyncClient) -> None:
    await crm.put("/api/v1/entries/copier", json=PRINTER)
    assert (await crm.delete("/api/v1/entries/copier")).json()["entry"]["state"] == "archived"
    assert (await crm.get("/api/v1/entries", params={"q": "copier"})).json()["entries"] == []
    assert (await crm.get("/api/v1/entries", params={"q": "copier", "state": "archived"})).json()["entries"][0]["id"] == "copier"
    assert (await asks(crm, "Where is the copier?")).json()["ticket"]["tier"] == 2

    assert (await crm.post("/api/v1/entries/copier/restore")).json()["entry"]["state"] == "published"
    assert (await asks(crm, "Where is the copier?", {"id": "other"})).json()["ticket"]["offers"][0]["entry"] == "copier"
    assert (await crm.delete("/api/v1/entries/nothing")).status_code == 404


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ({"answer": "[x](javascript:alert(1))"}, "javascript"),
        ({"question": "?!"}, "no word|could be matched|neither"),
        ({"phrasings": ["x"] * 501}, ""),
        ({"lang": "xx"}, ""),
    ],
)
async def test_what_is_unsound_is_refused_with_all_that_is_wrong(crm: httpx.AsyncClient, text: dict[str, Any], told: str) -> None:
    answer = await crm.put("/api/v1/entries/copier", json={"texts": [{**PRINTER["texts"][0], **text}]})
    assert answer.status_code == 422
    assert any(word in answer.text for word in told.split("|"))
    assert (await crm.get("/api/v1/entries/copier")).status_code == 404


async def test_two_texts_in_one_language_are_one_too_many(crm: httpx.AsyncClient) -> None:
    answer = await crm.put("/api/v1/entries/copier", json={"texts": PRINTER["texts"] * 2})
    assert (answer.status_code, answer.json()["code"]) == (422, "unsound")


async def test_what_is_for_agents_alone_is_what_a_key_that_only_reads_tickets_never_sees(desk: ApiDesk) -> None:
    reader = await desk.crm("tickets:read", "people:read")
    assert (await reader.get("/api/v1/entries")).status_code == 403
    assert not await desk.channel.is_admin(PersonId("api:crm"))
    assert not await desk.channel.is_member(desk.world.desk.tiers[0].places[0], PersonId("api:crm"))
