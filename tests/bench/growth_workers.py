"""One worker, two, three, four on PostgreSQL and NATS, each beside as many processes that do the least there is to do."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Any

from tests import servers
from tests.bench import growth_floor, growth_server, scaled

WORKERS = (1, 2, 3, 4)
EVENTS = 4_500
EACH = 3  # events that wait in each conversation


def measure(workers: tuple[int, ...] = WORKERS, events: int = EVENTS) -> list[dict[str, Any]]:
    """For each number of workers {"workers", "firstline": scaled.Run, "floor": growth_floor.Floor} as plain values. Raises Absent without the servers."""
    return [{"workers": count, "firstline": _firstline(count, events), "floor": _floor(count, events)} for count in workers]


def _firstline(workers: int, events: int) -> dict[str, Any]:
    return asdict(asyncio.run(scaled.measured("postgresql", True, workers, events, EACH)))


def _floor(processes: int, events: int) -> dict[str, Any]:
    with growth_server.database(servers.POSTGRES) as url:
        return asdict(asyncio.run(growth_floor.measured(url, processes, events, EACH)))
