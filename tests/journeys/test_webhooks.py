"""Programs are told what happens, as it is written down: signed, in order, at least once, and never more than they may know."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.webhooks.channel import WebhookChannel
from adapters.webhooks.config import WebhooksConfig
from bot.domain.events import Event
from bot.domain.webhooks import WORDS
from bot.engine.programs.subscriptions import WEBHOOKS
from bot.engine.turn import Crew
from bot.ports import Recorded
from tests.builders import ALICE, ANN, BOB, FAQ, MONDAY, UNKNOWN
from tests.clouds.receiver import Receiver, receiver
from tests.curated_web import CuratedWeb, curated_web
from tests.web_desk import BASE, Browser

PAGE = Path(__file__).parents[2] / "docs" / "api.md"
SECRET = re.compile(r'id="link" value="(whsec_[^"]+)"')
HOUR = 3600.0


@dataclass
class Told:
    """A desk with an admin on its pages, and a program that is told."""

    desk: CuratedWeb
    root: Browser
    program: Receiver

    async def make(self, name: str = "crm", url: str = "", events: str = "", **more: str) -> tuple[int, str, str]:
        """Root fills in the form: status, page, and the secret on it, if any."""
        form = Browser.form(await self.root.open("/admin/webhooks"), "/admin/webhooks").fields
        given = {**form, "name": name, "url": url or self.program.url, "field-events": events.split(), **more}
        answer = await self.root.http.post("/admin/webhooks", data=given, headers={"Origin": BASE})
        shown = SECRET.search(answer.text)
        return answer.status_code, answer.text, shown[1].replace("&#43;", "+") if shown else ""

    async def press(self, action: str, at: str = "/admin/webhooks/crm") -> str:
        """Root presses a button of that page; the page after it."""
        return (await self.root.send(await self.root.open(at), action)).text

    async def ask(self) -> None:
        """Alice asks what no entry answers; the ticket goes to tier 2."""
        await self.desk.world.says(UNKNOWN, ALICE)

    async def shown(self) -> str:
        """The webhook's own page."""
        return (await self.root.open("/admin/webhooks/crm")).text

    async def later(self, **span: float) -> None:
        """Time goes by and what became due is done."""
        await self.desk.world.passes(**span)


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    async with curated_web(FAQ) as desk, receiver() as program:
        channel = WebhookChannel(WebhooksConfig(allow_private=True), desk.store, desk.world.clock, b"k" * 32)
        desk.world.channels["webhook"] = channel  # type: ignore[assignment]
        yield Told(desk, await desk.browser(), program)
        await channel.close()


def verify() -> Any:
    """The function that docs/api.md gives to whoever receives a webhook."""
    [code] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    made: dict[str, Any] = {}
    exec(code, made)
    return made["verified"]


async def test_what_is_written_down_arrives_as_in_the_export_and_in_order(told: Told) -> None:
    await told.make(words="yes")
    await told.ask()
    await told.desk.world.presses("Take it", ANN)

    history = [event.line() for event in await told.desk.store.history("IT-1")]
    heard = [one.body for one in told.program.heard if one.body["data"]["ticket"] == "IT-1"]
    assert [one["data"] for one in heard] == json.loads(json.dumps(history))
    assert heard[0]["type"] == "TicketOpened"
    assert all(one["timestamp"] == one["data"]["at"] for one in heard)


async def test_the_receiver_can_tell_that_it_was_us_as_the_documentation_says(told: Told) -> None:
    _, _, secret = await told.make()
    await told.ask()
    [first, *_] = told.program.heard
    now = told.desk.world.clock.now().timestamp()

    check = verify()
    assert check(secret, first.headers, first.raw, now)
    assert not check(secret, first.headers, first.raw + b" ", now)
    assert not check(secret, {**first.headers, "webhook-id": "evt_0"}, first.raw, now)
    assert not check(secret, first.headers, first.raw, now + HOUR)
    assert not check("whsec_c2VjcmV0", first.headers, first.raw, now)


async def test_the_secret_is_shown_once_and_kept_nowhere(told: Told) -> None:
    _, _, secret = await told.make()
    assert secret
    assert secret not in await told.shown()
    assert secret not in (await told.root.open("/admin/webhooks")).text
    kept = str(told.desk.store.shelf)
    assert "crm" in kept
    assert secret.removeprefix("whsec_") not in kept


async def test_only_the_chosen_events_are_told(told: Told) -> None:
    await told.make(events="TicketClaimed")
    await told.ask()
    await told.desk.world.presses("Take it", ANN)
    assert told.program.told() == [("TicketClaimed", "IT-1")]


@pytest.mark.parametrize(("words", "solution"), [("", None), ("yes", "A drop of oil")])
async def test_what_people_wrote_is_told_only_to_a_webhook_with_words(told: Told, words: str, solution: str | None) -> None:
    await told.make(events="TicketResolved TicketOpened", words=words)
    await told.ask()
    await told.desk.world.presses("Take it", ANN)
    await told.desk.world.submits("resolve:IT-1", ANN, words="A drop of oil")
    assert told.program.told() == [("TicketOpened", "IT-1"), ("TicketResolved", "IT-1")]
    assert told.program.heard[-1].body["data"]["details"]["solution"] == solution
    assert (b"drop of oil" in told.program.heard[-1].raw) is bool(words)
    assert UNKNOWN not in str([one.raw for one in told.program.heard])


def test_every_detail_that_is_withheld_exists() -> None:
    known = {kind.__name__: set(kind.__dataclass_fields__) for kind in Event.__subclasses__()}
    assert all(hidden <= known[name] for name, hidden in WORDS.items())


async def test_what_is_refused_for_now_is_sent_again_with_the_same_id_and_nothing_of_the_ticket_overtakes_it(told: Told) -> None:
    await told.make(events="TicketOpened TicketHandedOver TicketClaimed")
    told.program.statuses = [503, 500]
    await told.ask()
    assert len({one.id for one in told.program.heard}) == 1
    for _ in range(3):
        await told.later(seconds=5)
    await told.desk.world.presses("Take it", ANN)

    first, second, third, *rest = told.program.heard
    assert first.id == second.id == third.id
    assert first.raw == third.raw
    assert [one.body["type"] for one in rest] == ["TicketHandedOver", "TicketClaimed"]


async def test_a_redirect_is_not_followed(told: Told) -> None:
    await told.make(events="TicketOpened")
    told.program.statuses = [302]
    await told.ask()
    assert len(told.program.heard) == 1
    assert "HTTP 302" in await told.shown()


async def test_what_is_refused_for_a_day_is_given_up_said_to_admins_and_can_be_sent_again(told: Told) -> None:
    await told.make(events="TicketOpened")
    told.program.statuses = [503] * 100
    await told.ask()
    began = told.desk.world.clock.now()
    while "given up" not in (page := await told.shown()) and told.desk.world.clock.now() < began + timedelta(days=2):
        assert "HTTP 503" in page
        await told.later(minutes=10)
    assert timedelta(hours=19) < told.desk.world.clock.now() - began < timedelta(hours=34)
    assert "HTTP 503" in page
    await told.later(seconds=1)
    assert "The webhook “crm” does not take what it is sent" in page + await told.shown()

    told.program.statuses, before = [], told.program.heard[-1]
    [action] = re.findall(r'action="(/admin/webhooks/crm/retry/[^"]+)"', await told.shown())
    assert "It is sent again." in await told.press(action)
    await told.later(seconds=1)
    assert told.program.heard[-1].id == before.id
    assert "arrived" in await told.shown()


async def test_an_address_that_is_gone_is_switched_off_and_admins_are_told(told: Told) -> None:
    await told.make(events="TicketOpened TicketHandedOver")
    told.program.statuses = [410]
    await told.ask()
    await told.later(seconds=1)
    page = await told.shown()
    assert "switched off: the address is gone" in page
    assert "gone for good, so it is switched off" in page

    told.program.heard.clear()
    await told.ask()
    assert told.program.heard == []
    await told.press("/admin/webhooks/crm/on")
    await told.desk.world.says(UNKNOWN, BOB)
    assert [one.body["type"] for one in told.program.heard] == ["TicketOpened", "TicketHandedOver"]


async def test_a_ping_shows_that_it_works(told: Told) -> None:
    await told.make(events="TicketClosed")
    assert "A ping is on its way to “crm”." in await told.press("/admin/webhooks/crm/test")
    await told.desk.world.workers.drain()
    assert [one.body["type"] for one in told.program.heard] == ["Ping"]
    assert "arrived" in await told.shown()


async def test_switched_off_it_hears_nothing_and_removed_it_is_forgotten(told: Told) -> None:
    await told.make()
    await told.press("/admin/webhooks/crm/off")
    told.program.heard.clear()
    await told.ask()
    assert told.program.heard == []
    assert "is removed" in await told.press("/admin/webhooks/crm/remove")
    assert await WEBHOOKS.all(told.desk.store) == {}
    assert (await told.root.open("/admin/webhooks/crm")).status_code == 404


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "Bad Name!"}, "A webhook needs a name"),
        ({"url": "http://example.com/hook"}, "no address to call"),
        ({"url": "https://user:secret@example.com/hook"}, "no address to call"),
        ({"url": "ftp://example.com/hook"}, "no address to call"),
        ({"url": "https://[::1"}, "no address to call"),
        ({"events": "TicketOpened NoSuchThing"}, "choose from the events"),
    ],
)
async def test_what_cannot_be_a_webhook_is_said_and_nothing_is_made(told: Told, given: dict[str, str], said: str) -> None:
    status, page, secret = await told.make(**given)
    assert (status, secret) == (422, "")
    assert said in page
    assert await WEBHOOKS.all(told.desk.store) == {}


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "https://10.0.0.1/", "https://[::ffff:169.254.169.254]/", "https://localhost/", "http://127.0.0.1:1/"])
async def test_the_own_network_is_not_called_unless_the_desk_says_so(told: Told, url: str) -> None:
    careful = WebhookChannel(WebhooksConfig(), told.desk.store, told.desk.world.clock, b"k" * 32)
    told.desk.world.channels["webhook"] = careful  # type: ignore[assignment]
    await told.make(url=url, events="TicketOpened")
    await told.ask()
    assert "it is a private address" in await told.shown()
    await careful.close()


async def test_another_process_hears_of_a_new_webhook_within_seconds(told: Told) -> None:
    world = told.desk.world
    other = Crew(world.desk, world.channels, world.knowledge, world.roster, world.crew.directory)
    assert await told.desk.store.run(lambda tx: other.webhooks.owe(tx, an_event(), world.clock.now())) == []
    await told.make(events="TicketOpened")
    world.clock.advance(seconds=5)
    assert await told.desk.store.run(lambda tx: other.webhooks.owe(tx, an_event(), world.clock.now())) != []


async def test_who_is_no_admin_neither_sees_nor_makes_webhooks(told: Told) -> None:
    ann = await told.desk.browser("Ann", "agent")
    assert (await ann.open("/admin/webhooks")).status_code == 403
    posted = await ann.http.post("/admin/webhooks", data={"name": "crm", "url": "https://example.com"}, headers={"Origin": BASE})
    assert posted.status_code == 403
    assert await WEBHOOKS.all(told.desk.store) == {}


def an_event() -> Any:
    """A ticket was opened."""
    return Recorded(7, "IT-7", "TicketOpened", ALICE.id, "chat", MONDAY, {})
