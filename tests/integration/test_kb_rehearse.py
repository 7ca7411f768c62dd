"""`firstline kb rehearse` and the entries' own tests in `kb check`, run whole on the database of an invented garden."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.__main__ import execute
from bot.domain.ids import PersonId, TicketId
from bot.ports import Transaction
from bot.store.migrate import prepare
from bot.store.sql import open_store
from kb.entries import Entry, Text
from tests.builders import a_ticket, an_outcome

KNOWN = (
    Entry("plot", (Text("en", "How do I rent a plot?", "Ask the board.", ("get a bed of my own",)),)),
    Entry("water", (Text("en", "When is the water turned on?", "From April.", ("the tap by the shed is dry",)),)),
)
ASKED = ("get a bed of my own", "the tap by the shed is dry", "the tap by the shed is dry!", "a swarm of bees in the apple tree, call +34 612 345 678")
SHORTER = {"id": "plot", "lang": "en", "question": "How do I rent a plot?", "answer": "Ask the board."}
BEES = {"id": "bees", "lang": "en", "question": "Who looks after the bees?", "phrasings": ["a swarm of bees in the apple tree"], "answer": "The keeper."}


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("FIRSTLINE_CONFIG", raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: str) -> Ended:
        capfd.readouterr()
        code = execute(["kb", *arguments])
        return Ended(code, *capfd.readouterr())

    return ran


@pytest.fixture
def past(garden: Path) -> None:
    """The garden's database: two entries, and what was asked."""
    url = f"sqlite:///{garden}/firstline.db"
    prepare(url)

    async def fill() -> None:
        store = await open_store(url)

        async def unit(tx: Transaction) -> None:
            now = datetime.now(UTC)
            for entry in KNOWN:
                await tx.save_entry(entry, PersonId("test"), now)
            for n, question in enumerate(ASKED, 1):
                at, number = now - timedelta(days=n), TicketId(f"IT-{n}")
                await tx.add_ticket(a_ticket(id=number, question=question, opened_at=at, tier_since=at, changed_at=at))
                await tx.add_outcome(an_outcome(ticket=number, asked_at=at))

        await store.run(unit)
        await store.close()

    asyncio.run(fill())


def written(garden: Path, *entries: dict[str, Any], name: str = "edit.jsonl") -> str:
    (garden / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return name


def rehearsed(run: Run, *arguments: str) -> tuple[int, dict[str, Any]]:
    ended = run("rehearse", *arguments, "--json", "--without-encoder")
    return ended.code, json.loads(ended.out)


@pytest.mark.usefixtures("past")
def test_a_lost_answer_fails_unless_it_is_allowed(garden: Path, run: Run) -> None:
    code, told = rehearsed(run, written(garden, SHORTER))
    assert (code, told["lost"], told["holds"]) == (1, 1, False)
    assert [(one["text"], one["before"]["entry"], one["after"]["decision"] != "answer") for one in told["changes"]] == [("get a bed of my own", "plot", True)]
    assert told["by_lang"] == {"en": {"answered": 0, "lost": 1, "taken": 0, "offered": 0, "withdrawn": 0}}

    assert rehearsed(run, written(garden, SHORTER), "--lost-at-most", "1")[0] == 0


@pytest.mark.usefixtures("past")
def test_what_is_answered_now_is_told_without_what_belongs_to_one_person(garden: Path, run: Run) -> None:
    plain = run("rehearse", written(garden, {**BEES, "phrasings": ["a swarm of bees in the apple tree, call"]}), "--without-encoder")
    assert plain.code == 0
    assert "newly answered" in plain.out
    assert "612 345" not in plain.out


@pytest.mark.usefixtures("past")
def test_what_was_asked_twice_is_one_question_asked_twice(garden: Path, run: Run) -> None:
    _, told = rehearsed(run, written(garden, {"id": "water", "lang": "en", "question": "Water?", "answer": "April."}))
    assert told["questions"] == 3
    assert [(one["text"], one["times"]) for one in told["changes"] if one["kind"] == "lost"] == [("the tap by the shed is dry", 2)]


@pytest.mark.usefixtures("past")
def test_a_taken_answer_fails_only_where_a_limit_is_given(garden: Path, run: Run) -> None:
    thief = {"id": "thief", "lang": "en", "question": "Bed?", "phrasings": ["get a bed of my own"], "answer": "No."}
    edit = written(garden, SHORTER, thief)
    assert rehearsed(run, edit)[1]["taken"] == 1
    assert rehearsed(run, edit)[0] == 0
    assert rehearsed(run, edit, "--taken-at-most", "0")[0] == 1


@pytest.mark.usefixtures("past")
def test_an_own_test_that_breaks_fails(garden: Path, run: Run) -> None:
    code, told = rehearsed(run, written(garden, {**BEES, "finds": ["my parrot is sad"], "avoids": ["a swarm of bees in the apple tree"]}))
    assert code == 1
    assert [(one["entry"], one["question"], one["must_find"]) for one in told["broken_tests"]] == [
        ("bees", "my parrot is sad", True), ("bees", "a swarm of bees in the apple tree", False)
    ]  # fmt: skip


@pytest.mark.usefixtures("past")
def test_nothing_is_changed(garden: Path, run: Run) -> None:
    before = run("export", "--format", "jsonl").out
    rehearsed(run, written(garden, SHORTER))
    assert run("export", "--format", "jsonl").out == before


def test_without_questions_it_says_so_and_tries_the_own_tests(garden: Path, run: Run) -> None:
    told = run("rehearse", written(garden, BEES), "--without-encoder")
    assert told.code == 0
    assert "No question has been asked here yet" in told.out


@pytest.mark.parametrize(("text", "told"), [("{\n", "edit.jsonl:1"), ('{"id": "a"}\n', "edit.jsonl:1"), ('\n\n{"id": 7}\n', "edit.jsonl:3")])
def test_a_file_that_does_not_parse_is_named_with_its_line(garden: Path, run: Run, text: str, told: str) -> None:
    (garden / "edit.jsonl").write_text(text, encoding="utf-8")
    ended = run("rehearse", "edit.jsonl", "--without-encoder")
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "nothing was rehearsed" in ended.err


def test_a_file_that_is_not_there_is_named(run: Run) -> None:
    ended = run("rehearse", "none.yaml")
    assert ended.code == 2
    assert "none.yaml" in ended.err


# ------------------------------------------------------------------------------------------------------------- kb check
def test_check_tries_the_entries_own_tests(garden: Path, run: Run) -> None:
    water = {"id": "water", "lang": "en", "question": "When is the water turned on?", "phrasings": ["the tap is dry"], "answer": "From April."}
    good = {**BEES, "finds": ["a swarm of bees in the apple tree"], "avoids": ["the tap is dry"]}
    assert run("check", written(garden, good, water)).code == 0
    bad = run("check", written(garden, {**BEES, "finds": ["the tap is dry"]}, water))
    assert bad.code == 1
    assert "own test: bees: 'the tap is dry' must find it, and finds water" in bad.out
