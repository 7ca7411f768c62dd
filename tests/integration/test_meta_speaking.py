"""What is sent on WhatsApp, Messenger and Instagram, and what each refusal of the Graph API becomes: Meta on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from adapters.meta.page import PageChannel
from adapters.meta.whatsapp import WhatsAppChannel
from bot.domain.ids import MessageId, PersonId
from bot.domain.messages import Attachment, Choice, Outbound, Reaction, Say, Words
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, RateLimited, Unauthorized
from tests.clouds.graph import GraphCloud
from tests.clouds.graph_world import Bubble
from tests.clouds.telegram_ear import Notes
from tests.integration.test_meta_webhook import EVERY, LEA, AnyChannel, channel_for
from tests.journeys.doors_whatsapp import Jumping

HELLO = Outbound((Say("Hello"),))
BY_ANN = Outbound((Words("Have you tried oil?", "Ann · IT-2"),))


class Desk:
    """A channel that only speaks, to somebody who has just written."""

    def __init__(self, cloud: GraphCloud, name: str, clock: Jumping, template: str = "ticket_update") -> None:
        self.cloud, self.name, self.clock, self.notes = cloud, name, clock, Notes()
        self.channel: AnyChannel = channel_for(cloud, name, self.notes, clock, template)
        self.user = LEA[name]
        self.lea = f"{name}:{self.user}"
        self.writes()

    def writes(self) -> None:
        """She writes, as whichever process hears it notes."""
        self.cloud.world.people[self.name, self.user].wrote_at = self.clock.now()
        self.notes.kept[f"{self.name}:of:{self.user}:heard"] = self.clock.now().isoformat()

    async def sends(self, message: Outbound, key: str = "reply:1") -> MessageId:
        """As the core does."""
        if isinstance(self.channel, WhatsAppChannel):
            return await self.channel.post(self.lea, message, key, "IT-2")
        return await self.channel.send(self.lea, message)

    def told(self) -> list[Bubble]:
        """What she sees of ours."""
        return self.cloud.told(self.name, self.user)


@pytest.fixture
def clock() -> Jumping:
    return Jumping()


@pytest.fixture
async def cloud(clock: Jumping) -> AsyncIterator[GraphCloud]:
    async with GraphCloud(clock.now) as cloud:
        for name, user in LEA.items():
            cloud.world.add(name, user, "Lea Fischer")
        yield cloud


@pytest.fixture
async def desk(request: pytest.FixtureRequest, cloud: GraphCloud, clock: Jumping) -> AsyncIterator[Desk]:
    made = Desk(cloud, getattr(request, "param", "whatsapp"), clock)
    yield made
    await made.channel.close()


over_every = pytest.mark.parametrize("desk", EVERY, indirect=True)


# ----------------------------------------------------------------------------------------------------------------- refusals
@over_every
@pytest.mark.parametrize(("code", "subcode", "kind", "says"), [
    (190, 0, Unauthorized, "TOKEN"), (200, 0, Unauthorized, "TOKEN"), (10, 0, Unauthorized, "TOKEN"), (131042, 0, Unauthorized, "way to pay"),
    (130429, 0, RateLimited, "wait 5 s"), (131056, 0, RateLimited, "wait 6 s"), (613, 0, RateLimited, "wait 60 s"),
    (131026, 0, DeliveryRefused, "gone"), (551, 1545041, DeliveryRefused, "blocked"), (100, 2018001, DeliveryRefused, "gone"),
    (100, 0, DeliveryRefused, "invalid"), (131009, 0, DeliveryRefused, "invalid"), (131051, 0, DeliveryRefused, "unsupported"),
    (131053, 0, DeliveryRefused, "unsupported"), (131000, 0, DeliveryError, "cannot now"), (2, 0, DeliveryError, "cannot now"),
    (987654, 0, DeliveryRefused, "invalid"),
])  # fmt: skip
async def test_a_refusal_says_what_can_be_done(desk: Desk, code: int, subcode: int, kind: type[DeliveryError], says: str) -> None:
    desk.cloud.fail("messages", status=400, code=code, subcode=subcode)
    with pytest.raises(DeliveryError) as refused:
        await desk.sends(HELLO)
    assert type(refused.value) is kind
    assert says in str(refused.value)
    assert desk.told() == []


@over_every
async def test_what_went_wrong_on_the_way_says_whether_it_may_have_arrived(desk: Desk) -> None:
    cases: list[tuple[dict[str, object], type[DeliveryError]]] = [
        ({"status": 503}, DeliveryUnknown), ({"status": 200, "body": "<html>"}, DeliveryUnknown), ({"cut": True, "after": True}, DeliveryUnknown),
        ({"status": 429, "retry_after": "7"}, RateLimited), ({"status": 413, "body": "too much"}, DeliveryRefused),
    ]  # fmt: skip
    for how, kind in cases:
        desk.cloud.fail("messages", **how)
        with pytest.raises(DeliveryError) as refused:
            await desk.sends(HELLO)
        assert (how, type(refused.value)) == (how, kind)
    assert len(desk.told()) == 1


@over_every
async def test_nobody_at_the_door_means_that_nothing_was_sent(desk: Desk) -> None:
    desk.channel._graph.url = "http://127.0.0.1:9/v26.0"
    with pytest.raises(DeliveryError, match="cannot be reached") as refused:
        await desk.sends(HELLO)
    assert type(refused.value) is DeliveryError


@over_every
@pytest.mark.parametrize("to", ["", "elsewhere:1", "{name}:", "{name}:nobody", "{name}:1/2/3/4", "{name}:ES.1 OR 1"])
async def test_an_address_that_is_nobodys_is_refused_before_meta_hears_of_it(desk: Desk, to: str) -> None:
    with pytest.raises(DeliveryRefused):
        await desk.channel.send(to.format(name=desk.name), HELLO)
    assert desk.cloud.calls == []


# ------------------------------------------------------------------------------------------------------------ after 24 hours
async def test_after_24_hours_whatsapp_tells_once_that_there_is_news(desk: Desk) -> None:
    desk.clock.ahead += timedelta(hours=25)
    for key in ("reply:1", "reply:2"):
        with pytest.raises(DeliveryRefused) as refused:
            await desk.sends(BY_ANN, key)
        assert refused.value.reason == "waits"
    assert [bubble.text for bubble in desk.told()] == ["There is news on your request IT-2: reply to read it."]
    assert desk.cloud.refusals == [], "what we know to be too late is not even tried"


async def test_without_a_good_template_it_waits_and_nobody_is_told(cloud: GraphCloud, clock: Jumping) -> None:
    for name in ("", "not_approved"):
        desk = Desk(cloud, "whatsapp", clock, name)
        clock.ahead += timedelta(hours=25)
        with pytest.raises(DeliveryRefused) as refused:
            await desk.sends(BY_ANN)
        assert (refused.value.reason, desk.told()) == ("shut", [])
        await desk.channel.close()


async def test_meta_knows_better_when_the_24_hours_are_over(desk: Desk) -> None:
    desk.cloud.world.people["whatsapp", desk.user].wrote_at = None
    with pytest.raises(DeliveryRefused) as refused:
        await desk.sends(BY_ANN)
    assert refused.value.reason == "waits"
    assert len(desk.told()) == 1


async def test_whoever_writes_while_they_are_told_gets_the_message_at_once(desk: Desk) -> None:
    desk.clock.ahead += timedelta(hours=25)
    desk.cloud.world.when_told = desk.writes
    await desk.sends(BY_ANN)
    assert "Have you tried oil?" in desk.told()[-1].text
    assert not (await desk.channel._remembered.of(desk.user)).get("held")


@pytest.mark.parametrize("desk", ["messenger", "instagram"], indirect=True)
async def test_a_person_has_seven_days_and_the_bot_has_one(desk: Desk) -> None:
    desk.clock.ahead += timedelta(hours=25)
    with pytest.raises(DeliveryRefused) as refused:
        await desk.sends(HELLO)
    assert refused.value.reason == "shut"
    await desk.sends(BY_ANN)
    desk.clock.ahead += timedelta(days=7)
    with pytest.raises(DeliveryRefused):
        await desk.sends(BY_ANN)
    assert [bubble.wire.get("tag") for bubble in desk.told()] == ["HUMAN_AGENT"]
    assert desk.cloud.refusals == []


async def test_whoever_never_wrote_is_not_written_to(desk: Desk) -> None:
    desk.cloud.world.add("whatsapp", "ES.9", "Nobody")
    with pytest.raises(DeliveryRefused):
        await desk.channel.send("whatsapp:ES.9", HELLO)


# -------------------------------------------------------------------------------------------------------------------- files
def carrying(desk: Desk, content: bytes) -> None:
    async def fetch_any(attachment: Attachment, limit: int) -> bytes:
        if len(content) > limit:
            raise DeliveryRefused("too_large")
        return content

    desk.channel.fetch_any = fetch_any


@pytest.mark.parametrize(("desk", "file", "reason"), [
    ("whatsapp", Attachment("x:1", "film.mp4", "video/mp4", 200_000_000), "too_large"), ("whatsapp", Attachment("x:1", "a.zip"), "unsupported"),
    ("messenger", Attachment("x:1", "a.zip", size=26_000_000), "too_large"), ("instagram", Attachment("x:1", "a.txt"), "unsupported"),
    ("instagram", Attachment("x:1", "a.pdf", size=26_000_000), "too_large"),
], indirect=["desk"])  # fmt: skip
async def test_what_cannot_go_there_is_refused_before_it_is_fetched(desk: Desk, file: Attachment, reason: str) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        await desk.sends(Outbound(attachments=(file,)))
    assert refused.value.reason == reason
    assert desk.cloud.calls == []


async def test_a_picture_that_is_too_large_to_be_shown_is_a_document_and_a_text_its_caption(desk: Desk) -> None:
    carrying(desk, b"x" * 6_000_000)
    await desk.sends(Outbound((Words("The lamp", "Ann"),), (), (Attachment("x:1", "lamp.jpg", "image/jpeg", 6_000_000),)))
    assert [(b.wire["type"], b.files[0][0], b.shown) for b in desk.told()] == [("document", "lamp.jpg", "Ann\nThe lamp")]


@pytest.mark.parametrize("desk", ["instagram"], indirect=True)
async def test_instagram_gets_a_picture(desk: Desk) -> None:
    carrying(desk, b"png")
    await desk.sends(Outbound(attachments=(Attachment("x:1", "lamp.png", "image/png", 3),)))
    assert [b.files for b in desk.told()] == [[("lamp.png", b"png")]]


@pytest.mark.parametrize("url", [
    "http://169.254.169.254/latest", "https://evil.example/x", "https://fbsbx.com.evil.example/x", "https://lookaside.fbsbx.com@evil.example/x",
    "http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com:8443/x", "file:///etc/passwd", "not an address", "https://[",
])  # fmt: skip
@pytest.mark.parametrize("desk", ["messenger"], indirect=True)
async def test_a_file_is_fetched_from_metas_hosts_alone(desk: Desk, url: str) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        await desk.channel.fetch(Attachment(f"messenger:{url}", "x"), 100)
    assert refused.value.reason == "gone"


# -------------------------------------------------------------------------------------------------------------- the rest
async def test_an_answer_shows_what_it_answers_and_a_sign_stands_on_their_message(desk: Desk) -> None:
    theirs = Bubble("wamid.THEIRS=", False, "hi", desk.clock.now())
    desk.cloud.world.chat("whatsapp", desk.user).append(theirs)
    message = MessageId(f"{desk.lea}/wamid.THEIRS=")
    await desk.sends(Outbound((Say("Hello"),), reply_to=message))
    assert isinstance(desk.channel, WhatsAppChannel)
    await desk.channel.react(Reaction(message, "solved"))
    assert (desk.told()[0].answers, theirs.signs) == ("wamid.THEIRS=", ["✅"])


async def test_what_is_sent_bears_its_key_so_that_its_failure_is_known(desk: Desk) -> None:
    await desk.sends(HELLO, "notice:1")
    assert desk.told()[0].wire["biz_opaque_callback_data"] == "IT-2 notice:1"


@over_every
async def test_choices_arrive_with_their_actions(desk: Desk) -> None:
    await desk.sends(Outbound((Say("Did it help?"),), (Choice("Yes", "solved:1"), Choice("No", "not:1"))))
    assert desk.told()[0].buttons == [("Yes", "solved:1"), ("No", "not:1")]


@over_every
async def test_the_doctor_names_a_token_that_is_refused_and_its_cure(desk: Desk) -> None:
    assert [good for good, _ in await desk.channel.diagnose()] == [True]
    desk.cloud.revoked = True
    ((good, line),) = await desk.channel.diagnose()
    assert not good
    assert f"{desk.channel._graph._setting} (code 190): make a new one" in line


async def test_the_doctor_says_what_a_missing_template_means(cloud: GraphCloud, clock: Jumping) -> None:
    desk = Desk(cloud, "whatsapp", clock, "")
    assert [good for good, _ in await desk.channel.diagnose()] == [True, False]
    await desk.channel.close()


@pytest.mark.parametrize("desk", ["messenger", "instagram"], indirect=True)
async def test_people_are_called_by_their_names(desk: Desk) -> None:
    assert isinstance(desk.channel, PageChannel)
    assert (await desk.channel.profile(PersonId(desk.lea))).name == "Lea Fischer"
