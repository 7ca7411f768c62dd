"""A ticket is about a computer: whoever asks chooses theirs or types another's tag, agents say otherwise, and the card tells what changed in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.custom_fields import CustomField, RequestForm
from bot.domain.messages import Capabilities, Form, Submitted
from bot.domain.people import Person
from bot.engine.assets import keep
from bot.engine.requests.own_computers import ANOTHER, TYPED
from tests.builders import ALICE, ANN, BOB, UNKNOWN, a_desk
from tests.contract.test_stores_assets import an_inventory
from tests.world import World, text_of

WHICH = CustomField("which", (("", "Which computer?"),), "asset", suggestions=("the pool laptop",))
NEEDED = replace(WHICH, name="needed", label=(("", "Whose inventory number?"),), required=True, pattern="INV-[0-9]+", suggestions=())
LAPTOP = RequestForm("laptop", (("", "Something with a laptop"),), (), ("which",))
STRICT = RequestForm("strict", (("", "Something with an inventory number"),), (), ("needed",))


@pytest.fixture
def world() -> World:
    return World(a_desk(fields=(WHICH, NEEDED), forms=(LAPTOP, STRICT), computers=True, url="https://help.example.com"))


async def told_of(world: World, name: str, owner: Person | None = None, tag: str = "", **sections: Any) -> int:
    """A computer tells what it is made of."""
    own = {"hardware": ({"name": name, "memory": "8192"},), "bios": ({"ssn": f"SN-{name}", "smodel": "T14"},), "networks": (), **sections}
    inventory = replace(an_inventory(name, **own), tag=tag)

    async def unit(tx: Any) -> int:
        asset: int = (await keep(tx, inventory, world.clock.now())).asset
        if owner is not None:
            await tx.give_asset(asset, owner.id)
        return asset

    return await world.store.run(unit)


async def begins(world: World, label: str = "Something with a laptop", person: Person = ALICE) -> None:
    """Up to the question for the computer."""
    await world.commands("new", person=person)
    await world.presses(label, person)
    await world.says(UNKNOWN, person)


# ------------------------------------------------------------------------------------------------------------ who is asked
async def test_ones_own_computers_are_buttons_and_the_one_that_is_pressed_is_the_ticket_s(world: World) -> None:
    await told_of(world, "pc-of-bob", BOB)
    mine = await told_of(world, "pc-042", ALICE)
    await begins(world)
    asked = world.heard("Which computer?")
    assert world.labels(asked) == ["pc-042 · T14", "the pool laptop", "Another one", "Skip", "Back", "Cancel"]
    await world.presses("pc-042 · T14")

    ticket = await world.ticket()
    assert (ticket.asset, dict(ticket.fields)) == (mine, {"which": "pc-042"})
    card = text_of(world.card().body)
    assert "Computer: pc-042 · T14 · Debian GNU/Linux 12" in card
    assert "Last inventory: " in card


async def test_two_that_are_called_alike_are_told_apart_by_their_serial_numbers(world: World) -> None:
    for device in ("a", "b"):
        await told_of(world, device, ALICE, hardware=({"name": "MacBook"},))
    await begins(world)
    assert set(world.labels(world.heard("Which computer?"))[:2]) == {"MacBook · T14 · SN-a", "MacBook · T14 · SN-b"}
    await world.presses("MacBook · T14 · SN-b")
    ticket = await world.ticket()
    assert ((await world.store.asset(ticket.asset)).serial, dict(ticket.fields)) == ("SN-b", {"which": "MacBook"})  # type: ignore[union-attr]


async def test_another_one_is_asked_by_its_tag_and_known_by_it(world: World) -> None:
    await told_of(world, "pc-042", ALICE)
    other = await told_of(world, "pc-of-bob", BOB, tag="INV-7")
    await begins(world)
    await world.presses("Another one")
    assert "Its name, tag or serial number." in text_of(world.heard("What is the computer called?").body)
    await world.says("inv-7")

    ticket = await world.ticket()
    assert (ticket.asset, dict(ticket.fields)) == (other, {"which": "inv-7"})
    assert "Computer: pc-of-bob · T14 · Debian GNU/Linux 12 · of bob" in text_of(world.card().body)


async def test_a_tag_may_be_typed_instead_of_a_press_and_an_unknown_one_stays_as_words(world: World) -> None:
    await told_of(world, "pc-042", ALICE)
    await begins(world)
    await world.says("the grey one in room 5")

    ticket = await world.ticket()
    assert (ticket.asset, dict(ticket.fields)) == (0, {"which": "the grey one in room 5"})
    assert "Which computer?: the grey one in room 5" in text_of(world.card().body)


async def test_whoever_has_no_known_computer_types_one_or_skips(world: World) -> None:
    known = await told_of(world, "pc-042", tag="INV-7")
    await begins(world)
    assert world.labels(world.heard("Its name, tag or serial number.")) == ["Skip", "Back", "Cancel"]
    await world.says("INV-7")
    assert (await world.ticket()).asset == known
    await begins(world, person=BOB)
    await world.presses("Skip", BOB)
    assert (await world.ticket("IT-2")).asset == 0


async def test_a_pattern_is_for_what_is_typed_and_not_for_what_is_pressed(world: World) -> None:
    mine = await told_of(world, "pc-042", ALICE)
    await begins(world, "Something with an inventory number")
    await world.presses("Another one")
    await world.says("my laptop")
    world.heard("This does not look right")
    await world.presses("Back")
    await world.presses("pc-042 · T14")
    assert (await world.ticket()).asset == mine


async def test_of_several_that_are_called_so_it_is_the_asker_s_own_or_nobody_can_say(world: World) -> None:
    await told_of(world, "pc-1", BOB, tag="HQ")
    await told_of(world, "pc-2", tag="HQ")
    for person, number in ((ALICE, "IT-1"), (BOB, "IT-2")):
        await begins(world, person=person)
        await world.says("hq", person)
        ticket = await world.ticket(number)
        assert (ticket.asset != 0, dict(ticket.fields)["which"]) == (person is BOB, "hq")


async def test_a_form_offers_ones_own_and_a_line_for_another(world: World) -> None:
    mine = await told_of(world, "pc-042", ALICE)
    form = await world.enquiries.form("new:laptop", ALICE.id)
    assert isinstance(form, Form)
    which, typed = form.fields[1:]
    assert [value for value, _ in which.options] == [f"#{mine}", "the pool laptop", ANOTHER]
    assert (typed.name, typed.when, typed.required) == (f"which{TYPED}", ("which", ANOTHER), True)

    given = {"words": UNKNOWN, "which": ANOTHER, f"which{TYPED}": "SN-pc-042"}
    assert await world.enquiries.asked_again("new:laptop", ALICE.id, given) is None
    assert await world.enquiries.asked_again("new:laptop", ALICE.id, {**given, f"which{TYPED}": ""}) is not None
    await world.happens(Submitted("new:laptop", given, ALICE.id, answer_to="form"), ALICE)  # type: ignore[arg-type]
    assert ((await world.ticket()).asset, dict((await world.ticket()).fields)) == (mine, {"which": "SN-pc-042"})


async def test_where_nothing_can_be_pressed_ones_own_are_numbered_and_a_tag_is_typed_all_the_same(world: World) -> None:
    world.chat.can = Capabilities(buttons=False)
    mine, other = await told_of(world, "pc-042", ALICE), await told_of(world, "pc-of-bob", BOB, tag="INV-7")
    for number, typed, asset in (("IT-1", ("1",), mine), ("IT-2", ("INV-7",), other), ("IT-3", ("3", "inv-7"), other)):
        await world.commands("new")
        for words in ("Something with a laptop", UNKNOWN):
            await world.says(words)
        assert "1. pc-042 · T14\n2. the pool laptop\n3. Another one" in text_of(world.heard("Which computer?").body)
        for words in typed:
            await world.says(words)
        assert (await world.ticket(number)).asset == asset


# ------------------------------------------------------------------------------------------------------------------ agents
async def test_an_agent_says_which_computer_it_is_and_takes_it_away_again(world: World) -> None:
    one, two = await told_of(world, "pc-1", ALICE), await told_of(world, "pc-2")
    await world.commands("human", UNKNOWN)
    await world.commands("asset", "1 SN-PC-2", ANN)
    assert ((await world.ticket()).asset, dict((await world.ticket()).fields)) == (two, {"which": "pc-2"})
    assert "Computer: pc-2" in text_of(world.card().body)
    assert {choice.link for choice in world.card().body.choices if choice.link} == {f"https://help.example.com/agent/assets/{two}"}

    form = await world.enquiries.form("asset:IT-1", ANN.id)
    assert isinstance(form, Form)
    assert form.fields[0].options[0] == (f"#{one}", "pc-1 · T14")
    await world.submits("asset:IT-1", ANN, asset=f"#{one}")
    assert (await world.ticket()).asset == one
    await world.commands("asset", "1 -", ANN)
    assert ((await world.ticket()).asset, (await world.ticket()).fields) == (0, ())
    assert "Computer: " not in text_of(world.card().body)
    assert [event.name for event in await world.store.history("IT-1")].count("FieldsChanged") == 3


async def test_a_ticket_without_a_field_for_it_has_a_computer_all_the_same(world: World) -> None:
    plain = World(a_desk(computers=True), store=world.store)
    asset = await told_of(plain, "pc-1")
    await plain.commands("human", UNKNOWN)
    await plain.submits("asset:IT-1", ANN, asset="pc-1")
    assert ((await plain.ticket()).asset, (await plain.ticket()).fields) == (asset, ())


@pytest.mark.parametrize(("words", "why"), [("pc-9", "No computer is called “pc-9”"), ("HQ", "Several computers are called “HQ”")])
async def test_what_no_computer_or_several_are_called_is_refused_with_what_to_do(world: World, words: str, why: str) -> None:
    await told_of(world, "pc-1", tag="HQ")
    await told_of(world, "pc-2", tag="HQ")
    await world.commands("human", UNKNOWN)
    await world.commands("asset", f"1 {words}", ANN)
    assert why in world.told_alone(ANN)[-1]
    assert (await world.ticket()).asset == 0


async def test_requesters_cannot_say_it_of_a_ticket_and_no_button_is_shown_where_no_computers_tell(world: World) -> None:
    asset = await told_of(world, "pc-1")
    await world.commands("human", UNKNOWN)
    await world.submits("asset:IT-1", ALICE, asset="pc-1")
    assert (await world.ticket()).asset != asset
    assert "Computer" in [choice.label for choice in world.card().body.choices]
    without = World(a_desk())
    await without.commands("human", UNKNOWN)
    assert "Computer" not in [choice.label for choice in without.card().body.choices]


# ------------------------------------------------------------------------------------------------------- what changed in it
async def test_the_card_tells_what_changed_since_the_ticket_before(world: World) -> None:
    packages = tuple({"name": f"package-{n}", "version": "1"} for n in range(6))
    await told_of(world, "pc-1", ALICE, softwares=packages)
    world.clock.advance(days=60)
    for number in ("IT-1", "IT-2"):
        await begins(world)
        await world.presses("pc-1 · T14")
        card = text_of(world.card(number).body)
        if number == "IT-1":
            assert "Changed" not in card
        world.clock.advance(days=1)
        more = ({"name": "vpn", "version": "9"},) if number == "IT-1" else ()
        newer = ({"name": "package-0", "version": "2"}, *packages[2:], *more)
        await told_of(world, "pc-1", ALICE, softwares=newer, hardware=({"name": "pc-1", "memory": "16384"},))
    assert "Changed since IT-1: Memory: 8 → 16 GB\n" in card
    assert "New: Software: vpn 9" in card
    assert "Gone: Software: package-1 1" in card
    assert "Software: package-0 · Version: 1 → 2" in card


async def test_of_a_computer_without_a_ticket_before_the_last_month_is_told(world: World) -> None:
    await told_of(world, "pc-1", ALICE)
    await world.passes(days=50)
    many = tuple({"name": f"package-{n}", "version": "1"} for n in range(40))
    await told_of(world, "pc-1", ALICE, softwares=many)
    await world.passes(days=2)
    await begins(world)
    await world.presses("pc-1 · T14")
    assert "Changed in 30 days: Software: 40 packages new, 2 packages gone" in text_of(world.card().body)


async def test_what_came_and_went_again_is_no_change(world: World) -> None:
    await told_of(world, "pc-1", ALICE)
    await world.passes(minutes=1)
    await begins(world)
    await world.presses("pc-1 · T14")
    vpn = ({"name": "vpn", "version": "1.0"}, {"name": "editor", "version": "3"})
    for softwares in ((*vpn, {"name": "game", "version": "1"}), vpn):
        await world.passes(minutes=1)
        await told_of(world, "pc-1", ALICE, softwares=softwares)
    await world.passes(minutes=1)
    await begins(world)
    await world.presses("pc-1 · T14")
    assert "Changed since IT-1: nothing" in text_of(world.card("IT-2").body)


async def test_who_asked_sees_what_is_known_of_their_own_computer_and_nothing_of_another_s(world: World) -> None:
    await told_of(world, "pc-042", ALICE)
    await told_of(world, "pc-of-bob", BOB, tag="INV-7")
    for words in ("pc-042", "INV-7"):
        await begins(world)
        await world.says(words)
    await world.commands("status", "1")
    assert "Computer: pc-042 · T14 · Debian GNU/Linux 12" in world.told_alone(ALICE)[-1]
    await world.commands("status", "2")
    assert "pc-of-bob" not in world.told_alone(ALICE)[-1]


async def test_a_computer_that_is_gone_leaves_the_card_as_it_was_typed(world: World) -> None:
    asset = await told_of(world, "pc-1", ALICE)
    await begins(world)
    await world.presses("pc-1 · T14")
    await world.store.run(lambda tx: tx.drop_asset(asset))
    await world.commands("tag", "1 vpn", ANN)
    card = text_of(world.card().body)
    assert "Computer: " not in card
    assert "Which computer?: pc-1" in card
