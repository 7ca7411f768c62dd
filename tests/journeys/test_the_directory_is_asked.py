"""The company's directory is asked about who needs a person's help: agents see it, what they left open is filled in, and nothing ever waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.directory.config import DirectoryConfig
from adapters.directory.source import source
from bot.domain.custom_fields import CustomField, RequestForm
from bot.domain.ids import PersonId
from bot.domain.listings import Listing, Sought
from bot.engine.people.listed import LISTED, OFF
from bot.engine.running import company
from bot.engine.running.company import Rules
from bot.errors import DirectoryAway
from tests.builders import ALICE, ANN, BOB, UNKNOWN, a_desk
from tests.servers import SLAPD, Absent, own
from tests.servers.directory import BASE, At
from tests.world import World, text_of

UNIT = CustomField("unit", (("", "Unit"),), "choice", (("eng", (("en", "Engineering"), ("es", "Ingeniería"))), ("sales", (("", "Sales"),))))
SITE = CustomField("site", (("", "Site"),), pattern="[A-Z].*")
FLOOR = CustomField("floor", (("", "Floor"),), "number")
FIELDS = {"unit": "department", "site": "location", "floor": "title"}
ANA = Listing("Ana Núñez", "ana@example.org", department="Engineering", title="Engineer", manager="Zoë Şahin", location="Málaga", login="ana")


class Book:
    """A directory that is a dict, and can be away."""

    def __init__(self, **people: Listing) -> None:
        self.people = {f"{name}@example.org": [one] for name, one in people.items()}
        self.asked: list[Sought] = []
        self.is_away = False
        self.lets_go = asyncio.Event()
        self.lets_go.set()
        self.at_once = self.most_at_once = 0

    async def find(self, sought: Sought) -> Sequence[Listing]:
        self.asked.append(sought)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await self.probe()
        finally:
            self.at_once -= 1
        return [one for mail in sought.mails for one in self.people.get(mail, [])]

    async def probe(self) -> None:
        await self.lets_go.wait()
        if self.is_away:
            raise DirectoryAway("it does not answer; see whether DIRECTORY_URL can be reached from here")

    async def close(self) -> None:
        """Nothing to close."""


def a_company(book: Book, forms: tuple[RequestForm, ...] = (), **rules: Any) -> World:
    world = World(a_desk(fields=(UNIT, SITE, FLOOR), forms=forms), source=book, rules=Rules(**rules))
    world.chat.mails = {ALICE.id: "ana@example.org", ANN.id: "ann@example.org"}
    return world


def directory_line(world: World, number: str = "IT-1") -> str:
    """What the card says of it."""
    return "".join(line for line in text_of(world.card(number).body).splitlines() if line.startswith("Directory: "))


@pytest.fixture
def book() -> Book:
    return Book(ana=ANA)


@pytest.fixture(scope="module")
def openldap() -> Iterator[At]:
    try:
        with own(SLAPD) as server:
            yield At(server)
    except Absent as absent:
        pytest.skip(str(absent))


# ----------------------------------------------------------------------------------------------------------------- shown
async def test_the_card_says_in_a_line_where_a_requester_belongs_and_nobody_outside_reads_it(openldap: At) -> None:
    config = DirectoryConfig.read(openldap.env(), {"base": BASE})
    assert config is not None
    world = World(source=source(config))
    world.chat.mails = {ALICE.id: "ana@example.org"}

    await world.commands("human", UNKNOWN)

    assert directory_line(world) == "Directory: Engineering · Málaga · manager Zoë Şahin"
    world.never_heard("Málaga")
    world.never_heard("Zoë")


async def test_whom_nothing_proved_is_known_of_is_not_asked_about(book: Book) -> None:
    world = a_company(book)
    await world.commands("human", UNKNOWN, person=BOB)
    assert book.asked == []
    assert directory_line(world) == ""


async def test_a_question_that_the_faq_answers_asks_no_directory(book: Book) -> None:
    world = a_company(book)
    await world.says("How do I reset my password?")
    assert book.asked == []


async def test_two_who_share_an_address_are_shown_as_nobody(book: Book) -> None:
    book.people["ana@example.org"].append(replace(ANA, name="Another"))
    world = a_company(book)
    await world.commands("human", UNKNOWN)
    assert directory_line(world) == ""


async def test_a_caller_is_found_by_number_and_a_signed_in_reader_by_mail(book: Book) -> None:
    assert company.facts_of(["phone:+34600111222", "email:Ana@Example.org", "web:agent-ana@work.org", "web:agent-seat", "telegram:1"]) == Sought(
        ("ana@example.org", "ana@work.org"), ("+34600111222",)
    )


async def test_who_writes_from_an_address_that_nobody_vouches_for_is_told_nothing_of_and_gets_nothing(book: Book) -> None:
    world = a_company(book, fields=FIELDS, vip_priority="urgent")
    await world.commands("human", UNKNOWN)  # the true one was here before, so it is known
    await world.presses("Resolve", person=ANN, on=world.card())
    await world.commands("close")
    asked = len(book.asked)

    await world.says("Give me the keys of the archive, at once", unverified=True)
    ticket = await world.ticket("IT-2")
    if not ticket.is_with_humans:
        await world.presses("Talk to a person")

    assert directory_line(world, "IT-2") == ""
    assert ((await world.ticket("IT-2")).fields, (await world.ticket("IT-2")).priority) == ((), "normal")
    assert len(book.asked) == asked


# ------------------------------------------------------------------------------------------------------------ filled in
async def test_fields_that_were_left_open_are_filled_in_by_what_fits_them(book: Book) -> None:
    world = a_company(book, fields=FIELDS)
    await world.commands("human", UNKNOWN)
    assert dict((await world.ticket()).fields) == {"unit": "eng", "site": "Málaga"}  # a title is no number of a floor
    [fact] = [one for one in await world.store.history("IT-1") if one.name == "FieldsChanged"]
    assert fact.by == "bot:firstline"


async def test_what_the_requester_said_stays(book: Book) -> None:
    form = RequestForm("incident", (("", "Something is broken"),), (), ("unit",), faq=False)
    world = a_company(book, fields=FIELDS, forms=(form,))
    await world.commands("new")
    await world.presses("Something is broken")
    await world.says(UNKNOWN)
    await world.presses("Sales")
    assert dict((await world.ticket()).fields) == {"unit": "sales", "site": "Málaga"}


async def test_whom_the_directory_marks_is_helped_first_and_what_an_agent_says_later_stays(book: Book) -> None:
    book.people["ana@example.org"] = [replace(ANA, is_vip=True)]
    world = a_company(book, vip_priority="high")
    await world.commands("human", UNKNOWN)
    assert (await world.ticket()).priority == "high"
    assert directory_line(world)


async def test_anybody_else_waits_as_always(book: Book) -> None:
    world = a_company(book, vip_priority="high")
    await world.commands("human", UNKNOWN)
    assert (await world.ticket()).priority == "normal"


# ------------------------------------------------------------------------------------------------------- kept and renewed
async def test_it_is_asked_once_and_again_when_that_is_old(book: Book) -> None:
    world = a_company(book, refresh=timedelta(hours=24))
    await world.commands("human", UNKNOWN)
    await world.says("one more thing")
    assert len(book.asked) == 1

    book.people["ana@example.org"] = [replace(ANA, location="Lisbon")]
    await world.passes(hours=25)
    await world.says("still there?")
    assert len(book.asked) == 2
    kept = await LISTED.get(world.store, ALICE.id)
    assert kept is not None
    assert kept.listing is not None
    assert (kept.listing.location, kept.at) == ("Lisbon", world.clock.now())


async def test_another_process_asks_nothing_that_the_first_one_kept(book: Book) -> None:
    world = a_company(book)
    await world.commands("human", UNKNOWN)
    other = World(a_desk(), source=book, store=world.store, clock=world.clock)
    other.chat.mails = world.chat.mails
    await other.says("one more thing")
    assert len(book.asked) == 1


async def test_whose_listing_was_erased_is_asked_about_anew(book: Book) -> None:
    world = a_company(book)
    await world.commands("human", UNKNOWN)
    await world.store.run(lambda tx: LISTED.drop(tx, ALICE.id))
    await world.says("here I am again")
    assert len(book.asked) == 2


async def test_whom_it_does_not_have_is_asked_about_again_within_the_hour(book: Book) -> None:
    book.people.clear()
    world = a_company(book)
    await world.commands("human", UNKNOWN)
    await world.passes(minutes=50)
    await world.says("hello?")
    assert len(book.asked) == 1
    book.people["ana@example.org"] = [ANA]
    await world.passes(minutes=15)
    await world.says("hello again?")
    assert len(book.asked) == 2


# ------------------------------------------------------------------------------------------------------------------ away
async def test_while_it_is_away_everything_goes_on_with_what_is_known(book: Book) -> None:
    world = a_company(book, refresh=timedelta(hours=1))
    await world.commands("human", UNKNOWN)
    book.is_away = True
    await world.passes(hours=2)

    await world.says("and the chair, too")
    assert (await world.store.talk("IT-1", internal=False))[-1].text == "and the chair, too"
    assert directory_line(world)  # as it was known

    await world.commands("human", UNKNOWN, person=BOB)
    await world.says("are you there?")
    assert len(book.asked) == 2  # the first, and the one that found it away
    assert world.company is not None
    assert "DIRECTORY_URL" in world.company.trouble
    assert world.company.numbers() == {"directory_up": 0.0, "directory_questions_total": 2, "directory_failures_total": 1}


async def test_it_is_looked_for_more_and_more_seldom_and_when_it_answers_people_are_asked_about_again(book: Book) -> None:
    book.is_away = True
    world = a_company(book)
    assert world.company is not None
    pauses = [await world.company.look() for _ in range(9)]
    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]

    await world.commands("human", UNKNOWN)
    assert directory_line(world) == ""
    assert book.asked == []  # no conversation waits for what is known to be away

    book.is_away = False
    assert await world.company.look() == company.LOOK_S
    await world.says("hello?")
    assert len(book.asked) == 1
    assert world.company.trouble == ""


async def test_how_long_it_asks_to_be_left_alone_is_kept(book: Book) -> None:
    async def busy() -> None:
        raise DirectoryAway("it asks us to wait (429)", 120)

    world = a_company(book)
    book.probe = busy  # type: ignore[method-assign]
    assert world.company is not None
    assert await world.company.look() == 120


async def test_a_directory_that_hangs_holds_a_conversation_up_once_and_not_long(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company, "QUESTION_S", 0.05)
    book.lets_go.clear()
    world = a_company(book)
    async with asyncio.timeout(5):
        await world.commands("human", UNKNOWN)
        await world.says("hello?")
    assert (await world.ticket()).is_with_humans
    assert len(book.asked) == 1
    assert world.company is not None
    assert "does not answer" in world.company.trouble


async def test_few_are_asked_about_at_the_same_time(book: Book) -> None:
    world = a_company(book)
    assert world.company is not None
    book.lets_go.clear()
    asking = [asyncio.create_task(world.company.ask(PersonId(f"chat:{n}"), Sought((f"{n}@example.org",)))) for n in range(12)]
    for _ in range(20):
        await asyncio.sleep(0)
    book.lets_go.set()
    await asyncio.gather(*asking)
    assert len(book.asked) == 12
    assert book.most_at_once == company.AT_ONCE


async def test_a_platform_that_does_not_say_the_address_holds_nothing_up(book: Book) -> None:
    world = a_company(book)

    async def refuses(person: PersonId) -> str:
        from bot.errors import DeliveryError

        raise DeliveryError("missing_scope")

    world.chat.mail_of = refuses  # type: ignore[method-assign]
    await world.commands("human", UNKNOWN)
    assert (await world.ticket()).is_with_humans
    assert book.asked == []


# ------------------------------------------------------------------------------------------------------------ who works
async def test_that_an_agent_s_account_is_disabled_is_noted_for_admins_until_it_is_not(book: Book) -> None:
    book.people["ann@example.org"] = [Listing("Ann Agent", "ann@example.org", is_off=True)]
    world = a_company(book)
    await world.commands("human", UNKNOWN)
    await world.presses("Take it", person=ANN, on=world.card())
    assert (await world.ticket()).assignee == ANN.id  # who works here is said by the team's place, not by the directory
    assert await OFF.all(world.store) == {ANN.id: "Ann Agent"}

    book.people["ann@example.org"] = [Listing("Ann Agent", "ann@example.org")]
    await world.passes(hours=25)
    await world.presses("Release", person=ANN, on=world.card())
    await world.presses("Take it", person=ANN, on=world.card())
    assert await OFF.all(world.store) == {}
