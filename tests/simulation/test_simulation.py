"""The whole engine in a simulated world: killed at every point of every flow, and in any weather with a crowd; then what it promises is looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.figures import FIGURES, Record
from tests.simulation.flows import FLOWS
from tests.simulation.replay import DOORS, Staged, outcome
from tests.simulation.storm import storm

STEPS = 100_000  # simulated, in all
PARTS = 4  # that can be played side by side
LATER_S = 60.0  # seconds by which a kill may delay the end of a flow: a process that is dead is given up after twenty


@pytest.mark.parametrize("slots", [1, 2])
@pytest.mark.parametrize("door", DOORS)
def test_killed_at_any_point_of_any_flow_it_comes_to_the_same_end(door: str, slots: int, record_property: Record) -> None:
    points: Counter[str] = Counter()
    for flow in FLOWS:
        points += killed_everywhere(flow, door, slots)
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(points.items()))
    record_property(FIGURES, f"{len(FLOWS)} flows by {door}, {slots} worker(s): killed at {points.total()} crash points, 0 invariants broken ({kinds})")
    assert points["before commit"] == points["after commit"] > 100
    assert points["after send"] > 50


def killed_everywhere(flow: str, door: str, slots: int) -> Counter[str]:
    """Once for each crash point that the flow has when nobody is killed; how many of each kind there are."""
    calm = Staged(flow, door, slots).play()
    assert calm.kills == 0
    for crash in range(1, len(calm.points.passed) + 1):
        staged = Staged(flow, door, slots, crash)
        world = staged.play()
        assert world.kills == 1, staged.command
        if flow != "taken_back":  # whether that is in time is a matter of seconds
            assert outcome(world) == outcome(calm), staged.command
        late = world.loop.time() - calm.loop.time()
        assert late < LATER_S, f"{late:.0f} s later than without a kill: {staged.command}"
    return calm.points.kinds


@pytest.mark.parametrize("part", range(PARTS))
def test_with_a_crowd_in_any_weather_every_invariant_holds(part: int, record_property: Record) -> None:
    done: Counter[str] = Counter()
    seed = part
    while done.total() < STEPS / PARTS:
        done += storm(seed).trace.steps
        seed += PARTS
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(done.items()))
    record_property(FIGURES, f"seeds {part}, {part + PARTS} … {seed - PARTS}: {done.total()} simulated steps ({kinds}), 0 invariants broken")
    assert min(done[kind] for kind in ("deliver", "commit", "call", "timer", "kill")) > 5


def test_a_seed_is_the_same_world_again() -> None:
    """Whatever the interpreter's own chance: sets come out in another order in another process."""
    assert len({digest(hashes, seed=17) for hashes in ("1", "2", "3")}) == 1


def digest(hashes: str, seed: int) -> str:
    """What a process of its own makes of a seed."""
    say = f"from tests.simulation.storm import storm; print(storm({seed}, 1000).trace.digest)"
    env = {**os.environ, "PYTHONHASHSEED": hashes}
    return subprocess.run([sys.executable, "-c", say], cwd=Path(__file__).parents[2], env=env, check=True, capture_output=True, text=True).stdout
