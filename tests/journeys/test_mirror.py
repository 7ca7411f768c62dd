"""Another tool has the desk's tickets, too: each made once and before its changes, in order, whatever becomes of the tool meanwhile."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.webhooks import channel as calling
from adapters.webhooks.config import WebhooksConfig
from adapters.webhooks.mirror import MirrorChannel, twin_in
from bot.domain.desks import Desk
from bot.domain.messages import Outbound, Say
from bot.domain.mirror import ADDRESS, Mirror, Twin
from bot.domain.webhooks import signature
from bot.ports import TicketQuery
from bot.store.export import ticket_line
from tests.builders import ALICE, ANN, BOB, CLEO, FAQ, UNKNOWN, a_desk
from tests.clouds.tool import Tool, tool
from tests.curated_web import CuratedWeb, curated_web
from tests.web_desk import Browser
from tests.world import World, text_of

PAGE = Path(__file__).parents[2] / "docs" / "mirror.md"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OPEN = WebhooksConfig(allow_private=True)


@dataclass
class Mirrored:
    """A desk whose tickets the tool has, too."""

    desk: CuratedWeb
    root: Browser
    tool: Tool

    @property
    def world(self) -> World:
        return self.desk.world

    async def shown(self) -> str:
        """The mirror's page."""
        return (await self.root.open("/admin/mirror")).text


def _desk(mirror: Mirror) -> Desk:
    return a_desk(mirror=mirror, url="http://help.example", take_back=timedelta(seconds=10), admins=frozenset({CLEO.id}))


@asynccontextmanager
async def mirrored_to(glpi: Tool, config: WebhooksConfig = OPEN, **mirror: Any) -> AsyncIterator[Mirrored]:
    what = Mirror(**{"url": glpi.url, "name": "GLPI", **mirror})
    async with curated_web(FAQ, desk=_desk(what)) as desk:
        channel = MirrorChannel(what, SECRET, config, desk.store, desk.world.clock)
        desk.world.channels["mirror"] = channel  # type: ignore[assignment]
        yield Mirrored(desk, await desk.browser(), glpi)
        await channel.close()


@pytest.fixture
async def glpi() -> AsyncIterator[Tool]:
    async with tool() as made:
        yield made


@pytest.fixture
async def mirrored(glpi: Tool) -> AsyncIterator[Mirrored]:
    async with mirrored_to(glpi) as made:
        yield made


async def test_a_ticket_is_made_there_changed_commented_and_closed_and_knows_its_number_there(mirrored: Mirrored) -> None:
    world = mirrored.world
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("reply:IT-1", words="Have you tried oil?")
    await world.passes(minutes=1)
    await world.says("I have, it still squeaks")
    await world.submits("resolve:IT-1", words="a drop of oil")
    await world.passes(days=8)

    kept = mirrored.tool.of("IT-1")
    types = [t for t, before in zip(kept.types, [None, *kept.types], strict=False) if t != before or t != "ticket.changed"]
    assert types == ["ticket.created", "ticket.changed", "ticket.commented", "ticket.commented", "ticket.changed", "ticket.closed"]
    assert kept.told[0]["data"]["ticket"]["description"] == UNKNOWN
    assert [one["data"]["comment"]["text"] for one in kept.told if one["type"] == "ticket.commented"] == ["Have you tried oil?", "I have, it still squeaks"]
    assert (kept.now["status"], kept.now["solution"], kept.now["url"]) == ("closed", "a drop of oil", "http://help.example/agent/tickets/IT-1")

    ticket = await world.ticket()
    assert (ticket.external, ticket.external_url) == ("1000", "https://glpi.example/front/ticket.form.php?id=1000")
    assert "GLPI: 1000 https://glpi.example/" in text_of(world.card().body)
    assert ticket_line(ticket, "IT help")["external"] == "1000"


async def test_its_number_there_is_a_link_on_its_page_and_finds_it(mirrored: Mirrored) -> None:
    await mirrored.world.says(UNKNOWN)
    await mirrored.world.passes(seconds=1)
    page = (await mirrored.root.open("/agent/tickets/IT-1")).text
    assert '<a href="https://glpi.example/front/ticket.form.php?id=1000" rel="noreferrer">1000</a>' in page
    assert "GLPI has it as 1000" in page
    assert "IT-1" in (await mirrored.root.open("/agent?view=open&q=1000")).text
    assert [t.id for t in await mirrored.desk.store.tickets(TicketQuery(search="1000"))] == ["IT-1"]


async def test_the_tool_can_tell_that_it_was_us(mirrored: Mirrored) -> None:
    await mirrored.world.says(UNKNOWN)
    headers, raw = mirrored.tool.calls[0]
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), tz=mirrored.world.clock.now().tzinfo)
    assert headers["webhook-signature"] == signature(SECRET, headers["webhook-id"], at, raw)
    assert headers["idempotency-key"] == headers["webhook-id"] == "IT-1:created"


async def test_what_the_faq_solves_is_never_told(mirrored: Mirrored) -> None:
    await mirrored.world.says("How do I reset my password?")
    await mirrored.world.presses("Yes, solved")
    assert mirrored.tool.calls == []


async def test_a_reply_that_is_taken_back_and_notes_stay_here(mirrored: Mirrored) -> None:
    world = mirrored.world
    await world.says(UNKNOWN)
    await world.submits("note:IT-1", words="he always says that")
    await world.submits("reply:IT-1", words="Nonsense!")
    await world.presses("Take back", ANN)
    await world.passes(minutes=1)
    assert b"Nonsense" not in b"".join(raw for _, raw in mirrored.tool.calls)
    assert b"always says" not in b"".join(raw for _, raw in mirrored.tool.calls)


@pytest.mark.parametrize(
    ("setting", "holds", "lacks"),
    [
        ({}, ["squeaks"], ["Alice", "he always"]),
        ({"words": False}, ["IT-1"], ["squeaks", "Alice", "he always"]),
        ({"names": True, "notes": True}, ["squeaks", "Alice", "he always"], []),
    ],
)
async def test_it_is_told_no_more_than_the_desk_says(glpi: Tool, setting: dict[str, Any], holds: list[str], lacks: list[str]) -> None:
    async with mirrored_to(glpi, **setting) as mirrored:
        await mirrored.world.says(UNKNOWN, replace(ALICE, name="Alice Asker"))
        await mirrored.world.submits("note:IT-1", words="he always says that")
        told = b"".join(raw for _, raw in glpi.calls).decode()
        assert [word for word in holds if word not in told] == []
        assert [word for word in lacks if word in told] == []


async def test_only_some_kinds_or_tiers_are_told_and_what_was_begun_goes_on(glpi: Tool) -> None:
    async with mirrored_to(glpi, kinds=("incident",), tiers=(3,)) as mirrored:
        world = mirrored.world
        await world.says(UNKNOWN)
        await world.says(UNKNOWN, BOB)
        await world.submits("kind:IT-1", kind="incident")
        assert glpi.calls == []
        for number in ("IT-1", "IT-2"):
            await world.submits(f"escalate:{number}", words="beyond us")
        assert [one.number for one in glpi.tickets] == ["IT-1"]
        assert b"beyond us" not in glpi.calls[0][1]
        await world.submits("back:IT-1", words="yours", person=CLEO)
        assert glpi.of("IT-1").now["tier"] == 2


async def test_a_tool_that_is_away_misses_nothing_and_hears_it_in_order(mirrored: Mirrored) -> None:
    world = mirrored.world
    mirrored.tool.statuses = [503] * 6
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.submits("priority:IT-1", impact="high", urgency="high")
    assert mirrored.tool.tickets == []
    assert set(mirrored.tool.ids()) == {"IT-1:created"}
    assert "HTTP 503" in await mirrored.shown()

    for _ in range(10):
        await world.passes(minutes=5)
    kept = mirrored.tool.of("IT-1")
    assert kept.types[0] == "ticket.created"
    assert kept.told[0]["data"]["ticket"]["assignee"] is None
    assert kept.now["priority"] == "urgent"
    assert len(mirrored.tool.tickets) == 1


async def test_a_slow_tool_is_asked_again_under_the_same_id_and_makes_one_ticket(mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "TIMEOUT_S", 0.2)
    mirrored.tool.hangs = True
    await mirrored.world.says(UNKNOWN)
    assert mirrored.tool.ids() == ["IT-1:created"]
    mirrored.tool.hangs = False
    await mirrored.world.passes(minutes=10)
    assert mirrored.tool.ids()[:2] == ["IT-1:created"] * 2
    assert len(mirrored.tool.tickets) == 1
    assert (await mirrored.world.ticket()).external == "1000"


@pytest.mark.parametrize(
    "garbage", [b"", b"<html>Welcome to the guest network</html>", b'{"id": null}', b"[1]", b'{"id": {"$oid": "1"}}', b"[" * 60_000, b"9" * 70_000]
)
async def test_an_answer_that_is_none_is_no_answer_and_it_is_told_again(mirrored: Mirrored, garbage: bytes) -> None:
    mirrored.tool.bodies = [garbage]
    await mirrored.world.says(UNKNOWN)
    await mirrored.world.presses("Take it", ANN)
    assert (await mirrored.world.ticket()).external == ""
    assert "it answered without saying what it calls the ticket" in await mirrored.shown()
    await mirrored.world.passes(minutes=10)
    assert (await mirrored.world.ticket()).external == "1000"
    assert len(mirrored.tool.tickets) == 1


async def test_a_tool_that_answers_twice_makes_no_other_ticket_of_it(mirrored: Mirrored) -> None:
    """Killed after the answer and before that was noted: told once more, and the first answer stays."""
    await mirrored.world.says(UNKNOWN)
    await mirrored.world.passes(seconds=1)
    store, now = mirrored.desk.store, mirrored.world.clock.now()
    mirrored.tool.forgets = True

    async def as_if_unsent(tx: Any) -> None:
        owed = store.shelf.outbox["mirror:IT-1:created"]  # type: ignore[attr-defined]
        tx._again(owed, now)

    await store.run(as_if_unsent)
    await mirrored.world.passes(seconds=1)
    assert mirrored.tool.ids()[:2] == ["IT-1:created"] * 2
    await mirrored.world.presses("Take it", ANN)
    assert (await mirrored.world.ticket()).external == "1000"
    assert mirrored.tool.tickets[0].types == ["ticket.created", "ticket.changed"]


async def test_what_the_tool_will_never_have_is_shown_told_to_admins_and_can_be_sent_again_in_order(mirrored: Mirrored) -> None:
    world = mirrored.world
    mirrored.tool.statuses = [422]
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(seconds=1)
    page = await mirrored.shown()
    assert "HTTP 422" in page
    assert "the ticket itself has not arrived" in page
    assert len([sent for sent in world.to(CLEO) if "“GLPI” does not take what it is told" in text_of(sent.body)]) == 1
    assert mirrored.tool.tickets == []

    await mirrored.root.send(await mirrored.root.open("/admin/mirror"), "/admin/mirror/retry")
    await world.passes(seconds=1)
    assert mirrored.tool.of("IT-1").types == ["ticket.created", "ticket.changed"]
    assert "given up" not in await mirrored.shown()


async def test_one_ticket_that_is_refused_holds_up_no_other(mirrored: Mirrored) -> None:
    mirrored.tool.statuses = [422]
    for person in (ALICE, BOB):
        await mirrored.world.says(UNKNOWN, person)
    assert [one.number for one in mirrored.tool.tickets] == ["IT-2"]


async def test_a_redirect_is_not_followed(mirrored: Mirrored) -> None:
    mirrored.tool.statuses = [307]
    await mirrored.world.says(UNKNOWN)
    assert len(mirrored.tool.calls) == 1
    assert "HTTP 307" in await mirrored.shown()


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://10.0.0.1/", "https://[::ffff:169.254.169.254]/", "https://localhost/", "http://127.0.0.1:1/"])
async def test_the_own_network_is_not_called_unless_the_desk_says_so(glpi: Tool, url: str) -> None:
    async with mirrored_to(glpi, WebhooksConfig(), url=url) as mirrored:
        await mirrored.world.says(UNKNOWN)
        assert "it is a private address" in await mirrored.shown()


async def test_a_name_that_comes_to_mean_the_own_network_is_not_called(glpi: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: what is connected to is what was looked at."""
    from aiohttp.resolver import ThreadedResolver

    async def resolve(self: ThreadedResolver, host: str, port: int = 0, family: Any = 0) -> list[dict[str, Any]]:
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    port = glpi.url.rpartition(":")[2].partition("/")[0]
    async with mirrored_to(glpi, WebhooksConfig(), url=f"https://tool.example:{port}/") as mirrored:
        await mirrored.world.says(UNKNOWN)
        assert glpi.calls == []
        assert "it is a private address" in await mirrored.shown()


async def test_a_problem_of_the_team_is_told_too_and_says_what_it_is(mirrored: Mirrored) -> None:
    await mirrored.world.says(UNKNOWN)
    await mirrored.world.submits("problem:IT-1", words="The chairs are too dry")
    assert mirrored.tool.of("IT-2").now["kind"] == "problem"
    assert (mirrored.tool.of("IT-1").now["parent"], mirrored.tool.of("IT-1").now["parent_as"]) == ("IT-2", "problem")


async def test_what_is_told_has_the_keys_that_the_documentation_names(mirrored: Mirrored) -> None:
    await mirrored.world.says(UNKNOWN)
    await mirrored.world.presses("Take it", ANN)
    documented = json.loads(re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[0])
    created, changed = mirrored.tool.of("IT-1").told
    assert created.keys() == documented.keys()
    assert created["data"].keys() == documented["data"].keys()
    assert created["data"]["ticket"].keys() == documented["data"]["ticket"].keys()
    assert created["data"]["event"].keys() == documented["data"]["event"].keys()
    assert changed["data"]["ticket"].keys() - documented["data"]["ticket"].keys() == {"external_id"}


async def test_what_was_told_is_known_as_the_ticket_s_so_that_erasing_it_erases_that_too(mirrored: Mirrored) -> None:
    await mirrored.world.says(UNKNOWN)
    parcel = await mirrored.desk.store.run(lambda tx: tx.parcel("mirror:IT-1:created"))
    assert parcel is not None
    assert parcel.ticket == "IT-1"

    erased = replace(parcel, body=Outbound((Say("[erased]"),)))
    owed = mirrored.desk.store.shelf.outbox[parcel.key]
    mirrored.desk.store.shelf.outbox[parcel.key] = replace(owed, parcel=erased)
    assert "IT-1" in await mirrored.shown()


async def test_who_is_no_admin_neither_sees_nor_repeats_it(mirrored: Mirrored) -> None:
    ann = await mirrored.desk.browser("Ann", "agent")
    assert (await ann.open("/admin/mirror")).status_code == 403


async def test_without_a_mirror_there_is_no_page_and_nothing_is_owed() -> None:
    async with curated_web(FAQ) as desk:
        await desk.world.says(UNKNOWN)
        assert await desk.store.owed_to(ADDRESS) == []
        assert (await (await desk.browser()).open("/admin/mirror")).status_code == 404


@pytest.mark.parametrize(
    ("answer", "twin"),
    [
        ({"id": 7, "url": "https://glpi.example/7"}, Twin("7", "https://glpi.example/7")),
        ({"id": " A-7 "}, Twin("A-7")),
        ({"id": "7", "url": "javascript:alert(1)"}, Twin("7")),
        ({"id": "7", "url": 5}, Twin("7")),
        ({"id": True}, None),
        ({"id": ""}, None),
        ({"id": "x" * 101}, None),
        ({"id": "a\nb"}, None),
        ({"id": 10**200}, None),
        ({"id": 1.5}, None),
    ],
)
def test_what_a_tool_calls_a_ticket_is_a_short_text_and_a_link_of_the_web(answer: dict[str, Any], twin: Twin | None) -> None:
    assert twin_in(json.dumps(answer).encode()) == twin
