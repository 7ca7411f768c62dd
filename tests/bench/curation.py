"""Curation: a rehearsal over 10,000 questions, the gaps of 10,000, and whether anybody waits meanwhile.

Baselines of the same run: all questions asked twice, which is what a rehearsal must come to; questions put together by their letters alone.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from bot.engine.curation.workshop import REST_S, polite
from kb.clusters import LETTERS, Cluster, clusters, lettered
from kb.deciding import Deciding
from kb.decision import Thresholds, Verdict
from kb.encoders import Encoders
from kb.entries import Entry
from kb.matching import Matcher
from kb.rehearsal import Question, rehearse
from tests.bench.curation_past import SEED, Desk, Past, desk
from tests.bench.engine import encoders
from tests.bench.generated import entries as generated

T = TypeVar("T")
QUESTIONS = 10_000
SAMPLE = 1_000  # questions that are asked twice whether they can have moved or not
LETTERED = 3_000  # compared by letters
TICK_S = 0.005
DECIDES = Deciding(Thresholds(answer=70.0))


def measure(count: int = QUESTIONS) -> dict[str, object]:
    """Times in seconds of the wall, and of the processor (cpu_s: of all cores together); lags in milliseconds, shares 0..1."""
    model = encoders()
    made = desk(count // 2)
    asked = [Question(one.text, one.lang) for one in (*made.answered, *made.unanswered)]
    matcher = Matcher(made.known, model)
    found: dict[str, object] = {"questions": len(asked), "encoder": model.version if model else None}
    for name, changed in edits(made).items():
        _say(f"rehearsal: {name}")
        found[f"rehearsal_{name}"] = _rehearsed(matcher, changed, asked)
    _say("rehearsal: waiting")
    found["rehearsal_waiting_ms"] = asyncio.run(_lag(lambda rest: rehearse(matcher, edits(made)["retired"], asked, DECIDES, rest)))
    if model is not None:
        _say("rehearsal: 10,000 entries")
        found["rehearsal_of_10,000_entries"] = _large(model, asked)
        found["gaps"] = gaps(desk(count).unanswered, model)
    return found


def edits(made: Desk) -> dict[str, list[Entry]]:
    """The edits that are rehearsed: an entry is written, shortened, retired."""
    known = made.known[3]
    return {
        "written": [made.missing],
        "shortened": [replace(known, texts=tuple(replace(text, phrasings=text.phrasings[::2]) for text in known.texts))],
        "retired": [replace(made.known[7], retired=True)],
    }


def _rehearsed(matcher: Matcher, changed: Sequence[Entry], asked: Sequence[Question]) -> dict[str, object]:
    fresh = matcher.copy()
    cpu = time.process_time()
    took, found = _timed(lambda: rehearse(fresh, changed, asked, DECIDES))
    cpu = time.process_time() - cpu
    sample = random.Random(SEED).sample(list(asked), min(SAMPLE, len(asked)))
    took_all, right = _timed(lambda: _all_twice(matcher, changed, sample))
    told = {one.question.text for one in found.changes}
    crossed = [text for text, apart in right.items() if text not in told]
    return {
        "seconds": round(took, 1), "cpu_s": round(cpu, 1), "compared": found.compared, "changes": len(found.changes),
        **{kind: len(found.of(kind)) for kind in ("answered", "lost", "taken")},
        "baseline_all_twice_seconds": round(took_all * len(asked) / len(sample), 1), "changes_in_sample": len(right), "missed_in_sample": len(crossed),
        "missed_moved_by_points_at_most": round(max((right[text] for text in crossed), default=0.0), 1),
    }  # fmt: skip


def _all_twice(matcher: Matcher, changed: Sequence[Entry], asked: Sequence[Question]) -> dict[str, float]:
    """The questions that stand otherwise, and by how many points their score moved."""
    after = matcher.copy()
    for entry in changed:
        after.put(entry)
    after.read()
    found = {}
    for question in asked:
        was, will = DECIDES(matcher, question.text, question.lang), DECIDES(after, question.text, question.lang)
        if was.decision != will.decision or (was.decision == "answer" and _first(was) != _first(will)):
            found[question.text] = abs(_score(was) - _score(will))
    return found


def _first(verdict: Verdict) -> str:
    return verdict.matches[0].entry_id if verdict.matches else ""


def _score(verdict: Verdict) -> float:
    return verdict.matches[0].score if verdict.matches else 0.0


def _large(model: Encoders, asked: Sequence[Question]) -> dict[str, object]:
    """An entry of 10,000 shortened."""
    known = generated(10_000)
    matcher = Matcher(known, model)
    longer = replace(known[5], texts=(replace(known[5].texts[0], phrasings=(*known[5].texts[0].phrasings, asked[0].text)),))
    took, found = _timed(lambda: rehearse(matcher, [longer], asked, DECIDES))
    return {"seconds": round(took, 1), "compared": found.compared, "copy_ms": round(1000 * _timed(matcher.copy)[0])}


# ------------------------------------------------------------------------------------------------------------------- gaps
def gaps(asked: Sequence[Past], model: Encoders) -> dict[str, object]:
    """Questions about articles that nobody wrote, put together. kind: share of questions in a group most of which ask for the same; whole: of each article's
    questions, the share in its greatest group; languages: in the ten greatest groups."""
    texts = [one.text for one in asked]
    read_s, vectors = _timed(lambda: np.concatenate([model.general.encode(texts[n : n + 256]) for n in range(0, len(texts), 256)]))
    cpu = time.process_time()
    took, found = _timed(lambda: clusters(vectors))
    cpu = time.process_time() - cpu
    letters_s, by_letters = _timed(lambda: clusters(lettered(texts[:LETTERED]), near=LETTERS))
    waiting = asyncio.run(_lag(lambda rest: clusters(vectors, progress=lambda done, whole: rest("", done, whole))))
    return {
        "questions": len(texts), "read_s": round(read_s, 1), "seconds": round(took, 1), "cpu_s": round(cpu, 1), **_quality(asked, found), "waiting_ms": waiting,
        "baseline_letters": {"questions": min(LETTERED, len(texts)), "seconds": round(letters_s, 1), **_quality(asked[:LETTERED], by_letters)},
    }  # fmt: skip


def _quality(asked: Sequence[Past], found: Sequence[Cluster]) -> dict[str, float]:
    kinds = [Counter(asked[place].topic for place in one.members) for one in found]
    whole = Counter(one.topic for one in asked)
    best = {topic: max(kind[topic] for kind in kinds) for topic in whole}
    return {
        "groups": len(found), "kind": round(sum(max(kind.values()) for kind in kinds) / len(asked), 2),
        "whole": round(float(np.mean([best[topic] / whole[topic] for topic in whole])), 2),
        "languages": round(float(np.mean([len({asked[place].lang for place in one.members}) for one in found[:10]])), 1),
    }  # fmt: skip


# ---------------------------------------------------------------------------------------------------------------- waiting
async def _lag(work: Callable[[Callable[[str, int, int], None]], object]) -> dict[str, float]:
    """How late an event loop is woken while the work goes on in a thread."""
    late: list[float] = []

    async def watch() -> None:
        while True:
            wanted = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            late.append(1000 * (time.perf_counter() - wanted))

    watching = asyncio.create_task(watch())
    with polite():
        await asyncio.to_thread(work, lambda stage, done, whole: time.sleep(REST_S))
    watching.cancel()
    return {"p50": round(float(np.percentile(late, 50)), 1), "p99": round(float(np.percentile(late, 99)), 1), "most": round(max(late), 1)}


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
