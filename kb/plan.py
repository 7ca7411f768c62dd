"""What an import would do to what is there: which entries are new or changed, and which ask again what another entry answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kb.entries import AUDIENCES, MAX_PHRASINGS, Entry, Text, problems
from kb.merging import differing, fields
from kb.opposites import denied
from kb.text import normalise

Handling = Literal["merge", "skip", "keep"]
"""Of an entry that asks again what another answers. merge: its ways to ask, and languages that are missing there, go into the other one, whose answers
stay. skip: it is left out. keep: both are there."""
Vectors = Callable[[Sequence[str]], NDArray[np.float32] | None]
"""What questions mean, a unit row each; None while words decide alone."""

SAME = 0.9  # cosine from which two questions are proposed as one: of 28,000 pairs of different sample questions none is above 0.86
SHORT = 48  # characters of a changed text that are shown
_ROWS = 2048  # questions compared with all others at a time: 80 MB for 10,000


@dataclass(frozen=True, slots=True)
class Duplicate:
    """entry: the one that arrives. of: the id of the one that it repeats. way: its words, other: theirs. meaning: 0 when the words are the same, else how
    near they mean the same, up to 1. settled: it was merged before, and has nothing to add.
    """

    entry: Entry
    of: str
    lang: str
    way: str
    other: str
    meaning: float = 0.0
    settled: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the plan. into: of "merged" the id it goes into; else the one that it repeats, "" of most."""

    id: str
    kind: Literal["new", "changed", "unchanged", "merged", "skipped"]
    into: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """steps: what becomes of each entry that arrives, in order, then of each that something is merged into. entries: what to publish, as it shall be.

    was: the present version of those that change. duplicates: all that were found. clashes: (id, other id, way): one way to ask that two entries will have.
    """

    steps: tuple[Step, ...]
    entries: tuple[Entry, ...]
    was: Mapping[str, Entry]
    duplicates: tuple[Duplicate, ...] = ()
    clashes: tuple[tuple[str, str, str], ...] = ()

    def ids(self, kind: str) -> tuple[str, ...]:
        """Of all steps of that kind."""
        return tuple(step.id for step in self.steps if step.kind == kind)


def plan(
    arriving: Sequence[Entry],
    known: Mapping[str, Entry],
    handling: Handling | Callable[[Duplicate], Handling] = "keep",
    vectors: Vectors | None = None,
    *,
    keeps_languages: bool = False,
) -> Plan:
    """What the import of sound entries does. known: everything that is there, by id. Nothing is ever removed.

    vectors: compares questions by what they mean, too. keeps_languages: what is there in a language that does not arrive stays: for a file that could
    not be read whole. Carried out and asked again, the same import plans nothing: so one that was broken off is simply started again.
    """
    found = list(duplicates(arriving, known, vectors))
    choose = handling if callable(handling) else lambda _: handling
    chosen = {one.entry.id: choose(one) for one in found}
    repeats = {one.entry.id: one.of for one in found}
    result = {entry.id: _with_languages(entry, known.get(entry.id)) if keeps_languages else entry for entry in arriving}
    ends: dict[str, str] = {}  # of what is merged or left out: where it goes, or what is said already
    for entry in arriving:
        handled = chosen.get(entry.id, "keep")
        into = repeats.get(entry.id, "")
        into = ends.get(into, into)
        target = result.get(into) or known.get(into)
        both = joined(target, entry) if handled == "merge" and target is not None else None
        if handled == "skip" or (both is not None and target is not None and _may_join(entry, target) and not problems(both)):
            ends[entry.id] = into
            del result[entry.id]
            if both is not None:
                result[into] = both
        elif entry.id in chosen:
            chosen[entry.id] = "keep"
    steps = [_step(entry.id, chosen, repeats, ends, result, known) for entry in arriving]
    ours = {entry.id for entry in arriving}
    steps += [Step(entry, _kind(result[entry], known)) for entry in result if entry not in ours]
    entries = tuple(entry for entry in result.values() if known.get(entry.id) != entry)
    return Plan(tuple(steps), entries, {one.id: known[one.id] for one in entries if one.id in known}, tuple(found), tuple(_clashes(result, known, found)))


def _step(
    entry: str, chosen: Mapping[str, Handling], repeats: Mapping[str, str], ends: Mapping[str, str], result: Mapping[str, Entry], known: Mapping[str, Entry]
) -> Step:
    if entry in ends:
        return Step(entry, "merged" if chosen[entry] == "merge" else "skipped", ends[entry])
    return Step(entry, _kind(result[entry], known), repeats.get(entry, ""))


def _kind(entry: Entry, known: Mapping[str, Entry]) -> Literal["new", "changed", "unchanged"]:
    return "new" if entry.id not in known else "unchanged" if known[entry.id] == entry else "changed"


# ------------------------------------------------------------------------------------------------------------- duplicates
def duplicates(arriving: Sequence[Entry], known: Mapping[str, Entry], vectors: Vectors | None = None) -> Iterator[Duplicate]:
    """Entries that ask again what one that is there, or one before them, is asked: by the same words, else by what their questions mean.

    Both are not retired. What is there already in both entries is not told again.
    """
    ids = {entry.id for entry in arriving}
    owners = {key: (entry.id, way) for entry in known.values() if entry.id not in ids and not entry.retired for key, way in _ways(entry).items()}
    asked = {entry.id: frozenset(_questions(entry)) for entry in (*known.values(), *arriving)}
    near = _meant(arriving, known, vectors) if vectors else {}
    for entry in arriving:
        if entry.retired:
            continue
        before = _ways(known[entry.id]) if entry.id in known else {}
        ways = _ways(entry)
        same = next(
            (
                Duplicate(entry, owners[key][0], key[0], way, owners[key][1])
                for key, way in ways.items()
                if key in owners and key not in before and key in asked[entry.id] | asked[owners[key][0]]
            ),
            near.get(entry.id),
        )
        for key, way in ways.items():
            owners.setdefault(key, (entry.id, way))
        if same is not None:
            target = known.get(same.of)
            yield replace(same, settled=target is not None and entry.id not in known and joined(target, entry) == target)


def _ways(entry: Entry) -> dict[tuple[str, str], str]:
    """Each way to ask, by language and words."""
    ways = ((text.lang, way) for text in entry.texts for way in (text.question, *text.phrasings))
    return {(lang, words): way for lang, way in ways if (words := normalise(way))}


def _questions(entry: Entry) -> Iterator[tuple[str, str]]:
    return ((text.lang, normalise(text.question)) for text in entry.texts)


def _meant(arriving: Sequence[Entry], known: Mapping[str, Entry], vectors: Vectors) -> dict[str, Duplicate]:
    """The nearest question of another entry, for each new entry that has one near enough."""
    ids = {entry.id for entry in arriving}
    present = [entry for entry in known.values() if entry.id not in ids and not entry.retired]
    rows = [(entry, text) for entry in (*present, *(one for one in arriving if not one.retired)) for text in entry.texts]
    fresh = [n for n, (entry, _) in enumerate(rows) if entry.id in ids and entry.id not in known]
    if not fresh or len(rows) < 2:
        return {}
    meant = vectors([text.question for _, text in rows])
    if meant is None:
        return {}
    found: dict[str, Duplicate] = {}
    order: dict[str, int] = {}
    for entry, _ in rows:
        order.setdefault(entry.id, len(order))
    places = np.array([order[entry.id] for entry, _ in rows])
    for at in range(0, len(fresh), _ROWS):
        some = np.array(fresh[at : at + _ROWS])
        scores = meant[some] @ meant.T
        scores[places[None, :] >= places[some][:, None]] = 0.0  # itself, and what comes after it
        for n, best, score in zip(some, scores.argmax(axis=1), scores.max(axis=1), strict=True):
            (entry, text), (other, theirs) = rows[n], rows[best]
            if score >= SAME and not _opposite(text, theirs) and score > (found[entry.id].meaning if entry.id in found else 0.0):
                found[entry.id] = Duplicate(entry, other.id, text.lang, text.question, theirs.question, min(float(score), 1.0))
    return found


def _opposite(one: Text, other: Text) -> bool:
    """Does a word of one say the opposite of a word of the other, by its prefix?"""
    ours, theirs = (set(normalise(text.question).split()) for text in (one, other))
    both = ((ours, theirs, one.lang), (theirs, ours, other.lang))
    return one.lang == other.lang and any(stem in there for here, there, lang in both for word in here - there for stem in denied(word, lang))


def _clashes(result: Mapping[str, Entry], known: Mapping[str, Entry], found: Sequence[Duplicate]) -> Iterator[tuple[str, str, str]]:
    """Ways to ask that two entries will have, and that were not there twice before: nobody asking so can be answered."""
    told = {(one.entry.id, one.of) for one in found}
    owners = {key: entry.id for entry in known.values() if entry.id not in result and not entry.retired for key in _ways(entry)}
    for entry in result.values():
        before = _ways(known[entry.id]) if entry.id in known else {}
        for key, way in _ways(entry).items() if not entry.retired else ():
            owner = owners.setdefault(key, entry.id)
            if owner != entry.id and key not in before and (entry.id, owner) not in told:
                yield entry.id, owner, way


# ---------------------------------------------------------------------------------------------------------------- joining
def joined(into: Entry, entry: Entry) -> Entry:
    """The entry `into` with what `entry` adds: languages, ways to ask, tags and tests. Its answers, and whatever else it says, stay."""
    texts = {text.lang: text for text in into.texts}
    for text in entry.texts:
        texts[text.lang] = _with_ways(texts[text.lang], (text.question, *text.phrasings)) if text.lang in texts else text
    finds = tuple(dict.fromkeys((*into.finds, *(one for one in entry.finds if one not in into.avoids))))
    avoids = tuple(dict.fromkeys((*into.avoids, *(one for one in entry.avoids if one not in finds))))
    return replace(into, texts=tuple(texts.values()), tags=tuple(dict.fromkeys((*into.tags, *entry.tags))), finds=finds, avoids=avoids)


def _with_ways(text: Text, ways: Iterable[str]) -> Text:
    known = {normalise(way) for way in (text.question, *text.phrasings)}
    added = [way for way in dict.fromkeys(ways) if normalise(way) not in known]
    return replace(text, phrasings=(*text.phrasings, *added)[:MAX_PHRASINGS])


def _may_join(entry: Entry, into: Entry) -> bool:
    """What is kept from requesters must not reach them through another entry."""
    return AUDIENCES.index(into.audience) >= AUDIENCES.index(entry.audience)


def _with_languages(entry: Entry, known: Entry | None) -> Entry:
    have = {text.lang for text in entry.texts}
    return replace(entry, texts=(*entry.texts, *(text for text in known.texts if text.lang not in have))) if known else entry


# ---------------------------------------------------------------------------------------------------------------- telling
def in_short(was: Entry, now: Entry) -> list[str]:
    """What changes, a line for each field: for lists what comes and goes, for texts where they part."""
    before, after = fields(was), fields(now)
    return [f"{name}: {_change(before.get(name, ''), after.get(name, ''), is_list=_is_list(name))}" for name in differing(was, now)]


def _is_list(name: str) -> bool:
    return name in ("tags", "finds", "avoids") or name.endswith("phrasings")


def _change(was: str, now: str, *, is_list: bool) -> str:
    if is_list:
        mark = ", " if "\n" not in was + now and ", " in was + now else "\n"
        old, new = ([one for one in text.split(mark) if one] for text in (was, now))
        added, gone = [one for one in new if one not in old], [one for one in old if one not in new]
        parts = [f"{sign}{_cut(one)!r}" for sign, ones in (("+", added), ("-", gone)) for one in ones[:3]]
        more = len(added) + len(gone) - len(parts)
        return (" ".join(parts) + (f" … {more} more" if more else "")) or "in another order"
    at = next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))
    begin = max(0, at - SHORT // 3)
    return f"{_from(was, begin)} → {_from(now, begin)}"


def _from(text: str, begin: int) -> str:
    return f"{'…' if begin and text else ''}{_cut(text[begin:])}" if text else "(nothing)"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"
