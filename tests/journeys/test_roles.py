"""Who may do what: every act in the table, tried by everybody, on tickets of every tier, through every door. The table is the only source."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import bot.engine
from bot.domain.desks import Tier
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId, TicketId
from bot.domain.messages import Commanded, Form, Happening, Marked, Pressed, Refusal, Submitted
from bot.domain.people import Person
from bot.domain.roles import ANYBODY, MAY, READING, Role
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import audit, commands, presses, typed
from bot.engine.acts import ACTS
from bot.ports import AuditQuery, Transaction
from tests.builders import ALICE, ANN, BOB, CLEO, TEAM_2, TEAM_3, a_desk, a_message, a_ticket
from tests.world import World

DORA = Person(PersonId("chat:dora"), "Dora Lead", "en")  # leads tier 2
EVE = Person(PersonId("chat:eve"), "Eve Lead", "en")  # leads tier 3
ADA = Person(PersonId("chat:ada"), "Ada Admin", "en")  # in no team
FINN = Person(PersonId("chat:finn"), "Finn Former", "en")  # named as a lead, but no longer in the team
WALT = Person(PersonId("chat:walt"), "Walt Watcher", "en")
EVERYBODY = (ALICE, BOB, ANN, CLEO, DORA, EVE, ADA, FINN, WALT)
MEMBERS = {TEAM_2: {ANN.id, DORA.id}, TEAM_3: {CLEO.id, EVE.id}}
LEADS = {2: frozenset({DORA.id, FINN.id}), 3: frozenset({EVE.id})}
PLACES = {2: TEAM_2, 3: TEAM_3}
TYPED = {name for name in commands._COMMANDS if name in ACTS and f"/{name}" not in MAY} | set(typed.VERBS)
NUMBER_FIRST = {"take", "release", "reopen"}  # need no words: what is typed behind them is the number
ABOUT_TICKETS = sorted(ACTS)
WIDE = sorted(act for act in MAY if act not in ACTS and act[0] != "/" and not act.startswith("see-") and act not in ("thread", "edit-reply", "mark"))
COMMANDS = sorted(act for act in MAY if act[0] == "/")


def a_world() -> World:
    """Two tiers, each with an agent and a lead; an admin, somebody who was a lead, and requesters."""
    tiers = (Tier(2, "Service desk", (TEAM_2,), leads=LEADS[2]), Tier(3, "Specialists", (TEAM_3,), leads=LEADS[3]))
    world = World(a_desk(tiers=tiers, admins=frozenset({ADA.id})))
    world.chat.members = {place: set(members) for place, members in MEMBERS.items()}
    world.store.shelf.counters["IT"] = 1000  # type: ignore[attr-defined]  # beyond the numbers that are given by hand here
    return world


async def has(world: World, number: str, tier: int, requester: Person = ALICE) -> Ticket:
    """A ticket of that requester at that tier, with a watcher and a reply of Ann's that waits."""
    ticket = a_ticket(id=TicketId(number), requester=requester.id, conversation=ConversationId(requester.id), tier=tier, watchers=(WALT.id,))

    async def unit(tx: Transaction) -> int:
        await tx.add_ticket(ticket)
        return await tx.add_message(TicketMessage(0, ticket.id, "out", "reply", ANN.id, "Come by", world.clock.now(), delivery="waiting"))

    world.said = await world.store.run(unit)  # type: ignore[attr-defined]
    return await world.ticket(number)


# ------------------------------------------------------------------------------------------------ what the table ought to mean
def roles_of(person: Person, ticket: Ticket | None, wrote: bool = False) -> set[Role]:
    """Reckoned apart from the engine: who is what towards a ticket, or towards the desk."""
    works_in = {tier for tier, place in PLACES.items() if person.id in MEMBERS[place]}
    leads = {tier for tier in works_in if person.id in LEADS[tier]}
    roles: set[Role] = set()
    if ticket is None or ticket.requester == person.id:
        roles.add("requester")
    if ticket is not None and person.id in ticket.watchers:
        roles.add("watcher")
    if wrote:
        roles.add("author")
    if works_in if ticket is None else ticket.tier in works_in:
        roles.add("agent")
    if leads if ticket is None else ticket.tier in leads:
        roles.add("lead")
    if person == ADA:
        roles.add("admin")
    return roles


async def refused(world: World, person: Person, act: str, number: str = "") -> bool:
    """Was this person told, and was it written down, that they have no right to it?"""
    page = await world.store.audit(AuditQuery(by=person.id, act=act, ticket=number))
    return any(event.name == "MoveDenied" and event.details["reason"] in audit.DENIALS for event in page.events)


def ways(act: str, number: str) -> dict[str, Happening]:
    """Every door through which an act on a ticket can be asked for."""
    action = f"{act}:{number}"
    found: dict[str, Happening] = {
        "button": Pressed(action, TEAM_2, MessageId("chat:m-card"), answer_to="press"),
        "form": Submitted(action, {"words": "because"}, TEAM_2, answer_to="form"),
    }
    return found


# ------------------------------------------------------------------------------------------------------------- every act
@pytest.mark.parametrize("tier", [2, 3])
@pytest.mark.parametrize("act", ABOUT_TICKETS)
async def test_an_act_on_a_ticket_is_open_to_the_roles_of_the_table_and_to_nobody_else(act: str, tier: int) -> None:
    world, count = a_world(), 0
    for person in EVERYBODY:
        for requester in (ALICE, person):
            for way in ("button", "form"):
                count += 1
                ticket = await has(world, f"IT-{count}", tier, requester)
                may = bool(roles_of(person, ticket) & MAY[act])

                await world.happens(ways(act, ticket.id)[way], person)

                assert await refused(world, person, act, ticket.id) is not may, f"{person.name}, {way}, of {requester.name}, tier {tier}"
                if not may:
                    assert await world.ticket(ticket.id) == ticket, f"{person.name} changed it all the same"
                    assert await world.happened(ticket.id) == ["MoveDenied"]


@pytest.mark.parametrize("act", sorted(act for act in ABOUT_TICKETS if ACTS[act].form))
async def test_the_form_of_an_act_is_shown_to_whoever_may_do_it_and_to_nobody_else(act: str) -> None:
    world = a_world()
    for tier in (2, 3):
        ticket = await has(world, f"IT-{tier}", tier)
        for person in EVERYBODY:
            shown = await world.enquiries.form(f"{act}:{ticket.id}", person.id)
            if not roles_of(person, ticket) & MAY[act]:
                assert isinstance(shown, Refusal), f"{person.name} was shown {shown}"
            elif isinstance(shown, Refusal):
                assert not [word for word in ("Only", "is with") if word in shown.text], f"{person.name} was refused: {shown.text}"


@pytest.mark.parametrize("name", sorted(TYPED))
async def test_typed_it_is_the_same_act(name: str) -> None:
    world, count, act = a_world(), 0, typed.VERBS.get(name, name)
    for tier in (2, 3):
        for person in EVERYBODY:
            count += 1
            ticket = await has(world, f"IT-{count}", tier)
            may = bool(roles_of(person, ticket) & MAY[act])
            key = MessageId(f"chat:card-{count}")
            await world.store.run(lambda tx, key=key, number=ticket.id: _linked(tx, key, number))  # type: ignore[misc]

            words = "because" if name not in NUMBER_FIRST else ticket.id
            await world.happens(Commanded(name, words, PlaceId(person.id), private=True, reply_to=key, answer_to="command"), person)

            by = await world.store.audit(AuditQuery(by=person.id))
            denied = any(event.name == "MoveDenied" and event.details["reason"] in audit.DENIALS for event in by.events if event.ticket in (ticket.id, ""))
            assert denied is not may, f"{person.name}, tier {tier}"
            if not may:
                assert await world.ticket(ticket.id) == ticket


async def _linked(tx: Transaction, message: MessageId, number: str) -> None:
    from bot.ports import Link

    await tx.link(message, Link(number, "card"))


@pytest.mark.parametrize("act", WIDE)
async def test_an_act_about_no_ticket_is_open_to_the_roles_of_the_table_and_to_nobody_else(act: str) -> None:
    world = a_world()
    for person in EVERYBODY:
        may = bool(roles_of(person, None) & MAY[act])
        for what in (Pressed(f"{act}:", PlaceId(person.id), answer_to="press"), Submitted(f"{act}:", {"words": "x"}, PlaceId(person.id), answer_to="form")):
            before = len((await world.store.audit(AuditQuery(by=person.id))).events)
            await world.happens(what, person)
            assert await refused(world, person, act) is not may, f"{person.name}, {what.kind}"
            if not may:
                newer = (await world.store.audit(AuditQuery(by=person.id))).events
                assert [event.name for event in newer[: len(newer) - before]] == ["MoveDenied"]


@pytest.mark.parametrize("act", COMMANDS)
async def test_a_command_is_open_to_the_roles_of_the_table_and_to_nobody_else(act: str) -> None:
    world = a_world()
    for person in EVERYBODY:
        await world.commands(act[1:], person=person)
        assert await refused(world, person, act) is not bool(roles_of(person, None) & MAY[act]), person.name


@pytest.mark.parametrize("act", sorted(MAY))
async def test_what_a_page_asks_is_answered_by_the_table(act: str) -> None:
    world = a_world()
    ticket = await has(world, "IT-1", 2)
    for person in EVERYBODY:
        assert await world.enquiries.may(act, person.id) is bool(roles_of(person, None) & MAY[act]), person.name
        assert await world.enquiries.may(act, person.id, "IT-1") is bool(roles_of(person, ticket) & MAY[act]), person.name
        assert not await world.enquiries.may(act, person.id, "IT-404")


# ------------------------------------------------------------------------------------------------------- roles of their own
@pytest.mark.parametrize("tier", [2, 3])
async def test_whoever_wrote_a_reply_may_take_it_back_wherever_the_ticket_is_by_now(tier: int) -> None:
    world = a_world()
    for count, person in enumerate(EVERYBODY):
        ticket = await has(world, f"IT-{count + 1}", tier)
        said = world.said  # type: ignore[attr-defined]
        await world.happens(Pressed(f"undo:{ticket.id}:{said}", TEAM_2, answer_to="press"), person)
        may = bool(roles_of(person, ticket, wrote=person == ANN) & MAY["undo"])
        assert await refused(world, person, "undo", ticket.id) is not may, person.name


@pytest.mark.parametrize("place", [TEAM_2, TEAM_3])
async def test_words_in_the_thread_of_a_card_are_heard_from_that_team_alone(place: PlaceId) -> None:
    world = a_world()
    for count, person in enumerate(EVERYBODY):
        ticket = await has(world, f"IT-{count + 1}", 2)
        card = MessageId(f"chat:card-{count}")
        await world.store.run(lambda tx, card=card, number=ticket.id: _linked(tx, card, number))  # type: ignore[misc]
        await world.happens(a_message("look here", person, private=False, addressed=False, place=place, reply_to=card), person, str(card))
        heard = {"ReplySent", "NoteWritten"} & set(await world.happened(ticket.id))
        assert bool(heard) is (person.id in MEMBERS[place]), person.name


async def test_the_ticket_sign_on_anothers_message_counts_from_agents_alone() -> None:
    world = a_world()
    for count, person in enumerate(EVERYBODY):
        sign = Marked("my chair squeaks", MessageId(f"chat:s{count}"), PlaceId("chat:hall"), BOB, ConversationId(f"chat:hall/{count}"))
        await world.happens(sign, person)
        made = (await world.store.audit(AuditQuery(act="TicketHandedOver", by=person.id))).events
        assert bool(made) is ("agent" in roles_of(person, None) or person == BOB), person.name


async def test_who_has_no_right_learns_nothing_of_a_ticket_not_even_whether_it_exists() -> None:
    world = a_world()
    await has(world, "IT-1", 2, ALICE)
    for act in ABOUT_TICKETS:
        world.chat.answers.clear()
        for number in ("IT-1", "IT-99"):
            await world.happens(Pressed(f"{act}:{number}", PlaceId(BOB.id), answer_to=f"press-{act}"), BOB)
        told = world.told_alone(BOB)
        assert [sentence.replace("IT-1", "IT-99") for sentence in told] == [told[-1]] * 2, f"{act}: {told}"


async def test_one_who_left_the_team_may_nothing_any_more() -> None:
    world = a_world()
    ticket = await has(world, "IT-1", 2)
    await world.happens(Pressed("hold:IT-1", TEAM_2, answer_to="press"), ANN)
    assert (await world.ticket()).status == "pending"
    world.chat.members[TEAM_2].discard(ANN.id)
    world.clock.advance(minutes=2)
    await world.happens(Pressed("resume:IT-1", TEAM_2, answer_to="press"), ANN)
    assert (await world.ticket()).status == "pending"
    assert await refused(world, ANN, "resume", ticket.id)


async def test_somebody_elses_ticket_is_as_good_as_none_in_a_requesters_commands() -> None:
    world = a_world()
    await has(world, "IT-1", 2)
    for name in ("status", "close"):
        await world.commands(name, "1", person=BOB)
        assert "You have no ticket IT-1" in world.told_alone(BOB)[-1]
    await world.commands("close", "1", person=ALICE)
    assert (await world.ticket()).status == "closed"


# ------------------------------------------------------------------------------------------------------ nothing beside the table
def test_every_verb_that_the_engine_knows_is_in_the_table() -> None:
    assert set(ACTS) <= set(MAY)
    assert {name for name in commands._COMMANDS if name not in TYPED and f"/{name}" not in MAY} == set()
    known: set[str] = set()
    for module in pkgutil.iter_modules(bot.engine.__path__):
        values = vars(importlib.import_module(f"bot.engine.{module.name}"))
        known |= {values["VERB"]} if isinstance(values.get("VERB"), str) else set()
        known |= values["VERBS"] if isinstance(values.get("VERBS"), frozenset) else set()
    assert known <= set(MAY)


def test_every_verb_that_a_press_is_compared_with_is_in_the_table() -> None:
    tree = ast.parse(inspect.getsource(presses))
    compared = {
        side.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "verb"
        for side in node.comparators
        if isinstance(side, ast.Constant) and isinstance(side.value, str)
    }
    assert compared
    assert compared <= set(MAY)


def test_the_table_names_no_act_twice_and_none_that_nobody_can_ask_for() -> None:
    assert set(MAY) >= READING
    assert all(roles and roles <= ANYBODY for roles in MAY.values())


def test_rights_are_asked_for_in_one_place() -> None:
    """Whether somebody is an admin is asked there alone; in which tiers they work is read elsewhere only to know whose lists to show."""
    engine = Path(bot.engine.__path__[0])
    reads = {file.name for file in engine.glob("*.py") if ".levels(" in file.read_text(encoding="utf-8")}
    asks = {file.name for file in engine.glob("*.py") if ".is_admin(" in file.read_text(encoding="utf-8")}
    assert asks <= {"rights.py", "roster.py", "enquiries.py"}
    assert reads <= {"rights.py", "commands.py", "homes.py", "attendance.py", "colleagues.py", "routing.py"}


async def test_what_is_not_in_the_table_nobody_can_do() -> None:
    world = a_world()
    ticket = await has(world, "IT-1", 2)
    for person in EVERYBODY:
        for act in ("delete", "see-everything", "", "take "):
            await world.happens(Pressed(f"{act}:IT-1", TEAM_2, answer_to="press"), person)
            await world.happens(Submitted(f"{act}:IT-1", {}, TEAM_2, answer_to="form"), person)
    assert await world.ticket() == ticket


async def test_an_unchanged_form_is_still_a_form_for_whoever_may() -> None:
    world = a_world()
    await has(world, "IT-1", 2)
    assert isinstance(await world.enquiries.form("reply:IT-1", ANN.id), Form)
    assert isinstance(await world.enquiries.form("faq-new", ADA.id), Form)
    assert isinstance(await world.enquiries.form("faq-new", ANN.id), Refusal)
