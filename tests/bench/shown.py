"""What the bench found about the matcher, as tables for people and as plain values for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench import targets
from tests.bench.matching import OURS, SLOW, SLOW_ASKED, WORDS_ALONE, Results
from tests.bench.promise import DRAWS
from tests.bench.targets import Target

SHOWN = ("acc", "cov10", "cov5", "cov2", "auroc", "aurc")
STYLE = {"reach": "bold green", "pass": "green", "below": "bold red", "-": "dim"}


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
    kept = [asdict(row) | {"mark": targets.promise_mark(row.kept, row.coverage)} for row in results.promised]
    return {"note": results.note, "table": table, "views": results.figures, "promise": kept, "cost": results.cost}


def show(results: Results) -> None:
    """Both tables on standard output: the views with every system, then the lines that have a target."""
    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    if results.note:
        console.print(f"note: {results.note}")
    table = Table("View", "System", *(f"{name} %" for name in SHOWN), box=None, pad_edge=False)
    for view, systems in results.figures.items():
        for at, (system, figures) in enumerate(systems.items()):
            label = f"{system} *" if system in SLOW else system
            table.add_row("" if at else view, label, *(_percent(figures.get(name)) for name in SHOWN), end_section=at == len(systems) - 1)
    console.print(table)
    console.print(f"* asked {SLOW_ASKED} of the questions at most, always the same ones: it is slow")
    table, marks = Table("Figure", "Best baseline", "", "Firstline", "Pass", "Reach", "Mark", box=None, pad_edge=False), list[str]()
    for target, name, value, ours in lines(results):
        mark = target.mark(ours)
        marks.append(mark)
        sign = "≤ " if target.lower else "≥ "
        limits = [f"{sign}{limit:g}" if limit is not None else "" for limit in (target.passed, target.reach)]
        label = f"{name} *" if name in SLOW else name
        table.add_row(target.name, "" if value is None else _short(value), label, _short(ours), *limits, f"[{STYLE[mark]}]{mark}[/]")
    if marks:
        console.print()
        console.print(table)
    if results.promised:
        console.print(f"\n5 % wrong promised, learned from 200 outcomes (of fewer than 400 questions: half) and seen on the others, {DRAWS} draws:")
        console.print(_promises(results, marks))
    if marks:
        console.print(f"\n{marks.count('below')} below, {marks.count('pass')} pass, {marks.count('reach')} reach")


def _promises(results: Results, marks: list[str]) -> Table:
    """A line a set; its marks are added to the others."""
    table = Table("Set", "Questions", "Best cov5 %", "Kept in % of draws", "Of the best cov %", "Wrong %", "Mark", box=None, pad_edge=False)
    for row in results.promised:
        mark = targets.promise_mark(row.kept, row.coverage)
        marks.append(mark)
        table.add_row(row.set, str(row.questions), *map(_percent, (row.best_coverage, row.kept, row.coverage, row.wrong)), f"[{STYLE[mark]}]{mark}[/]")
    return table


def _short(value: float) -> str:
    """With as many digits as say something."""
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"
