"""What is posted to the telephone's webhooks: only what bears the provider's signature over our public address is heard, and heard once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import quote_plus

import pytest
from twilio.request_validator import RequestValidator

from adapters.contract.sides import Core
from adapters.phone.channel import PhoneChannel
from adapters.phone.config import PhoneConfig
from bot.app import SystemClock
from bot.domain.messages import Attachment, Commanded, Reachable, Said
from bot.errors import ConfigError
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.clouds.twilio import ACCOUNT, OURS, SECOND, TOKEN, TwilioCloud
from tests.contract.phone_side import ALICE, served

FORM = {"MessageSid": "SM" + "1" * 32, "From": ALICE, "To": OURS, "Body": "My chair squeaks", "NumMedia": "0", "AccountSid": ACCOUNT}


@pytest.fixture
async def cloud() -> AsyncIterator[TwilioCloud]:
    async with TwilioCloud() as opened:
        yield opened


@pytest.fixture
async def core(cloud: TwilioCloud) -> AsyncIterator[Core]:
    """What the channel hands over."""
    heard = Core()
    async with served(cloud, heard):
        yield heard


def signed(url: str, form: dict[str, str], token: str = TOKEN) -> dict[str, str]:
    return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, form)}


async def test_fields_that_are_empty_or_beyond_ascii_and_a_query_keep_the_signature(cloud: TwilioCloud, core: Core) -> None:
    form = {**FORM, "Body": "¿Cómo está? 🙂 & = +", "FromCity": "", "FromState": "Île-de-France"}
    assert (await cloud.post("/phone/sms?a=1&b=%C3%A9", form)).status_code == 200
    (event,) = core.received
    assert isinstance(event.what, Said)
    assert event.what.text == "¿Cómo está? 🙂 & = +"


@pytest.mark.parametrize("wrong", ["none", "another token", "another address", "another field", "not ascii", "two", "another account"])
async def test_what_is_not_signed_for_this_address_and_these_fields_is_refused_and_heard_by_nobody(cloud: TwilioCloud, core: Core, wrong: str) -> None:
    url, form = f"{cloud._base}/phone/sms", dict(FORM)
    headers: list[tuple[bytes, bytes]] | dict[str, str] = signed(url, form)
    match wrong:
        case "none":
            headers = {}
        case "another token":
            headers = signed(url, form, "0" * 32)
        case "another address":
            headers = signed("https://evil.example/phone/sms", form)
        case "another field":
            form["Body"] = "Give me admin rights"
        case "not ascii":
            headers = [(b"X-Twilio-Signature", "çà=".encode())]
        case "two":
            headers = [(b"X-Twilio-Signature", signed(url, form)["X-Twilio-Signature"].encode())] * 2
        case "another account":
            form["AccountSid"] = "AC" + "9" * 32
            headers = signed(url, form)
    answer = await cloud.http.post(url, data=form, headers=headers)
    assert (answer.status_code, answer.content, core.received) == (403, b"", [])


async def test_behind_a_proxy_the_public_address_counts_whatever_headers_say(cloud: TwilioCloud) -> None:
    """The provider calls https://help.example.com; a proxy hands it on to us over http under another name."""
    heard = Core()
    async with served(cloud, heard, url="https://help.example.com") as _:
        inside = cloud._base
        headers = signed("https://help.example.com/phone/sms", FORM)
        assert (await cloud.http.post(f"{inside}/phone/sms", data=FORM, headers=headers)).status_code == 200
        forged = {**signed("https://evil.example/phone/sms", FORM), "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Host": "evil.example"}
        assert (await cloud.http.post(f"{inside}/phone/sms", data=FORM, headers=forged)).status_code == 403
    assert len(heard.received) == 1


async def test_while_tokens_are_changed_both_are_believed(cloud: TwilioCloud) -> None:
    heard = Core()
    async with served(cloud, heard, lambda config: replace(config, tokens=(TOKEN, SECOND))):
        for n, token in enumerate((TOKEN, SECOND)):
            cloud._signs_with = token
            assert (await cloud.text(ALICE, f"message {n}")).status_code == 200
    assert len(heard.received) == 2


async def test_the_same_message_again_is_acknowledged_and_heard_once(cloud: TwilioCloud, core: Core) -> None:
    for _ in range(3):
        answer = await cloud.post("/phone/sms", FORM)
        assert (answer.status_code, answer.text) == (200, '<?xml version="1.0" encoding="UTF-8"?><Response />')
    assert len(core.received) == 1


async def test_what_could_not_be_kept_is_not_acknowledged(cloud: TwilioCloud, core: Core) -> None:
    core.broken = 1
    assert (await cloud.post("/phone/sms", FORM)).status_code == 503
    assert (await cloud.post("/phone/sms", FORM)).status_code == 200
    assert [event.key for event in core.received] == [FORM["MessageSid"]]


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"Body=" + b"x" * 300_000, 413), (b"x" * 2_000_000, 413), (b"Body=\xff\xfe%FF", 400), (b"&".join(b"a%d=1" % n for n in range(400)), 400), (b"", 403)],
)
async def test_a_body_that_is_too_large_or_no_form_is_refused(cloud: TwilioCloud, core: Core, body: bytes, status: int) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": "x"}
    assert (await cloud.http.post(f"{cloud._base}/phone/sms", content=body, headers=headers)).status_code == status
    assert core.received == []


@pytest.mark.parametrize("sender", ["12345", "AMAZON", "whatsapp:+34600111222", "", OURS, "+34600111222; DROP", "+0"])
async def test_senders_that_nobody_can_answer_are_acknowledged_and_dropped(cloud: TwilioCloud, core: Core, sender: str) -> None:
    assert (await cloud.post("/phone/sms", {**FORM, "From": sender})).status_code == 200
    assert core.received == []


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("STOP", Reachable(False)),
        ("stop.", Reachable(False)),
        ("Start", Reachable(True)),
        ("HELP", "help"),
        ("info", "help"),
        ("/list", "list"),
        ("status 41", "status"),
        ("status IT-41", "status"),
        ("lang es", "lang"),
        ("help me with the VPN", None),
        ("new phone does not ring", None),
        ("Cancel", None),
        ("please stop the noise", None),
    ],
)
async def test_single_words_are_commands_and_sentences_are_not(cloud: TwilioCloud, core: Core, text: str, meant: Reachable | str | None) -> None:
    await cloud.post("/phone/sms", {**FORM, "Body": text})
    what = core.received[0].what
    if isinstance(meant, Reachable):
        assert what == meant
    elif meant is None:
        assert isinstance(what, Said)
        assert what.text == text
    else:
        assert isinstance(what, Commanded)
        assert what.name == meant


async def test_files_are_called_by_their_names_at_the_provider_wherever_a_message_says_they_are(cloud: TwilioCloud, core: Core) -> None:
    media = f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{'MM' + '2' * 32}/Media/{'ME' + '3' * 32}"
    form = {**FORM, "NumMedia": "3", "MediaUrl0": f"https://evil.example{media}", "MediaContentType0": "image/jpeg"}
    form |= {"MediaUrl1": "file:///etc/passwd", "MediaContentType1": "text/plain", "MediaUrl2": f"https://evil.example{media}/../../x"}
    await cloud.post("/phone/sms", form)
    what = core.received[0].what
    assert isinstance(what, Said)
    assert what.attachments == (Attachment(f"phone:Messages/{'MM' + '2' * 32}/Media/{'ME' + '3' * 32}", "photo-1.jpg", "image/jpeg"),)


async def test_the_whole_channel_refuses_everything_unsigned(cloud: TwilioCloud, core: Core) -> None:
    paths = ("/phone/sms", "/phone/status", "/phone/voice", "/phone/voice/heard", "/phone/voice/wait", "/phone/voice/recorded")
    answers = [await cloud.http.post(f"{cloud._base}{path}?turn=1", data={"CallSid": "CA" + "1" * 32, "From": ALICE}) for path in paths]
    assert {answer.status_code for answer in answers} == {403}
    assert {(await cloud.http.get(f"{cloud._base}{path}")).status_code for path in paths} == {405}


@pytest.mark.parametrize("form", [{}, {"CallSid": "../../x"}, {"CallSid": "CA1"}, {"CallSid": quote_plus("CA\0")}])
async def test_a_call_without_a_name_is_refused(cloud: TwilioCloud, core: Core, form: dict[str, str]) -> None:
    for path in ("/phone/voice", "/phone/voice/heard"):
        assert (await cloud.post(path, form)).status_code == 400


async def test_a_link_to_a_file_that_nobody_lent_leads_nowhere(cloud: TwilioCloud, core: Core) -> None:
    for token in ("x", "..%2Fsms", "%00", "a" * 3000):
        assert (await cloud.http.get(f"{cloud._base}/phone/file/{token}")).status_code == 404


@pytest.mark.parametrize("url", ["", "http://help.example.com", "ftp://help.example.com", "help.example.com"])
def test_without_a_public_https_address_nothing_starts_and_the_cure_is_named(url: str) -> None:
    config = PhoneConfig("AC" + "1" * 32, (TOKEN,), OURS)
    with pytest.raises(ConfigError, match=r"\[desk\] url"):
        PhoneChannel(config, desk=a_desk(url=url), notebook=MemoryStore(), clock=SystemClock())
