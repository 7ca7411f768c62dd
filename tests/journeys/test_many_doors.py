"""One requester, several doors, one ticket: begun on Telegram, a file added by mail, the answer heard on WhatsApp."""

from __future__ import annotations

import re
from pathlib import Path

from bot.ports import TicketQuery
from tests.builders import UNKNOWN
from tests.clouds.graph import GraphCloud
from tests.clouds.telegram import TelegramCloud
from tests.clouds.telegram_ledger import Entry
from tests.journeys.doors import eventually, finds_card, hears, product, reads
from tests.journeys.doors_email import TABLE, MailDoor, env_for, servers_or_skip, words_of
from tests.journeys.doors_telegram import TelegramRequester
from tests.journeys.doors_whatsapp import TEMPLATE, Jumping, MetaRequester
from tests.journeys.openings import number_of, ticket

ROSA = 1101
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


async def test_who_begins_on_telegram_adds_a_file_by_mail_and_is_told_on_whatsapp(tmp_path: Path) -> None:
    servers = servers_or_skip()
    clock = Jumping()
    async with TelegramCloud() as telegram, GraphCloud(clock.now) as meta:
        telegram.ledger.add_user(ROSA, "Rosa Prado", "en")
        meta.world.add("whatsapp", "GB.71", "Rosa", "")
        env = env_for(servers, "desk-many") | meta.env("whatsapp") | {"TELEGRAM_BOT_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.base_url}
        async with product(tmp_path, env, {}, more=TABLE + TEMPLATE, clock=clock) as (app, base):
            meta.hook = base
            door = MailDoor(app, base, servers=servers, desk="desk-many@example.test")
            chat, phone, mail, ann = TelegramRequester(telegram, ROSA), MetaRequester(meta, "whatsapp", "GB.71"), door.somebody(), await door.ann()

            # one person, proved from both ends each time
            await chat.says("/join")
            await phone.says(f"/join {await code_in(telegram)}")
            await phone.presses("Yes, that is me")
            await chat.presses("Yes, that is me")
            await hears(chat, "You are joined with")
            await chat.says(f"/join {mail.address}")
            code = await eventually(lambda: next((found[0] for letter in mail.mails() if (found := CODE.search(words_of(letter)))), None), "a code by mail")
            await chat.says(f"/join {code}")
            await hears(chat, mail.address)

            # asked on Telegram, a file by mail
            await chat.says(UNKNOWN)
            number = await number_of(chat)
            await finds_card(ann, number, UNKNOWN)
            await mail.begins("Here is the picture you may want.", subject=f"[{number}] the chair", files={"chair.txt": b"squeak\n"})
            await reads(ann, number, "Here is the picture you may want.")
            assert await eventually(lambda: ann.got(number, "chair.txt"), "Ann gets the file") == b"squeak\n"
            assert [one.id for one in await app.store.tickets(TicketQuery())] == [number]

            # Telegram is shut: what is said next is told on WhatsApp, and the answer from there reaches the same ticket
            telegram.block(ROSA)
            await ann.presses(number, "Take it")
            await ann.writes(number, "A new hinge is on its way.")
            await hears(phone, "A new hinge is on its way.")
            await phone.says("Thank you, I am at my desk until five")
            await reads(ann, number, "I am at my desk until five")
            assert (await ticket(door, number)).requester == f"telegram:{ROSA}"


async def code_in(telegram: TelegramCloud) -> str:
    """The code that Telegram showed."""

    def look() -> Entry | None:
        return next((entry for entry in telegram.ledger.shown(ROSA, by_bot=True) if CODE.search(entry.text)), None)

    found = CODE.search((await eventually(look, "a code")).text)
    assert found is not None
    return found[0]

