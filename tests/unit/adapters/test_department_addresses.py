"""Several departments on one mailbox and one line: which of their addresses something came to, and whose name a mail bears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.email.letters import Envelope
from adapters.phone.inbound import Reading, of_text
from adapters.slack.inbound import parsed
from adapters.telegram import menu
from bot.configuration import read
from bot.domain.messages import Commanded, Outbound, Said, Say
from tests.builders import MONDAY, a_desk
from tests.clouds.mail import MailCloud
from tests.integration.test_mail_out import ANA, a_channel
from tests.mail_office import Office, a_mail

ROUTES = frozenset({"email:hr@example.com", "email:office@example.com"})


@pytest.fixture
def office() -> Office:
    """With two addresses besides its own."""
    office = Office()
    office.intake._desk = replace(a_desk(), routes=ROUTES)
    return office


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered-To"])
async def test_the_address_that_a_mail_was_written_to_is_told(office: Office, header: str) -> None:
    mail = a_mail("It squeaks.", to="HR <hr@example.com>") if header == "To" else a_mail("It squeaks.", **{header: "HR@example.com"})
    _, said = await office.hears(mail)
    assert said.via == "email:hr@example.com"


async def test_what_the_server_was_told_counts_more_than_what_stands_in_it(office: Office) -> None:
    _, said = await office.hears(a_mail("It squeaks.", to="hr@example.com"), Envelope(recipients=("office@example.com",)))
    assert said.via == "email:office@example.com"


async def test_a_mail_to_the_common_address_is_for_nobody_in_particular(office: Office) -> None:
    _, said = await office.hears(a_mail("It squeaks."))
    assert said.via == ""


def test_each_department_knows_the_others_and_what_stands_before_them_knows_all_addresses() -> None:
    tier = '[[desks.{key}.tiers]]\nlevel = 2\nname = "Team"\n'
    it, hr = tier.format(key="it"), '[desks.hr]\nname = "People"\nroutes = ["email:HR@example.com"]\n' + tier.format(key="hr")
    several, faults = read(it + hr)
    assert faults == []
    assert several.desk.others == (("it", "IT"), ("hr", "People"))
    assert several.desk.routes == {"email:hr@example.com"}
    assert {key: (one.desk.key, one.desk.others) for key, one in several.departments.items()} == {
        "it": ("it", (("hr", "People"),)),
        "hr": ("hr", (("it", "IT"),)),
    }
    assert read(hr)[0].desk.others == ()


@pytest.fixture
async def cloud() -> AsyncIterator[MailCloud]:
    """A mail server."""
    async with MailCloud() as opened:
        yield opened


async def test_a_mail_bears_the_name_of_the_department_that_writes_it(cloud: MailCloud) -> None:
    await a_channel(cloud).send(ANA, Outbound((Say("Hello."),), sender="People"))
    [one] = cloud.taken
    assert one.mail["From"] == "People <support@example.com>"
    assert "IT help" not in str(one.mail)


@pytest.mark.parametrize(("body", "kind"), [("My chair squeaks", Said), ("STATUS 41", Commanded)])
def test_a_text_tells_which_number_it_was_sent_to(body: str, kind: type) -> None:
    form = {"MessageSid": f"SM{'a' * 32}", "From": "+34600111222", "To": "+34915550101", "Body": body}
    event = of_text(form, Reading("+34915550100", ("en",), MONDAY))
    assert event is not None
    assert isinstance(event.what, kind)
    assert event.what.via == "phone:+34915550101"  # type: ignore[attr-defined]


def test_commands_about_departments_are_there_only_where_there_are_several() -> None:
    assert (menu.name_of("desk"), menu.name_of("desk", several=True)) == (None, "desk")
    assert (parsed("move 4 chairs"), parsed("move 4 hr", several=True)) == (("ask", "move 4 chairs"), ("move", "4 hr"))
    offered = [command["command"] for call in menu.calls((), several=True) for command in call["commands"]]
    assert "desk" in offered
    assert "desk" not in [command["command"] for call in menu.calls(()) for command in call["commands"]]
