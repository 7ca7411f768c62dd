"""The webhooks of WhatsApp, Messenger and Instagram: real web servers, called by Meta on loopback and by others."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from adapters.meta.config import MetaApp, PageConfig, WhatsAppConfig
from adapters.meta.page import PageChannel
from adapters.meta.page_outbound import INSTAGRAM_PLATFORM, MESSENGER_PLATFORM
from adapters.meta.whatsapp import WhatsAppChannel
from bot.domain.desks import Desk
from bot.domain.messages import Inbound, Outbound, Reachable, Said, Say, Undelivered
from bot.errors import StoreError
from tests.clouds.graph import SECRET, TOKENS, VERIFY, GraphCloud, signature
from tests.clouds.graph_world import ACCOUNT, PHONE
from tests.clouds.telegram_ear import Ear, Notes
from tests.journeys.doors import eventually
from tests.journeys.doors_whatsapp import Jumping

RECORDED = Path(__file__).parents[1] / "recorded"
BOTH_SECRETS = (SECRET, "the-secret-before")
EVERY = ("whatsapp", "messenger", "instagram")
LEA = {"whatsapp": "DE.1001", "messenger": "24501001000", "instagram": "24501001001"}
AnyChannel = WhatsAppChannel | PageChannel


def channel_for(cloud: GraphCloud, name: str, notes: Notes, clock: Jumping, template: str = "ticket_update") -> AnyChannel:
    """As its kind makes it."""
    app = MetaApp(BOTH_SECRETS, VERIFY, cloud.base_url)
    if name == "whatsapp":
        config = WhatsAppConfig(app, TOKENS[name], PHONE, template, ("en", "es"))
        return WhatsAppChannel(config, desk=Desk(name="IT help", prefix="IT"), notebook=notes, clock=clock, secret=b"s" * 32)
    platform = MESSENGER_PLATFORM if name == "messenger" else INSTAGRAM_PLATFORM
    return PageChannel(platform, PageConfig(app, TOKENS[name], ACCOUNT if name == "instagram" else ""), notebook=notes, clock=clock)


@contextlib.asynccontextmanager
async def listening(cloud: GraphCloud, name: str, ear: Ear, notes: Notes | None = None, clock: Jumping | None = None) -> AsyncIterator[AnyChannel]:
    """A channel behind a web server."""
    channel = channel_for(cloud, name, notes or Notes(), clock or Jumping())
    with socket.create_server(("127.0.0.1", 0)) as door:
        cloud.hook = f"http://127.0.0.1:{door.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[*channel.routes()]), lifespan="off", log_config=None))  # type: ignore[list-item]
        serving = asyncio.create_task(server.serve(sockets=[door]))
        hearing = asyncio.create_task(channel.listen(ear.receive, ear))  # type: ignore[arg-type]
        try:
            await eventually(lambda: server.started and channel.is_ready(), "it listens")
            yield channel
        finally:
            hearing.cancel()
            await asyncio.wait([hearing])
            await channel.close()
            server.should_exit = True
            await serving


@pytest.fixture
async def cloud() -> AsyncIterator[GraphCloud]:
    async with GraphCloud() as cloud:
        for name, user in LEA.items():
            cloud.world.add(name, user, "Lea Fischer")
        yield cloud


def recorded(channel: str, name: str) -> bytes:
    return (RECORDED / channel / f"{name}.json").read_bytes()


def texts(ear: Ear) -> list[str]:
    return [event.what.text for event in ear.heard if isinstance(event.what, Said)]


# -------------------------------------------------------------------------------------------------------------------- proof
@pytest.mark.parametrize("name", EVERY)
async def test_meta_is_told_the_challenge_when_it_says_the_word(cloud: GraphCloud, name: str) -> None:
    async with listening(cloud, name, Ear()):
        asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}
        async with cloud.session.get(f"{cloud.hook}/{name}/webhook", params=asked) as answer:
            assert (answer.status, await answer.text(), answer.content_type) == (200, "1158201444", "text/plain")


async def test_nobody_else_is_told_anything(cloud: GraphCloud) -> None:
    changes = [
        {"hub.verify_token": "guess"}, {"hub.verify_token": ""}, {"hub.verify_token": VERIFY.upper()}, {"hub.verify_token": "ñ"},
        {"hub.mode": "unsubscribe"}, {"hub.challenge": "<script>"}, {"hub.challenge": ""},
    ]  # fmt: skip
    async with listening(cloud, "whatsapp", Ear()):
        for change in changes:
            asked = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444", **change}
            async with cloud.session.get(f"{cloud.hook}/whatsapp/webhook", params=asked) as answer:
                assert (change, answer.status, await answer.read()) == (change, 403, b"")


@pytest.mark.parametrize("name", EVERY)
async def test_what_is_not_signed_is_refused_and_nothing_of_it_kept(cloud: GraphCloud, name: str) -> None:
    ear, given = Ear(), ["", "sha256=", "sha256=" + "0" * 64, "sha1=x", "ñ"]
    async with listening(cloud, name, ear) as channel:
        answers = [await cloud.call(name, recorded(name, "text"), {"X-Hub-Signature-256": one}) for one in given]
        answers.append(await cloud.call(name, recorded(name, "text"), {}))
        assert answers == [403] * 6
        assert ear.heard == []
        assert channel.numbers()[f"{name}_forged_total"] == 6


async def test_the_signature_is_of_the_bytes_and_not_of_what_they_mean(cloud: GraphCloud) -> None:
    """An emoji that is escaped, and the same one that is not."""
    ear, escaped = Ear(), recorded("whatsapp", "text")
    plain = json.dumps(json.loads(escaped), ensure_ascii=False).encode()
    assert escaped != plain
    async with listening(cloud, "whatsapp", ear):
        assert await cloud.call("whatsapp", plain, {"X-Hub-Signature-256": signature(escaped)}) == 403
        assert await cloud.call("whatsapp", plain) == 200
    assert texts(ear) == ["Does it come in another color? 🙂"]


async def test_while_the_secret_is_changed_both_are_good(cloud: GraphCloud) -> None:
    ear, body = Ear(), recorded("whatsapp", "text")
    async with listening(cloud, "whatsapp", ear):
        assert await cloud.call("whatsapp", body, {"X-Hub-Signature-256": signature(body, BOTH_SECRETS[1])}) == 200
        assert await cloud.call("whatsapp", body, {"X-Hub-Signature-256": signature(body, "another")}) == 403
    assert len(ear.heard) == 1


async def test_a_body_that_is_no_event_is_a_bad_request(cloud: GraphCloud) -> None:
    bodies = [b"", b"{", b"null", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000]
    async with listening(cloud, "whatsapp", Ear()):
        assert [await cloud.call("whatsapp", body) for body in bodies] == [400] * len(bodies)


async def test_an_event_of_an_unknown_form_is_taken(cloud: GraphCloud) -> None:
    ours = {"object": "whatsapp_business_account"}
    bodies: list[Any] = [{}, {"object": "page"}, {**ours, "entry": 3}, {**ours, "entry": [{"changes": [None, {"value": {"metadata": []}}]}]}]
    async with listening(cloud, "whatsapp", Ear()):
        assert [await cloud.call("whatsapp", json.dumps(body).encode()) for body in bodies] == [200] * len(bodies)


async def test_a_body_over_the_limit_is_too_large(cloud: GraphCloud) -> None:
    async with listening(cloud, "whatsapp", Ear()):
        assert await cloud.call("whatsapp", b"x" * ((1 << 20) + 1)) == 413


# ------------------------------------------------------------------------------------------------------------------ keeping
async def test_everything_in_a_body_is_kept_before_it_is_acknowledged(cloud: GraphCloud) -> None:
    ear = Ear()
    async with listening(cloud, "whatsapp", ear):
        assert await cloud.call("whatsapp", recorded("whatsapp", "batch_of_several_entries")) == 200
        assert texts(ear) == ["one", "two", "three", "four"]


class Stumbling(Ear):
    """Cannot keep what says this, once."""

    over = "three"

    async def receive(self, inbound: Inbound) -> None:
        if isinstance(inbound.what, Said) and inbound.what.text == self.over:
            self.over = ""
            raise StoreError("away")
        await super().receive(inbound)


async def test_when_one_of_them_cannot_be_kept_all_come_again_and_count_once(cloud: GraphCloud) -> None:
    ear, body = Stumbling(), recorded("whatsapp", "batch_of_several_entries")
    async with listening(cloud, "whatsapp", ear):
        assert [await cloud.call("whatsapp", body) for _ in range(3)] == [503, 200, 200]
    assert texts(ear) == ["one", "two", "three", "four"]
    assert ear.repeats == 2 + 4


@pytest.mark.parametrize("name", EVERY)
async def test_what_could_not_be_kept_is_sent_again_and_in_order(cloud: GraphCloud, name: str) -> None:
    ear = Ear()
    async with listening(cloud, name, ear):
        ear.broken = 2
        cloud.people.says(name, LEA[name], "first")
        cloud.people.says(name, LEA[name], "second")
        await cloud.all_delivered()
    assert texts(ear) == ["first", "second"]
    assert [status for _, status in cloud.deliveries] == [503, 503, 200, 200]


async def test_before_it_listens_nothing_is_acknowledged(cloud: GraphCloud) -> None:
    ear = Ear()
    async with listening(cloud, "whatsapp", ear) as channel:
        channel._webhook.take = None
        assert await cloud.call("whatsapp", recorded("whatsapp", "text")) == 503
    assert ear.heard == []


async def test_a_status_says_what_did_not_arrive_and_all_others_say_nothing(cloud: GraphCloud) -> None:
    ear = Ear()
    async with listening(cloud, "whatsapp", ear):
        for name in ("statuses_out_of_order", "status_failed_undeliverable", "status_failed_undeliverable", "status_failed_of_another_program"):
            assert await cloud.call("whatsapp", recorded("whatsapp", name)) == 200
    assert [event.what for event in ear.heard] == [Undelivered("reply:IT-2:5", "", "gone")]


# ------------------------------------------------------------------------------------------------------------------- people
def _who(ear: Ear) -> list[Inbound]:
    return [event for event in ear.heard if isinstance(event.what, Said)]


async def test_an_old_payload_makes_a_person_whose_number_cannot_be_read_and_who_is_answered_by_it(cloud: GraphCloud) -> None:
    ear = Ear()
    async with listening(cloud, "whatsapp", ear, clock=Jumping(start=datetime.fromtimestamp(1749416383, UTC))) as channel:
        assert await cloud.call("whatsapp", recorded("whatsapp", "text_before_there_were_user_ids")) == 200
        (event,) = _who(ear)
        assert event.person.id.startswith("whatsapp:n.")
        assert "16505551234" not in repr(event)
        cloud.world.add("whatsapp", "US.9", "Sheena Nelson", "16505551234").wrote_at = cloud.world.now()
        await channel.send(event.person.id, Outbound((Say("Hello"),)))
    assert [bubble.shown for bubble in cloud.told("whatsapp", "US.9")] == ["Hello"]


@pytest.mark.parametrize("change", ["user_id_update", "system_changed_user_id"])
async def test_whoever_gets_another_id_is_the_same_person_in_the_same_conversation(cloud: GraphCloud, change: str) -> None:
    ear = Ear()
    hidden = recorded("whatsapp", "text_number_hidden").replace(b"US.13491208655302741918", b"US.24602319766413852029")
    async with listening(cloud, "whatsapp", ear):
        for body in (recorded("whatsapp", "text"), recorded("whatsapp", change), recorded("whatsapp", change), hidden.replace(b"wamid.", b"wamid.x")):
            assert await cloud.call("whatsapp", body) == 200
    assert len({event.person.id for event in _who(ear)}) == 1
    assert len({event.conversation for event in _who(ear)}) == 1
    assert len(_who(ear)) == 2


async def test_the_button_of_the_template_opens_and_says_nothing(cloud: GraphCloud) -> None:
    ear, notes = Ear(), Notes()
    async with listening(cloud, "whatsapp", ear, notes):
        notes.kept["whatsapp:of:US.13491208655302741918:held"] = "told"
        assert await cloud.call("whatsapp", recorded("whatsapp", "template_button")) == 200
    assert [event.what for event in ear.heard] == [Reachable(True)]
    assert notes.kept["whatsapp:of:US.13491208655302741918:held"] == ""


async def test_only_the_very_next_words_answer_what_was_asked(cloud: GraphCloud) -> None:
    ear, notes = Ear(), Notes()
    async with listening(cloud, "whatsapp", ear, notes):
        notes.kept["whatsapp:of:US.13491208655302741918:asked"] = "wamid.QUESTION="
        assert await cloud.call("whatsapp", recorded("whatsapp", "batch_of_several_entries")) == 200
    asked = "whatsapp:US.13491208655302741918/wamid.QUESTION="
    assert [event.what.reply_to for event in _who(ear) if isinstance(event.what, Said)] == [asked, None, None, None]


async def test_a_template_that_never_arrived_told_nobody(cloud: GraphCloud) -> None:
    ear, notes = Ear(), Notes()
    lost = recorded("whatsapp", "status_failed_undeliverable").replace(b"IT-2 reply:IT-2:5", b"template")
    async with listening(cloud, "whatsapp", ear, notes) as channel:
        notes.kept["whatsapp:of:US.13491208655302741918:held"] = "told"
        assert await cloud.call("whatsapp", lost) == 200
        assert channel.numbers()["whatsapp_templates_refused_total"] == 1
    assert ear.heard == []
    assert notes.kept["whatsapp:of:US.13491208655302741918:held"] == "waits"
