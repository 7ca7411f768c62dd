"""The page of keys, and the command: who makes one sees it once, and it works until it is revoked."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.bus.pages import Broadcast
from adapters.http import build
from adapters.web.channel import WebChannel
from adapters.web.config import WebConfig
from bot.engine.programs.api_keys import KEYS
from tests.api_desk import ApiDesk, api_desk
from tests.web_desk import BASE, Browser

SECRET = 43  # characters at the end of a key; the secret may hold a "_"


@dataclass
class Both:
    """A desk with the API and the pages; root is signed in as an admin."""

    desk: ApiDesk
    app: Any
    web: WebChannel
    root: Browser

    async def makes(self, name: str, *scopes: str) -> tuple[int, str, str]:
        """Root fills in the form: status, page, and the secret on it, if any."""
        form = Browser.form(await self.root.open("/admin/api"), "/admin/api").fields
        answer = await self.root.http.post("/admin/api", data={**form, "name": name, "field-scopes": list(scopes)}, headers={"Origin": BASE})
        shown = re.search(r'id="link" value="([^"]+)"', answer.text)
        return answer.status_code, answer.text, shown[1] if shown else ""


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    async with api_desk() as desk:
        world = desk.world
        web: Any = WebChannel(
            WebConfig(), desk=world.desk, reader=world.store, files=world.store, notebook=world.store, changes=Broadcast(), clock=world.clock,  # type: ignore[arg-type]
            secret=b"k" * 32, public=False,
        )  # fmt: skip
        world.channels["web"] = web
        web._site.receive, web._site.enquiries = world.intake.receive, world.enquiries

        async def nothing() -> dict[str, Any]:
            return {}

        app = build({"web": web, "api": desk.channel}, health=nothing, numbers=nothing)
        root = Browser(app)
        page = await root.open((await web.sign_in_link(BASE, "admin", "Root")).removeprefix(BASE))
        await root.send(page, "", name="Root")
        yield Both(desk, app, web, root)


async def test_a_key_is_shown_once_and_works_until_it_is_revoked(both: Both) -> None:
    status, _, token = await both.makes("crm", "tickets:read", "people:read")
    assert status == 200
    program = both.desk.program(token)
    assert (await program.get("/api/v1/key")).json()["scopes"] == ["tickets:read", "people:read"]

    page = await both.root.open("/admin/api")
    assert "crm" in page.text
    assert token not in page.text
    after = await both.root.send(page, "/admin/api/crm/revoke")

    assert "opens nothing any more" in after.text
    assert "1 revoked key" in after.text
    assert (await program.get("/api/v1/key")).status_code == 401


@pytest.mark.parametrize(
    ("name", "scopes", "told"),
    [("Bad Name!", ["tickets:read"], "A key needs a name"), ("ok", [], "Please choose what the key may do"), ("ok", ["root"], "Please choose")],
)
async def test_what_cannot_be_a_key_is_said_and_nothing_is_made(both: Both, name: str, scopes: list[str], told: str) -> None:
    status, page, token = await both.makes(name, *scopes)
    assert (status, token) == (422, "")
    assert told in page
    assert await KEYS.all(both.desk.world.store) == {}


async def test_a_name_is_given_once(both: Both) -> None:
    await both.makes("crm", "tickets:read")
    status, page, token = await both.makes("crm", "tickets:read")
    assert (status, token) == (422, "")
    assert "crm” already" in page


async def test_who_is_no_admin_neither_sees_nor_makes_keys(both: Both) -> None:
    ann = Browser(both.app)
    page = await ann.open((await both.web.sign_in_link(BASE, "agent", "Ann")).removeprefix(BASE))
    await ann.send(page, "", name="Ann")
    assert (await ann.open("/admin/api")).status_code == 403
    assert (await ann.http.post("/admin/api", data={"name": "crm"}, headers={"Origin": BASE})).status_code == 403
    assert (await Browser(both.app).open("/admin/api")).status_code == 403
    assert await KEYS.all(both.desk.world.store) == {}


async def test_that_a_key_was_made_is_written_down_without_its_secret(both: Both) -> None:
    _, _, token = await both.makes("crm", "tickets:read")
    everything = json.dumps([str(kept) for kept in both.desk.world.store._shelves.inbox.values()])  # type: ignore[attr-defined]
    assert token[-SECRET:] not in everything
    assert "api-key-new · crm" in (await both.root.open("/admin/audit")).text
