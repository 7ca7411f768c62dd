"""`firstline kb import` over a real file: duplicates, drafts, what is sound of a broken file, and an import that is killed and begun again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from bot.__main__ import execute
from bot.settings import names
from bot.store.sql import SqlStore
from kb.entries import Entry

T = TypeVar("T")
VPN = '{"id": "vpn", "lang": "en", "question": "How do I connect to the VPN?", "phrasings": ["vpn access"], "answer": "Open the client."}\n'
AGAIN = '{"id": "tunnel", "lang": "en", "question": "how do i connect to the vpn", "phrasings": ["tunnel"], "answer": "Otherwise."}\n'
WIFI = '{"id": "wifi", "lang": "en", "question": "What is the guest Wi-Fi password?", "answer": "Ask reception."}\n'


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _a_folder_and_words_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENCODER", "off")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def firstline(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Ended:
        code = execute(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def in_store(work: Callable[[SqlStore], Awaitable[T]]) -> T:
    async def done() -> T:
        store = SqlStore.open(f"sqlite:///{Path.cwd()}/firstline.db")
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(done())


def entries() -> dict[str, Entry]:
    return {entry.id: entry for entry in in_store(lambda store: store.entries(retired=True))}


def test_without_a_terminal_duplicates_are_proposed_and_nothing_is_changed(firstline: Run) -> None:
    Path("a.jsonl").write_text(VPN)
    Path("b.jsonl").write_text(AGAIN + WIFI)
    firstline("kb", "import", "a.jsonl")
    ended = firstline("kb", "import", "b.jsonl")
    assert ended.code == 1
    assert "duplicate: tunnel: 'how do i connect to the vpn' is asked of vpn already" in ended.err
    assert "--on-duplicate merge, skip or keep" in ended.err
    assert list(entries()) == ["vpn"]


@pytest.mark.parametrize(
    ("handling", "told", "there"),
    [
        ("merge", "b.jsonl: 1 added (wifi), 1 merged into another (tunnel)\nentries that something is merged into: 1 changed (vpn)\n", ["vpn", "wifi"]),
        ("skip", "b.jsonl: 1 added (wifi), 1 left out (tunnel)\n", ["vpn", "wifi"]),
        ("keep", "b.jsonl: 2 added (tunnel, wifi)\n", ["tunnel", "vpn", "wifi"]),
    ],
)
def test_duplicates_are_handled_as_one_says_and_the_same_again_changes_nothing(handling: str, told: str, there: list[str], firstline: Run) -> None:
    Path("a.jsonl").write_text(VPN)
    Path("b.jsonl").write_text(AGAIN + WIFI)
    firstline("kb", "import", "a.jsonl")
    assert firstline("kb", "import", "b.jsonl", "--on-duplicate", handling).out == told
    found = entries()
    assert sorted(found) == there
    assert firstline("kb", "import", "b.jsonl", "--on-duplicate", handling).code == 0
    assert entries() == found
    versions = in_store(lambda store: store.entry_history("vpn"))
    assert len(versions) == (2 if handling == "merge" else 1)
    if handling != "skip":
        assert firstline("kb", "import", "b.jsonl").code == 0  # settled: nobody is asked again
        assert entries() == found


def test_a_dry_run_says_what_changes_in_short_and_that_nothing_is_removed(firstline: Run) -> None:
    Path("a.jsonl").write_text(VPN + WIFI)
    firstline("kb", "import", "a.jsonl")
    Path("a.jsonl").write_text(WIFI.replace("Ask reception.", "Ask Anna."))
    ended = firstline("kb", "import", "a.jsonl", "--dry-run")
    assert ended.out.splitlines() == [
        "a.jsonl: 1 changed (wifi)",
        "  wifi",
        "    en · answer: Ask reception. → Ask Anna.",
        "Nothing was changed: --dry-run. Entries that are not in the files would stay as they are.",
    ]
    assert len(entries()) == 2


def test_of_a_broken_file_nothing_is_published_unless_what_is_sound_is_asked_for(firstline: Run) -> None:
    Path("a.jsonl").write_text(VPN + "{broken\n" + WIFI)
    firstline("migrate")
    refused = firstline("kb", "import", "a.jsonl")
    assert (refused.code, entries()) == (1, {})
    assert "a.jsonl:2: not JSON" in refused.err
    assert "--partial" in refused.err
    done = firstline("kb", "import", "a.jsonl", "--partial")
    assert (done.code, done.out) == (0, "a.jsonl: 2 added (vpn, wifi)\n")
    assert "a.jsonl:2: not JSON" in done.err


def test_a_file_that_could_not_be_read_whole_takes_no_language_away(firstline: Run) -> None:
    spanish = '{"id": "vpn", "lang": "es", "question": "¿Cómo?", "answer": "Así."}\n'
    Path("a.jsonl").write_text(VPN + spanish)
    firstline("kb", "import", "a.jsonl")
    Path("a.jsonl").write_text(VPN.replace("Open the client.", "Start it.") + spanish[:-4] + "\n")
    firstline("kb", "import", "a.jsonl", "--partial")
    assert [(text.lang, text.answer) for text in entries()["vpn"].texts] == [("en", "Start it."), ("es", "Así.")]


def test_what_a_help_centre_does_not_publish_becomes_a_draft_once(firstline: Run) -> None:
    article = {"title": "Draft?", "body": "<p>So.</p>", "locale": "en-us", "section_id": 1, "user_segment_id": None}
    Path("z.json").write_text(json.dumps({"articles": [{**article, "id": 1, "draft": True}, {**article, "id": 2, "title": "Live?", "draft": False}]}))
    for told in ("z.json: 1 added (zendesk-2), 1 not published there: drafts\n1 kept as drafts (zendesk-1).\n", None):
        ended = firstline("kb", "import", "z.json")
        assert told in (None, ended.out)
    assert list(entries()) == ["zendesk-2"]
    assert [(draft.of, draft.origin) for draft in in_store(lambda store: store.drafts())] == [("zendesk-1", "import")]


def test_all_may_be_kept_as_drafts(firstline: Run) -> None:
    Path("a.jsonl").write_text(VPN)
    assert "1 kept as drafts (vpn)." in firstline("kb", "import", "a.jsonl", "--drafts").out
    Path("a.jsonl").write_text(VPN.replace("Open", "Start"))
    firstline("kb", "import", "a.jsonl", "--drafts")
    assert entries() == {}
    [draft] = in_store(lambda store: store.drafts())
    assert draft.entry.texts[0].answer == "Start the client."


def test_articles_are_exported_into_a_folder_and_come_back_unchanged(firstline: Run) -> None:
    odd = "".join(json.dumps({"id": name, "lang": "en", "question": f"Item {n}?", "answer": "A"}) + "\n" for n, name in enumerate(["README", ".x", "WIFI"]))
    Path("a.jsonl").write_text(VPN + WIFI + odd)
    firstline("kb", "import", "a.jsonl")
    firstline("kb", "export", "--format", "md", "--to", "articles")
    assert sorted(path.name for path in Path("articles").iterdir()) == ["WIFI.md", "_.x.md", "_README.md", "vpn.md", "wifi_.md"]
    assert firstline("kb", "import", "articles").out == "articles: 5 unchanged\n"


def test_an_address_of_the_own_network_is_not_fetched_unless_that_is_said(firstline: Run) -> None:
    ended = firstline("kb", "import", "http://127.0.0.1:9/faq")
    assert ended.code == 1
    assert "--allow-private" in ended.err
    assert "cannot be fetched" in firstline("kb", "import", "http://127.0.0.1:9/faq", "--allow-private").err


def test_an_import_that_is_killed_and_begun_again_ends_the_same_without_a_second_version(firstline: Run) -> None:
    count = 3000
    Path("many.jsonl").write_text("".join(json.dumps({"id": f"e{n}", "lang": "en", "question": f"Item {n}?", "answer": "A"}) + "\n" for n in range(count)))
    firstline("migrate")
    command = [sys.executable, "-m", "bot", "kb", "import", "many.jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment) as importing:
        assert importing.stderr is not None
        for line in importing.stderr:
            if "entries" in line:
                importing.send_signal(signal.SIGKILL)
                break
    half = len(entries())
    assert 0 < half < count
    assert f"{count - half} added" in firstline("kb", "import", "many.jsonl").out
    assert len(entries()) == count

    async def twice(store: SqlStore) -> int:
        return sum([len(await store.entry_history(f"e{n}")) > 1 for n in range(count)])

    assert in_store(twice) == 0
