"""What the matcher is measured on: public question sets from a folder, or our own sample articles; and typos.

The folder (environment variable SETS) has a folder a set with `entries.jsonl` (id, lang, question, phrasings, phrasings5 where a set has a
published 5-shot draw) and `queries.jsonl` (text, lang, expected). It lies outside the repository: none of its texts is copied here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import kb
from kb.entries import Entry, Text
from kb.labelled import Query, read_queries
from kb.lexicon import LANGUAGES
from kb.loader import load

OTHERS = tuple(lang for lang in LANGUAGES if lang != "en")
HELD_OUT = 5  # every so many sample articles one is left out whole: its phrasings are what nothing answers
TYPED_WRONG = 1 / 3  # share of the words that get a slip
SHORTEST = 4  # letters of a word that may
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
NEIGHBOURS = {key: row[max(0, at - 1) : at] + row[at + 1 : at + 2] for row in _ROWS for at, key in enumerate(row)}


@dataclass(frozen=True, slots=True)
class View:
    """One task: answer these questions from these entries."""

    name: str
    entries: tuple[Entry, ...]
    queries: tuple[Query, ...]

    def with_typos(self) -> View:
        """The same questions, mistyped."""
        return replace(self, name=f"{self.name}.typos", queries=tuple(replace(one, text=typo(one.text)) for one in self.queries))


@dataclass(frozen=True, slots=True)
class Spec:
    """How a set becomes a view.

    k: phrasings an entry, None all of them; 5 is the published draw where there is one. question: whether it is one (in intent sets it is a label).
    asked: languages of the questions; entries: those of the entries; empty: all.
    """

    name: str
    folder: str
    k: int | None = None
    question: bool = False
    entries: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


SPECS = (
    Spec("clinc150.k10", "clinc150", k=10),
    Spec("banking77.k10", "banking77", k=10),
    Spec("banking77.k5", "banking77", k=5),
    Spec("hwu64.k10", "hwu64", k=10),
    Spec("banking50_oos.k10", "banking50_oos", k=10),
    Spec("stackfaq.k0", "stackfaq", k=0, question=True),
    Spec("hint3_sofmattress", "hint3_sofmattress"),
    Spec("hint3_curekart", "hint3_curekart"),
    Spec("hint3_powerplay11", "hint3_powerplay11"),
    Spec("nlpjs.cross", "nlpjs_multi", question=True, entries=("en",), asked=("es", "it", "fr")),
    Spec("realfaq.cross", "realfaq_parallel", question=True, entries=("en",), asked=OTHERS),
    Spec("home.cross", "home_multi", entries=("en",), asked=OTHERS),
    Spec("xsid.cross", "xsid_multi", entries=("en",), asked=("de", "it")),
    *(Spec(f"nlpjs.same.{lang}", "nlpjs_multi", question=True, entries=(lang,), asked=(lang,)) for lang in ("en", "es", "it")),
    *(Spec(f"home.same.{lang}", "home_multi", entries=(lang,), asked=(lang,)) for lang in LANGUAGES),
)  # fmt: skip


def views(folder: Path, only: Sequence[str] = ()) -> Iterator[View]:
    """The views whose set is in the folder. only: names, or how they begin."""
    for spec in SPECS:
        if (folder / spec.folder / "entries.jsonl").is_file() and (not only or any(spec.name.startswith(name) for name in only)):
            yield _view(spec, folder / spec.folder)


def _view(spec: Spec, folder: Path) -> View:
    rows = [json.loads(row) for row in (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()]
    entries = [_entry(row, spec) for row in rows if not spec.entries or row["lang"] in spec.entries]
    ids = {entry.id for entry in entries}
    asked = [one for one in read_queries(folder / "queries.jsonl") if not spec.asked or one.lang in spec.asked]
    return View(spec.name, tuple(entries), tuple(one for one in asked if one.expected is None or one.expected in ids))


def _entry(row: dict[str, Any], spec: Spec) -> Entry:
    phrasings = row["phrasings5"] if spec.k == 5 and row.get("phrasings5") else row["phrasings"][: spec.k]
    ways = list(dict.fromkeys([row["question"], *phrasings] if spec.question else phrasings))
    return Entry(row["id"], (Text(row["lang"], ways[0], row.get("answer") or "", tuple(ways[1:])),))


def samples() -> list[View]:
    """The sample articles: an entry's last phrasing in each language is asked, and of every fifth article nothing is known."""
    known, same, cross = list[Entry](), list[Query](), list[Query]()
    for number, entry in enumerate(load(Path(kb.__file__).parent / "articles")):
        left_out = number % HELD_OUT == 0
        asked = [Query(text.phrasings[-1], text.lang, None if left_out else entry.id) for text in entry.texts if text.phrasings]
        same.extend(asked)
        cross.extend(one for one in asked if one.lang != "en")
        if not left_out:
            known.append(replace(entry, texts=tuple(replace(text, phrasings=text.phrasings[:-1]) for text in entry.texts)))
    english = [replace(entry, texts=tuple(text for text in entry.texts if text.lang == "en")) for entry in known]
    return [View("sample.same", tuple(known), tuple(same)), View("sample.cross", tuple(english), tuple(cross))]


def typo(text: str, seed: int = 0) -> str:
    """One slip of the finger (swap, drop, double, neighbouring key) in a third of the words of four letters or more, in one of them at least.

    The same text and seed always slip in the same way.
    """
    picks = random.Random(crc32(text.encode("utf-8", "replace")) ^ seed)
    words = text.split(" ")
    long = [at for at, word in enumerate(words) if sum(letter.isalpha() for letter in word) >= SHORTEST]
    slipped = {at for at in long if picks.random() < TYPED_WRONG} or set(long and [picks.choice(long)])
    return " ".join(_slip(word, picks) if at in slipped else word for at, word in enumerate(words))


def _slip(word: str, picks: random.Random) -> str:
    at = picks.randrange(len(word) - 1)
    before, here, after, rest = word[:at], word[at], word[at + 1], word[at + 2 :]
    kind = picks.choice(("swap", "drop", "double", "neighbour"))
    if kind == "swap":
        return before + after + here + rest
    if kind == "drop":
        return before + after + rest
    if kind == "double":
        return before + here + here + after + rest
    return before + picks.choice(NEIGHBOURS.get(here.lower(), "e")) + after + rest
