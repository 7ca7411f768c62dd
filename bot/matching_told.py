"""What `kb ask` and `kb evaluate` found, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bot.console import complain, say, say_table

if TYPE_CHECKING:
    from kb.confusion import Theft
    from kb.evaluate import Evaluation, Outcome
    from kb.foresight import Foresight

LIKELY = 0.005  # languages less probable than that are not shown
STOLEN = 20  # lines of the list of thefts on a terminal; --json has them all
LABELS = {  # the figures in the order and words in which people read them
    "queries": "questions", "in_scope": "an entry answers them", "out_of_scope": "nothing answers them",
    "top1": "best entry is right (of those an entry answers)", "answered": "answered at once by a new desk", "coverage": "coverage: answered, of all",
    "wrong": "answered wrongly", "wrong_rate": "wrong, of those answered", "suggested": "several offered",
    "coverage_at_5": "right answers possible with 5 % wrong", "coverage_at_2": "right answers possible with 2 % wrong",
    "aurc": "risk-coverage area (0 is best)", "oos_auroc": "tells in scope from out of scope (1 is best)", "p50_ms": "median time, ms",
    "p99_ms": "99 % within, ms", "index_s": "building the index, s", "rss_mb": "memory, MB"}  # fmt: skip
SHARES = frozenset({"top1", "coverage", "wrong_rate", "coverage_at_5", "coverage_at_2"})


def say_verdict(told: Mapping[str, Any], known: int) -> None:
    """The decision with its reason, then the nearest entries with theirs. told: as `kb ask --json` prints it."""
    likely = ", ".join(f"{lang} {share:.0%}" for lang, share in told["languages"].items() if share >= LIKELY)
    say(f"{told['decision'].replace('_', ' ')}: {told['why']}")
    say(f"asked in {told['lang']} (by the words: {likely}), {known} entries, {_reading(told)}")
    say(_evidence(**told["evidence"]))
    for note in told["notes"]:
        say(f"note: {note}")
    if told["entries"]:
        say()
        rows = [(e["id"], f"{e['score']:.1f}", "yes" if e["known"] else "", e["lang"], e["phrasing"], "; ".join(e["reasons"])) for e in told["entries"]]
        say_table(("Entry", "Score", "Known", "Lang", "Nearest phrasing", "Why"), rows)


def _reading(told: Mapping[str, Any]) -> str:
    """What the sentence encoder had to do with it."""
    if not told["encoder"]:
        return "without the sentence encoder"
    return "with the sentence encoder, which read the question" if told["encoded"] else "with the sentence encoder, which was not needed"


def _evidence(outcomes: int, answered: int, wrong: int, wrong_at_most: float, score: float | None = None) -> str:
    """What the score from which the desk answers rests on. score: the best entry's after what became of like questions."""
    allowed = f"at most {100 * wrong_at_most:g} % wrong"
    if not answered:
        return f"no evidence yet ({outcomes} questions with a known outcome) to answer more than known phrasings, {allowed}"
    like = "" if score is None else f"; what became of like questions makes the best entry's score {score:.1f}"
    return f"learned, {allowed}: of {outcomes} questions with a known outcome {answered} score as high as an answer must, {wrong} of them wrong{like}"


def say_apart(found: Evaluation, file: str) -> None:
    """A line on standard error about labels that no entry has."""
    if found.apart:
        ids = list(dict.fromkeys(str(one.query.expected) for one in found.apart))
        named = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        complain(f"questions left out of the figures, since they expect an entry that is not in {file}: {len(found.apart)} ({named})")


def say_figures(figures: Mapping[str, Any]) -> None:
    """A table: the whole, and each language when there are several."""
    from kb.explain import NO_ENCODER

    by_lang = figures["by_lang"] if len(figures["by_lang"]) > 1 else {}
    rows = [(label, *(_readable(name, of.get(name)) for of in (figures, *by_lang.values()))) for name, label in LABELS.items()]
    say_table(("", "All", *(lang or "no language" for lang in by_lang)), rows)
    if not figures["encoder"]:
        say(f"note: {NO_ENCODER}")


def say_learned(learned: Foresight) -> None:
    """The promise in words: what was learned on halves of the questions and seen on the others, and the most that was possible."""
    say()
    allowed = f"{100 * learned.wrong_at_most:g} %"
    if learned.threshold is None:
        say(f"With at most {allowed} wrong: these questions are too few, or too often answered wrongly, to learn from which score to answer.")
    else:
        say(f"With at most {allowed} wrong: having learned from these questions, the desk would answer from a score of {learned.threshold:.1f}.")
    if learned.coverage is not None and learned.kept is not None:
        wrong = "no answers" if learned.wrong_rate is None else f"{100 * learned.wrong_rate:.1f} % of the answers wrong"
        say(
            f"Learned from halves of them and seen on the others: {100 * learned.coverage:.1f} % of what is in scope answered rightly, {wrong}, "
            f"the promise kept in {100 * learned.kept:.0f} % of the halves; {100 * (learned.best_coverage or 0):.1f} % is the most that was possible."
        )


def _readable(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.1f} %" if name in SHARES else f"{value:g}"


def say_confusion(stolen: Sequence[Theft], near: Mapping[str, Sequence[Outcome]]) -> None:
    """Both lists; see kb.confusion."""
    if stolen:
        say()
        rows = [
            (one.stolen_from, one.by, f"{one.times} of {one.asked}", one.example.query.text, f"{one.example.score:.1f}", one.example.phrasing)
            for one in stolen[:STOLEN]
        ]
        more = f"; {len(stolen) - STOLEN} more with --json" if len(stolen) > STOLEN else ""
        say_table(("Entry", "Taken by", "Questions", "For example", "Score", "Phrasing of the taker"), rows, title=f"Which entries take whose questions{more}")
    for lang, them in near.items():
        say()
        shown = [(one.best, f"{one.score:.1f}", one.query.text, one.phrasing) for one in them]
        say_table(("Entry", "Score", "Question", "Nearest phrasing"), shown, title=f"Nothing answers these, but an entry comes near ({lang or 'no language'})")
