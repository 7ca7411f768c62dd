"""Time and memory of the matcher over a large knowledge base, in a process of its own: `python -m tests.bench.scale ENTRIES WAYS` prints one object.

Times are CPU time of one thread, since the bench shares its machine; that of an edit is what a clock shows.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from kb.encoders import Encodes
from kb.entries import Entry
from kb.evaluate import build, rss_mb
from kb.matching import Matcher
from kb.text import normalise
from tests.bench.engine import encoders
from tests.bench.generated import SEED, entries, questions

QUESTIONS = 400
BASELINE_QUESTIONS = 30  # extractOne needs tens of milliseconds each
EDITS = 5


def measured(count: int, ways: int) -> dict[str, float]:
    """What measure() finds, in a fresh process whose memory is nothing but the matcher's."""
    command = [sys.executable, "-m", "tests.bench.scale", str(count), str(ways)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def measure(count: int, ways: int) -> dict[str, float]:
    """entries, texts; bare_mb: memory before; index_s; p50_ms and p99_ms of the questions that were encoded (of all, where none was) and how many those
    are; known_… of phrasings; edit_ms: the longest from an edit to an answer with it; rss_mb: memory after all questions; top1, of all questions in scope;
    extract_one_…: rapidfuzz over the same texts."""
    known = entries(count, ways=ways)
    bare = rss_mb()
    found = encoders()
    model = Counted(found.general) if found else None
    began = perf_counter()
    matcher = build(known, replace(found, general=model) if found and model else None, _progress())
    matcher.rank("warm up")
    index_s = perf_counter() - began

    def ours(question: str) -> str | None:
        ranked = matcher.rank(question)
        return ranked[0].entry_id if ranked else None

    _timed(ours, questions(known, 40, SEED + 7))  # others than those that are counted
    calls = model.calls if model else 0
    unknown, top1 = _timed(ours, questions(known, QUESTIONS), model)
    phrasings = [(entry.texts[0].question, entry.id) for entry in known[:: max(1, count // QUESTIONS)]]
    word_for_word, _ = _timed(ours, phrasings)
    memory = rss_mb()
    edits = [_edited(matcher, ours, entry, number) for number, entry in enumerate(known[:EDITS])]
    slow, slow_top1 = _timed(_extract_one(known), questions(known, BASELINE_QUESTIONS))
    return {
        "entries": count, "texts": count * ways, "bare_mb": bare, "index_s": round(index_s, 2), "p50_ms": _at(unknown, 0.5), "p99_ms": _at(unknown, 0.99),
        "encoded": len(unknown) if model and model.calls > calls else 0, "known_p50_ms": _at(word_for_word, 0.5), "known_p99_ms": _at(word_for_word, 0.99),
        "edit_ms": round(max(edits), 1), "rss_mb": memory, "top1": top1,
        "extract_one_p50_ms": _at(slow, 0.5), "extract_one_p99_ms": _at(slow, 0.99), "extract_one_top1": slow_top1}  # fmt: skip


def _progress() -> Callable[[int, int], None]:
    """Tells about every tenth of the entries."""
    told = 0

    def tell(done: int, whole: int) -> None:
        nonlocal told
        if done * 10 // whole > told:
            told = done * 10 // whole
            print(f"  {done} of {whole} read", file=sys.stderr, flush=True)

    return tell


def _edited(matcher: Matcher, ask: Callable[[str], str | None], entry: Entry, number: int) -> float:
    """Wall milliseconds until an entry with a new phrasing is found by it."""
    phrasing = f"the purple giraffe number {number} wants its lunch"
    fresh = replace(entry, texts=tuple(replace(text, phrasings=(*text.phrasings, phrasing)) for text in entry.texts))
    began = perf_counter()
    matcher.put(fresh)
    matcher.read()
    found = ask(phrasing)
    took = perf_counter() - began
    if found != entry.id:
        raise RuntimeError("an edit is not live")
    return took * 1000


def _extract_one(known: Sequence[Entry]) -> Callable[[str], str | None]:
    ways = [(normalise(way), entry.id) for entry in known for text in entry.texts for way in (text.question, *text.phrasings)]
    texts = [way for way, _ in ways]

    def found(question: str) -> str | None:
        best = process.extractOne(normalise(question), texts, scorer=fuzz.WRatio)
        return ways[best[2]][1] if best else None

    return found


class Counted:
    """The encoder, and how often it was asked: what never pays for it must not flatter its times."""

    def __init__(self, of: Encodes) -> None:
        self._of, self.version, self.size, self.calls = of, of.version, of.size, 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As it does."""
        self.calls += 1
        return self._of.encode(texts)


def _timed(match: Callable[[str], str | None], asked: Sequence[tuple[str, str | None]], model: Counted | None = None) -> tuple[list[float], float]:
    """CPU milliseconds of each question, sorted, of those the model was asked about where there are any; and the share of right ones in scope."""
    times, encoded, hits = list[float](), list[float](), 0
    for question, right in asked:
        before = model.calls if model else 0
        began = process_time()
        found = match(question)
        times.append((process_time() - began) * 1000)
        if model and model.calls > before:
            encoded.append(times[-1])
        hits += right is not None and found == right
    return sorted(encoded or times), round(hits / max(1, sum(right is not None for _, right in asked)), 3)


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
