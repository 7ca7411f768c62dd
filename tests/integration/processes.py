"""`firstline` as the processes it is in production: started, killed, asked to stop, looked at from outside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests import servers
from tests.journeys.doors import eventually
from tests.servers.kinds import free_port

Json = dict[str, Any]

FIRSTLINE = [sys.executable, "-m", "bot"]
ROOT = Path(__file__).parents[2]
START_S = 40.0  # on a machine that has much else to do; usually about one

DESK = """
[desk]
languages = ["en", "es"]
[[tiers]]
level = 2
name = "Service desk"
{tier2}
[[tiers]]
level = 3
name = "Specialists"
{tier3}
[thread]
take_back = "0s"
{more}
"""
SUBJECTS = ("password", "printer", "projector", "badge", "canteen")


def marker(n: int) -> str:
    """The word that the answer to question number n holds, and no other text."""
    return f"answer-{SUBJECTS[n]}"


def question(n: int) -> str:
    """Question number n, word for word as the FAQ has it."""
    return ("How do I reset my password?", "How do I add a printer?", "How do I borrow the projector?",
            "Where do I renew my badge?", "When does the canteen open?")[n]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Json]:
        """Its output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Product:
    """One installation: a folder with its desk, its database and its environment, and at most one running process.

    part: what that process does: "run", "web" or "worker"; a worker has no web address.
    """

    folder: Path
    env: dict[str, str]
    port: int
    part: str = "run"
    process: asyncio.subprocess.Process | None = None
    kills: int = 0
    _begun: int = 0  # lines of the log when the process was started last
    _out: list[bytes] = field(default_factory=list)
    _log: list[bytes] = field(default_factory=list)
    _reading: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """Its web address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """Everything it ever said on standard error."""
        return b"".join(self._log).decode()

    @property
    def log_since_start(self) -> str:
        """What the latest process said there."""
        return b"".join(self._log[self._begun :]).decode()

    @property
    def out(self) -> str:
        """Everything it ever said on standard output."""
        return b"".join(self._out).decode()

    # ---- the process
    async def start(self, ready: bool = True) -> None:
        """Run it unless it runs; returns when /readyz says so. ready: False when it is enough that it serves pages."""
        if self.process is not None:
            return
        said, self._begun = len(self._out), len(self._log)
        self.process = await self._spawn(self.part)
        streams = ((self.process.stdout, self._out), (self.process.stderr, self._log))
        self._reading = [asyncio.create_task(_keep(stream, kept)) for stream, kept in streams if stream]
        if self.part == "worker":
            await eventually(lambda: self._has_said(b"is running", said), "a worker is running", START_S)
        else:
            await eventually(lambda: self._is_up("/readyz" if ready else "/healthz"), "the product is ready", START_S)

    async def _spawn(self, *arguments: str) -> asyncio.subprocess.Process:
        pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(*FIRSTLINE, *arguments, cwd=self.folder, env=self.env, stdin=nothing, stdout=pipe, stderr=pipe)

    def _has_said(self, words: bytes, since: int) -> bool:
        self._still_runs()
        return any(words in line for line in self._out[since:])

    def _still_runs(self) -> None:
        assert self.process is not None
        assert self.process.returncode is None, f"it ended by itself: {self.log[-2000:]}"

    async def _is_up(self, path: str) -> bool:
        self._still_runs()
        with contextlib.suppress(aiohttp.ClientError):
            status, _ = await self.get(path)
            return status == 200
        return False

    async def kill(self) -> None:
        """SIGKILL: nothing can be tidied up."""
        self.kills += 1
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, sign: signal.Signals) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            self.process.send_signal(sign)
        code = await self.process.wait()
        await asyncio.gather(*self._reading)
        self.process = None
        return code

    # ---- from outside
    async def get(self, path: str, **more: Any) -> tuple[int, str]:
        """Status and body of one of its addresses."""
        async with aiohttp.ClientSession() as session, session.get(self.base + path, **more) as answer:
            return answer.status, await answer.text()

    async def command(self, *arguments: str) -> Ended:
        """Another command on the same installation, beside the running process or without it."""
        process = await self._spawn(*arguments)
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, out.decode(), err.decode())

    async def export(self) -> dict[str, list[Json]]:
        """What it has stored, by type."""
        ended = await self.command("export", "--json")
        assert ended.code == 0, ended.err
        found: dict[str, list[Json]] = {"ticket": [], "message": [], "event": [], "entry": []}
        for line in ended.lines:
            found.setdefault(line["type"], []).append(line)
        return found

    async def queue(self) -> Json:
        """`firstline queue status --json`."""
        ended = await self.command("queue", "status", "--json")
        assert ended.code == 0, ended.err
        return ended.lines[0]

    async def figures(self) -> dict[str, float]:
        """/metrics, by name without prefix."""
        _, text = await self.get("/metrics")
        rows = (line.removeprefix("firstline_").split() for line in text.splitlines() if line.startswith("firstline_"))
        return {name: float(value) for name, value in rows}

    async def drained(self, within_s: float = 60.0) -> None:
        """Returns when nothing is due any more."""
        await eventually(self._is_drained, "everything is handled and sent", within_s)

    async def _is_drained(self) -> bool:
        figures = await self.figures()
        return figures["queue_inbox_waiting"] == 0 and figures["queue_outbox_waiting"] == 0


async def _keep(stream: asyncio.StreamReader, kept: list[bytes]) -> None:
    while line := await stream.readline():
        kept.append(line)


@contextlib.asynccontextmanager
async def installed(folder: Path, env: Mapping[str, str], tier2: str = "", tier3: str = "", more: str = "") -> AsyncIterator[Product]:
    """An installation with five entries in its FAQ; whatever still runs is killed in the end.

    env: what a channel needs; the rest of this process's environment stays outside. tier2, tier3: lines of firstline.toml for these tiers;
    more: other sections of it.
    """
    port = free_port()
    (folder / "firstline.toml").write_text(DESK.format(tier2=tier2, tier3=tier3, more=more))
    entries = [{"id": SUBJECTS[n], "lang": "en", "question": question(n), "answer": f"Here it is: {marker(n)}."} for n in range(len(SUBJECTS))]
    (folder / "faq.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    own = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    # The FAQ is not what most of these tests are about: words alone find its five entries, and a start costs a second less.
    own |= {"PYTHONPATH": str(ROOT), "PORT": str(port), "LOG_LEVEL": "INFO", "ENCODER": "off"}
    product = Product(folder, {**own, **env}, port)
    if "DATABASE_URL" in env:
        await _imports(product)
    else:
        shutil.copytree(await _imported(product), folder, dirs_exist_ok=True)
    try:
        yield product
    finally:
        if product.process is not None:
            await product.kill()


async def _imports(product: Product) -> None:
    ended = await product.command("kb", "import", "faq.jsonl")
    assert ended.code == 0, ended.err


async def _imported(product: Product) -> Path:
    """The folder with the file that the import of that FAQ leaves: made once by each testing process, since it is always the same."""
    made = servers.share() / f"imported-{os.getpid()}"
    if not made.exists():
        making = made.with_suffix(".making")
        making.mkdir()
        shutil.copy(product.folder / "faq.jsonl", making)
        (making / "firstline.toml").write_text(DESK.format(tier2="", tier3="", more=""))
        env = {key: value for key, value in product.env.items() if key in ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "PORT", "ENCODER")}
        await _imports(Product(making, env, product.port))
        for name in ("faq.jsonl", "firstline.toml", "firstline.db.lock"):
            (making / name).unlink(missing_ok=True)
        making.rename(made)
    return made
