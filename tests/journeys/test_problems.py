"""The problem behind incidents: made from one, known by a workaround, and solved with all that come from it; the change that ends it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.desks import Policy, Target
from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.ports import TicketQuery
from tests.builders import ALICE, ANN, BEN, BOB, UNKNOWN, a_desk
from tests.world import World, text_of

LUZ = Person(PersonId("chat:luz"), "Luz", "es")
TITLE = "The licence server forgets who is signed in"
HELPS = "Close the window and sign in again."
SOLUTION = "Please restart your computer once: it is mended."


@pytest.fixture
def world() -> World:
    return World(desk=a_desk())


def one_of_many(number: int) -> Person:
    return Person(PersonId(f"chat:p{number}"), f"P {number}", "en")


async def known(world: World) -> None:
    """IT-1 of Alice and IT-2 of Bob come from the problem IT-3, which Ann made."""
    await world.says(UNKNOWN)
    await world.says(UNKNOWN, BOB)
    await world.submits("problem:IT-1", words=TITLE)
    await world.commands("problem", "2 3", ANN)


async def test_a_problem_is_made_from_an_incident_and_others_are_linked_by_its_number(world: World) -> None:
    await known(world)

    problem = await world.ticket("IT-3")
    assert (problem.kind, problem.tier, problem.assignee, problem.requester, problem.question) == ("problem", 2, ANN.id, ANN.id, TITLE)
    assert [(one.parent, one.parent_as) for one in (await world.ticket("IT-1"), await world.ticket("IT-2"))] == [("IT-3", "problem")] * 2
    assert f"Problem: IT-3 {TITLE}" in text_of(world.card("IT-1").body)
    card = text_of(world.card("IT-3").body)
    assert "Kind: Problem" in card
    assert "Incidents: 2, of which 2 open" in card
    assert "IT-1" in card
    assert "IT-2" in card


async def test_nobody_outside_hears_of_a_problem_and_whoever_made_it_is_not_their_own_requester(world: World) -> None:
    await known(world)
    assert len(world.to(ALICE)) == 1  # the receipt
    assert not world.to(ANN)
    await world.commands("list", "", ANN)
    assert "IT-3" not in "".join([*world.told_alone(ANN)[-1:], *(text_of(sent.body) for sent in world.to(ANN))])
    world.chat.sent[:] = [sent for sent in world.chat.sent if sent.to != ANN.id]
    labels = world.labels(world.card("IT-3"))
    assert "Resolve" in labels
    assert "Workaround" in labels
    assert not {"Reply", "Wait for requester", "Saved reply"} & set(labels)
    await world.writes(world.card("IT-3"), "Seen since the update of Monday")
    assert not world.to(ANN)
    assert [said.kind for said in await world.store.talk("IT-3", internal=True)] == ["question", "note"]


async def test_the_next_agent_finds_the_problem_in_the_form(world: World) -> None:
    await known(world)
    await world.says(UNKNOWN, LUZ)
    form = await world.enquiries.form("problem:IT-4", BEN.id)
    assert dict(form.fields[0].options) == {"new": "A new problem", "IT-3": f"IT-3 · {TITLE}"}  # type: ignore[union-attr]
    await world.submits("problem:IT-4", BEN, of="IT-3", words="")
    assert (await world.ticket("IT-4")).parent == "IT-3"


async def test_a_workaround_is_offered_as_a_draft_to_agents_of_its_incidents_old_and_new(world: World) -> None:
    await known(world)
    await world.submits("workaround:IT-3", words=HELPS)
    await world.passes(seconds=1)
    assert f"Workaround: {HELPS}" in text_of(world.card("IT-3").body)
    assert any(HELPS in line and "Not sent" in line for line in world.thread(world.card("IT-1")))
    world.never_heard(HELPS, ALICE)

    await world.says(UNKNOWN, LUZ)
    await world.submits("problem:IT-4", of="IT-3")
    assert any(HELPS in line for line in world.thread(world.card("IT-4")))
    form = await world.enquiries.form("known:IT-4", ANN.id)
    assert form.fields[0].initial == HELPS  # type: ignore[union-attr]
    await world.submits("known:IT-4", words=f"{HELPS} Tell me whether it helps.")
    await world.passes(minutes=1)
    world.heard(f"{HELPS} Tell me whether it helps.", LUZ)


async def test_a_workaround_that_helps_no_more_is_offered_no_more(world: World) -> None:
    await known(world)
    await world.submits("workaround:IT-3", words=HELPS)
    await world.submits("workaround:IT-3", words="")
    await world.passes(seconds=1)
    assert "Workaround:" not in text_of(world.card("IT-3").body)
    assert "Send the workaround" not in world.labels(world.card("IT-1"))


async def test_resolving_the_problem_resolves_its_incidents_and_tells_each_requester_once(world: World) -> None:
    await world.commands("lang", "es", LUZ)
    await known(world)
    await world.says(UNKNOWN, LUZ)
    await world.submits("problem:IT-4", of="IT-3")
    await world.submits("resolve:IT-3", words=SOLUTION)
    await world.passes(seconds=1)
    await world.passes(minutes=5)

    assert [(await world.ticket(number)).status for number in ("IT-1", "IT-2", "IT-3", "IT-4")] == ["resolved"] * 4
    for person in (ALICE, BOB, LUZ):
        assert len([sent for sent in world.to(person) if SOLUTION in text_of(sent.body)]) == 1
    assert "IT-1 is resolved" in text_of(world.heard(SOLUTION, ALICE).body)
    assert "is resolved" not in text_of(world.heard(SOLUTION, LUZ).body)
    assert not world.to(ANN)


async def test_who_reopens_theirs_is_a_matter_of_their_own_and_not_solved_with_the_problem_again(world: World) -> None:
    await known(world)
    await world.submits("resolve:IT-3", words=SOLUTION)
    await world.passes(seconds=1)
    await world.presses("Reopen", BOB, on=world.heard("IT-2 is resolved", BOB))
    assert (await world.ticket("IT-2")).related == ("IT-3",)

    await world.presses("Reopen", ANN, on=world.card("IT-3"))
    await world.submits("resolve:IT-3", words="Once more")
    await world.passes(seconds=1)
    assert [(await world.ticket(number)).status for number in ("IT-1", "IT-2")] == ["resolved", "open"]
    world.never_heard("Once more", ALICE)


async def test_two_hundred_incidents_are_solved_with_it_a_few_at_a_time(world: World) -> None:
    await world.says(UNKNOWN)
    await world.submits("problem:IT-1", words=TITLE)
    people = [one_of_many(n) for n in range(200)]
    for person in people:
        await world.says(UNKNOWN, person)
    for first in range(3, 203, 50):
        await world.commands("bulk", f"problem {' '.join(str(n) for n in range(first, first + 50))} into 2", ANN)
    assert "100 or more" in text_of(world.card("IT-2 ").body)

    await world.submits("resolve:IT-2", words=SOLUTION)
    handled = world.workers.handled
    await world.passes(seconds=1)

    assert len(await world.store.tickets(TicketQuery(parent="IT-2", statuses=("open", "pending")))) == 0
    assert all(len([s for s in world.to(person) if SOLUTION in text_of(s.body)]) == 1 for person in people)
    assert world.workers.handled - handled < 40


async def test_an_incident_that_many_share_comes_from_a_problem_and_all_of_it_ends_with_that(world: World) -> None:
    await known(world)
    await world.submits("incident:IT-1", words="Nobody can sign in")
    await world.says(UNKNOWN, one_of_many(1))
    await world.presses("Me too", one_of_many(1))
    await world.submits("resolve:IT-3", words=SOLUTION)
    await world.passes(seconds=1)
    assert [(await world.ticket(number)).status for number in ("IT-1", "IT-4")] == ["resolved"] * 2


async def test_a_change_is_linked_to_what_it_is_for_and_its_end_is_told_to_that_team(world: World) -> None:
    await known(world)
    await world.submits("change:IT-3", words="Update the licence server")
    change = await world.ticket("IT-4")
    assert (change.kind, change.related) == ("change", ("IT-3",))
    assert "Changes: IT-4 Update the licence server" in text_of(world.card("IT-3").body)
    assert f"Problems: IT-3 {TITLE}" in text_of(world.card("IT-4").body)

    await world.submits("resolve:IT-4", words="Done in the night")
    assert any("The change IT-4 is done" in line for line in world.thread(world.card("IT-3")))
    assert (await world.ticket("IT-3")).status == "open"


async def test_what_reads_like_a_secret_is_asked_about_before_it_goes_to_everybody(world: World) -> None:
    await known(world)
    await world.submits("resolve:IT-3", words="The password: hunter2hunter2")
    assert (await world.ticket("IT-3")).status == "open"
    await world.presses("Send anyway", ANN)
    await world.passes(seconds=1)
    assert (await world.ticket("IT-1")).status == "resolved"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("problem 3 again", "does not come from a problem"),
        ("problem 1 2", "is no problem"),
        ("problem 2 99", "There is no ticket IT-99"),
        ("problem 2 3", "IT-3"),
        ("workaround 1 try again", "is no problem"),
        ("kind 3 question", "stays a problem"),
        ("merge 3 4", "is no problem"),
        ("change 1", "What shall be changed"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_a_sentence(world: World, command: str, said: str) -> None:
    await known(world)
    await world.says(UNKNOWN, LUZ)
    name, _, rest = command.partition(" ")
    await world.commands(name, rest, ANN)
    told = [*world.told_alone(ANN), *(text_of(sent.body) for sent in world.to(ANN))]
    assert said in told[-1]
    assert await world.store.ticket("IT-5") is None


async def test_an_incident_that_goes_on_as_another_takes_its_problem_along(world: World) -> None:
    await known(world)
    await world.says(UNKNOWN, LUZ)
    await world.submits("merge:IT-2", other="IT-4")
    assert (await world.ticket("IT-4")).parent == "IT-3"


async def test_a_problem_that_goes_on_as_another_brings_its_incidents_and_what_helps(world: World) -> None:
    await known(world)
    await world.submits("workaround:IT-3", words=HELPS)
    await world.says(UNKNOWN, LUZ)
    await world.commands("problem", "4 Another name for the same", ANN)
    await world.submits("merge:IT-3", other="IT-5")
    assert f"Workaround: {HELPS}" in text_of(world.card("IT-5").body)

    await world.submits("resolve:IT-5", words=SOLUTION)
    await world.passes(seconds=1)
    assert [(await world.ticket(number)).status for number in ("IT-1", "IT-2", "IT-4")] == ["resolved"] * 3


async def test_a_problem_that_is_closed_unsolved_solves_nothing(world: World) -> None:
    await known(world)
    await world.commands("close", "3", ANN)
    await world.submits("cancel:IT-3:yes", ANN)
    await world.passes(seconds=1)
    assert [(await world.ticket(number)).status for number in ("IT-1", "IT-3")] == ["open", "closed"]
    await world.submits("problem:IT-1", words="The real one")
    assert (await world.ticket("IT-1")).parent == "IT-4"


async def test_nothing_is_promised_for_a_team_s_own_ticket_unless_the_desk_says_so() -> None:
    hour = Target(first_response=timedelta(hours=1), resolution=timedelta(hours=1))
    world = World(desk=a_desk(targets={"normal": hour}))
    await known(world)
    assert (await world.ticket("IT-3")).promised is None
    assert (await world.ticket("IT-1")).due_at is not None

    strict = World(desk=a_desk(policies=(Policy("Problems", hour, kind="problem"),)))
    await known(strict)
    promised = (await strict.ticket("IT-3")).promised
    assert promised is not None
    assert [clock.goal for clock in promised.clocks] == ["resolution"]
