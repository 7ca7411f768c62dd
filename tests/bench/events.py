"""Event in, durable, reply out: the product beside a bare server in the same run, on one core each, the load on the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from kb.loader import dump
from tests.bench.generated import entries as generated_entries
from tests.bench.generated import questions as generated_questions
from tests.bench.load import HELLO, SIGNING_SECRET, Load

EVENTS = 1500  # a measured run
ROUNDS = 3
IN_FLIGHT = 16
STEADY_EVENTS, STEADY_RATE = 400, 50.0
CONFIG = """
[desk]
name = "Bench"
prefix = "B"
[[tiers]]
level = 2
name = "Service desk"
slack_channel = "C0TIER2"
[thread]
take_back = "0s"
"""


@dataclass
class Figures:
    """What one server did in one mode. Seconds."""

    rates: list[float] = field(default_factory=list)
    steady: list[list[float]] = field(default_factory=list)
    rss_mb: float = 0.0
    cpu_us: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Events a second, the median round."""
        return median(self.rates)


def percentile(values: list[float], share: float) -> float:
    """The value below which that share lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextlib.contextmanager
def server(command: list[str], env: dict[str, str], folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server on core 0, up when its port answers."""
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*pin, *command], env={**os.environ, **env}, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(600):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1):
                break
            if process.poll() is not None:
                raise RuntimeError((folder / "log").read_text()[-2000:])
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def rss_mb(process: subprocess.Popen[bytes]) -> float:
    """Resident megabytes of the process now."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(process: subprocess.Popen[bytes]) -> float:
    """Processor seconds it has used."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def start(kind: str, mode: str, load: Load, folder: Path, port: int, entries: int) -> tuple[list[str], dict[str, str]]:
    """Command and environment of a server."""
    database = folder / "bench.db"
    if kind == "bare":
        return [sys.executable, "-m", "tests.bench.bare", str(port), str(database), load.base, mode], {"PYTHONPATH": str(Path(__file__).parents[2])}
    (folder / "firstline.toml").write_text(CONFIG)
    env = {
        "DATABASE_URL": f"sqlite:///{database}?synchronous={mode}", "FIRSTLINE_CONFIG": str(folder / "firstline.toml"), "PORT": str(port),
        "SLACK_BOT_TOKEN": "xoxb-bench", "SLACK_SIGNING_SECRET": SIGNING_SECRET, "SLACK_API_URL": load.base, "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    (folder / "faq.jsonl").write_text(dump(generated_entries(entries), "jsonl"))
    firstline = str(Path(sys.executable).with_name("firstline"))
    subprocess.run([firstline, "kb", "import", "faq.jsonl"], cwd=folder, env={**os.environ, **env}, check=True, stdout=subprocess.DEVNULL)
    return [firstline, "run"], env


def known_questions(entries: int, count: int) -> list[str]:
    """Questions that the FAQ answers, each with one slip of the finger: every one of them needs a search."""
    return [words for words, right in generated_questions(generated_entries(entries), 2 * count) if right][:count]


async def one_round(kind: str, mode: str, figures: Figures, entries: int) -> None:
    """One fresh server: greetings to get acquainted, then questions at full speed, then at a steady pace."""
    folder = Path(tempfile.mkdtemp(prefix="firstline-bench-"))
    load, port = Load(), free_port()
    await load.open()
    command, env = start(kind, mode, load, folder, port, entries)
    people = [f"U{n:06d}" for n in range(EVENTS + STEADY_EVENTS)]
    questions = known_questions(entries, len(people))
    context = server(command, env, folder, port)
    process = await asyncio.to_thread(context.__enter__)
    try:
        await load.closed_loop(port, people, [HELLO] * len(people), IN_FLIGHT)
        used = cpu_s(process)
        rate, _ = await load.closed_loop(port, people[:EVENTS], questions[:EVENTS], IN_FLIGHT)
        figures.rates.append(rate)
        figures.cpu_us.append((cpu_s(process) - used) / EVENTS * 1e6)
        figures.steady.append(await load.open_loop(port, people[EVENTS:], questions[EVENTS:], STEADY_RATE))
        figures.rss_mb = max(figures.rss_mb, rss_mb(process))
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)
        shutil.rmtree(folder, ignore_errors=True)


def measure(entries: int = 10_000) -> dict[str, dict[str, Figures]]:
    """Rounds of both servers in turn, in both modes: {"NORMAL": {"bare": …, "firstline": …}, "FULL": …}."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {1})
    results = {mode: {"bare": Figures(), "firstline": Figures()} for mode in ("NORMAL", "FULL")}
    for _ in range(ROUNDS):
        for mode, pair in results.items():
            for kind, figures in pair.items():
                asyncio.run(one_round(kind, mode, figures, entries))
    return results


def cold_start(entries: int = 1_000) -> float:
    """Seconds from the command to the first answered event."""

    async def measured() -> float:
        folder = Path(tempfile.mkdtemp(prefix="firstline-bench-"))
        load, port = Load(), free_port()
        await load.open()
        command, env = start("firstline", "FULL", load, folder, port, entries)
        began = time.perf_counter()
        context = server(command, env, folder, port)
        await asyncio.to_thread(context.__enter__)
        try:
            await load.closed_loop(port, ["U000001"], known_questions(entries, 1), 1)
            return time.perf_counter() - began
        finally:
            await asyncio.to_thread(context.__exit__, None, None, None)
            shutil.rmtree(folder, ignore_errors=True)

    return asyncio.run(measured())
