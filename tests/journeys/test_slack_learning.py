"""An admin teaches the FAQ in Slack by command and modal; what others forge is refused, and people's words are literal."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.ids import PersonId, TicketId
from bot.domain.learning import Proposal
from tests.builders import UNKNOWN
from tests.clouds import slack_blocks
from tests.clouds.slack_world import Message
from tests.journeys.doors import eventually, hears
from tests.journeys.doors_slack import ADMIN, SlackDoor, SlackRequester, slack
from tests.journeys.test_every_door import number_of

HOSTILE = "the zeppelin *refuses* `to` ~land~ & <https://evil.example|click> <!channel> :tada: _at_ home"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SlackDoor]:
    async with slack(tmp_path, socket_mode=False) as made:
        yield made
        assert made.refused() == []


async def proposed(door: SlackDoor, text: str) -> tuple[SlackRequester, int]:
    """Somebody has asked something, and this waits for an admin: they, and the proposal's id."""
    alice = await door.newcomer()
    assert isinstance(alice, SlackRequester)
    await alice.says(UNKNOWN)
    number = await number_of(alice)
    waiting = Proposal(0, "vpn", "en", text, TicketId(number), PersonId("slack:U0ANN"), datetime.now(UTC))
    return alice, await door.app.store.run(lambda tx: tx.add_proposal(waiting))


async def button(door: SlackDoor, label: str, user: str = ADMIN) -> Message:
    """The newest message with it that this person sees."""
    return await eventually(lambda: next((m for m in reversed(door.cloud.world.seen_by(user)) if label in m.labels), None), label)


async def review(door: SlackDoor) -> Message:
    """`/support faq`, and what waits: the message with the buttons to decide."""
    await door.cloud.people.command(ADMIN, "faq")
    await door.cloud.people.click(ADMIN, await button(door, "Proposals (1)"), "Proposals (1)")
    return await button(door, "Change and approve")


async def test_a_proposal_is_approved_in_other_words_in_a_modal(door: SlackDoor) -> None:
    await proposed(door, "the zeppelin refuses to land")
    shown = await review(door)
    assert "the zeppelin refuses to land" in shown.shown
    assert shown.only_for == ADMIN

    await door.cloud.people.click(ADMIN, shown, "Change and approve")
    await eventually(lambda: door.cloud.people.top(ADMIN), "a modal")
    await door.cloud.people.submit(ADMIN, "", by_action={"question": "zeppelin will not land"})
    await eventually(lambda: door.app.store.proposals("approved"), "it is approved")
    bob = await door.newcomer()
    await bob.says("zeppelin will not land")

    await hears(bob, "saxophone")


async def test_hostile_words_are_literal_where_an_admin_reads_them(door: SlackDoor) -> None:
    await proposed(door, HOSTILE)

    shown = await review(door)
    await door.cloud.people.home(ADMIN)
    await eventually(lambda: "zeppelin" in str(door.cloud.world.homes.get(ADMIN)), "the home page")

    for wire in (shown.wire, {"blocks": door.cloud.world.homes[ADMIN]["blocks"]}):
        assert HOSTILE in slack_blocks.shown(wire)
        assert slack_blocks.live(wire) == []


async def test_a_requester_s_forged_press_on_approve_is_refused(door: SlackDoor) -> None:
    _, id_ = await proposed(door, "the zeppelin refuses to land")
    mallory = await door.newcomer()
    assert isinstance(mallory, SlackRequester)
    await mallory.says("How do I reset my password?")
    offer = await button(door, "Not what I need", mallory.user)

    for verb in ("learn-yes", "learn-no", "learn-next"):
        await door.cloud.people.click(mallory.user, offer, "Not what I need", forged={"value": f"{verb}:{id_}"})
    await eventually(lambda: len(mallory._messages()) == 4, "an answer to each press")

    told = [m.shown for m in mallory._messages()[1:]]
    assert all("Only admins" in one and "zeppelin" not in one for one in told)
    assert [p.id for p in await door.app.store.proposals()] == [id_]
