"""Inventories over the real web server, and what agents see of computers."""

from __future__ import annotations

import asyncio
import contextlib
import html
import json
import re
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from adapters.http import HOOK_BYTES, INVENTORY_BYTES
from bot.domain.ids import PersonId, TicketId
from bot.domain.messages import Form
from bot.domain.sought import labels_of
from bot.ports import Transaction
from bot.ports.assets import AssetQuery
from bot.store.export import lines
from tests.builders import MONDAY, a_ticket
from tests.journeys.doors import product
from tests.journeys.doors_web import RealBrowser, WebAgent, WebDoor
from tests.journeys.openings import handed_over
from tests.web_desk import Document

OLD, NEW = "an-old-secret-of-agents", "a-new-secret-of-agents"
RECORDED = Path(__file__).parents[1] / "recorded" / "inventory"
FORM = """
[[fields]]
name = "which"
label = "Which computer?"
kind = "asset"
suggestions = ["the pool laptop"]
[[forms]]
kind = "laptop"
label = "Something with a laptop"
fields = ["which"]
"""
GLPI = json.loads((RECORDED / "glpi-inventory.json").read_text())


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[WebDoor]:
    """A desk that takes inventories."""
    async with product(tmp_path, {"INVENTORY_SECRET": f"{OLD}, {NEW}"}, {}, more=FORM) as (app, base):
        yield WebDoor(app, base)


async def post(door: WebDoor, body: bytes, secret: str = NEW, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=door.base) as client:
        return await client.post(f"/inventory/{secret}", content=body, headers=headers)


async def ada(door: WebDoor) -> RealBrowser:
    """An admin's browser."""
    browser = RealBrowser(door.base)
    link = await door.app.web.sign_in_link(door.base, "admin", "Ada")
    await browser.send(await browser.open(link.removeprefix(door.base)), "", name="Ada")
    return browser


async def count(door: WebDoor) -> int:
    return len(await door.app.store.assets(AssetQuery()))


async def test_both_secrets_open_the_address_and_with_another_there_is_none(door: WebDoor) -> None:
    prolog = (RECORDED / "glpi-prolog.xml").read_bytes()
    for secret in (OLD, NEW):
        answer = await post(door, zlib.compress(prolog), secret, **{"Content-Type": "application/x-compress", "GLPI-Agent-ID": "x"})
        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "expiration": 24})
    for secret in ("x", NEW + "x", NEW[:-1], f"{OLD},%20{NEW}", "%F0%9F%96%A8"):
        refused = await post(door, (RECORDED / "ocs-inventory.xml").read_bytes(), secret)
        assert refused.status_code == 404
    assert await count(door) == 0


LAUGHS = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]><REQUEST>&c;</REQUEST>'
BAD = {
    "no inventory": (b"not an inventory", 400),
    "cut off": (zlib.compress((RECORDED / "ocs-inventory.xml").read_bytes())[:-9], 400),
    "cut off and not packed": ((RECORDED / "ocs-inventory.xml").read_bytes()[:-40], 400),
    "cut off JSON": (json.dumps(GLPI).encode()[:-40], 400),
    "an entity of a file": (b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><REQUEST>&x;</REQUEST>", 400),
    "entities of entities": (zlib.compress(LAUGHS), 400),
    "a document type elsewhere": (b"<!DOCTYPE r SYSTEM 'http://127.0.0.1:1/x.dtd'><REQUEST></REQUEST>", 400),
    "no zlib": (b"\x78\x9c" + b"\xff" * 400, 400),
    "a bomb": (zlib.compress(b"<REQUEST>" + b" " * 70_000_000), 413),
    "a bomb of JSON": (zlib.compress(b'{"action": "inventory", "deviceid": "' + b"a" * 70_000_000), 413),
}


async def test_what_cannot_be_read_is_refused_and_what_was_known_stays(door: WebDoor) -> None:
    refused = {name: (await post(door, body)).status_code for name, (body, _) in BAD.items()}
    assert refused == {name: status for name, (_, status) in BAD.items()}
    assert await count(door) == 0
    await post(door, json.dumps(GLPI).encode())
    (before,) = await door.app.store.assets(AssetQuery())
    for body, _ in BAD.values():
        await post(door, body)
    assert await door.app.store.assets(AssetQuery()) == [before]


@pytest.mark.parametrize("framing", [f"Content-Length: {INVENTORY_BYTES + 1}", "Transfer-Encoding: chunked"])
async def test_what_is_too_large_on_the_wire_is_refused_before_it_is_all_there(door: WebDoor, framing: str) -> None:
    host, _, port = door.base.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /inventory/{NEW} HTTP/1.1\r\nHost: {host}:{port}\r\n{framing}\r\n\r\n".encode())
    with contextlib.suppress(ConnectionError):
        for _ in range(INVENTORY_BYTES // 65_536 + 1 if "chunked" in framing else 0):
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()
    assert (await asyncio.wait_for(reader.readline(), 10)).startswith(b"HTTP/1.1 413")
    writer.close()
    assert await count(door) == 0


async def test_a_wrong_secret_is_answered_before_anything_is_unpacked_and_no_log_holds_one(door: WebDoor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    wrong = await post(door, BAD["a bomb"][0], "a-guessed-secret-of-agents")
    nowhere = await post(door, b"", "")
    assert (wrong.status_code, nowhere.status_code) == (404, 404)
    await post(door, BAD["a bomb"][0])
    await post(door, json.dumps(GLPI).encode())
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records if record.name.startswith(("bot", "adapters")))
    assert "an inventory is too large" in told
    assert NEW not in told
    assert {OLD, NEW} <= {secret.get_secret_value() for secret in door.app.settings.secrets}  # so that it is hidden wherever a library says it
    async with httpx.AsyncClient(base_url=door.base) as client:
        assert (await client.get(f"/inventory/{NEW}")).status_code == 405


async def test_an_inventory_may_be_larger_than_what_platforms_send(door: WebDoor) -> None:
    large = {**GLPI, "content": {**GLPI["content"], "processes": [{"cmd": "x" * 1000}] * (2 * HOOK_BYTES // 1000)}}
    assert (await post(door, json.dumps(large).encode())).status_code == 200
    assert await count(door) == 1


async def test_a_printer_in_the_network_is_answered_and_no_computer(door: WebDoor) -> None:
    answer = await post(door, json.dumps({**GLPI, "itemtype": "Printer"}).encode())
    assert (answer.status_code, await count(door)) == (200, 0)


async def test_an_agent_gives_a_computer_to_who_asked_and_their_ticket_shows_it(door: WebDoor) -> None:
    await post(door, zlib.compress(json.dumps(GLPI).encode()))
    newer = {**GLPI, "content": {**GLPI["content"], "softwares": [*GLPI["content"]["softwares"], {"name": "<b>vpn</b>", "version": "9"}]}}
    await post(door, zlib.compress(json.dumps(newer).encode()))
    _, ann, number = await handed_over(door)
    assert isinstance(ann, WebAgent)
    browser = ann.browser
    ticket = await browser.open(f"/agent/tickets/{number}")
    assert "pc-042" not in ticket.text

    choosing = next(link for link in ticket.text.split('"') if link.startswith("/agent/assets?for="))
    assert "pc-042" in (await browser.open(choosing)).text
    person = choosing.partition("=")[2]
    (asset,) = await door.app.store.assets(AssetQuery())
    page = await browser.open(f"/agent/assets/{asset.id}?for={person}")
    told = await browser.send(page, f"/agent/assets/{asset.id}/give", person=person.replace("%3A", ":"))

    assert "It is noted whose computer that is." in Document(told.text).text
    assert "pc-042" in (await browser.open(f"/agent/tickets/{number}")).text
    assert "New: Software: <b>vpn</b> 9" in Document(told.text).text
    assert "<b>vpn" not in told.text
    form = await door.app.enquiries.form("new:laptop", PersonId(person.replace("%3A", ":")))
    assert isinstance(form, Form)
    assert [label for _, label in form.fields[1].options] == ["pc-042", "the pool laptop", "Another one"]
    (line,) = [one async for one in lines(door.app.settings.database_url, "IT help") if one["type"] == "asset"]
    assert (line["name"], line["person"], line["serial"]) == ("pc-042", person.replace("%3A", ":"), None)
    assert [(one["section"], one["item"], one["after"]) for one in line["changes"]] == [("softwares", "<b>vpn</b>", "9")]  # type: ignore[attr-defined]
    await browser.send(told, f"/agent/assets/{asset.id}/give", person="")
    (asset,) = await door.app.store.assets(AssetQuery())
    assert asset.person == ""


async def test_a_computer_cannot_be_given_to_nobody_known_and_requesters_see_none(door: WebDoor) -> None:
    await post(door, json.dumps(GLPI).encode())
    alice, ann, _ = await handed_over(door)
    (asset,) = await door.app.store.assets(AssetQuery())
    address = f"/agent/assets/{asset.id}"
    forbidden = await alice.browser.open(address)  # type: ignore[attr-defined]
    assert (forbidden.status_code, "pc-042" in forbidden.text) == (403, False)
    browser = ann.browser  # type: ignore[attr-defined]
    fields = browser.form(await browser.open("/agent"), "/language").fields
    page = await browser.open(f"{address}?for=web:nobody")
    assert f"{address}/give" not in page.text
    ticketed = await browser.open("/agent/call")
    once = browser.form(ticketed, "/agent/call").fields
    answer = await browser.http.post(f"{address}/give", data={**fields, **once, "person": "web:nobody"}, headers={"Origin": door.base}, follow_redirects=True)
    assert "no longer valid" in answer.text
    (asset,) = await door.app.store.assets(AssetQuery())
    assert asset.person == ""
    assert (await browser.open("/agent/assets/999999")).status_code == 404
    assert "No computer is like that" in (await browser.open("/agent/assets?q=%25%27%3B")).text


async def test_its_page_lists_its_tickets_and_an_admin_may_delete_it_which_is_written_down(door: WebDoor) -> None:
    await post(door, json.dumps(GLPI).encode())
    _, ann, number = await handed_over(door)
    (asset,) = await door.app.store.assets(AssetQuery())
    browser, address = ann.browser, f"/agent/assets/{asset.id}"  # type: ignore[attr-defined]
    assert "No ticket is about it." in (await browser.open(address)).text

    asks = await browser.send(await browser.open(f"/agent/tickets/{number}"), f"/agent/tickets/{number}/asset")
    told = await browser.send(asks, f"/agent/tickets/{number}/asset", **{"field-asset": "pc-042"})
    assert f'href="{address}"' in told.text
    assert "Last inventory" in Document(told.text).text
    page = await browser.open(address)
    assert number in Document(page.text).text
    assert f"{address}/delete" not in page.text
    fields = browser.form(page, "/language").fields
    refused = await browser.http.post(f"{address}/delete", data=fields, headers={"Origin": door.base})
    assert (refused.status_code, await count(door)) == (403, 1)

    admin = await ada(door)
    gone = await admin.send(await admin.open(address), f"{address}/delete")
    assert "The computer is deleted." in Document(gone.text).text
    assert (await count(door), (await door.app.store.ticket(number)).asset) == (0, 0)  # type: ignore[union-attr]
    assert (await browser.open(address)).status_code == 404
    assert "asset-delete" in Document((await admin.open("/admin/audit")).text).text
    assert address not in (await browser.open(f"/agent/tickets/{number}")).text


async def test_the_list_is_a_table_to_save_and_lines_of_json(door: WebDoor) -> None:
    await post(door, json.dumps({**GLPI, "tag": '=HYPERLINK("https://evil.example")'}).encode())
    _, ann, _ = await handed_over(door)
    browser = ann.browser  # type: ignore[attr-defined]
    table = await browser.http.get("/agent/assets.csv")
    head, row = table.text.removeprefix("\ufeff").strip().split("\r\n")
    assert head.startswith("id,name,model,serial,system,tag,owner,person,seen_at")
    assert "pc-042" in row
    assert "'=HYPERLINK" in row
    (line,) = [json.loads(one) for one in (await browser.http.get("/agent/assets.jsonl?q=pc-042")).text.splitlines()]
    assert (line["type"], line["name"], bool(line["sections"]["softwares"])) == ("asset", "pc-042", True)
    assert (await browser.http.get("/agent/assets.jsonl?q=nothing-like-it")).text == ""
    assert (await browser.http.get("/agent/assets.exe")).status_code == 404
    async with httpx.AsyncClient(base_url=door.base) as stranger:
        assert (await stranger.get("/agent/assets.csv")).status_code in (303, 403)


async def test_more_tickets_than_a_page_holds_are_behind_a_link(door: WebDoor) -> None:
    await post(door, json.dumps(GLPI).encode())
    _, ann, _ = await handed_over(door)

    async def unit(tx: Transaction) -> None:
        for number in range(100, 123):
            ticket = replace(a_ticket(id=TicketId(f"IT-{number}"), changed_at=MONDAY + timedelta(minutes=number)), asset=1)
            await tx.add_ticket(ticket)
            await tx.label(ticket.id, labels_of(ticket))

    await door.app.store.run(unit)
    browser = ann.browser  # type: ignore[attr-defined]
    first = await browser.open("/agent/assets/1")
    assert ("about-IT-122" in first.text, "about-IT-103" in first.text, "about-IT-102" in first.text) == (True, True, False)
    (link,) = re.findall(r'href="(/agent/assets/1\?before=[^"#]*)', first.text)
    assert re.findall(r"about-(IT-\d+)", (await browser.open(html.unescape(link))).text) == ["IT-102", "IT-101", "IT-100"]
