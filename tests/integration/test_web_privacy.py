"""An admin sees on a page what is kept of somebody, gives it out, holds it and erases it, while the desk works on; what was done stands in the audit."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from adapters.bus.pages import Broadcast
from adapters.http import build
from adapters.web.channel import WebChannel
from adapters.web.config import WebConfig
from bot.domain.ids import PersonId
from bot.domain.messages import Attachment
from bot.domain.people import Person
from bot.errors import ConfigError
from bot.ports import AuditQuery
from bot.ports.privacy import Who
from bot.store.person_desk import PersonDesk, finish, is_unfinished
from bot.store.sql import SqlStore, open_store
from tests.builders import ALICE, ANN, UNKNOWN, a_desk
from tests.builders import BOB as BOB_HERE
from tests.web_desk import BASE, Browser
from tests.world import World

CANARY = Person(PersonId("chat:UCANARY77"), "Canary Bird", "en")
ROOT = "Root"


@dataclass
class Office:
    """A desk on a file, its pages, and root, who is signed in as an admin."""

    world: World
    web: WebChannel
    app: Any
    root: Browser
    file: Path
    people: PersonDesk

    async def look(self, who: str = "IT-1") -> Any:
        """The page about whoever asked that."""
        return await self.root.send(await self.root.open("/admin/person"), "/admin/person", who=who)

    async def events(self, act: str) -> list[dict[str, object]]:
        """What the audit says of an act: who, where and the details."""
        found = (await self.world.store.audit(AuditQuery(act=act))).events
        return [{"by": one.by, "channel": one.channel, "ticket": one.ticket, **one.details} for one in found]

    def bytes_with(self, word: bytes) -> int:
        """How often a word stands in the database's file and its journal, in whatever case."""
        beside = [self.file, self.file.with_name(self.file.name + "-wal")]
        return sum(one.read_bytes().lower().count(word) for one in beside if one.exists())


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    file = tmp_path / "firstline.db"
    store = await open_store(f"sqlite:///{file}")
    world = World(a_desk(), store=store)
    web: Any = WebChannel(
        WebConfig(), desk=world.desk, reader=store, files=store, notebook=store, changes=Broadcast(), clock=world.clock, secret=b"k" * 32, public=False
    )
    people = PersonDesk(store, f"sqlite:///{file}", lambda: tmp_path / "ledger", b"k" * 32, world.clock, {"chat"})
    web.know_people(people)
    world.channels["web"] = web
    web._site.receive, web._site.enquiries = world.intake.receive, world.enquiries

    async def nothing() -> dict[str, Any]:
        return {}

    app = build({"web": web}, health=nothing, numbers=nothing)
    root = Browser(app)
    await root.send(await root.open((await web.sign_in_link(BASE, "admin", ROOT)).removeprefix(BASE)), "", name=ROOT)
    await world.says(f"{UNKNOWN} canaryword", CANARY)
    await world.presses("Take it", ANN)
    await world.writes(world.card("IT-1"), "Canary Bird, feed it first.", ANN)
    await world.says(f"{UNKNOWN}, says canary bird <UCANARY77>", BOB_HERE)
    yield Office(world, web, app, root, file, people)
    await store.close()


def said(page: Any) -> str:
    """A page's words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


async def test_the_page_says_what_is_kept_by_kind_and_no_address_stands_in_an_address(office: Office) -> None:
    page = await office.look()
    assert (page.status_code, "Canary Bird" in said(page), "UCANARY77" in said(page)) == (200, True, True)
    assert "Requests 1" in said(page)
    assert "canary" not in str(page.url).lower()
    assert page.headers["cache-control"] == "no-store"
    by_address = await office.look("chat:UCANARY77")
    assert "Requests 1" in said(by_address)
    assert (await office.look("IT-4711")).status_code == 404


async def test_an_admin_downloads_all_of_it_to_read_and_for_programs_and_the_audit_says_so_without_a_name(office: Office) -> None:
    await office.world.store.keep_file(Attachment("web:f1", "bird.png", "image/png", 4), b"bird")  # type: ignore[attr-defined]
    page = await office.look()
    answer = await office.root.send(page, "/admin/person/export", why="Canary Bird asked, UCANARY77")
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    data = json.loads(archive.read("data.json"))
    assert (answer.headers["content-type"], [one["number"] for one in data["tickets"]]) == ("application/zip", ["IT-1"])
    page_of_it = archive.read("index.html").decode()
    assert ("canaryword" in page_of_it, "Canary Bird, feed it first." in page_of_it, "<script" in page_of_it) == (True, True, False)
    assert "says canary bird" not in page_of_it + json.dumps(data)
    [event] = await office.events("DataGivenOut")
    assert (str(event["by"]).startswith("web:agent-"), event["channel"], event["ticket"]) == (True, "web", "")
    assert not re.search("canary", json.dumps(event), re.IGNORECASE)
    assert "asked" in str(event["why"])
    audit = said(await office.root.open("/admin/audit"))
    assert f"Root gave out all that is kept of {event['of']}" in audit


async def test_who_is_held_is_not_erased_on_the_page_and_the_reason_is_read_there(office: Office) -> None:
    page = await office.root.send(await office.look(), "/admin/person/hold", why="case 7 at court")
    assert "Held: case 7 at court" in said(page)
    form = {"person": CANARY.id, "confirm": "Canary Bird", "csrf": Browser.form(page, "/admin/person/release").fields["csrf"]}
    refused = await office.root.http.post("/admin/person/erase", data=form, headers={"Origin": BASE})
    assert (refused.status_code, "case 7 at court" in said(refused)) == (409, True)
    assert (await office.world.ticket("IT-1")).requester == CANARY.id
    page = await office.root.send(page, "/admin/person/release", why="it is over")
    assert "Held:" not in said(page)
    assert [len(await office.events(one)) for one in ("PersonHeld", "PersonReleased", "PersonErased")] == [1, 1, 0]


async def test_nobody_is_erased_whose_name_was_not_typed(office: Office) -> None:
    page = await office.root.send(await office.look(), "/admin/person/erase", confirm="somebody else")
    assert (page.status_code, "Nothing was erased" in said(page)) == (422, True)
    assert (await office.world.ticket("IT-1")).requester == CANARY.id


async def test_who_is_erased_on_the_page_is_in_no_byte_of_the_file_while_the_desk_works_on(office: Office) -> None:
    with contextlib.closing(sqlite3.connect(office.file)) as raw:  # what was removed long ago lies in free pages still
        raw.execute("PRAGMA secure_delete=OFF").fetchall()
        raw.executemany("INSERT INTO notes VALUES (?, ?)", [(f"x:{n}", "canary" * 100) for n in range(200)])
        raw.commit()
        raw.execute("DELETE FROM notes WHERE key LIKE 'x:%'")
        raw.commit()
    assert office.bytes_with(b"canary") > 5_000
    page = await office.root.send(await office.look(), "/admin/person/erase", confirm="canary bird", why="asked by Canary Bird")
    assert (page.status_code, "is nobody now" in said(page)) == (200, True)
    assert office.bytes_with(b"canary") == 0
    [event] = await office.events("PersonErased")
    assert (await office.world.ticket("IT-1")).requester == event["became"]
    assert f"Root erased {event['of']}" in said(await office.root.open("/admin/audit"))
    assert "says [erased]" in (await office.world.ticket("IT-2")).question
    await office.world.says(UNKNOWN, ALICE)
    assert (await office.world.ticket("IT-3")).requester == ALICE.id
    await office.world.says(UNKNOWN, CANARY)
    assert (await office.world.ticket("IT-4")).requester == CANARY.id


async def test_the_sign_is_the_same_for_all_that_is_done_with_one_person_and_another_for_anybody_else(office: Office) -> None:
    await office.root.send(await office.look("IT-1"), "/admin/person/export", why="")
    await office.root.send(await office.look("IT-2"), "/admin/person/export", why="")
    await office.root.send(await office.look("IT-1"), "/admin/person/erase", confirm="Canary Bird")
    given = {str(one["of"]) for one in await office.events("DataGivenOut")}
    [erased] = await office.events("PersonErased")
    assert (len(given), erased["of"] in given) == (2, True)


async def test_an_agent_gets_none_of_it(office: Office) -> None:
    ann = Browser(office.app)
    await ann.send(await ann.open((await office.web.sign_in_link(BASE, "agent", "Ann")).removeprefix(BASE)), "", name="Ann")
    assert (await ann.open("/admin/person")).status_code == 403
    mine = await office.look()
    form = {**Browser.form(mine, "/admin/person/erase").fields, "confirm": "Canary Bird"}
    assert (await ann.http.post("/admin/person/erase", data=form, headers={"Origin": BASE})).status_code == 403
    assert (await office.world.ticket("IT-1")).requester == CANARY.id


async def test_our_messages_are_taken_away_on_the_platform_before(office: Office) -> None:
    page = await office.look()
    assert "Messages of ours on Chat" in said(page)
    page = await office.root.send(page, "/admin/person/replace")
    await office.world.workers.drain()
    page = await office.look()
    assert "Messages of ours on Chat" not in said(page)


async def test_without_a_place_for_the_ledger_nobody_is_erased(office: Office) -> None:
    def nowhere() -> Path:
        raise ConfigError("PRIVACY_LEDGER: name the file")

    office.people._ledger = nowhere
    page = await office.root.send(await office.look(), "/admin/person/erase", confirm="Canary Bird")
    assert (page.status_code, "PRIVACY_LEDGER" in said(page)) == (409, True)


async def test_what_was_interrupted_is_finished_by_whoever_starts_next(office: Office) -> None:
    erasing = asyncio.create_task(office.people.erase(CANARY.id, Who(PersonId("web:agent-root"), "web")))
    while not await office.world.store.noted("erasing:"):  # noqa: ASYNC110 - what is waited for is in the database alone
        await asyncio.sleep(0)
    erasing.cancel()
    await asyncio.wait([erasing])
    url, store = f"sqlite:///{office.file}", cast("SqlStore", office.world.store)
    await store.close()
    assert await is_unfinished(url)
    assert await finish(url) == 1
    assert not await is_unfinished(url)
    assert office.bytes_with(b"canary") == 0
