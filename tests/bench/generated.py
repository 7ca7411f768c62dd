"""Knowledge bases of any size, and questions for them, from a fixed seed.

Help-desk-like sentences from parts, so that many entries differ by a word or two. Half of the questions are an entry's with one slip of the
finger, a small word dropped and a greeting; half are about something else.
"""
from __future__ import annotations

import random
from collections.abc import Sequence

from kb.entries import Entry, Text

SEED = 20_26


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
_ASKS = _listed("how would I {} ?|Can I {} ?|What do I need to {} ?|I want to {}|Who can {} ?|Is it allowed to {} ?|Where can I {} ?|Help me {}|"
          "I have to {} but it fails|steps to {}", "|")
_ELSEWHERE = _listed("what is the capital of sweden|tell me a joke about penguins|is it going to rain on sunday|how many calories has a banana|"
              "my neighbour plays the trumpet at night|who won the match yesterday|translate good evening into latin|"
              "the soup in the canteen was cold again|which film should we watch|how tall is the tower in paris", "|")


def entries(count: int, seed: int = SEED, ways: int = 3) -> list[Entry]:
    """That many different entries with so many different ways to ask each, the question among them; ways: 1..11."""
    picks, made = random.Random(seed), dict[str, Entry]()
    while len(made) < count:
        verb, kind, thing, place = (picks.choice(words) for words in (_VERBS, _KINDS, _THINGS, _PLACES))
        key = f"{verb}-{kind}-{thing}-{place}"
        task = f"{verb} the {kind} {thing} {place}"
        others = tuple(ask.format(task) for ask in picks.sample(_ASKS, ways - 1))
        if key not in made:
            made[key] = Entry(f"e{len(made)}", (Text("en", f"How do I {task}?", f"Open the page of the {thing}.", others),))
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
