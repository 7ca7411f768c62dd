"""python -m tests.crash --form sqlite|postgresql|mariadb --kills 50 --events 2500 --seed N: kills and counts, and prints one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests import servers
from tests.crash.crowd import PLATFORMS
from tests.crash.fleet import FORMS
from tests.crash.run import Outcome, crash, shared_out


def main() -> int:
    """0 when nothing was lost, out of order, or sent twice more often than killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--form", choices=FORMS, required=True)
    parser.add_argument("--over", choices=(*PLATFORMS, "all"), default="all", help="the platform; all: kills and events are shared out among them")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--events", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--bus", action=argparse.BooleanOptionalAction, help="with NATS or without (default: PostgreSQL with it, others without)")
    given = parser.parse_args()
    platforms = PLATFORMS if given.over == "all" else (given.over,)
    kills, events = shared_out(given.kills, platforms), shared_out(given.events, platforms)
    outcomes: dict[str, Outcome] = {}
    for platform in platforms:
        with tempfile.TemporaryDirectory(prefix="firstline-crash-") as folder:
            outcomes[platform] = asyncio.run(
                crash(Path(folder), given.form, platform, kills=kills[platform], count=events[platform], seed=given.seed, bus=given.bus)
            )
    servers.leave()
    print(json.dumps({"form": given.form, "seed": given.seed, **_together(list(outcomes.values())), "over": {p: _line(o) for p, o in outcomes.items()}}))
    return int(not all(_holds(outcome) for outcome in outcomes.values()))


def _together(outcomes: list[Outcome]) -> dict[str, object]:
    found = sum((outcome.found for outcome in outcomes[1:]), outcomes[0].found)
    summed = {name: sum(getattr(outcome, name) for outcome in outcomes) for name in ("acknowledged", "kills", "broker_kills")}
    return {**summed, **asdict(found), "seconds": round(sum(outcome.seconds for outcome in outcomes), 1)}


def _line(outcome: Outcome) -> dict[str, object]:
    return {**_together([outcome]), **({"takeovers_s": outcome.takeovers_s} if outcome.takeovers_s else {})}


def _holds(outcome: Outcome) -> bool:
    found = outcome.found
    return found.lost == found.out_of_order == found.handled_twice == 0 and found.twice <= outcome.kills


if __name__ == "__main__":
    sys.exit(main())
