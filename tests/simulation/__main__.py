"""python -m tests.simulation --seed N --steps M: plays a seed again, and tells every step; without a seed, seeds until so many steps are done."""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.simulation.flows import FLOWS
from tests.simulation.invariants import Broken
from tests.simulation.replay import DOORS, Staged
from tests.simulation.storm import ROUND, storm


def main() -> int:
    """0 when everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="play this seed, with a trace")
    parser.add_argument("--steps", type=int, help=f"with a seed: steps of its world (default {ROUND}); without: steps of all worlds")
    parser.add_argument("--first", type=int, default=0, help="without a seed: the first one (default 0)")
    parser.add_argument("--flow", choices=sorted(FLOWS), help="play this flow, with a trace")
    parser.add_argument("--door", choices=DOORS, default=DOORS[0])
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--crash", type=int, default=0, help="with a flow: the crash point at which a process is killed")
    given = parser.parse_args()
    try:
        if given.flow:
            Staged(given.flow, given.door, given.processes, given.crash).play(aloud=True)
        elif given.seed is not None:
            storm(given.seed, given.steps or ROUND, aloud=True)
        else:
            _many(given.first, given.steps or 100_000)
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    return 0


def _many(first: int, steps: int) -> None:
    done: Counter[str] = Counter()
    seed = first
    while done.total() < steps:
        world = storm(seed)
        done += world.trace.steps
        print(f"seed {seed}: {world.slots} processes, {dict(world.trace.steps)}, {len(world.disk.shelf.tickets)} tickets; in all {done.total()}", flush=True)
        seed += 1


if __name__ == "__main__":
    sys.exit(main())
