"""Mail, as people live with it: their own servers between them and us, with the whole product in this process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import pytest
import pytest_asyncio

from bot.ports import TicketQuery
from tests.builders import UNKNOWN
from tests.journeys.doors import eventually, finds_card, product, reads
from tests.journeys.doors_email import TABLE, MailDoor, MailRequester, email, env_for, words_of
from tests.journeys.doors_web import WebAgent, once
from tests.journeys.openings import number_of, ticket
from tests.servers import Absent
from tests.servers.mail import MailServers
from tests.web_desk import Document

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def door(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[MailDoor]:
    async with email(tmp_path_factory.mktemp("mail")) as opened:
        yield opened


async def joins_mail(agent: WebAgent, mailbox: MailRequester) -> None:
    """On the page of notices: the address, the code that is sent there, and that notices shall go there."""
    for given in (mailbox.address, ""):
        code = given or re.search(r"Code: (\S+)", words_of(await mailbox.got_mail("Code: ")))[1]  # type: ignore[index]
        page = await agent.browser.open("/agent/notices")
        answer = await agent.browser.send(page, "/agent/notices/do", do="code", code=code)
    assert "is verified: it is yours" in Document(answer.text).text
    page = await agent.browser.open("/agent/notices")
    await agent.browser.send(page, "/agent/notices/do", do="notify", **{"field-by": "email"})


async def watches(agent: WebAgent, number: str) -> None:
    """From now on they are told what becomes of it."""
    page = await agent.browser.open(f"/agent/tickets/{number}")
    hidden = {"csrf": next(iter(Document(page.text).forms)).fields["csrf"], "once": once(page)}
    answer = await agent.browser.http.post(f"/agent/tickets/{number}/watch", data=hidden, headers={"Origin": agent.browser.base}, follow_redirects=True)
    assert f"You watch {number} now" in Document(answer.text).text


async def asked(door: MailDoor, words: str = UNKNOWN, begins: str = "ana") -> tuple[MailRequester, str]:
    """Somebody asked what no entry answers: they, and the number."""
    ana = door.somebody(begins)
    await ana.begins(words)
    return ana, await number_of(ana)  # type: ignore[arg-type]


async def test_a_question_by_mail_is_answered_and_its_number_sent_back_solves_it(door: MailDoor) -> None:
    ana = door.somebody()
    first = await ana.begins("How do I connect to the VPN from home?", "VPN")

    answer = await ana.got_mail("saxophone")
    assert answer["In-Reply-To"] == first["Message-ID"]
    assert (answer["Auto-Submitted"], answer["X-Auto-Response-Suppress"]) == ("auto-replied", "All")
    assert answer["Return-Path"] == "<>"
    assert str(answer["Subject"]).endswith("VPN")
    await ana.presses("Yes, solved")

    solved = await ana.got_mail("Glad that it helped")
    number = await number_of(ana)  # type: ignore[arg-type]
    assert (await ticket(door, number)).status == "resolved"
    assert answer["Message-ID"] in solved["References"]


async def test_an_agents_reply_comes_as_a_letter_and_the_answer_to_it_goes_back_into_the_ticket(door: MailDoor) -> None:
    ana, number = await asked(door)
    ann = await door.ann()
    await finds_card(ann, number, UNKNOWN)
    await ann.presses(number, "Take it")
    await ann.writes(number, "Is it the blue chair?")

    letter = await ana.got_mail("Is it the blue chair?")
    assert (letter["Auto-Submitted"], letter["X-Auto-Response-Suppress"]) == (None, None)
    assert letter["Return-Path"] == f"<{letter['Reply-To']!s}>"
    assert f"[{number}]" in letter["Subject"]
    await ana.answers(letter, "Yes, the blue one by the window.")

    await reads(ann, number, "Yes, the blue one by the window.")
    await ana.answers(letter, "By a program that knows no Reply-To.", to=door.desk)
    await reads(ann, number, "By a program that knows no Reply-To.")
    assert "On Monday the desk wrote" not in "\n".join(await ann.thread(number))
    assert await number_of(ana) == number  # type: ignore[arg-type]


async def test_files_cross_both_ways_with_their_names(door: MailDoor) -> None:
    ana = door.somebody()
    await ana.begins(UNKNOWN, files={"años de sillas.txt": b"cr\xfcjido"})
    number = await number_of(ana)  # type: ignore[arg-type]
    ann = await door.ann()
    await finds_card(ann, number, UNKNOWN)
    assert await ann.got(number, "años de sillas.txt") == b"cr\xfcjido"

    await ann.attaches(number, "Öl für Stühle.txt", b"oil")

    assert await eventually(lambda: ana.got("Öl für Stühle.txt"), "the file") == b"oil"


async def test_who_is_away_answers_the_agent_alone_and_nobody_answers_the_machine(door: MailDoor) -> None:
    ooo = door.somebody("ooo")
    door.servers.is_away(ooo.name)
    await ooo.begins(UNKNOWN)
    number = await number_of(ooo)  # type: ignore[arg-type]
    ann = await door.ann()
    await ann.presses(number, "Take it")
    before = len(door.servers.mails(ooo.name))

    await ann.writes(number, "Does it still squeak?")

    await reads(ann, number, "I am away until Monday.")
    await ooo.got_mail("Does it still squeak?")
    shown = "\n".join(await ann.thread(number))
    assert shown.count("I am away until Monday.") == 1, "the bot's own mails were not answered"
    await ann.writes(number, "Tell me when you are back.")
    await ooo.got_mail("Tell me when you are back.")
    letters = [mail for mail in ooo.mails()[before:] if mail["Auto-Submitted"] is None or "taken" in words_of(mail)]
    assert len(ooo.mails()) - before == len(letters), "nobody answered the machine"
    assert (await ticket(door, number)).status == "open"


async def test_a_letter_that_comes_back_is_told_to_its_team(door: MailDoor) -> None:
    ana, number = await asked(door)
    ann = await door.ann()
    await ann.presses(number, "Take it")
    door.servers.sends_back(ana.name)

    await ann.writes(number, "Can you hear me?")

    await finds_card(ann, number, "not delivered", "the mail came back")
    assert await number_of(ana) == number, "the report is no ticket"  # type: ignore[arg-type]


async def test_a_comment_under_the_number_of_stars_reaches_the_tickets_card(door: MailDoor) -> None:
    ana, number = await asked(door)
    ann = await door.ann()
    await ann.presses(number, "Take it")
    await ann.presses(number, "Resolve", "Oiled.")
    letter = await ana.got_mail("You may write a comment under it.")

    await ana.answers(letter, "5\n\nIt is quiet now, and Ann was kind.")

    await finds_card(ann, number, "It is quiet now, and Ann was kind.", "5/5")
    await ana.got_mail("Thank you, the team can see it.")


# ------------------------------------------------------------------------------------------------------------ who it is from
async def test_nobody_gets_into_a_ticket_by_knowing_what_it_refers_to(door: MailDoor) -> None:
    ana, number = await asked(door)
    ann, eve = await door.ann(), door.somebody("eve")
    await ann.presses(number, "Take it")
    await ann.writes(number, "Which floor?")
    letter = await ana.got_mail("Which floor?")

    await eve.answers(letter, "This is Eve, with Ana's address and references.")
    forged = eve.letter("Pretending to be Ana.", "Re: a", door.desk)
    forged.replace_header("From", f"Ana <{ana.address}>")
    forged["In-Reply-To"] = ana.written[0]["Message-ID"]
    await eve.sends(forged, "eve@elsewhere.test")

    other = await number_of(eve)  # type: ignore[arg-type]
    assert other != number
    shown = "\n".join(await ann.thread(number))
    assert "This is Eve" not in shown
    assert "Pretending" not in shown
    mine = await eventually(lambda: door.app.store.tickets(TicketQuery(search="Pretending")), "a request of its own")
    await finds_card(ann, mine[0].id, "not verified")


async def test_a_machine_that_answers_everything_is_answered_three_times_and_a_person_sees_it(door: MailDoor) -> None:
    machine = door.somebody("machine")
    await machine.begins("Ticket 4711 was received by the help desk of Example Ltd", "Received")
    first = await machine.got_mail("IT-")
    number = await number_of(machine)  # type: ignore[arg-type]
    for n in range(5):
        await machine.answers(machine.mails()[-1], f"Ticket 4711 was updated {n}")
    ann = await door.ann()
    await reads(ann, number, "Ticket 4711 was updated 4")

    assert first["Auto-Submitted"] == "auto-replied"
    assert len([mail for mail in machine.mails() if mail["Auto-Submitted"] == "auto-replied"]) <= 3


# ------------------------------------------------------------------------------------------------------------- agents' mail
async def test_an_agent_who_joined_a_mail_address_answers_a_notice_and_the_requester_reads_it(door: MailDoor) -> None:
    ana, number = await asked(door)
    ben, desk_ben = door.somebody("ben"), cast(WebAgent, await door.ben())
    await joins_mail(desk_ben, ben)
    await watches(desk_ben, number)
    await (await door.ann()).writes(number, "Which floor?")

    notice = await ben.got_mail(number)
    assert notice["Auto-Submitted"] == "auto-generated"
    await ben.answers(notice, "Ben here, by mail: try oil.")

    letter = await ana.got_mail("Ben here, by mail: try oil.")
    assert letter["Auto-Submitted"] is None
    await reads(desk_ben, number, "Ben here, by mail: try oil.")
    eve = door.somebody("eve")
    await eve.answers(notice, "Eve has the notice, too.")
    await number_of(eve)  # type: ignore[arg-type]
    assert "Eve has" not in "\n".join(await desk_ben.thread(number))


# ------------------------------------------------------------------------------------------------------------------ outages
async def test_what_was_written_while_we_were_away_is_heard_and_what_their_server_missed_is_read_once(tmp_path: Path) -> None:
    try:
        servers = MailServers()
    except Absent as error:
        pytest.skip(str(error))
    try:
        servers.start()
        async with email(tmp_path, servers=servers, lmtp=True) as door:
            ana, desk = door.somebody(), door.desk
            await ana.begins(UNKNOWN)
            number = await number_of(ana)  # type: ignore[arg-type]
        await ana.answers(ana.mails()[-1], "You were away when I wrote this.")
        queued = servers.queued()

        async with email(tmp_path, servers=servers, lmtp=True, desk=desk) as door:
            ann = await door.ann()
            await reads(ann, number, "You were away when I wrote this.")
            servers.stop("exim")
            await ann.presses(number, "Take it")
            await ann.writes(number, "Now your server is away.")
            await finds_card(ann, number, "Now your server is away.")
            servers.start("exim")
            letter = await ana.got_mail("Now your server is away.")
            await ann.writes(number, "And this comes after it.")
            await ana.got_mail("And this comes after it.")

        assert queued == 1
        assert [mail["Message-ID"] for mail in ana.mails() if "Now your server is away." in words_of(mail)] == [letter["Message-ID"]]
    finally:
        servers.remove()


# ---------------------------------------------------------------------------------------------------------------- operation
async def test_operators_see_whether_mail_can_come_in_and_read_the_setting_and_the_cure_when_it_cannot(door: MailDoor, tmp_path: Path) -> None:
    async with httpx.AsyncClient() as http:
        await eventually(lambda: door.app.channels["email"].numbers().get("email_mailbox_up"), "an open mailbox")  # type: ignore[attr-defined]
        figures = (await http.get(f"{door.base}/metrics")).text
        assert "firstline_email_mailbox_up 1" in figures
        assert (await http.get(f"{door.base}/readyz")).json() == {"ready": True, "wrong": {}}

        wrong = {**env_for(door.servers, "desk-locked"), "IMAP_URL": f"imap://desk-locked:old@127.0.0.1:{door.servers.imap}/INBOX"}
        async with product(tmp_path, wrong, {}, more=TABLE) as (_, base):

            async def told() -> str:
                found: str = (await http.get(f"{base}/readyz")).json()["wrong"].get("email", "")
                return found

            assert (await eventually(told, "what is wrong")).endswith("refuses the user or password; set those that the server knows")
            assert "firstline_email_mailbox_up 0" in (await http.get(f"{base}/metrics")).text
