"""What an operator sees: health, figures, logs and the doctor, of the product as a process."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import socket
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from tests.builders import UNKNOWN
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.clouds.telegram import EXPERTS, MAX, TEAM, TelegramCloud
from tests.integration.crowd import ASKED, answers_in, slack_people, slack_side, slack_texts, telegram_side, telegram_texts
from tests.integration.processes import Product, installed
from tests.journeys.doors import eventually

ALWAYS = 10**6  # times a fault strikes


async def wrong(product: Product) -> dict[str, str]:
    """What /readyz names, with its status checked against it."""
    status, body = await product.get("/readyz")
    answer = json.loads(body)
    assert status == (503 if answer["wrong"] else 200)
    assert answer["ready"] == (not answer["wrong"])
    found: dict[str, str] = answer["wrong"]
    return found


async def named(product: Product, what: str, cure: str) -> None:
    """Returns when /readyz names that, with the cure."""

    async def look() -> bool:
        return cure in (await wrong(product)).get(what, "")

    await eventually(look, f"/readyz names {what}: {cure}")


# ----------------------------------------------------------------------------------------------------------------- health
async def test_when_slack_refuses_the_token_at_the_start_readyz_says_what_to_do_and_the_web_goes_on(tmp_path: Path) -> None:
    async with slack_side(tmp_path) as (cloud, product):
        cloud.fault("*", error="account_inactive", times=ALWAYS)
        await product.start(ready=False)

        await named(product, "slack", "SLACK_BOT_TOKEN")
        assert list(await wrong(product)) == ["slack"]
        assert (await product.get("/healthz"))[0] == 200
        assert (await product.get("/", headers={"Accept": "text/html"}))[0] == 200


async def test_when_slack_revokes_the_token_meanwhile_readyz_says_what_to_do_and_the_answer_waits(tmp_path: Path) -> None:
    async with slack_side(tmp_path) as (cloud, product):
        [alice] = slack_people(cloud, 1)
        await product.start()
        assert await wrong(product) == {}
        cloud.fault("*", error="token_revoked", times=ALWAYS)
        assert (await product.get("/healthz"))[0] == 200

        await cloud.people.say(alice, ASKED)

        await named(product, "slack", "SLACK_BOT_TOKEN")
        assert (await product.queue())["outbox_waiting"] == 1


async def test_on_a_full_disk_nothing_is_acknowledged_readyz_names_it_and_space_is_all_the_cure(tmp_path: Path) -> None:
    async with slack_side(tmp_path) as (cloud, product):
        before, after = slack_people(cloud, 2)
        await product.start()
        assert product.process
        await cloud.people.say(before, UNKNOWN)
        await product.drained()

        resource.prlimit(product.process.pid, resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
        asking = asyncio.create_task(cloud.people.say(after, ASKED))
        await named(product, "database", "free some space")
        delivery = cloud.wire.deliveries[-1][1]
        assert delivery.tries
        assert set(delivery.tries) == {503}

        resource.prlimit(product.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        await asking
        await eventually(lambda: answers_in(slack_texts(cloud, after)), "what could not be kept is answered")
        assert await wrong(product) == {}
        assert [ticket["question"] for ticket in (await product.export())["ticket"]] == [UNKNOWN, ASKED]


async def test_while_another_program_locks_the_database_readyz_names_it_and_afterwards_all_goes_on(tmp_path: Path) -> None:
    async with slack_side(tmp_path) as (cloud, product):
        [alice] = slack_people(cloud, 1)
        await product.start()
        foreign = sqlite3.connect(tmp_path / "firstline.db", isolation_level=None)
        foreign.execute("BEGIN IMMEDIATE")

        asking = asyncio.create_task(cloud.people.say(alice, ASKED))
        await named(product, "database", "end what locks it")

        foreign.execute("ROLLBACK")
        foreign.close()
        await asking
        await eventually(lambda: answers_in(slack_texts(cloud, alice)), "Alice is answered")
        assert await wrong(product) == {}


def own_address() -> str:
    """An address of this computer that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        address = str(probe.getsockname()[0])
        return "" if address.startswith("127.") else address


async def test_figures_are_told_on_this_computer_alone(tmp_path: Path) -> None:
    async with installed(tmp_path, {"HOST": "0.0.0.0"}, more='[channels.web]\nsign_in = "link"') as product:
        await product.start()
        assert (await product.figures())["events_received_total"] == 0
        by_another_name = await product.get("/metrics", headers={"Host": "firstline.example"})
        assert by_another_name[0] == 403
        assert "firstline_" not in by_another_name[1]
        if address := own_address():
            from_elsewhere = f"http://{address}:{product.port}"
            async with aiohttp.ClientSession() as session, session.get(f"{from_elsewhere}/metrics") as answer:
                assert answer.status == 403
            async with aiohttp.ClientSession() as session, session.get(f"{from_elsewhere}/healthz") as answer:
                assert answer.status == 200


# ------------------------------------------------------------------------------------------------------------------- logs
SECRET_KEY, WEBHOOK_SECRET, PASSWORD = "canary-key-0123456789abcdef", "canary_webhook_secret", "canary.password.1"
WORDS = ("xylophone", "trombone", "marzipan", "bassoon", "kohlrabi", "zeppelin")  # what people write; in no log line of ours otherwise


async def work_a_slack_ticket(cloud: SlackCloud) -> None:
    """Asked, passed on, taken, answered, noted, corrected and resolved, with a file; the platform stumbles on the way."""
    [alice] = slack_people(cloud, 1)
    said = await cloud.people.say(alice, "my xylophone squeaks at night and nobody can tell me why")
    card = await eventually(lambda: next((m for m in cloud.world.in_channel("C0TIER2") if "xylophone" in m.shown), None), "there is a card")
    cloud.fault("chat.postMessage", status=500, body="<html>xylophone</html>")
    cloud.fault("chat.update", cut=True)
    await cloud.people.click("U0ANN", card, "Take it")
    await eventually(lambda: "Take it" not in card.labels, "the card shows who has it")
    await cloud.people.say("U0ANN", "have you tried marzipan?", channel="C0TIER2", thread_ts=card.ts)
    await eventually(lambda: any("marzipan" in text for text in slack_texts(cloud, alice)), "the reply arrives")
    await cloud.people.click("U0ANN", card, "Note")
    await eventually(lambda: cloud.people.top("U0ANN"), "a modal")
    await cloud.people.submit("U0ANN", "plays the bassoon, too")
    await cloud.people.edit(said, "my xylophone squeaks by day")
    await cloud.people.say(alice, "", files={"kohlrabi.txt": b"zeppelin"})
    await cloud.people.click("U0MALLORY", card, "Resolve")
    await cloud.people.command(alice, "status 1 zeppelin")


async def work_a_telegram_ticket(cloud: TelegramCloud) -> None:
    """The same on Telegram, as far as it can go wrong there."""
    cloud.fail("sendMessage", cut=True)
    entry = cloud.say(MAX, "my trombone squeaks at night and nobody can tell me why")
    await eventually(lambda: telegram_texts(cloud, MAX), "it is passed on", 30)
    cloud.fail("sendMessage", status=502, body="<html>trombone</html>")
    cloud.edit(entry, "my trombone squeaks by day, marzipan")
    cloud.attach(MAX, "kohlrabi.txt", b"zeppelin", "bassoon")
    cloud.say(MAX, "/status zeppelin")
    await eventually(lambda: any("trombone" in e.text for e in cloud.ledger.shown(TEAM, by_bot=True)), "there is a card", 30)


async def knock_with_wrong_keys(product: Product) -> None:
    """What strangers send, and a page that asks for a link."""
    async with aiohttp.ClientSession() as session:
        for headers in ({"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": "1"}, {"X-Telegram-Bot-Api-Secret-Token": "wrong"}):
            for path in ("/slack/events", "/telegram/webhook"):
                await session.post(product.base + path, data='{"text": "xylophone"}', headers=headers)
        link = re.findall(r"(http://\S+/agent/sign-in/\S+)", product.out)[-1]
        await session.get(link)


@pytest.mark.parametrize("called", [True, False], ids=["webhooks", "socket-and-polling"])
async def test_logs_at_debug_hold_no_secret_and_nothing_that_people_wrote(tmp_path: Path, called: bool) -> None:
    async with SlackCloud() as slack, TelegramCloud() as telegram:
        env = {"LOG_LEVEL": "DEBUG", "SECRET_KEY": SECRET_KEY, "SLACK_BOT_TOKEN": BOT_TOKEN, "TELEGRAM_BOT_TOKEN": telegram.token}
        env |= {"SLACK_API_URL": slack.api_url, "TELEGRAM_API_URL": telegram.base_url.replace("//", f"//proxy:{PASSWORD}@")}
        tiers = {"tier2": f'slack_channel = "C0TIER2"\ntelegram_chat = {TEAM}', "tier3": f'slack_channel = "C0TIER3"\ntelegram_chat = {EXPERTS}'}
        env |= {"SLACK_SIGNING_SECRET": SIGNING_SECRET, "TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET} if called else {"SLACK_APP_TOKEN": APP_TOKEN}
        async with installed(tmp_path, env, **tiers) as product:
            product.env |= {"TELEGRAM_WEBHOOK_URL": product.base} if called else {}
            slack.wire.request_url = f"{product.base}/slack/events" if called else ""
            await product.start()
            await asyncio.gather(work_a_slack_ticket(slack), work_a_telegram_ticket(telegram), knock_with_wrong_keys(product))
            await product.drained()
            link = re.findall(r"/agent/sign-in/(\S+)", product.out)[-1]
            doctor = await product.command("doctor")
            assert await product.stop() == 0

        handles = list(slack.world.response_urls)
        canaries = [BOT_TOKEN, APP_TOKEN, SIGNING_SECRET, telegram.token, WEBHOOK_SECRET, SECRET_KEY, PASSWORD, link, *handles]
        assert "delivery is tried again" in product.log
        assert "listening to Slack" in product.log
        assert handles
        for told in (product.log, doctor.out, doctor.err):
            assert [canary for canary in canaries if canary in told] == []
            assert [word for word in WORDS if word in told.casefold()] == []
            assert not re.search(r"ticket=[0-9a-f]{8}", told)


# ----------------------------------------------------------------------------------------------------------------- doctor
async def faults_named(product: Product) -> list[str]:
    """What `firstline doctor` finds wrong; its exit code is checked against it."""
    ended = await product.command("doctor")
    found = [line.removeprefix("FAIL  ") for line in ended.out.splitlines() if line.startswith("FAIL")]
    assert (ended.code, ended.err) == (1 if found else 0, "")
    return found


async def test_the_doctor_names_what_is_wrong_with_slack_and_each_cure(tmp_path: Path) -> None:
    async with slack_side(tmp_path, tier2='slack_channel = "C0TIER2"', tier3='slack_channel = "C0TIER3"') as (cloud, product):
        assert await faults_named(product) == []

        cloud.world.scopes -= {"chat:write", "files:write"}
        cloud.world.channels["C0TIER3"]["members"].remove("U0BOT")
        [scopes, channel] = await faults_named(product)
        assert "chat:write, files:write: add them under OAuth & Permissions" in scopes
        assert "the bot is not in C0TIER3: invite it" in channel

        product.env["SLACK_BOT_TOKEN"] = "xoxb-another"
        [token] = await faults_named(product)
        assert "invalid_auth" in token
        assert "SLACK_BOT_TOKEN must be" in token

        product.env["SLACK_API_URL"] = "http://127.0.0.1:9/api/"
        [address] = await faults_named(product)
        assert "check SLACK_API_URL (http://127.0.0.1:9/api/)" in address


async def test_the_doctor_names_what_is_wrong_with_telegram_and_each_cure(tmp_path: Path) -> None:
    async with telegram_side(tmp_path, tier2=f"telegram_chat = {TEAM}", tier3=f"telegram_chat = {EXPERTS}") as (cloud, product):
        assert await faults_named(product) == []

        cloud.ledger.members[TEAM][cloud.bot["id"]] = "member"
        cloud.ledger.members[EXPERTS][cloud.bot["id"]] = "left"
        [rights, group] = await faults_named(product)
        assert f"no administrator of team group {TEAM}" in rights
        assert "make it one" in rights
        assert f"group {EXPERTS} cannot be reached" in group
        assert "add the bot to it" in group

        product.env["TELEGRAM_BOT_TOKEN"] = "123456:ANOTHER"
        [token] = await faults_named(product)
        assert "TELEGRAM_BOT_TOKEN: copy it again from @BotFather" in token

        product.env["TELEGRAM_API_URL"] = "http://127.0.0.1:9"
        [address] = await faults_named(product)
        assert "check TELEGRAM_API_URL (http://127.0.0.1:9)" in address
