"""Mail on its way out: what the server answers says what to do next, whatever goes wrong on the line, and nothing travels in the clear that must not."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from adapters.email.channel import EmailChannel
from adapters.email.config import EmailConfig, OAuth, Server
from adapters.email.ration import Most
from bot.domain.messages import Attachment, Outbound, Say, Words
from bot.errors import DeliveryError, DeliveryRefused, DeliveryUnknown, NotAccepted, RateLimited, Unauthorized
from bot.store.memory import MemoryStore
from tests.builders import MONDAY, a_desk
from tests.clouds.mail import CUT, MailCloud
from tests.servers import Absent
from tests.servers.mail import PASSWORD, own_mail
from tests.world import SetClock

ANA = "email:ana@home.example"
HELLO = Outbound((Say("Hello."),))


def a_channel(cloud: MailCloud, store: MemoryStore | None = None, clock: SetClock | None = None, **changes: object) -> EmailChannel:
    store, clock = store or MemoryStore(), clock or SetClock(MONDAY)
    server = Server("127.0.0.1", cloud.port, "open", *next(iter(cloud.users.items()), ("", "")))
    config = replace(EmailConfig(server, "support@example.com", "IT help", lmtp=("127.0.0.1", 1)), **changes)  # type: ignore[arg-type]
    return EmailChannel(config, desk=a_desk(), notebook=store, files=store, clock=clock, secret=b"a secret of this test")


@pytest.fixture
async def cloud() -> AsyncIterator[MailCloud]:
    async with MailCloud() as opened:
        yield opened


# ----------------------------------------------------------------------------------------------------------------- names
async def test_the_same_message_bears_the_same_name_however_often_it_goes_out(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    cloud.fault("KEPT", CUT)

    with pytest.raises(DeliveryUnknown):
        await channel.post(ANA, HELLO, "reply:IT-1:5", "IT-1")
    await channel.post(ANA, HELLO, "reply:IT-1:5", "IT-1")
    await channel.post(ANA, HELLO, "reply:IT-1:6", "IT-1")

    first, again, other = (one.mail["Message-ID"] for one in cloud.taken)
    assert first == again != other


# --------------------------------------------------------------------------------------------------------------- outcomes
@pytest.mark.parametrize(
    ("word", "answer", "raised"),
    [
        ("MAIL", "421 4.3.2 too busy", RateLimited(60)),
        ("MAIL", "451 4.3.0 try later", NotAccepted("SMTP 451")),
        ("MAIL", "550 5.7.1 you may not send from there", Unauthorized("MAIL_FROM")),
        ("MAIL", "552 5.3.4 too large", DeliveryRefused("too_large")),
        ("RCPT", "421 4.7.0 slow down", RateLimited(60)),
        ("RCPT", "450 4.2.1 greylisted", NotAccepted("SMTP 450")),
        ("RCPT", "550 5.1.1 no such mailbox", DeliveryRefused("bounced")),
        ("RCPT", "554 5.7.1 relaying denied", DeliveryRefused("forbidden")),
        ("RCPT", CUT, DeliveryError("SMTP")),
        ("DATA", "451 4.3.0 database away", NotAccepted("SMTP 451")),
        ("DATA", "554 5.7.1 looks like spam", DeliveryRefused("forbidden")),
        ("DATA", "552 5.2.3 too large", DeliveryRefused("too_large")),
        ("DATA", CUT, DeliveryUnknown("SMTP")),
    ],
)
async def test_what_the_server_answers_says_what_to_do_next(cloud: MailCloud, word: str, answer: str, raised: DeliveryError) -> None:
    channel = a_channel(cloud)
    cloud.fault(word, answer)

    with pytest.raises(DeliveryError) as found:
        await channel.send(ANA, HELLO)

    assert type(found.value) is type(raised)
    assert getattr(found.value, "reason", "") == getattr(raised, "reason", "")
    assert getattr(found.value, "retry_after_s", 0) == getattr(raised, "retry_after_s", 0)
    assert str(found.value).startswith(str(raised)) or not isinstance(raised, Unauthorized)
    assert cloud.taken == []
    await channel.send(ANA, HELLO)
    assert len(cloud.taken) == 1, "and the next one goes out"


async def test_a_connection_that_was_closed_meanwhile_costs_nobody_anything(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    await channel.send(ANA, HELLO)
    cloud.hang_up()
    await channel.send(ANA, HELLO)
    assert (len(cloud.taken), cloud.connections) == (2, 2)


async def test_mails_in_a_row_share_a_connection(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    await asyncio.gather(*(channel.send(f"email:p{n}@home.example", HELLO) for n in range(5)))
    assert (len(cloud.taken), cloud.connections) == (5, 1)


async def test_a_server_that_is_away_is_an_error_that_trying_again_may_cure(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    await cloud.stop()
    with pytest.raises(DeliveryError, match="does not answer") as found:
        await channel.send(ANA, HELLO)
    assert type(found.value) is DeliveryError
    await cloud.start()
    await channel.send(ANA, HELLO)
    assert len(cloud.taken) == 1


async def test_a_file_that_is_too_large_for_the_server_is_refused_as_such(cloud: MailCloud) -> None:
    cloud.size = 1000
    channel = a_channel(cloud)

    async def bytes_of(attachment: Attachment, limit: int) -> bytes:
        return b"x" * 5000

    channel.fetch_any = bytes_of
    with pytest.raises(DeliveryRefused) as refused:
        await channel.send(ANA, Outbound(attachments=(Attachment("elsewhere:1", "a.bin"),)))
    assert refused.value.reason == "too_large"


STRANGE = ["", "slack:U0ALICE", "email:", "email:ana", "email:a b@example.com", "email:support@example.com", "email:support+x@example.com"]


@pytest.mark.parametrize("to", STRANGE)
async def test_an_address_that_is_nobodys_or_our_own_is_refused(cloud: MailCloud, to: str) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        await a_channel(cloud).send(to, HELLO)
    assert (refused.value.reason, cloud.taken) == ("invalid", [])


# ---------------------------------------------------------------------------------------------------------------- loops
async def test_a_machine_is_answered_three_times_a_day_and_people_reach_it_all_the_same(cloud: MailCloud) -> None:
    store, clock = MemoryStore(), SetClock(MONDAY)
    one, other = a_channel(cloud, store, clock), a_channel(cloud, store, clock)
    answer = replace(HELLO, voice="answer")
    for n, channel in enumerate((one, other, one)):
        await channel.post(ANA, answer, f"k{n}", "IT-1")
    for channel in (one, other):
        with pytest.raises(DeliveryRefused) as refused:
            await channel.post(f"{ANA}/0123456789abcdef", answer, "k4", "IT-1")
        assert refused.value.reason == "too_often"
    await one.post(ANA, answer, "k1", "IT-1")  # tried again, it counts once
    await one.post(ANA, replace(HELLO, voice="person"), "k5", "IT-1")
    await one.post("email:bob@home.example", answer, "k6", "IT-2")
    assert len(cloud.taken) == 6
    assert [channel.numbers()["email_silenced_total"] for channel in (one, other)] == [1, 1]

    clock.advance(hours=23, minutes=59)
    with pytest.raises(DeliveryRefused):
        await one.post(ANA, answer, "k7", "IT-1")
    clock.advance(minutes=1)
    await one.post(ANA, answer, "k7", "IT-1")
    assert len(cloud.taken) == 7


async def test_where_a_desk_allows_more_a_day_it_is_still_three_an_hour(cloud: MailCloud) -> None:
    clock = SetClock(MONDAY)
    channel = a_channel(cloud, clock=clock, most_automatic=Most(3, 4))
    answer = replace(HELLO, voice="answer")
    outcomes = []
    for n, hours in enumerate((0, 0, 0, 0, 1, 1)):
        clock.advance(hours=hours)
        with contextlib.suppress(DeliveryRefused):
            await channel.post(ANA, answer, f"k{n}", "IT-1")
        outcomes.append(len(cloud.taken))
    assert outcomes == [1, 2, 3, 3, 4, 4]


async def test_who_chooses_numbers_is_answered_more_often_and_not_for_ever(cloud: MailCloud) -> None:
    channel = a_channel(cloud, clock=SetClock(MONDAY))
    for n in range(30):
        await channel.post(ANA, replace(HELLO, voice="choice"), f"k{n}", "IT-1")
    with pytest.raises(DeliveryRefused) as refused:
        await channel.post(ANA, replace(HELLO, voice="choice"), "k30", "IT-1")
    assert (refused.value.reason, len(cloud.taken)) == ("too_often", 30)
    assert {one.sender for one in cloud.taken} == {""}


async def test_an_answer_has_the_null_return_path_and_a_persons_words_come_back_to_us(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    await channel.post(ANA, replace(HELLO, voice="answer"), "k1", "IT-1")
    await channel.post(ANA, replace(HELLO, voice="person"), "k2", "IT-1")
    assert [one.sender for one in cloud.taken] == ["", cloud.taken[1].mail["Reply-To"]]


async def test_what_goes_to_several_at_set_hours_says_that_it_is_bulk_and_comes_back_to_us_if_nobody_reads_it(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    for n in range(5):
        await channel.post(ANA, Outbound((Say("Open the report: https://help.example.com/report/x.y"),), voice="bulk"), f"notice:{n}", "")
    assert len(cloud.taken) == 5, "what was ordered is not counted with what answers"
    mail = cloud.taken[0].mail
    assert (mail["Precedence"], mail["List-Id"], mail["Auto-Submitted"]) == ("bulk", "<notices.support.example.com>", "auto-generated")
    assert "https://help.example.com/report/x.y" in cloud.taken[0].text
    assert cloud.taken[0].sender == mail["Reply-To"]


# ------------------------------------------------------------------------------------------------------------- unverified
async def test_to_an_address_that_nobody_vouches_for_go_none_of_the_words_in_its_name(cloud: MailCloud) -> None:
    channel = a_channel(cloud)
    thread = channel.signer.thread_for("<x@spam.example>", "ana@home.example")
    await channel._threads.heard(thread, "<x@spam.example>", "Buy pills at example.com", verified=False)
    receipt = Outbound((Say("We got it."), Words("Buy pills")), voice="answer")

    await channel.post(f"{ANA}/{thread}", receipt, "k1", "IT-1")
    await channel._threads.heard(thread, "<y@spam.example>", "", verified=True)
    await channel.post(f"{ANA}/{thread}", receipt, "k2", "IT-1")

    before, after = cloud.taken
    assert b"pills" not in before.raw
    assert before.mail["In-Reply-To"] == "<x@spam.example>"
    assert (after.mail["Subject"], "Buy pills" in after.text) == ("[IT-1] Buy pills at example.com", True)


# ------------------------------------------------------------------------------------------------------- safety, log-in
@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that this process trusts."""
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "cert")], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    return context


async def test_a_password_goes_to_a_server_with_a_good_certificate_alone(certified: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
    async with MailCloud(users={"us": "p@ss"}, tls=certified) as cloud:
        safe = Server("127.0.0.1", cloud.port, "starttls", "us", "p@ss")
        channel = a_channel(cloud, smtp=safe)
        await channel.send(ANA, HELLO)
        assert len(cloud.taken) == 1

        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(Unauthorized, match="no safe connection"):
            await a_channel(cloud, smtp=safe).send(ANA, HELLO)
        assert (len(cloud.taken), len(cloud.said)) == (1, 1)


async def test_where_starttls_was_stripped_nothing_is_sent_in_the_clear(cloud: MailCloud) -> None:
    cloud.users["us"] = "p@ss"
    channel = a_channel(cloud, smtp=Server("127.0.0.1", cloud.port, "starttls", "us", "p@ss"))
    with pytest.raises(Unauthorized, match="does not offer STARTTLS"):
        await channel.send(ANA, HELLO)
    assert (cloud.taken, cloud.said) == ([], [])


async def test_a_wrong_password_pauses_the_channel_and_names_the_setting(certified: ssl.SSLContext) -> None:
    async with MailCloud(users={"us": "p@ss"}, tls=certified) as cloud:
        with pytest.raises(Unauthorized, match=r"SMTP_URL: .* refuses the user or password"):
            await a_channel(cloud, smtp=Server("127.0.0.1", cloud.port, "starttls", "us", "wrong")).send(ANA, HELLO)


@contextlib.asynccontextmanager
async def provider(answers: list[web.Response]) -> AsyncIterator[tuple[str, list[dict[str, str]]]]:
    """A token endpoint that gives these answers one after the other; its address, and what it was asked."""
    asked: list[dict[str, str]] = []

    async def token(request: web.Request) -> web.Response:
        asked.append({key: str(value) for key, value in (await request.post()).items()})
        return answers.pop(0)

    application = web.Application()
    application.router.add_post("/token", token)

    async def known(request: web.Request) -> web.Response:
        good = request.query["token"] == "g00d"
        return web.json_response({"active": "true" if good else "false", "email": "desk@example.test"})

    application.router.add_get("/introspect", known)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/token", asked
    finally:
        await runner.cleanup()


async def test_with_a_provider_a_token_is_sent_and_asked_for_again_before_it_ends() -> None:
    answers = [web.json_response({"access_token": f"t{n}", "expires_in": 3600, "refresh_token": f"r{n}"}) for n in (1, 2)]
    clock = SetClock(MONDAY)
    async with provider(answers) as (url, asked), MailCloud(users={"us@example.com": "t1"}) as cloud:
        oauth = OAuth("id", url, "cl1ent", "r0")
        channel = a_channel(cloud, clock=clock, oauth=oauth, smtp=Server("127.0.0.1", cloud.port, "open", "us@example.com"))
        await channel.send(ANA, HELLO)
        cloud.hang_up()
        await channel.send(ANA, HELLO)
        assert [one["refresh_token"] for one in asked] == ["r0"]

        clock.advance(minutes=59)
        cloud.users["us@example.com"] = "t2"
        cloud.hang_up()
        await channel.send(ANA, HELLO)
        assert [(one["refresh_token"], one["client_secret"], one["grant_type"]) for one in asked] == [
            ("r0", "cl1ent", "refresh_token"), ("r1", "cl1ent", "refresh_token"),
        ]  # fmt: skip
        assert (len(cloud.taken), set(cloud.said)) == (3, {"XOAUTH2"})


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        (web.Response(status=400, text='{"error":"invalid_grant"}'), Unauthorized),
        (web.Response(status=503, text="<html>"), DeliveryError),
        (web.Response(text="<html>"), DeliveryError),
        (web.json_response({"access_token": ""}), DeliveryError),
        (web.json_response(["t"]), DeliveryError),
    ],
    ids=["refused", "down", "nonsense", "empty", "a list"],
)
async def test_a_provider_that_gives_no_token_is_told_by_the_name_of_its_setting(answer: web.Response, raised: type[DeliveryError]) -> None:
    async with provider([answer]) as (url, _), MailCloud(users={"us": "t"}) as cloud:
        channel = a_channel(cloud, oauth=OAuth("id", url, "", "r0"), smtp=Server("127.0.0.1", cloud.port, "open", "us"))
        with pytest.raises(DeliveryError, match="MAIL_OAUTH_") as found:
            await channel.send(ANA, HELLO)
        assert (type(found.value), cloud.said) == (raised, [])


# ----------------------------------------------------------------------------------------------------------------- doctor
async def test_the_doctor_says_what_is_wrong_and_where_to_mend_it(cloud: MailCloud) -> None:
    channel = a_channel(cloud, imap=Server("127.0.0.1", cloud.port, "open", "us", "p@ss"), lmtp=("127.0.0.1", cloud.port))
    found = await channel.diagnose()
    assert [ok for ok, _ in found] == [True, False, True, True]
    assert "mail goes out by 127.0.0.1" in found[0][1]
    assert found[1][1].startswith("IMAP_URL: ")
    assert "somebody listens" in found[2][1]
    assert "authserv_id" in found[3][1]
    await cloud.stop()
    [first, *_] = await a_channel(cloud).diagnose()
    assert first[0] is False
    assert first[1].startswith("SMTP_URL: 127.0.0.1")
    assert not any("p@ss" in line for _, line in found)


async def test_a_real_server_lets_us_in_with_a_password_or_a_token_and_says_why_not() -> None:
    """Dovecot asks the provider whether a token is good, as large providers' own servers do."""
    answers = [web.json_response({"access_token": "g00d", "expires_in": 3600}), web.json_response({"access_token": "b4d", "expires_in": 3600})]
    async with provider(answers) as (url, _):
        try:
            mail = own_mail(oauth=url.removesuffix("/token"))
            servers = await asyncio.to_thread(mail.__enter__)
        except Absent as error:
            pytest.skip(str(error))
        try:
            given = Server("127.0.0.1", servers.imap, "open", "desk@example.test", PASSWORD)
            out = Server("127.0.0.1", servers.smtp, "open")
            oauth, asking = OAuth("id", url, "", "r0"), replace(given, password="")

            async def said(imap: Server, folder: str = "INBOX", oauth: OAuth | None = None) -> tuple[bool, str]:
                config, store = EmailConfig(out, "desk@example.test", imap=imap, folder=folder, oauth=oauth, authserv_id="mx.example.test"), MemoryStore()
                channel = EmailChannel(config, desk=a_desk(), notebook=store, files=store, clock=SetClock(MONDAY), secret=b"a secret of this test")
                return (await channel.diagnose())[-1]

            assert (await said(given))[0] is True
            assert "there is no folder 'Nowhere'" in (await said(given, "Nowhere"))[1]
            assert await said(asking, oauth=oauth) == (True, f"mail comes in by 127.0.0.1:{servers.imap}, folder INBOX")
            assert "refuses the user or password" in (await said(asking, oauth=oauth))[1]
        finally:
            await asyncio.to_thread(mail.__exit__, None, None, None)
