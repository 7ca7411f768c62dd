"""Plays what a seed or a crash point names, once; the same names give the same world."""

from __future__ import annotations

from dataclasses import dataclass

from tests.simulation.flows import FLOWS
from tests.simulation.invariants import Broken
from tests.simulation.world import World

DOORS = ("alpha", "beta")  # the platform on which requester and agent are


@dataclass(frozen=True)
class Staged:
    """A flow, the platform its people are on, how many processes work, and after how many crash points one is killed (0: never)."""

    flow: str
    door: str
    slots: int
    crash: int = 0

    @property
    def command(self) -> str:
        """What plays it again, with a trace."""
        return f"python -m tests.simulation --flow {self.flow} --door {self.door} --processes {self.slots} --crash {self.crash}"

    def play(self, aloud: bool = False) -> World:
        """To its end. Raises Broken, with the command that plays it again."""
        world = World(1, slots=self.slots, crash_at=(self.crash,) if self.crash else (), aloud=aloud)

        async def play() -> None:
            asker = next(a for a in world.askers if a.platform.name == self.door)
            await FLOWS[self.flow](world, asker, world.ann if self.door == "alpha" else world.ben)
            await world.quiet()
            await world.settle()

        try:
            world.run(play())
        except AssertionError as fault:
            raise Broken(f"{fault}\n\n{self.command}") from None
        return world


def outcome(world: World) -> dict[str, tuple[str, int, bool, list[str]]]:
    """What became of each ticket: status, tier, has somebody got it, and what happened to it, refused moves aside."""
    events = world.disk.shelf.events.values()
    return {
        ticket.id: (
            ticket.status,
            ticket.tier,
            ticket.assignee is not None,
            sorted(e.name for e in events if e.ticket == ticket.id and e.name != "MoveDenied"),
        )
        for ticket in world.disk.shelf.tickets.values()
    }
