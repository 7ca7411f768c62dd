"""What people do with a desk, each flow from the question to its end: played once for every point at which a process can be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.builders import UNKNOWN
from tests.simulation.people import Asker, Helper
from tests.simulation.world import CLAIM_WITHIN, IDLE, World

Flow = Callable[[World, Asker, Helper], Awaitable[None]]


async def question_answered(world: World, asker: Asker, agent: Helper) -> None:
    """Tier 1 knows it."""
    asker.asks("I forgot my password")
    await asker.hears("marmalade")
    await asker.presses("Yes, solved")
    await asker.hears("Glad that it helped")


async def not_solved_becomes_a_ticket(world: World, asker: Asker, agent: Helper) -> None:
    """Tier 1 thought that it knew."""
    asker.asks("VPN from home")
    await asker.hears("saxophone")
    await asker.presses("Not what I need")
    await asker.hears("I passed it on")
    await agent.card_with("IT-1", "Take it")
    await asker.presses("Wrong topic")


async def claimed(world: World, asker: Asker, agent: Helper) -> None:
    """An agent takes it, and the requester adds words."""
    asker.says(UNKNOWN)
    await agent.presses("IT-1", "Take it")
    await asker.hears("has taken IT-1")
    asker.says("and it is getting worse")
    asker.says("much worse")


async def replied(world: World, asker: Asker, agent: Helper) -> None:
    """A reply goes out when it can no longer be taken back."""
    asker.says(UNKNOWN)
    token = await agent.submits("IT-1", "reply", "Reply")
    await asker.hears(token)


async def taken_back(world: World, asker: Asker, agent: Helper) -> None:
    """A reply is taken back in time."""
    asker.says(UNKNOWN)
    token = await agent.submits("IT-1", "reply", "Reply")
    await agent.takes_back(token)


async def escalated(world: World, asker: Asker, agent: Helper) -> None:
    """To the next tier and back."""
    asker.says(UNKNOWN)
    await agent.submits("IT-1", "escalate", "Escalate")
    await world.cleo.presses("IT-1", "Take it")
    await world.cleo.card_with("IT-1", "Release")
    await world.cleo.submits("IT-1", "back", "Send back")
    await agent.card_with("IT-1", "Take it")


async def resolved(world: World, asker: Asker, agent: Helper) -> None:
    """With a solution, and closed when its time is over."""
    asker.says(UNKNOWN)
    await agent.presses("IT-1", "Take it")
    await asker.hears("has taken IT-1")
    await agent.submits("IT-1", "resolve", "Resolve")
    await asker.hears("IT-1 is resolved")
    await world.later(days=8)


async def reopened(world: World, asker: Asker, agent: Helper) -> None:
    """It was not solved after all."""
    asker.says(UNKNOWN)
    await agent.submits("IT-1", "resolve", "Resolve")
    await asker.presses("Reopen")
    await asker.hears("is open again")
    await agent.card_with("IT-1", "Take it")


async def nobody_takes_it(world: World, asker: Asker, agent: Helper) -> None:
    """Time reminds, then escalates, then reminds at the top."""
    asker.says(UNKNOWN)
    await agent.card_with("IT-1", "Take it")
    await world.later(seconds=CLAIM_WITHIN.total_seconds() / 2)
    await world.later(seconds=CLAIM_WITHIN.total_seconds() / 2)
    await world.cleo.card_with("IT-1", "Take it")
    await world.later(seconds=CLAIM_WITHIN.total_seconds())


async def closed_when_idle(world: World, asker: Asker, agent: Helper) -> None:
    """It waits on a requester who says nothing: warned, then closed."""
    asker.says(UNKNOWN)
    await agent.presses("IT-1", "Take it")
    await asker.hears("has taken IT-1")
    await agent.presses("IT-1", "Wait for requester")
    await asker.hears("needs an answer from you")
    await world.later(seconds=IDLE.total_seconds() * 0.8)
    await asker.hears("waits for your answer")
    await world.later(seconds=IDLE.total_seconds() * 0.2)
    await asker.hears("IT-1 is closed")


async def two_agents_race(world: World, asker: Asker, agent: Helper) -> None:
    """Two press at the same moment, and a third types it elsewhere."""
    asker.says(UNKNOWN)
    await world.ann.card_with("IT-1", "Take it")
    await asyncio.gather(world.ann.presses("IT-1", "Take it"), world.abe.presses("IT-1", "Take it"))
    world.ben.types("take", "IT-1")
    await asker.hears("has taken IT-1")


FLOWS: dict[str, Flow] = {
    flow.__name__: flow
    for flow in (
        question_answered,
        not_solved_becomes_a_ticket,
        claimed,
        replied,
        taken_back,
        escalated,
        resolved,
        reopened,
        nobody_takes_it,
        closed_when_idle,
        two_agents_race,
    )
}
