"""The matching table: right, silent when unsure, fast; each line beside the baselines of the same run.

`SETS=folder python -m tests.bench matching`; without SETS the sample articles are measured, which says little: they are few and our own.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from kb.encoders import Encoders
from kb.entries import Entry
from kb.evaluate import build
from kb.labelled import Query
from kb.metrics import selective
from tests.bench import scale, targets
from tests.bench.baselines import LEXICAL, Baseline, Found, nearest
from tests.bench.engine import asked, encoders, firstline
from tests.bench.sets import View, samples, views
from tests.bench.targets import Figures, Target

OURS = "Firstline"
WORDS_ALONE = "Firstline, words alone"
MISTYPED = ("clinc150.k10", "banking77.k10", "sample.same")
TAUGHT = ("banking77.k5",)
LESSONS = 200  # questions an agent resolved with the right entry, approved as phrasings
SEED = 20_26
SHOWN = ("acc", "cov5", "cov2", "auroc", "aurc")
STYLE = {"reach": "bold green", "pass": "green", "below": "bold red", "-": "dim"}


@dataclass
class Results:
    """figures: view -> system -> figures. scores: view -> what Firstline's score was and whether its best entry was right. cost: see tests.bench.scale."""

    figures: dict[str, dict[str, Figures]] = field(default_factory=dict)
    scores: dict[str, tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]] = field(default_factory=dict)
    cost: dict[str, dict[str, float]] = field(default_factory=dict)
    note: str = ""


def measure(folder: str | None, only: Sequence[str] = (), sizes: bool = True) -> Results:
    """Everything; folder: the sets, see tests.bench.sets. only: how the names of the wanted views begin. sizes: also time and memory at 10,000 entries."""
    results, model = Results(), encoders()
    systems = _systems(model)
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
            _compare(view.with_typos(), systems, results)
    if sizes:
        _say("10,000 entries")
        large = scale.measured(10_000, 1)
        _say("100,000 phrasings")
        results.cost = {"large": large, "huge": scale.measured(10_000, 10)}
    return results


def _systems(model: Encoders | None) -> dict[str, Baseline]:
    if model is None:
        return {**LEXICAL, OURS: firstline(None)}
    return {**LEXICAL, "encoder, nearest": nearest(model.general), WORDS_ALONE: firstline(None), OURS: firstline(model)}


def _compare(view: View, systems: Mapping[str, Baseline], results: Results) -> None:
    for name, system in systems.items():
        began = perf_counter()
        found = system(view)
        _note(view.name, name, view.queries, found, results)
        _say(f"{view.name}: {name}, {perf_counter() - began:.1f} s")


def _note(view: str, system: str, queries: Sequence[Query], found: Found, results: Results) -> None:
    best, score = found
    expected = [one.expected for one in queries]
    results.figures.setdefault(view, {})[system] = selective(best, score, expected)
    if system == OURS:
        inside = np.array([one is not None for one in expected], bool)
        results.scores[view] = (score, inside & np.array([a == b for a, b in zip(best, expected, strict=True)], bool), inside)


def _teach(view: View, model: Encoders | None, results: Results) -> None:
    """Some questions become phrasings of their entries, one after the other, in the matcher that is at work; the others are asked before and after."""
    queries = random.Random(SEED).sample(view.queries, len(view.queries))
    inside = [one for one in queries if one.expected is not None]
    lessons, rest = inside[:LESSONS], [*inside[LESSONS:], *(one for one in queries if one.expected is None)]
    matcher = build(view.entries, model)
    _note(f"{view.name}.before", OURS, rest, asked(matcher, rest), results)
    known: dict[str, Entry] = {entry.id: entry for entry in view.entries}
    for lesson in lessons:
        entry = known[str(lesson.expected)]
        text = entry.texts[0]
        if lesson.text not in (text.question, *text.phrasings):
            known[entry.id] = replace(entry, texts=(replace(text, phrasings=(*text.phrasings, lesson.text)), *entry.texts[1:]))
            matcher.put(known[entry.id])
    matcher.read()  # as the product does after each, in a thread of its own
    _note(f"{view.name}.after", OURS, rest, asked(matcher, rest), results)
    _say(f"{view.name}: {len(lessons)} lessons")


def lines(results: Results) -> Iterator[tuple[Target, str, float | None, float]]:
    """The lines of the table there are values for: target, best baseline's name and value, ours."""
    for wanted, values in ((targets.QUALITY, targets.quality(results.figures)), (targets.COST, targets.cost(**results.cost) if results.cost else {})):
        ours = values.pop(OURS, {})
        for target in wanted:
            if target.name in ours:
                name = _best(target, {name: of for name, of in values.items() if target.name in of and name != WORDS_ALONE})
                yield target, name, values[name][target.name] if name else None, ours[target.name]


def _best(target: Target, rivals: Mapping[str, Mapping[str, float]]) -> str:
    """The rival to show, "" for none. Of a loss the one that is best after it: who has nothing to lose loses little."""
    lost = target.name.removesuffix(" typo loss")
    if lost != target.name:
        return max(rivals, key=lambda name: rivals[name][f"{lost}.typos acc"], default="")
    return (min if target.lower else max)(rivals, key=lambda name: rivals[name][target.name], default="")


def told(results: Results) -> dict[str, Any]:
    """All of it as plain values."""
    table = [
        {"line": target.name, "baseline": value, "of": name, "firstline": ours, "pass": target.passed, "reach": target.reach, "mark": target.mark(ours)}
        for target, name, value, ours in lines(results)
    ]
    return {"note": results.note, "table": table, "views": results.figures, "cost": results.cost}


def show(results: Results) -> None:
    """Both tables on standard output: the views with every system, then the lines that have a target."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    if results.note:
        console.print(f"note: {results.note}")
    table = Table("View", "System", *(f"{name} %" for name in SHOWN), box=None, pad_edge=False)
    for view, systems in results.figures.items():
        for at, (system, figures) in enumerate(systems.items()):
            table.add_row("" if at else view, system, *(_percent(figures.get(name)) for name in SHOWN), end_section=at == len(systems) - 1)
    console.print(table)
    table, marks = Table("Figure", "Best baseline", "", "Firstline", "Pass", "Reach", "Mark", box=None, pad_edge=False), list[str]()
    for target, name, value, ours in lines(results):
        mark = target.mark(ours)
        marks.append(mark)
        sign = "≤ " if target.lower else "≥ "
        limits = [f"{sign}{limit:g}" if limit is not None else "" for limit in (target.passed, target.reach)]
        table.add_row(target.name, "" if value is None else f"{value:.1f}", name, f"{ours:.1f}", *limits, f"[{STYLE[mark]}]{mark}[/]")
    if marks:
        console.print()
        console.print(table)
        console.print(f"\n{marks.count('below')} below, {marks.count('pass')} pass, {marks.count('reach')} reach")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _say(what: str) -> None:
    """What is being done, for whoever waits at a terminal."""
    if sys.stderr.isatty() or os.environ.get("VERBOSE"):
        print(what, file=sys.stderr)
