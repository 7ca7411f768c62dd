"""The channel in examples/channel, as somebody else's package: built, installed beside the product, put to its tests, and spoken to."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.kinds import free_port

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "examples" / "channel"
DESK = '[desk]\nname = "IT help"\nprefix = "IT"\n[[tiers]]\nlevel = 2\nname = "Service desk"\n[channels.lines]\nmost_people = 3\n'
UNKNOWN = "The heron in the aquarium has eaten my ergonomic chair"
PATIENCE_S = 20


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages: the product and the channel, both built from a copy of their sources."""
    folder = tmp_path_factory.mktemp("installed")
    source, site = folder / "source", folder / "site"
    for part in ("bot", "adapters", "kb"):
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / file, source / file)
    shutil.copytree(PACKAGE, folder / "channel", ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-compile", "--no-index", "--target", str(site)]
    done = subprocess.run([*pip, str(source), str(folder / "channel")], capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return site


def environment(site: Path, **more: str) -> dict[str, str]:
    """Of a process that finds what is installed there, and not our sources."""
    known = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**known, "PYTHONPATH": str(site), "LOG_LEVEL": "ERROR", "ENCODER": "off", **more}


FIRSTLINE = (sys.executable, "-m", "bot")


@pytest.fixture(scope="module")
def folder(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a desk is run, with the sample entries in its knowledge base."""
    made = tmp_path_factory.mktemp("desk")
    (made / "firstline.toml").write_text(DESK, encoding="utf-8")
    subprocess.run([*FIRSTLINE, "kb", "import", str(ROOT / "kb" / "articles")], cwd=made, env=environment(installed), check=True, capture_output=True)
    return made


@pytest.fixture
def port(installed: Path, folder: Path) -> Iterator[int]:
    """The product, running, where lines can be written to it."""
    lines = free_port()
    env = environment(installed, LINES_PORT=str(lines), PORT=str(free_port()))
    process = subprocess.Popen([*FIRSTLINE, "run"], cwd=folder, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    said = ""
    for said in process.stdout:
        if "/agent/sign-in/" in said:
            break
    else:
        raise AssertionError(f"it ended before it was up: {said}")
    threading.Thread(target=process.stdout.read, daemon=True).start()
    yield lines
    process.terminate()
    process.wait(PATIENCE_S)


def test_the_channel_keeps_every_promise_in_its_own_tests(installed: Path) -> None:
    """Without our sources: what its tests need comes with the product."""
    tests = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"]

    done = subprocess.run(tests, cwd=installed.parent / "channel", env=environment(installed), capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout
    assert int(done.stdout.rpartition(" passed")[0].split()[-1]) >= 20


def test_doctor_says_how_the_channel_stands(installed: Path, folder: Path) -> None:
    env = environment(installed, LINES_PORT=str(free_port()))

    done = subprocess.run([*FIRSTLINE, "doctor"], cwd=folder, env=env, capture_output=True, text=True, timeout=60)

    assert "lines: people can connect" in done.stdout


async def test_a_question_over_the_channel_is_answered_and_becomes_a_ticket_when_that_does_not_help(port: int) -> None:
    reader, writer = await connected(port)
    greeting = await reader.readline()
    key = greeting.decode().rpartition(" ")[2].strip()

    writer.write(b"VPN keps dropping\n")
    answer = await until(reader, "Answer with the number.")
    assert "choose another gateway" in answer
    assert "1. Yes, solved" in answer
    writer.write(b"2\n")
    handed = await until(reader, "Service desk")
    assert "IT-1" in handed

    writer.close()
    reader, writer = await connected(port)
    writer.write(f"iam {key}\n!list\n".encode())
    assert "IT-1" in await until(reader, "IT-1")
    writer.close()


async def connected(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """As soon as the channel listens."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                await asyncio.sleep(0.05)


async def until(reader: asyncio.StreamReader, words: str) -> str:
    """All that is written until these words are."""
    found = ""
    async with asyncio.timeout(PATIENCE_S):
        while words not in found:
            line = await reader.readline()
            assert line, f"the connection ended after {found!r}"
            found += line.decode()
    return found
