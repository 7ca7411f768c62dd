"""The floor of many processes on PostgreSQL: the least that keeps an event, answers it and remembers that it did. No FAQ, no ticket, no order, no retry.

For each event: begin, insert the event, update its conversation, insert the reply, commit; post the reply to the platform; mark it as sent.

    python -m tests.bench.growth_floor DATABASE_URL API_URL FIRST COUNT

prints the processor seconds it used; begins when a line comes in.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg  # type: ignore[import-untyped, unused-ignore]

from tests.bench.growth_server import cpu_s as server_cpu_s
from tests.bench.growth_server import process_of
from tests.bench.load import Load

HANDS = 8  # connections of a process; as many as the product opens
BODY = json.dumps({"text": "hello, How do I sync vritual badge on linux", "place": "slack:D000001", "private": True, "attachments": []})
TABLES = (
    "CREATE TABLE floor_event (id bigserial PRIMARY KEY, key text UNIQUE, lane text, body text, state text)",
    "CREATE TABLE floor_lane (lane text PRIMARY KEY, taken bigint)",
    "CREATE TABLE floor_reply (id bigserial PRIMARY KEY, key text UNIQUE, lane text, body text, state text)",
)


@dataclass
class Floor:
    """Events a second, and processor milliseconds an event: of its processes, of the database server, of this process (the platform)."""

    processes: int
    per_s: float
    process_cpu_ms: float
    database_cpu_ms: float
    bench_cpu_ms: float


async def measured(url: str, processes: int, events: int, each: int) -> Floor:
    """So many events by so many processes, in a database that is empty; `each` in a conversation."""
    load = Load()
    await load.open()
    raw = await asyncpg.connect(url)
    for table in TABLES:
        await raw.execute(table)
    await raw.execute("INSERT INTO floor_lane SELECT 'slack:U' || n, 0 FROM generate_series(0, $1::int) n", events // each)
    await raw.close()
    database, share = await process_of(url), events // processes
    running = [await _process(url, load.base, n * share, share) for n in range(processes)]
    before, ours, began = server_cpu_s(database), time.process_time(), time.perf_counter()
    spoken = await asyncio.gather(*(process.communicate(b"\n") for process in running))
    took = time.perf_counter() - began
    used = [sum(float(words) for words, _ in spoken), server_cpu_s(database) - before, time.process_time() - ours]
    done = share * processes
    return Floor(processes, round(done / took), *(round(seconds / done * 1000, 2) for seconds in used))


async def _process(url: str, api: str, first: int, count: int) -> asyncio.subprocess.Process:
    """One that is ready to begin."""
    command = [sys.executable, "-m", "tests.bench.growth_floor", url, api, str(first), str(count)]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    )
    assert process.stdout is not None
    await process.stdout.readline()
    return process


async def work(url: str, api: str, first: int, count: int) -> float:
    """This process's share; the processor seconds of it."""
    hands = [await asyncpg.connect(url) for _ in range(HANDS)]
    async with aiohttp.ClientSession() as session:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        before = time.process_time()
        await asyncio.gather(*(_hand(raw, session, api, range(first + n, first + count, HANDS)) for n, raw in enumerate(hands)))
        return time.process_time() - before


async def _hand(raw: Any, session: aiohttp.ClientSession, api: str, numbers: range) -> None:
    for number in numbers:
        lane = f"slack:U{number // 3}"
        async with raw.transaction():
            await raw.execute("INSERT INTO floor_event (key, lane, body, state) VALUES ($1, $2, $3, 'done')", f"Ev{number}", lane, BODY)
            await raw.execute("UPDATE floor_lane SET taken = taken + 1 WHERE lane = $1", lane)
            await raw.execute("INSERT INTO floor_reply (key, lane, body, state) VALUES ($1, $2, $3, 'waiting')", f"Ev{number}:1", lane, BODY)
        async with session.post(api + "chat.postMessage", json={"channel": lane, "text": "Your question has been received."}) as response:
            await response.read()
        await raw.execute("UPDATE floor_reply SET state = 'sent' WHERE key = $1", f"Ev{number}:1")


if __name__ == "__main__":
    print(asyncio.run(work(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))))
