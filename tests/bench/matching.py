"""The matching table: right, silent when unsure, fast; each line beside the baselines of the same run.

`SETS=folder python -m tests.bench matching`; without SETS the sample articles are measured, which says little: they are few and our own.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from kb.encoders import Encoders
from kb.entries import Entry
from kb.evaluate import build
from kb.judging import NEARLY
from kb.labelled import Query
from kb.lexicon import LANGUAGES
from kb.metrics import selective
from kb.precedents import Precedent, Precedents
from tests.bench import promise, scale
from tests.bench.baselines import LEXICAL, Baseline, Found, nearest
from tests.bench.engine import Vectors, asked, encoders, firstline
from tests.bench.promise import Row, Scored
from tests.bench.sets import View, samples, views
from tests.bench.targets import Figures

OURS = "Firstline"
WORDS_ALONE = "Firstline, words alone"
MISTYPED = ("clinc150.k10", "banking77.k10", "sample.same")
TAUGHT = ("banking77.k5",)
SLOW = frozenset({"rapidfuzz WRatio"})  # systems that are asked no more than SLOW_ASKED questions a view, and none that are mistyped
SLOW_ASKED = 300
POOLED = {f"{family} together": tuple(f"{family}.{lang}" for lang in langs) for family, langs in
          (("home.same", LANGUAGES), ("nlpjs.same", ("en", "es", "it")))}  # too few questions to learn from one by one
LESSONS = 200  # questions an agent resolved with the right entry, approved as phrasings
SEED = 20_26


@dataclass
class Results:
    """figures: view -> system -> figures. scores: view -> Firstline's. promised: what is learned from them. cost: see tests.bench.scale.

    vectors: of the questions, by their words.
    """

    figures: dict[str, dict[str, Figures]] = field(default_factory=dict)
    scores: dict[str, Scored] = field(default_factory=dict)
    promised: list[Row] = field(default_factory=list)
    cost: dict[str, dict[str, float]] = field(default_factory=dict)
    note: str = ""
    vectors: Vectors = field(default_factory=dict)


def measure(folder: str | None, only: Sequence[str] = (), sizes: bool = True) -> Results:
    """Everything; folder: the sets, see tests.bench.sets. only: how the names of the wanted views begin. sizes: also time and memory at 10,000 entries."""
    results, model = Results(), encoders()
    systems = _systems(model, results)
    if folder:
        if not Path(folder).is_dir():
            raise SystemExit(f"SETS={folder}: there is no such folder")
        found = views(Path(folder), only)
    else:
        results.note = "SETS names no folder with the question sets: these are the bundled sample articles, a phrasing of each left out and asked"
        found = iter(samples())
    for view in found:
        if view.name in TAUGHT:
            _teach(view, model, results)
            continue
        _compare(view, systems, results)
        if view.name in MISTYPED:
            _compare(view.with_typos(), {name: system for name, system in systems.items() if name not in SLOW}, results)
    _say("the promise, 200 draws a set")
    results.promised = list(promise.rows(_learnable(results.scores), ways={"promise": promise.WAYS["promise"]}))
    if sizes:
        _say("10,000 entries")
        large = scale.measured(10_000, 1)
        _say("100,000 phrasings")
        results.cost = {"large": large, "huge": scale.measured(10_000, 10)}
    return results


def _systems(model: Encoders | None, results: Results) -> dict[str, Baseline]:
    if model is None:
        return {**LEXICAL, OURS: firstline(None)}
    return {**LEXICAL, "encoder, nearest": nearest(model.general), WORDS_ALONE: firstline(None), OURS: firstline(model, results.vectors)}


def _compare(view: View, systems: Mapping[str, Baseline], results: Results) -> None:
    for name, system in systems.items():
        began = perf_counter()
        some = view if name not in SLOW else replace(view, queries=_some(view.queries))
        _note(view.name, name, some.queries, system(some), results)
        _say(f"{view.name}: {name}, {perf_counter() - began:.1f} s")


def _some(queries: tuple[Query, ...]) -> tuple[Query, ...]:
    """A fixed sample of them."""
    return queries if len(queries) <= SLOW_ASKED else tuple(random.Random(SEED).sample(queries, SLOW_ASKED))


def _learnable(scores: Mapping[str, Scored]) -> dict[str, Scored]:
    """The sets a promise is learned on: those of a family with few questions each are one; nobody promises anything for mistyped questions alone."""
    found = {name: of for name, of in scores.items() if not name.endswith((".typos", ".after")) and not any(name in names for names in POOLED.values())}
    for family, names in POOLED.items():
        if held := {name: scores[name] for name in names if name in scores}:
            found[family] = _together(held)
    return found


def _together(held: Mapping[str, Scored]) -> Scored:
    """As one set; entries of different views stay different."""
    of = list(held.values())
    entries = [f"{name}/{entry}" for name, one in held.items() for entry in one.entries]
    vectors = [one.vectors for one in of if one.vectors is not None]
    return Scored(
        np.concatenate([one.score for one in of]), np.concatenate([one.right for one in of]), np.concatenate([one.inside for one in of]),
        entries, np.concatenate(vectors) if len(vectors) == len(of) else None)  # fmt: skip


def _note(view: str, system: str, queries: Sequence[Query], found: Found, results: Results) -> None:
    best, score = found
    expected = [one.expected for one in queries]
    results.figures.setdefault(view, {})[system] = selective(best, score, expected)
    if system == OURS:
        inside = np.array([one is not None for one in expected], bool)
        right = inside & np.array([a == b for a, b in zip(best, expected, strict=True)], bool)
        results.scores[view] = Scored(score, right, inside, [name or "" for name in best], _vectors(queries, results.vectors))


def _vectors(queries: Sequence[Query], known: Vectors) -> NDArray[np.float32] | None:
    """Those of the questions, None when there is no encoder; zeros for what was answered without it."""
    if not known:
        return None
    none = np.zeros_like(next(iter(known.values())))
    return np.stack([known.get(one.text, none) for one in queries])


def _teach(view: View, model: Encoders | None, results: Results) -> None:
    """Some questions become phrasings of their entries, one after the other, in the matcher that is at work; the others are asked before and after.

    That an agent resolved them with an entry says as well whether the best one was right when they were asked: like questions are judged by that.
    """
    queries = random.Random(SEED).sample(view.queries, len(view.queries))
    inside = [one for one in queries if one.expected is not None]
    lessons, rest = inside[:LESSONS], [*inside[LESSONS:], *(one for one in queries if one.expected is None)]
    matcher = build(view.entries, model)
    _note(f"{view.name}.before", OURS, rest, asked(matcher, rest, results.vectors), results)
    judged = _precedents(lessons, asked(matcher, lessons, results.vectors), results.vectors)
    known: dict[str, Entry] = {entry.id: entry for entry in view.entries}
    for lesson in lessons:
        entry = known[str(lesson.expected)]
        text = entry.texts[0]
        if lesson.text not in (text.question, *text.phrasings):
            known[entry.id] = replace(entry, texts=(replace(text, phrasings=(*text.phrasings, lesson.text)), *entry.texts[1:]))
            matcher.put(known[entry.id])
    matcher.read()  # as the product does after each, in a thread of its own
    best, score = asked(matcher, rest, results.vectors)
    if judged is not None:
        score = np.array([_judged(one.text, name, was, judged, results.vectors) for one, name, was in zip(rest, best, score.tolist(), strict=True)])
    _note(f"{view.name}.after", OURS, rest, (best, score), results)
    _say(f"{view.name}: {len(lessons)} lessons")


def _precedents(asked_: Sequence[Query], found: Found, vectors: Vectors) -> Precedents | None:
    """What became of these questions; those answered by a known phrasing say nothing."""
    known = [
        Precedent(score, best, best == one.expected, vectors[one.text])
        for one, best, score in zip(asked_, found[0], found[1].tolist(), strict=True)
        if best is not None and score < NEARLY and one.text in vectors
    ]
    return Precedents(known) if known else None


def _judged(text: str, best: str | None, score: float, judged: Precedents, vectors: Vectors) -> float:
    """The score after what became of like questions; known phrasings need none of it."""
    return judged.score(score, best, vectors[text]) if best is not None and score < NEARLY and text in vectors else score


def _say(what: str) -> None:
    """What is being done, for whoever waits."""
    print(what, file=sys.stderr, flush=True)
