"""`firstline kb ask` and `firstline kb evaluate`: what tier 1 would do, one question at a time or a file of labelled ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.console import complain, give_up, read_settings, say, say_json, say_table, with_store
from bot.errors import ConfigError

if TYPE_CHECKING:
    from bot.settings import Settings
    from kb.confusion import Theft
    from kb.decision import Thresholds, Verdict
    from kb.encoder import Encoder
    from kb.entries import Entry, Match
    from kb.evaluate import Evaluation, Outcome, Progress

RANKED = 10  # entries shown by `kb ask`; the decision looks at the first five, as the bot does
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

AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
WithoutEncoder = Annotated[bool, typer.Option("--without-encoder", help="Compare words alone, as a desk without the sentence encoder does.")]


def ask(
    question: Annotated[str, typer.Argument(help="As a requester would write it.")],
    lang: Annotated[str, typer.Option(help="The requester's language; without it, by the words.")] = "",
    without_encoder: WithoutEncoder = False,
    as_json: AsJson = False,
) -> None:
    """What tier 1 would do with a question: the decision, the ranked entries with their scores, and why."""
    from kb.decision import Thresholds, decide
    from kb.evaluate import build
    from kb.language import detect, probabilities
    from kb.lexicon import LANGUAGES

    if lang and lang not in LANGUAGES:
        raise ConfigError(f"--lang {lang}: it is not spoken here; choose from {', '.join(LANGUAGES)}")
    settings = read_settings(read_only=True)
    entries = _published(settings)
    encoder = _encoder(without_encoder)
    language = lang or detect(question, None, settings.desk.languages) or settings.desk.languages[0]  # as the bot reads it
    ranked = build(entries, encoder).rank(question, language, RANKED)
    limits = Thresholds()
    verdict = decide(ranked[:5], limits)
    told = _told(question, language, verdict, ranked, limits, encoder, {entry.id: entry for entry in entries})
    told["languages"] = {one: round(share, 4) for one, share in sorted(probabilities(question).items(), key=lambda pair: -pair[1])}
    if as_json:
        say_json(told)
    else:
        _say_verdict(told, len(entries))


def evaluate(
    entries: Annotated[Path, typer.Option(help="Entries: JSON lines, or any other form that `kb import` reads.")],
    queries: Annotated[Path, typer.Option(help="Labelled questions, JSON lines.")],
    scores: Annotated[Path | None, typer.Option(help="Write one JSON line a question there.")] = None,
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

    try:
        known, asked = load(entries, sound=False), read_queries(queries)  # research sets have entries without answers
        if not known:
            raise LoadError([Problem(str(entries), 0, "there is no entry in it")])
    except LoadError as error:
        give_up(error.problems, "nothing was measured", code=2)
    encoder = _encoder(without_encoder)
    with _shown(as_json) as progress:
        found = measure(known, asked, encoder=encoder, progress=progress)
    if scores is not None:
        scores.write_text("".join(score_lines(found.outcomes)), encoding="utf-8")
    _say_apart(found, str(entries))
    stolen, near = confusion.thefts(found.counted), confusion.near_misses(found.counted)
    figures = {**found.figures(), "encoder": encoder.version if encoder else None}
    if as_json:
        say_json({**figures, "confusion": confusion.told(stolen, near)})
        return
    _say_figures(figures)
    _say_confusion(stolen, near)


def articles() -> Path:
    """Where the sample entries are."""
    import kb

    return Path(kb.__file__).parent / "articles"


def _published(settings: Settings) -> list[Entry]:
    """What the bot knows; before the first start, the articles that ship with it."""
    from kb.loader import load

    if settings.database_file.exists():
        return with_store(settings, lambda store: store.entries(), read_only=True)
    return load(articles())


def _encoder(without: bool) -> Encoder | None:
    """The sentence encoder; None when it is not wanted or not installed. Raises ConfigError when its files are damaged."""
    if without:
        return None
    from kb.encoder import EncoderDamaged, EncoderMissing, load

    try:
        return load()
    except EncoderMissing:
        return None
    except EncoderDamaged as error:
        raise ConfigError(f"the sentence encoder: {error}; --without-encoder goes on without it") from error


@contextmanager
def _shown(quietly: bool) -> Iterator[Progress | None]:
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
    encoder: Encoder | None,
    entries: Mapping[str, Entry],
) -> dict[str, Any]:
    """Everything `kb ask` knows, as plain values."""
    from kb.explain import NO_ENCODER, why

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
        "why": why(verdict, ranked[:5], limits),
        "offered": offered,
        "answer": answer,
        "thresholds": {"answer": limits.answer, "suggest": limits.suggest},
        "encoder": encoder.version if encoder else None,
        "notes": [] if encoder else [NO_ENCODER],
        "entries": shown,
    }


def _say_verdict(told: Mapping[str, Any], known: int) -> None:
    likely = ", ".join(f"{lang} {share:.0%}" for lang, share in told["languages"].items() if share >= LIKELY)
    say(f"{told['decision'].replace('_', ' ')}: {told['why']}")
    say(f"asked in {told['lang']} (by the words: {likely}), {known} entries, {'with' if told['encoder'] else 'without'} the sentence encoder")
    for note in told["notes"]:
        say(f"note: {note}")
    if told["entries"]:
        say()
        rows = [(e["id"], f"{e['score']:.1f}", "yes" if e["known"] else "", e["lang"], e["phrasing"], "; ".join(e["reasons"])) for e in told["entries"]]
        say_table(("Entry", "Score", "Known", "Lang", "Nearest phrasing", "Why"), rows)


def _say_apart(found: Evaluation, file: str) -> None:
    if found.apart:
        ids = list(dict.fromkeys(str(one.query.expected) for one in found.apart))
        named = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
        complain(f"questions left out of the figures, since they expect an entry that is not in {file}: {len(found.apart)} ({named})")


def _say_figures(figures: Mapping[str, Any]) -> None:
    from kb.explain import NO_ENCODER

    by_lang = figures["by_lang"] if len(figures["by_lang"]) > 1 else {}
    rows = [(label, *(_readable(name, of.get(name)) for of in (figures, *by_lang.values()))) for name, label in LABELS.items()]
    say_table(("", "All", *(lang or "no language" for lang in by_lang)), rows)
    if not figures["encoder"]:
        say(f"note: {NO_ENCODER}")


def _readable(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{100 * value:.1f} %" if name in SHARES else f"{value:g}"


def _say_confusion(stolen: Sequence[Theft], near: Mapping[str, Sequence[Outcome]]) -> None:
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
