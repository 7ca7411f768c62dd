"""Rounds of a desk that forgets what is over."""

from __future__ import annotations

from datetime import timedelta

from bot.engine.running.housekeeping import KEPT, Housekeeping
from bot.ports.contacts import ContactQuery
from tests.builders import ALICE, ANN, BOB, MONDAY, TEAM_2, UNKNOWN
from tests.world import World, text_of

KEEP = timedelta(days=30)


def keeper(world: World, keep: timedelta | None = KEEP) -> Housekeeping:
    return Housekeeping(world.store, world.clock, keep, ("web:answer:",))


async def test_a_desk_forgets_what_is_long_closed_and_keeps_its_tickets(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.writes(world.card(), "Oil it")
    await world.submits("resolve:IT-1", words="oiled")
    await world.passes(days=8)
    assert (await world.ticket()).status == "closed"
    await world.says(f"{UNKNOWN} too", BOB)
    talk, history = await world.store.talk("IT-1", internal=True), await world.store.history("IT-1")

    assert not any((await keeper(world).tidy()).values())  # closed, but lately
    world.clock.advance(days=31)
    gone = await keeper(world).tidy()

    assert gone["events"] > 3
    assert gone["messages"] > 5
    assert await world.store.talk("IT-1", internal=True) == talk
    assert await world.store.history("IT-1") == history
    assert len(await world.store.screen(BOB.id)) > 1  # type: ignore[arg-type]  # what is open is whole


async def test_a_greeting_is_forgotten_only_where_the_desk_says_after_how_long(world: World) -> None:
    async def lines() -> int:
        until = world.clock.now() + timedelta(days=1)
        return len((await world.store.contacts(ContactQuery(MONDAY - timedelta(days=1), until))).contacts)

    for person in (ALICE, BOB):
        await world.says("hello", person)
    await world.passes(days=40)
    await world.says("hello", ANN)

    await keeper(world).tidy()
    assert await lines() == 3, "nobody said so"

    gone = await Housekeeping(world.store, world.clock, None, contacts=KEEP).tidy()
    assert gone["contacts"] == 2
    assert await lines() == 1


async def test_an_open_ticket_goes_on_as_if_nothing_had_been_forgotten(world: World) -> None:
    await world.says(UNKNOWN)
    await world.presses("Take it", ANN)
    await world.passes(days=40)
    await keeper(world).tidy()

    await world.writes(world.card(), "Have you tried oil?")

    world.heard("Have you tried oil?")
    assert len([sent for sent in world.to(TEAM_2) if sent.body.card]) == 1  # the same card
    world.chat.deleted.add(world.card().id)
    await world.says("it squeaks louder now")
    assert any("louder" in text_of(sent.body) for sent in world.to(TEAM_2))


async def test_cards_stay_so_that_threads_of_long_ago_are_understood(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("resolve:IT-1", words="oiled")
    await world.passes(days=8)
    world.clock.advance(days=31)
    await keeper(world).tidy()

    assert await world.store.run(lambda tx: tx.parcel(f"{KEPT}IT-1:{TEAM_2}")) is not None


async def test_for_ever_is_for_ever(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("resolve:IT-1", words="oiled")
    await world.passes(days=8)
    world.clock.advance(days=3650)
    gone = await keeper(world, None).tidy()
    assert (gone["events"], gone["messages"]) == (0, 0)


async def test_an_answer_that_nobody_fetched_goes_after_a_round(world: World) -> None:
    keeping = keeper(world)
    await world.store.run(lambda tx: tx.note("web:answer:alice~1", "[]"))
    await world.store.run(lambda tx: tx.note("web:session:alice", "kept"))
    assert (await keeping.tidy())["notes"] == 0
    await world.store.run(lambda tx: tx.note("web:answer:alice~2", "[]"))
    assert (await keeping.tidy())["notes"] == 1
    assert (await keeping.tidy())["notes"] == 1
    assert list(await world.store.noted("web:")) == ["web:session:alice"]
