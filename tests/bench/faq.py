"""FAQ query time and hits, beside rapidfuzz `extractOne` over the same phrasings.

Entries and questions are generated from a fixed seed: help-desk-like sentences from parts, so that many entries differ by a word or two. Half of
the questions are an entry's with one slip of the finger, a small word dropped and a greeting; half are about something else.
"""
from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from time import perf_counter, process_time

from rapidfuzz import fuzz, process

from kb.entries import Entry, Text
from kb.language import detect
from kb.matching import Matcher
from kb.text import normalise

SEED = 20_26
QUESTIONS = 400  # a size
BASELINE_QUESTIONS = 40  # extractOne needs tens of milliseconds each


def _listed(text: str, mark: str) -> list[str]:
    return text.split(mark)


_VERBS = _listed("reset install update remove order share print scan connect restart configure renew cancel export import archive move copy lock unlock "
          "enable disable merge sync restore forward encrypt book request return", " ")
_THINGS = _listed("password printer laptop mailbox calendar badge monitor headset keyboard phone tunnel certificate license folder spreadsheet invoice "
           "contract backup camera scanner dashboard report account profile signature projector whiteboard parking desk locker webcam firewall "
           "router tablet charger dock cable adapter voicemail newsletter survey timesheet payslip", " ")
_KINDS = _listed("shared personal temporary company external internal old new broken second virtual wireless remote local guest archived private public "
          "regional monthly", " ")
_PLACES = _listed("from home|in the office|on my phone|on the train|for a colleague|for a visitor|at a customer|on a mac|on linux|in the branch|for my team|"
           "before my holiday|after an update|without admin rights|in the browser", "|")
_ASKS = _listed("How do I {} ?|Can I {} ?|What do I need to {} ?|I want to {}|Who can {} ?|Is it allowed to {} ?|Where can I {} ?|Help me {}", "|")
_ELSEWHERE = _listed("what is the capital of sweden|tell me a joke about penguins|is it going to rain on sunday|how many calories has a banana|"
              "my neighbour plays the trumpet at night|who won the match yesterday|translate good evening into latin|"
              "the soup in the canteen was cold again|which film should we watch|how tall is the tower in paris", "|")


def entries(count: int, seed: int = SEED) -> list[Entry]:
    """That many different entries, three phrasings each."""
    picks, made = random.Random(seed), dict[str, Entry]()
    while len(made) < count:
        verb, kind, thing, place = (picks.choice(words) for words in (_VERBS, _KINDS, _THINGS, _PLACES))
        key = f"{verb}-{kind}-{thing}-{place}"
        task = f"{verb} the {kind} {thing} {place}"
        ways = tuple(picks.choice(_ASKS).format(task) for _ in range(2))
        made[key] = Entry(f"e{len(made)}", (Text("en", f"How do I {task}?", f"Open the page of the {thing}.", ways),)) if key not in made else made[key]
    return list(made.values())


def questions(known: Sequence[Entry], count: int, seed: int = SEED) -> list[tuple[str, str | None]]:
    """(question, id of the right entry or None)."""
    picks, made = random.Random(seed + 1), list[tuple[str, str | None]]()
    for number in range(count):
        if number % 2:
            made.append((f"{picks.choice(_ELSEWHERE)} {picks.choice(_KINDS)}", None))
        else:
            entry = picks.choice(known)
            made.append(("hello, " + _with_slip(entry.texts[0].question, picks), entry.id))
    return made


def _with_slip(question: str, picks: random.Random) -> str:
    words = question.rstrip("?").split()
    del words[picks.choice([0, 1, 2, 4])]  # a small word
    at = picks.choice([place for place, word in enumerate(words) if len(word) > 4] or [max(range(len(words)), key=lambda place: len(words[place]))])
    spot = picks.randrange(1, len(words[at]) - 1)
    words[at] = words[at][:spot] + words[at][spot + 1] + words[at][spot] + words[at][spot + 2:]
    return " ".join(words)


def measure(sizes: Sequence[int] = (100, 1000, 10_000)) -> list[dict[str, float]]:
    """One row a size: entries, index_s, ours p50/p99 (CPU ms a question), those of the detection of its language, extract_one_p50_ms, top1 of both over
    their questions in scope."""
    return [_row(size) for size in sizes]


def _row(size: int) -> dict[str, float]:
    known = entries(size)
    asked = questions(known, QUESTIONS)
    began = perf_counter()
    matcher = Matcher(known)
    matcher.rank("warm up")
    index_s = perf_counter() - began
    ways = {f"{entry.id} {n}": normalise(way) for entry in known for n, way in enumerate((entry.texts[0].question, *entry.texts[0].phrasings))}

    def ours(question: str) -> str | None:
        ranked = matcher.rank(question)
        return ranked[0].entry_id if ranked else None

    def theirs(question: str) -> str | None:
        found = process.extractOne(normalise(question), ways, scorer=fuzz.WRatio)
        return str(found[2]).split()[0] if found else None

    _timed(ours, questions(known, 40, SEED + 7))  # others than those that are counted
    times, top1 = _timed(ours, asked)
    detect_times, _ = _timed(detect, asked)
    slow_times, slow_top1 = _timed(theirs, asked[:BASELINE_QUESTIONS])
    return {"entries": size, "index_s": round(index_s, 2), "p50_ms": _at(times, 0.5), "p99_ms": _at(times, 0.99), "top1": top1,
            "detect_p50_ms": _at(detect_times, 0.5), "detect_p99_ms": _at(detect_times, 0.99),
            "extract_one_p50_ms": _at(slow_times, 0.5), "extract_one_top1": slow_top1}


def _timed(match: Callable[[str], str | None], asked: Sequence[tuple[str, str | None]]) -> tuple[list[float], float]:
    times, hits = [], 0
    for question, right in asked:
        began = process_time()
        found = match(question)
        times.append((process_time() - began) * 1000)
        hits += right is not None and found == right
    return sorted(times), round(hits / max(1, sum(right is not None for _, right in asked)), 3)


def _at(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3)


if __name__ == "__main__":
    for row in measure():
        print(json.dumps(row))
