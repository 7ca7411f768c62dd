"""How cost grows: with workers, with tickets, with events in flight. Kept in docs/growth.json and drawn in docs/growth.svg, each part with its own floor.

Takes some twenty minutes on two cores, most of them to make a desk of a million tickets twice; 10 GB on the disk meanwhile.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import servers
from tests.bench import growth_commits, growth_plot, growth_tickets, growth_workers

PARTS = ("commits", "workers", "tickets")
DOCS = Path(__file__).parents[2] / "docs"
KEPT, PLOT = DOCS / "growth.json", DOCS / "growth.svg"


def measure(parts: Iterable[str] = PARTS, most: int = growth_tickets.SIZES[-1]) -> dict[str, Any]:
    """The parts that are asked for, anew; the others as they were kept. most: tickets in the largest desk. Draws the plot."""
    sizes = tuple(size for size in growth_tickets.SIZES if size <= most)
    measured: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "commits": growth_commits.measure,
        "workers": growth_workers.measure,
        "tickets": lambda: growth_tickets.measure(sizes=sizes),
    }
    found: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for part in parts:
        print(f"growth: {part}", file=sys.stderr, flush=True)
        load = os.getloadavg()[0]
        found[part] = measured[part]()
        found.setdefault("on", {})[part] = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "cores": os.cpu_count(), "load_before": round(load, 1)}
        KEPT.write_text(json.dumps(found, indent=1) + "\n")
    draw(found)
    servers.leave()
    return found


def draw(found: dict[str, Any]) -> None:
    """The plot of what was found."""
    cores = next(iter(found["on"].values()))["cores"]
    note = f"Measured with `python -m tests.bench growth`, all on one machine with {cores} cores ({platform.machine()}); dashed: the floor of the same run."
    PLOT.write_text(growth_plot.drawn(growth_plot.panels(found), note))


def table(found: dict[str, Any]) -> str:
    """The tickets' part as text for people: milliseconds, half are quicker / 99 in 100 are quicker."""
    rows = found.get("tickets", [])
    lines = [f"{'':<26}" + "".join(f"{row['database'][:10] + ' ' + format(row['tickets'], ','):>22}" for row in rows)]
    for name in rows[0]["ms"] if rows else ():
        lines.append(f"{name:<26}" + "".join(f"{row['ms'][name][0]:>13.2f} /{row['ms'][name][1]:>7.2f}" for row in rows))
    return "\n".join(lines)
