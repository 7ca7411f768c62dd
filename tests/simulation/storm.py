"""A crowd at a desk in any weather, until so many steps are done: then the weather clears, and everything must hold."""

from __future__ import annotations

import asyncio
from random import Random

from tests.simulation.invariants import Broken
from tests.simulation.people import Asker, Helper
from tests.simulation.weather import CALM, Weather, forecast
from tests.simulation.world import World

ROUND = 2000  # steps of one world: later ones would only be slower
SPANS_S = (60.0, 400.0, 1900.0, 2 * 3600.0, 5 * 3600.0, 86_400.0, 6 * 86_400.0)  # that pass while nobody does anything


def storm(seed: int, steps: int = ROUND, *, aloud: bool = False, weather: Weather | None = None) -> World:
    """One world of about so many steps, played to its end. Raises Broken."""
    chance = Random(f"{seed}:storm")
    drawn = forecast(chance) if weather is None else weather
    world = World(seed, slots=chance.choice((1, 2, 2)), weather=drawn, aloud=aloud)
    world.trace.note("weather", f"{drawn}, {world.slots} processes")
    try:
        world.run(_play(world, chance, steps))
    except AssertionError as fault:
        raise Broken(f"{fault}\n\npython -m tests.simulation --seed {seed} --steps {steps}") from None
    return world


async def _play(world: World, chance: Random, steps: int) -> None:
    crowd: list[Asker | Helper] = [*world.askers, world.ann, world.abe, world.ben, world.cleo]
    busy = asyncio.Event()
    busy.set()
    pace_s = chance.choice((0.5, 2.0, 8.0))
    living = [asyncio.ensure_future(_lives(world, person, busy, pace_s)) for person in crowd]
    living.append(asyncio.ensure_future(_is_killed(world)))
    while world.trace.count < steps:
        await asyncio.sleep(5.0 + chance.random() * 10)
        world.checked()
        if chance.random() < 0.2:
            world.invariants.hold()
        if chance.random() < 0.15:
            busy.clear()
            await world.later(seconds=chance.choice(SPANS_S))
            busy.set()
        if chance.random() < 0.05:
            _leaves_or_comes_back(world, chance)
    for task in living:
        task.cancel()
    await world.settle()


async def _lives(world: World, person: Asker | Helper, busy: asyncio.Event, pace_s: float) -> None:
    chance = world.random_for(person.id)
    while True:
        await asyncio.sleep(chance.expovariate(1 / pace_s))
        await busy.wait()
        person.acts(chance)


async def _is_killed(world: World) -> None:
    chance = world.random_for("kills")
    while world.weather.kills and world.weather is not CALM:
        await asyncio.sleep(chance.expovariate(1 / world.weather.kills))
        if world.points.asleep or chance.random() < 0.3:
            world.kill_one()
        else:
            world.points.kill_at_next(chance.randrange(1, 30))


def _leaves_or_comes_back(world: World, chance: Random) -> None:
    """An agent is no longer in their team's place, or is again."""
    agent = chance.choice((world.abe, world.ben, world.cleo))
    agent.platform.members[agent.place] ^= {agent.id}
