"""Many processes on one database server: how fast a backlog is taken in and worked off, by how many workers.

`python -m tests.bench.scaled [--workers 2] [--events 3000] [--each 3] [--database postgresql|mariadb] [--no-bus]`
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.store.migrate import migrate
from bot.store.sql import SqlStore, open_store
from kb.loader import dump
from tests import servers
from tests.bench.events import CONFIG, cpu_s, free_port, known_questions, server
from tests.bench.generated import entries as generated_entries
from tests.bench.growth_server import cpu_s as server_cpu_s
from tests.bench.growth_server import database as own_database
from tests.bench.growth_server import process_of
from tests.bench.load import SIGNING_SECRET, Load, Sender, event

ENTRIES = 1_000
SENDERS = 16  # connections that deliver at once
AGAIN_S = 0.5  # seconds until what was refused is delivered again
MOST_REFUSED = 300
RUNNING, START_S = "a worker is running", 60.0  # what each says; seconds it may take
FIRSTLINE = str(Path(sys.executable).with_name("firstline"))


@dataclass
class Run:
    """One measurement. Rates in events a second; processor milliseconds an event, of all processes of a kind: while it is taken in (…_in), worked off.

    refused: deliveries that were answered with an error, and repeated. bench_cpu_ms: of this process, which plays the platform meanwhile.
    """

    workers: int
    events: int
    refused: int
    kept_per_s: float
    worked_per_s: float
    web_cpu_ms: float
    database_in_cpu_ms: float
    worker_cpu_ms: float
    database_cpu_ms: float
    bench_cpu_ms: float


@contextlib.contextmanager
def places(database: str, bus: bool) -> Iterator[dict[str, str]]:
    """A database and a broker of our own."""
    kind = servers.POSTGRES if database == "postgresql" else servers.MARIADB
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(own_database(kind, migrate))
        nats = stack.enter_context(servers.broker(servers.NATS)) if bus else ""
        yield {"DATABASE_URL": url, "BUS_URL": nats, "SECRET_KEY": "b" * 32}


async def taken_in(port: int, people: list[str], questions: list[str]) -> tuple[float, int]:
    """Every question delivered and acknowledged; how long that took, and how often one was refused at first: platforms deliver again then."""
    loop = asyncio.get_running_loop()
    sides = [await loop.create_connection(Sender, "127.0.0.1", port) for _ in range(SENDERS)]
    work = list(enumerate(zip(people, questions, strict=True)))
    began, refused = time.perf_counter(), 0

    async def deliver(sender: Sender, share: list[tuple[int, tuple[str, str]]]) -> None:
        nonlocal refused
        for number, (person, question) in share:
            while await sender.post(event(number, person, question)) != 200:
                if (refused := refused + 1) > MOST_REFUSED:
                    raise RuntimeError("events are refused again and again")
                await asyncio.sleep(AGAIN_S)

    await asyncio.gather(*(deliver(sender, work[n::SENDERS]) for n, (_, sender) in enumerate(sides)))
    return time.perf_counter() - began, refused


async def worked_off(load: Load, folder: Path, env: dict[str, str], workers: int, events: int) -> tuple[float, list[float]]:
    """Start the workers over the backlog; from when all run and a tenth is done to the last: events a second, and processor seconds an event of
    workers, database server and ourselves. (To start costs a worker as much as hundreds of events.)"""
    store = await open_store(env["DATABASE_URL"], read_only=True)
    database = await process_of(env["DATABASE_URL"])
    processes = _workers(folder, env, workers)

    def used() -> list[float]:
        return [sum(cpu_s(process) for process in processes), server_cpu_s(database), time.process_time()]

    try:
        await _all_run(folder, workers)
        left = await _until(store, events * 9 // 10, 60)
        began, before = time.perf_counter(), used()
        none = await _until(store, 0, 300)
        took, after = time.perf_counter() - began, used()
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            await asyncio.to_thread(process.wait, 20)
        await store.close()
    if none:
        raise RuntimeError(f"{none} things are still waiting: {(folder / 'workers.log').read_text()[-2000:]}")
    return left / took, [(late - early) / left for late, early in zip(after, before, strict=True)]


def _workers(folder: Path, env: dict[str, str], count: int) -> list[subprocess.Popen[bytes]]:
    with (folder / "workers.log").open("wb") as log:
        return [subprocess.Popen([FIRSTLINE, "worker"], env={**os.environ, **env}, cwd=folder, stdout=log, stderr=log) for _ in range(count)]


def _import(folder: Path, env: dict[str, str]) -> None:
    subprocess.run([FIRSTLINE, "kb", "import", "faq.jsonl"], cwd=folder, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)


async def _all_run(folder: Path, workers: int) -> None:
    """Until each has said that it runs."""
    end = time.perf_counter() + START_S
    while (said := (folder / "workers.log").read_text()).count(RUNNING) < workers:
        if time.perf_counter() > end:
            raise RuntimeError(f"not all workers run: {said[-2000:]}")
        await asyncio.sleep(0.05)


async def _until(store: SqlStore, waiting: int, patience_s: float) -> int:
    """Look until no more than that waits to be handled or sent; how many do."""
    end = time.perf_counter() + patience_s
    while True:
        queue = await store.queue()
        found = queue["inbox_waiting"] + (queue["outbox_waiting"] if not queue["inbox_waiting"] else 0)
        if found <= waiting or time.perf_counter() > end:
            return found
        await asyncio.sleep(0.1)


async def measured(database: str, bus: bool, workers: int, events: int, each: int) -> Run:
    """One backlog of `each` events a person."""
    folder = Path(tempfile.mkdtemp(prefix="firstline-bench-"))
    load, port = Load(), free_port()
    await load.open()
    (folder / "firstline.toml").write_text(CONFIG)
    (folder / "faq.jsonl").write_text(dump(generated_entries(ENTRIES), "jsonl"))
    people = [f"U{n // each:06d}" for n in range(events)]
    people = [person for turn in range(each) for person in people[turn::each]]
    questions = known_questions(ENTRIES, events)
    with places(database, bus) as where:
        env = {
            **where, "FIRSTLINE_CONFIG": str(folder / "firstline.toml"), "PORT": str(port), "SLACK_BOT_TOKEN": "xoxb-bench", "ENCODER": "off",
            "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_API_URL": load.base, "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        await asyncio.to_thread(_import, folder, env)
        database_server = await process_of(env["DATABASE_URL"])
        with server([FIRSTLINE, "web"], env, folder, port) as web:
            before = cpu_s(web), server_cpu_s(database_server)
            took, refused = await taken_in(port, people, questions)
            web_cpu, in_cpu = (cpu_s(web) - before[0]) / events, (server_cpu_s(database_server) - before[1]) / events
        rate, cpu = await worked_off(load, folder, env, workers, events)
    shutil.rmtree(folder, ignore_errors=True)
    return Run(workers, events, refused, round(events / took), round(rate), *(round(each * 1000, 2) for each in (web_cpu, in_cpu, *cpu)))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--events", type=int, default=3_000)
    parser.add_argument("--each", type=int, default=3, help="events that wait in each conversation")
    parser.add_argument("--database", choices=("postgresql", "mariadb"), default="postgresql")
    parser.add_argument("--no-bus", action="store_true")
    options = parser.parse_args()
    run = asyncio.run(measured(options.database, not options.no_bus, options.workers, options.events, options.each))
    print(json.dumps({"load_average": os.getloadavg()[0], "database": options.database, "bus": not options.no_bus, **asdict(run)}, indent=2))
    servers.leave()


if __name__ == "__main__":
    main()
