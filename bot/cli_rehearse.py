"""`firstline kb rehearse`: what an edit of the FAQ would change for the questions asked so far."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.cli_matching import AsJson, WithoutEncoder, encoders_of, published, shown, standing_of
from bot.console import complain, give_up, read_settings, say, say_json, say_table, with_store

if TYPE_CHECKING:
    from bot.settings import Settings
    from kb.entries import Entry
    from kb.rehearsal import Change, Question, Rehearsal

MOST = 10_000
SHOWN = 20  # questions of each kind in the table; --json has all
SAID_EVERY_S = 2.0  # where no terminal shows a bar

HEADS = {
    "answered": "newly answered", "lost": "lose their answer", "taken": "taken from another entry", "offered": "newly offered", "withdrawn": "offered no more",
}  # fmt: skip

Told = Callable[[str, int, int], None]


def rehearse(
    files: Annotated[list[Path], typer.Argument(help="Entries as they shall be, as for `kb import`; all others stay.", metavar="FILE|FOLDER...")],
    lost_at_most: Annotated[int, typer.Option("--lost-at-most", help="Questions that may lose their answer; more, and the exit code is 1.", min=0)] = 0,
    taken_at_most: Annotated[int | None, typer.Option("--taken-at-most", help="The same of those that another entry answers; else any number.", min=0)] = None,
    questions: Annotated[int, typer.Option(help="How many different questions of the past are looked at, the newest.", min=1)] = MOST,
    without_encoder: WithoutEncoder = False,
    as_json: AsJson = False,
) -> None:
    """Say what would change for the questions asked so far if these entries were published, and whether the entries' own tests hold.

    Exit code 1 when more is lost than allowed, or an own test breaks. Nothing is changed.
    """
    from kb.deciding import Deciding
    from kb.decision import Thresholds
    from kb.evaluate import build
    from kb.rehearsal import rehearse as try_on

    changed = _entries(files)
    settings = read_settings(read_only=True)
    encoders = encoders_of(without_encoder or not settings.encoder, settings.cache_dir)
    with shown(False) as bars:
        told = bars or _said()
        asked = _asked(settings, questions)
        today = datetime.now(ZoneInfo(settings.desk.timezone)).date()
        known = [entry for entry in published(settings) if entry.answers(today)]
        before = build(known, encoders, lambda done, whole: told("index", done, whole))
        stands = standing_of(settings, before)
        decides = Deciding(Thresholds(stands.promise.threshold), stands.precedents, _outside(settings))
        shall_be = [entry if entry.answers(today) else replace(entry, retired=True) for entry in changed]
        found = try_on(before, shall_be, asked, decides, lambda stage, done, whole: told(stage, done, whole))
    lost, taken = len(found.of("lost")), len(found.of("taken"))
    holds = lost <= lost_at_most and (taken_at_most is None or taken <= taken_at_most) and not found.broken
    if as_json:
        say_json(
            {
                **as_plain(found),
                "encoder": encoders.version if encoders else None,
                "threshold": stands.promise.threshold,
                "lost_at_most": lost_at_most,
                "taken_at_most": taken_at_most,
                "holds": holds,
            }
        )
    else:
        _say(found, stands.promise.threshold is None)
        if lost > lost_at_most:
            complain(f"{lost} questions lose their answer, more than {lost_at_most}: mend the entry, or allow it with --lost-at-most {lost}")
        if taken_at_most is not None and taken > taken_at_most:
            complain(f"{taken} questions are taken from another entry, more than {taken_at_most}: mend the entry, or allow it with --taken-at-most {taken}")
    if not holds:
        raise typer.Exit(1)


def as_plain(found: Rehearsal) -> dict[str, Any]:
    """A rehearsal as plain values; the questions without what belongs to one person."""
    from kb.rehearsal import KINDS

    return {
        "questions": found.questions, "compared": found.compared,
        **{kind: len(found.of(kind)) for kind in KINDS},
        "by_lang": {lang: {kind: len(found.of(kind, lang)) for kind in KINDS} for lang in found.languages},
        "changes": [_plain_change(one) for one in found.changes],
        "broken_tests": [{"entry": one.entry, "question": one.question, "must_find": one.must, "found": one.found or None} for one in found.broken],
    }  # fmt: skip


def _plain_change(change: Change) -> dict[str, Any]:
    asked = change.question
    stands = {
        name: {"decision": of.decision, "entry": of.entry or None, "score": round(of.score, 1)}
        for name, of in (("before", change.before), ("after", change.after))
    }
    return {"kind": change.kind, "text": _cleaned(asked), "lang": asked.lang, "times": asked.times, "solved_by": asked.solved or None, **stands}


def _cleaned(asked: Question) -> str:
    from bot.domain.personal import found_in
    from kb.phrasing import cleaned

    words = cleaned(asked.text)
    return "…" if not words or found_in(words) else words


def _entries(files: Sequence[Path]) -> list[Entry]:
    from kb.entries import Problem
    from kb.loader import LoadError, load

    found: dict[str, Entry] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            for entry in load(file):
                if entry.id in found:
                    problems.append(Problem(str(file), 0, f"{entry.id} is also in another of the files; rehearse them one after the other"))
                found[entry.id] = entry
        except LoadError as error:
            problems.extend(error.problems)
    if problems:
        give_up(problems, "nothing was rehearsed", code=2)
    return list(found.values())


def _asked(settings: Settings, most: int) -> list[Question]:
    from bot.engine.curation.questions import different

    return with_store(settings, lambda store: different(store, most), read_only=True) if settings.has_database else []


def _outside(settings: Settings) -> frozenset[str]:
    from kb.text import normalise

    if not settings.has_database:
        return frozenset()
    return frozenset(normalise(mark.text) for mark in with_store(settings, lambda store: store.outside_questions(), read_only=True))


def _say(found: Rehearsal, is_new: bool) -> None:
    """For people."""
    from kb.rehearsal import KINDS

    if not found.questions:
        say("No question has been asked here yet: there is nothing to compare, and only the entries' own tests were tried.")
    else:
        say(f"{found.questions} different questions of the past; {found.compared} of them could be answered otherwise and were asked twice.")
        if is_new:
            say("This desk has not learned yet from which score it may answer: it answers known phrasings alone, and offers the rest.")
        columns = ("language", *HEADS.values())
        rows = [(lang, *(len(found.of(kind, lang)) for kind in KINDS)) for lang in found.languages]
        if len(rows) != 1:
            rows.append(("all", *(len(found.of(kind)) for kind in KINDS)))
        say_table(columns, rows, right=[False, *(True for _ in KINDS)])
    for kind in KINDS:
        some = found.of(kind)
        if some:
            say(f"\n{HEADS[kind].upper()}{f' (the first {SHOWN} of {len(some)})' if len(some) > SHOWN else ''}")
            told = [(_cleaned(q), q.lang, q.times, _stood(one.before), _stood(one.after), q.solved) for one in some[:SHOWN] for q in (one.question,)]
            say_table(("question", "language", "asked", "before", "after", "was solved by"), told, right=[False, False, True, False, False, False])
    for one in found.broken:
        say(f"own test: {one}")


def _stood(stand: Any) -> str:
    return "to a person" if stand.decision == "hand_over" else f"{'answered' if stand.decision == 'answer' else 'offered'}: {stand.entry} ({stand.score:.0f})"


def _said() -> Told:
    """Progress as lines on standard error, for a log."""
    last = {"at": monotonic()}

    def told(what: str, done: int, whole: int) -> None:
        if monotonic() - last["at"] >= SAID_EVERY_S:
            last["at"] = monotonic()
            print(f"firstline: {what} {done} of {whole}", file=sys.stderr, flush=True)

    return told
