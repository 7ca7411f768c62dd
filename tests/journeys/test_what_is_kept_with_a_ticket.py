"""Tags, priority, watchers, transfer, many at once, and finding them again."""

from __future__ import annotations

import pytest

from bot.domain.messages import Commanded, Form
from tests.builders import ALICE, ANN, BEN, BOB, CLEO, MALLORY, TEAM_2, TEAM_3, UNKNOWN
from tests.world import World, text_of

OTHER = "The aquarium next to the heron leaks whenever the ergonomic chair squeaks"


@pytest.fixture
async def two() -> World:
    """IT-1 of Alice and IT-2 of Bob, both with the team."""
    world = World()
    await world.says(UNKNOWN, ALICE)
    await world.says(OTHER, BOB)
    return world


async def finds(world: World, line: str, person: object = ANN) -> str:
    await world.commands("find", line, person)  # type: ignore[arg-type]
    return world.told_alone(person)[-1]  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------------------------ tags
async def test_tags_are_on_the_card_and_find_the_ticket(two: World) -> None:
    await two.submits("tag:IT-1", ANN, tags="VPN, #wifi")
    assert "Tags: vpn, wifi" in text_of(two.card("IT-1").body)
    assert "IT-1" in await finds(two, "tag:VPN")
    await two.submits("tag:IT-1", ANN, tags="wifi")
    assert await finds(two, "tag:vpn") == "Nothing was found."
    tagged = [event.details for event in await two.store.history("IT-1") if event.name == "TicketTagged"]
    assert tagged == [{"added": ["vpn", "wifi"], "removed": []}, {"added": [], "removed": ["vpn"]}]


async def test_typed_tags_are_added_and_those_with_a_minus_go(two: World) -> None:
    await two.commands("tag", "1 vpn wifi", ANN)
    await two.commands("tag", "IT-1 -vpn urgent-one", ANN)
    assert (await two.ticket("IT-1")).tags == ("wifi", "urgent-one")


@pytest.mark.parametrize(
    ("tags", "why"), [("<!channel>", "cannot be a tag"), ("x" * 41, "cannot be a tag"), (" ".join(f"t{n}" for n in range(21)), "at most 20")]
)
async def test_what_cannot_be_a_tag_is_refused(two: World, tags: str, why: str) -> None:
    await two.submits("tag:IT-1", ANN, tags=tags)
    assert why in two.told_alone(ANN)[-1]
    assert (await two.ticket("IT-1")).tags == ()


# -------------------------------------------------------------------------------------------------------------- priority
async def test_impact_and_urgency_make_the_priority(two: World) -> None:
    await two.submits("priority:IT-1", ANN, impact="high", urgency="high")
    assert (await two.ticket("IT-1")).priority == "urgent"
    assert "Priority: Urgent" in text_of(two.card("IT-1").body)
    assert two.told_alone(ANN)[-1] == "IT-1 now has the priority Urgent."
    assert "PriorityChanged" in await two.happened("IT-1")


@pytest.mark.parametrize(("words", "priority"), [("1 high", "high"), ("1 low high", "normal"), ("1 high low", "normal"), ("1 nonsense", "normal")])
async def test_a_priority_can_be_typed(two: World, words: str, priority: str) -> None:
    await two.commands("priority", words, ANN)
    assert (await two.ticket("IT-1")).priority == priority


async def test_what_waits_on_the_requester_still_closes_after_its_tags_and_priority_changed(two: World) -> None:
    await two.presses("Take it", ANN, two.card("IT-1"))
    await two.presses("Wait for requester", ANN, two.card("IT-1"))
    await two.passes(hours=1)
    await two.submits("tag:IT-1", ANN, tags="vpn")
    await two.submits("priority:IT-1", ANN, impact="high", urgency="high")
    await two.submits("relate:IT-1", ANN, other="IT-2")
    await two.presses("Watch", BEN, two.card("IT-1"))
    await two.passes(days=5)
    assert (await two.ticket("IT-1")).status == "closed"


# -------------------------------------------------------------------------------------------------------------- watchers
async def test_a_watcher_is_told_in_private_of_replies_escalation_and_the_end_but_never_in_what_words(two: World) -> None:
    await two.presses("Watch", BEN, two.card("IT-1"))
    assert "Watched by: Ben Agent" in text_of(two.card("IT-1").body)

    await two.writes(two.card("IT-1"), "A marmalade chair is on its way", ANN)
    await two.submits("escalate:IT-1", ANN, words="It needs a carpenter")
    await two.submits("resolve:IT-1", CLEO, words="Carpenter came")

    told = [text_of(s.body) for s in two.to(BEN)]
    assert told == [
        "Ann Agent replied in IT-1, which you watch.",
        "IT-1, which you watch, went to Specialists.",
        "Cleo Expert has resolved IT-1, which you watch.",
    ]
    assert two.to(ANN) == []


async def test_who_watches_may_stop_also_when_the_ticket_is_with_another_team(two: World) -> None:
    await two.presses("Watch", BEN, two.card("IT-1"))
    await two.submits("escalate:IT-1", ANN, words="It needs a carpenter")
    await two.commands("unwatch", "1", BEN)
    assert (await two.ticket("IT-1")).watchers == ()
    await two.commands("unwatch", "1", BEN)
    assert two.told_alone(BEN)[-1] == "You do not watch IT-1."


async def test_another_agent_is_made_a_watcher_by_name_and_told_by_whom(two: World) -> None:
    await two.presses("Take it", BEN, two.card("IT-2"))
    await two.submits("watcher:IT-1", ANN, agent="ben")
    assert (await two.ticket("IT-1")).watchers == (BEN.id,)
    two.heard("Ann Agent lets you watch IT-1", BEN)


async def test_who_is_no_agent_cannot_watch_nor_be_made_a_watcher(two: World) -> None:
    await two.commands("watch", "1", MALLORY)
    await two.submits("watcher:IT-1", ANN, agent=str(MALLORY.id))
    assert (await two.ticket("IT-1")).watchers == ()
    assert "is not an agent" in two.told_alone(ANN)[-1]


# -------------------------------------------------------------------------------------------------------------- transfer
async def test_a_ticket_is_given_to_another_agent_who_is_told_and_the_requester_hears_who_helps(two: World) -> None:
    await two.presses("Take it", ANN, two.card("IT-1"))
    await two.presses("Take it", BEN, two.card("IT-2"))
    form = await two.enquiries.form("assign:IT-1", ANN.id)
    assert isinstance(form, Form)
    assert form.fields[0].suggestions == ("Ben Agent",)

    await two.submits("assign:IT-1", ANN, agent="@ben")

    assert (await two.ticket("IT-1")).assignee == BEN.id
    two.heard("Ann Agent gave you IT-1.", BEN)
    two.heard("Ben Agent has taken IT-1.", ALICE)
    assert two.told_alone(ANN)[-1] == "Ben Agent has IT-1 now."


@pytest.mark.parametrize(
    ("named", "why"),
    [("zoe", "no agent called “zoe”"), (str(CLEO.id), "Cleo Expert is not an agent of Service desk"), (str(MALLORY.id), "is not an agent of")],
)
async def test_nobody_but_an_agent_of_the_tier_is_given_a_ticket(two: World, named: str, why: str) -> None:
    await two.store.run(lambda tx: tx.remember(CLEO))
    await two.submits("assign:IT-1", ANN, agent=named)
    assert why in two.told_alone(ANN)[-1]
    assert (await two.ticket("IT-1")).assignee is None


# ------------------------------------------------------------------------------------------------------------ many at once
async def test_many_are_taken_at_once_each_with_its_own_line(two: World) -> None:
    await two.presses("Take it", BEN, two.card("IT-2"))
    await two.commands("bulk", "take 1 2 9", ANN)
    assert two.told_alone(ANN)[-1].splitlines() == ["1 of 3 done", "IT-1: done", "IT-2: Ben Agent already has IT-2.", "IT-9: There is no ticket IT-9."]
    assert (await two.ticket("IT-1")).assignee == ANN.id


async def test_many_are_tagged_rated_merged_and_resolved_at_once(two: World) -> None:
    await two.says("A third matter of the seventh umbrella", CLEO)
    await two.commands("bulk", "tag 1 2, vpn wifi", ANN)
    await two.commands("bulk", "priority 1 2 high", ANN)
    assert {((await two.ticket(n)).tags, (await two.ticket(n)).priority) for n in ("IT-1", "IT-2")} == {(("vpn", "wifi"), "high")}
    await two.commands("bulk", "merge 1 2 into 3", ANN)
    assert {(await two.ticket(n)).parent for n in ("IT-1", "IT-2")} == {"IT-3"}
    await two.commands("bulk", "resolve 3 It was the cable, after all", ANN)
    assert (await two.ticket("IT-3")).solution == "It was the cable, after all"


async def test_a_page_posts_many_at_once(two: World) -> None:
    await two.submits("bulk", ANN, act="tag", tickets="IT-1\nIT-2", words="vpn")
    assert two.told_alone(ANN)[-1].splitlines()[0] == "2 of 2 done"


@pytest.mark.parametrize(
    ("line", "why"), [("sing 1 2", "This can be done"), ("take", "number of a ticket"), ("resolve 1 2", "some words"), ("", "This can be done")]
)
async def test_what_cannot_be_done_to_many_says_so(two: World, line: str, why: str) -> None:
    await two.commands("bulk", line, ANN)
    assert why in two.told_alone(ANN)[-1]


async def test_each_of_many_is_judged_by_itself(two: World) -> None:
    await two.submits("escalate:IT-1", ANN, words="It needs a carpenter")
    await two.commands("bulk", "take 1 2", ANN)
    assert two.told_alone(ANN)[-1].splitlines() == ["1 of 2 done", "IT-1: IT-1 is with Specialists now.", "IT-2: done"]
    await two.commands("bulk", "take 1 2", MALLORY)
    assert "agents" in two.told_alone(MALLORY)[-1]


# --------------------------------------------------------------------------------------------------------------- finding
async def test_agents_find_by_words_number_sender_state_and_priority(two: World) -> None:
    await two.submits("priority:IT-2", ANN, impact="high", urgency="high")
    await two.presses("Take it", ANN, two.card("IT-2"))
    for line, found in {
        "aquarium heron": ("IT-1", "IT-2"), "#2": ("IT-2",), "it-1": ("IT-1",), "from:bob": ("IT-2",), f"from:{ALICE.id}": ("IT-1",), "is:mine": ("IT-2",),
        "priority:urgent": ("IT-2",), "is:unclaimed status:open": ("IT-1",), "with:ann leaks": ("IT-2",), "from:zoe": (), "tier:3": (),
    }.items():  # fmt: skip
        told = await finds(two, line)
        assert tuple(n for n in ("IT-1", "IT-2") if n in told) == found, (line, told)


async def test_words_are_found_in_the_talk_by_agents_in_notes_too_and_by_requesters_in_what_they_read(two: World) -> None:
    await two.writes(two.card("IT-2"), "Please mop up with a marmalade cloth", ANN)
    await two.submits("note:IT-2", ANN, words="He is a saxophone player")
    assert "IT-2" in await finds(two, "marmalade cloth")
    assert "IT-2" in await finds(two, "saxophone from:bob status:open")
    assert "Nothing was found." in await finds(two, "saxophone from:alice")
    assert "IT-2" in await finds(two, "marmalade", BOB)
    assert "Nothing was found." in await finds(two, "saxophone", BOB)
    assert "Nothing was found." in await finds(two, "marmalade", ALICE)


async def test_a_requester_finds_their_own_alone(two: World) -> None:
    assert "IT-1" in await finds(two, "heron", ALICE)
    assert "IT-2" not in await finds(two, "heron", ALICE)
    assert "Nothing was found." in await finds(two, "#2", ALICE)
    assert "Nothing was found." in await finds(two, f"from:{BOB.id} heron", MALLORY)


async def test_without_anything_to_look_for_the_ways_are_told(two: World) -> None:
    assert "tag:vpn" in await finds(two, "  ")


async def test_a_command_in_the_thread_of_a_card_is_about_that_ticket(two: World) -> None:
    card = two.card("IT-2")
    await two.happens(Commanded("merge", "1", TEAM_2, reply_to=card.id), ANN, str(card.id))  # type: ignore[arg-type]
    assert (await two.ticket("IT-2")).parent == "IT-1"
    await two.happens(Commanded("tag", "vpn", TEAM_2, reply_to=two.card("IT-1").id), ANN, str(two.card("IT-1").id))  # type: ignore[arg-type]
    assert (await two.ticket("IT-1")).tags == ("vpn",)
    assert two.to(TEAM_3) == []
