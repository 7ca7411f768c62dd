"""`firstline kb ask` and `firstline kb evaluate`: what tier 1 would do, one question at a time or a file of labelled ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from bot.console import give_up, read_settings, say_json, with_store
from bot.errors import ConfigError
from bot.matching_told import say_apart, say_confusion, say_figures, say_learned, say_verdict

if TYPE_CHECKING:
    from bot.engine.faq.standing import Standing
    from bot.settings import Settings
    from bot.store.sql import SqlStore
    from kb.decision import Thresholds, Verdict
    from kb.encoders import Encoders
    from kb.entries import Entry, Match
    from kb.evaluate import Evaluation, Progress
    from kb.foresight import Foresight
    from kb.matching import Matcher

RANKED = 10  # entries shown by `kb ask`; the decision looks at the first five, as the bot does

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
WithoutEncoder = Annotated[bool, typer.Option("--without-encoder", help="Compare words alone, as a desk without the sentence encoder does.")]


def ask(
    question: Annotated[str, typer.Argument(help="As a requester would write it.")],
    lang: Annotated[str, typer.Option(help="The requester's language; without it, by the words.")] = "",
    without_encoder: WithoutEncoder = False,
    as_json: AsJson = False,
) -> None:
    """What tier 1 would do with a question: the decision, the ranked entries with their scores, and why."""
    from kb.deciding import Deciding
    from kb.decision import Thresholds, decide
    from kb.evaluate import build
    from kb.language import detect, probabilities
    from kb.lexicon import LANGUAGES

    if lang and lang not in LANGUAGES:
        raise ConfigError(f"--lang {lang}: it is not spoken here; choose from {', '.join(LANGUAGES)}")
    settings = read_settings(read_only=True)
    today = datetime.now(ZoneInfo(settings.desk.timezone)).date()
    entries = [entry for entry in published(settings) if entry.answers(today)]
    encoders = encoders_of(without_encoder or not settings.encoder, settings.cache_dir)
    language = lang or detect(question, None, settings.desk.languages) or settings.desk.languages[0]  # as the bot reads it
    with shown(as_json) as progress:
        matcher = build(entries, encoders, partial(progress, "index") if progress else None)
    ranked = matcher.rank(question, language, RANKED)
    stands = standing_of(settings, matcher)
    learned, limits = stands.promise, Thresholds(stands.promise.threshold)
    sure = Deciding(limits, stands.precedents).sure(matcher, question, ranked)
    verdict = decide(ranked[:5], limits, sure)
    told = _told(question, language, verdict, ranked, limits, sure, encoders, {entry.id: entry for entry in entries})
    told["evidence"] = {"outcomes": learned.outcomes, "answered": learned.answered, "wrong": learned.wrong, "wrong_at_most": learned.wrong_at_most}
    if sure is not None:
        told["evidence"]["score"] = sure
    told["languages"] = {one: round(share, 4) for one, share in sorted(probabilities(question).items(), key=lambda pair: -pair[1])}
    if as_json:
        say_json(told)
    else:
        say_verdict(told, len(entries))


def evaluate(
    entries: Annotated[Path, typer.Option(help="Entries: JSON lines, or any other form that `kb import` reads.")],
    queries: Annotated[Path, typer.Option(help="Labelled questions, JSON lines.")],
    scores: Annotated[Path | None, typer.Option(help="Write one JSON line a question there.")] = None,
    wrong_at_most: Annotated[str, typer.Option(help='A share such as "5%": also say what a desk that learned from these questions would do.')] = "",
    without_encoder: WithoutEncoder = False,
    as_json: AsJson = False,
) -> None:
    """Measure labelled questions: how often right, how often answered, how fast, and which entries steal from which.

    Decisions are those of a new desk that has learned nothing yet; no label is used for them.
    """
    from kb import confusion
    from kb.entries import Problem
    from kb.evaluate import evaluate as measure
    from kb.evaluate import score_lines
    from kb.labelled import read_queries
    from kb.loader import LoadError, load

    allowed = _allowed(wrong_at_most)
    try:
        known, asked = load(entries, sound=False), read_queries(queries)  # research sets have entries without answers
        if not known:
            raise LoadError([Problem(str(entries), 0, "there is no entry in it")])
    except LoadError as error:
        give_up(error.problems, "nothing was measured", code=2)
    encoders = encoders_of(without_encoder)
    with shown(as_json) as progress:
        found = measure(known, asked, encoders=encoders, progress=progress)
    if scores is not None:
        scores.write_text("".join(score_lines(found.outcomes)), encoding="utf-8")
    say_apart(found, str(entries))
    stolen, near = confusion.thefts(found.counted), confusion.near_misses(found.counted)
    figures = {**found.figures(), "encoder": encoders.version if encoders else None}
    learned = _learned(found, allowed) if allowed is not None else None
    if as_json:
        say_json({**figures, "confusion": confusion.told(stolen, near), **({"learned": asdict(learned)} if learned else {})})
        return
    say_figures(figures)
    if learned:
        say_learned(learned)
    say_confusion(stolen, near)


def _allowed(written: str) -> float | None:
    """The share behind --wrong-at-most, None when it is not asked for. Raises ConfigError."""
    from bot.configuration import MOST_WRONG
    from bot.toml_table import Table

    if not written.strip():
        return None
    faults: list[str] = []
    value: object = written
    with suppress(ValueError):
        value = float(written)
    share = Table("", {"--wrong-at-most": value}, faults).share("--wrong-at-most", 0.0, most=MOST_WRONG)
    if faults:
        raise ConfigError(faults[0])
    return share


def _learned(found: Evaluation, allowed: float) -> Foresight:
    """What the desk would promise after these questions."""
    from kb.foresight import foresee, promised

    return foresee(found.counted, allowed, promised)


def articles() -> Path:
    """Where the sample entries are."""
    import kb

    return Path(kb.__file__).parent / "articles"


def published(settings: Settings) -> list[Entry]:
    """What the bot knows; before the first start, the articles that ship with it."""
    from kb.loader import load

    if settings.has_database:
        return with_store(settings, lambda store: store.entries(), read_only=True)
    return load(articles())


def standing_of(settings: Settings, matcher: Matcher) -> Standing:
    """What the desk has learned from the outcomes in its database of scores on the matcher's scale; nothing before the first start."""
    from bot.engine.faq.judged import Judged
    from bot.engine.faq.standing import Evidence, held_in, weigh

    allowed, now, scale = settings.desk.wrong_at_most, datetime.now(UTC), matcher.scale

    async def learned(store: SqlStore) -> Standing:
        found = await Evidence(store).look(now)
        return weigh(found, await held_in(store), allowed, scale, now, await Judged(store, matcher.vector).vectors(found, scale))

    if settings.has_database:
        return with_store(settings, learned, read_only=True)
    return weigh((), None, allowed, scale, now)


def encoders_of(without: bool, folder: Path | None = None) -> Encoders | None:
    """The sentence encoders; None when they are not wanted or not installed. folder: where vectors of phrasings are kept; None keeps nothing.

    Raises ConfigError when their files are damaged.
    """
    if without:
        return None
    from kb.encoders import open_encoders
    from kb.encoding import EncoderDamaged

    try:
        return open_encoders(folder)
    except EncoderDamaged as error:
        raise ConfigError(f"the sentence encoder: {error}; --without-encoder goes on without it") from error


@contextmanager
def shown(quietly: bool) -> Iterator[Progress | None]:
    """Progress on standard error while the work goes on, when a terminal is there to show it."""
    import sys

    if quietly or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=whole)
            bars.update(tasks[what], completed=done, total=whole)

        yield told


def _told(
    question: str,
    language: str,
    verdict: Verdict,
    ranked: Sequence[Match],
    limits: Thresholds,
    sure: float | None,
    encoders: Encoders | None,
    entries: Mapping[str, Entry],
) -> dict[str, Any]:
    """Everything `kb ask` knows, as plain values."""
    from kb.explain import NO_ENCODER, why
    from kb.judging import MEANT

    shown = [
        {
            "id": match.entry_id,
            "score": match.score,
            "known": match.known,
            "lang": match.lang,
            "question": entries[match.entry_id].text_for(match.lang).question,
            "phrasing": match.phrasing,
            "reasons": list(match.reasons),
        }
        for match in ranked
    ]
    best = verdict.matches[0] if verdict.decision == "answer" else None
    answer = entries[best.entry_id].text_for(best.lang).answer if best else None
    offered = [match.entry_id for match in verdict.matches] if verdict.decision != "hand_over" else []
    return {
        "question": question,
        "lang": language,
        "decision": verdict.decision,
        "why": why(verdict, ranked[:5], limits, sure),
        "offered": offered,
        "answer": answer,
        "thresholds": {"answer": limits.answer, "suggest": limits.suggest},
        "encoder": encoders.version if encoders else None,
        "encoded": any(reason.startswith(MEANT) for match in ranked for reason in match.reasons),
        "notes": [] if encoders else [NO_ENCODER],
        "entries": shown,
    }
