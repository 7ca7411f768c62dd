"""Notices come as their reader prefers: at once, after quiet hours, in a digest, or not at all; and find another channel when one refuses them."""

from __future__ import annotations

from bot.domain.messages import Say
from bot.domain.people import BOT, Person
from bot.engine.people.notices import notify
from bot.engine.turn import Turn
from bot.ports import Transaction
from tests.builders import ALICE, ANN, MONDAY, an_event
from tests.two_channels import MOBILE, TwoChannels
from tests.world import text_of


async def tells(world: TwoChannels, text: str, kind: str = "watched", person: Person = ALICE, by: Person = BOT) -> None:
    """Somebody is told something, and what is due goes out."""
    event = an_event(Say(text), by)  # type: ignore[arg-type]  # what happened does not matter

    async def unit(tx: Transaction) -> None:
        await notify(Turn(world.crew, tx, event, world.clock.now()), person.id, kind, [Say(text)])

    await world.store.run(unit)
    await world.workers.drain()


def heard(world: TwoChannels, person: Person = ALICE) -> list[str]:
    """What this person was told, but for what their preferences say."""
    return [shown for sent in world.to(person) if "What I tell you" not in (shown := text_of(sent.body))]


async def prefers(world: TwoChannels, *words: str, person: Person = ALICE) -> None:
    """As typed."""
    for line in words:
        await world.commands("notify", line, person)


async def test_without_preferences_a_notice_comes_at_once() -> None:
    world = TwoChannels()
    await tells(world, "IT-7 moved")
    assert heard(world) == ["IT-7 moved"]


async def test_nobody_is_told_what_they_did_themselves() -> None:
    world = TwoChannels()
    await tells(world, "IT-7 moved", by=ALICE)
    assert heard(world) == []


async def test_what_is_off_never_comes_and_all_else_does() -> None:
    world = TwoChannels()
    await prefers(world, "off watched")
    await tells(world, "IT-7 moved")
    await tells(world, "IT-8 is yours", "assigned")
    assert heard(world) == ["IT-8 is yours"]


async def test_quiet_hours_put_off_and_drop_nothing_and_the_urgent_comes_through() -> None:
    world = TwoChannels()  # nine o'clock
    await prefers(world, "quiet 08:00-12:30", "urgent breached")
    await tells(world, "IT-7 moved")
    await tells(world, "IT-8 is late", "breached")
    assert heard(world) == ["IT-8 is late"]
    await world.passes(hours=3, minutes=29)
    assert heard(world) == ["IT-8 is late"]
    await world.passes(minutes=2)
    assert heard(world) == ["IT-8 is late", "IT-7 moved"]


async def test_quiet_hours_are_those_of_the_readers_zone() -> None:
    world = TwoChannels()  # nine o'clock in London is eighteen in Tokyo
    await prefers(world, "zone asia/tokyo", "quiet 17:00-19:00")
    await tells(world, "IT-7 moved")
    assert heard(world) == []
    await world.passes(hours=1, minutes=1)
    assert heard(world) == ["IT-7 moved"]


async def test_what_waits_for_the_morning_holds_up_no_answer() -> None:
    world = TwoChannels()
    await prefers(world, "quiet 08:00-12:00")
    await tells(world, "IT-7 moved")
    await world.commands("channels")
    assert "My channels" in text_of(world.to(ALICE)[-1].body)


async def test_a_digest_gathers_and_comes_once_a_day_at_its_hour() -> None:
    world = TwoChannels()
    await prefers(world, "digest watched", "at 17:00")
    for number in range(30):
        await tells(world, f"IT-{number} moved")
        await world.passes(minutes=1)
    assert heard(world) == []
    await world.passes(hours=8)
    (digest,) = heard(world)
    assert "Your digest: 30 notices" in digest
    assert "IT-0 moved" in digest
    assert "IT-24 moved" in digest
    assert "and 5 more" in digest
    await world.passes(days=1)
    assert len(heard(world)) == 1, "nothing happened, nothing is said"
    await tells(world, "IT-99 moved")
    await world.passes(days=1)
    assert "IT-99 moved" in heard(world)[-1]


async def test_a_notice_that_is_refused_goes_to_the_other_channel_and_the_next_one_goes_there_at_once() -> None:
    world = TwoChannels()
    await world.joined()
    world.first.closed[ALICE.id] = "blocked"
    await tells(world, "IT-7 moved")
    assert heard(world, MOBILE)[-1] == "IT-7 moved"
    before = world.first.calls
    await tells(world, "IT-8 moved")
    assert heard(world, MOBILE)[-1] == "IT-8 moved"
    assert world.first.calls == before


async def test_the_channel_that_is_preferred_is_taken_if_it_is_theirs() -> None:
    world = TwoChannels()
    await prefers(world, "by mobile")
    assert "You are not known on that channel." in world.told_alone(ALICE)[-1]
    await world.joined()
    await prefers(world, "by mobile")
    await tells(world, "IT-7 moved")
    assert heard(world, MOBILE)[-1] == "IT-7 moved"
    assert heard(world)[-1] != "IT-7 moved"


async def test_what_is_said_on_one_channel_holds_for_all_that_are_joined() -> None:
    world = TwoChannels()
    await world.joined()
    await prefers(world, "off watched", person=MOBILE)
    await tells(world, "IT-7 moved")
    assert "IT-7 moved" not in heard(world) + heard(world, MOBILE)


async def test_what_cannot_be_understood_changes_nothing() -> None:
    world = TwoChannels()
    await prefers(world, "quiet 08:00-12:00")
    for odd in ("quiet 25:00-07:00", "quiet morning", "zone Mars", "off nothing", "urgent all of it", "at noon", "hello"):
        await prefers(world, odd)
        assert len(world.told_alone(ALICE)[-1]) > 20
    await prefers(world, "")
    assert "08:00-12:00" in text_of(world.to(ALICE)[-1].body)


async def test_a_form_says_the_same() -> None:
    world = TwoChannels()
    form = await world.enquiries.form("notify", ALICE.id)
    assert [field.name for field in form.fields] == ["off", "digest", "quiet", "urgent", "zone", "by"]  # type: ignore[union-attr]
    await world.submits("notify", ALICE, off="watched\nother", digest="nudge", quiet="22:00-07:00", urgent="breached", zone="Europe/Berlin", by="here")
    again = await world.enquiries.form("notify", ALICE.id)
    initial = {field.name: field.initial for field in again.fields}  # type: ignore[union-attr]
    expected = {"off": "watched\nother", "digest": "nudge", "quiet": "22:00-07:00", "urgent": "breached", "zone": "Europe/Berlin", "by": "here"}
    assert initial == expected
    assert world.clock.now() == MONDAY
    assert await world.enquiries.form("notify", ANN.id) != again
