"""The matching report in words and tables, in one language."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.outcomes import Decision
from bot.engine.faq.standing import Alarmed, Standing
from bot.engine.reports.matching_report import MatchingReport, Tally
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from kb.promise import LEAST

DECISIONS: dict[Decision, str] = {"answer": N_("Answered alone"), "suggest": N_("Suggested"), "hand_over": N_("Handed over")}


def sheets(report: MatchingReport, standing: Standing, alarmed: Alarmed | None, t: Tongue) -> list[Sheet]:
    """What is promised and how it stands, what was asked and what became of it, and which entries to look at."""
    return [_promise(standing, alarmed, t), *(make(report, t) for make in (_total, _decisions, _languages, _weeks, _doubtful, _confusions, _missed))]


def _promise(standing: Standing, alarmed: Alarmed | None, t: Tongue) -> Sheet:
    now, learned = standing.promise, standing.promise.threshold is not None
    figures: list[tuple[Column, Cell]] = [
        (Column("wrong_at_most", t.say("Promised: wrong at most"), "share"), now.wrong_at_most),
        (Column("answers", t.say("Answered alone now"), "text"), "from_score" if learned else "known_only"),
        (Column("threshold", t.say("From score"), "score"), now.threshold),
        (Column("outcomes", t.say("Judged questions behind it")), now.outcomes),
        (Column("answered", t.say("Of them at this score or above")), now.answered if learned else None),
        (Column("wrong", t.say("Wrong of those")), now.wrong if learned else None),
        (Column("expected_wrong", t.say("Wrong share to expect"), "share"), now.expected_wrong),
        (Column("wrong_bound", t.say("At most ({percent} % sure)", percent=f"{now.level * 100:.0f}"), "share"), now.wrong_bound),
        (Column("coverage", t.say("Share of the questions that score so high"), "share"), now.coverage if learned else None),
        (Column("since", t.say("Asked from"), "day"), now.since.date() if now.since else None),
        (Column("until", t.say("Asked until"), "day"), now.until.date() if now.until else None),
        (Column("alarm", t.say("Alarm"), "text"), "drift" if standing.alarm else "none"),
        (Column("alarmed", t.say("Last alarm"), "day"), alarmed.at.date() if alarmed else None),
    ]
    words = {
        "from_score": t.say("Known phrasings, and what scores high enough"),
        "known_only": t.say("Known phrasings only"),
        "drift": t.say("The FAQ is wrong more often than promised"),
        "none": t.say("None"),
    }
    columns, row = [column for column, _ in figures], [cell for _, cell in figures]
    return Sheet("promise", t.say("The promise"), columns, [row], _why(standing, t), upright=True, words=words)


def _why(standing: Standing, t: Tongue) -> str:
    if standing.promise.threshold is not None:
        return t.say("Learned from what became of the answers; known phrasings need no evidence and do not count here.")
    if standing.promise.outcomes < LEAST:
        return t.say("Too few questions were judged; from {least} on something is learned. Known phrasings need no evidence.", least=LEAST)
    return t.say("What was judged does not show yet that so few would be wrong. Known phrasings need no evidence.")


def _total(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [Column("questions", t.say("Questions")), *_decided(t), *_judged(t)]
    return Sheet("total", t.say("Questions to the FAQ"), columns, [[report.total.questions, *_of(report.total)]], note=_about(t), upright=True)


def _decisions(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [Column("decision", t.say("Decision"), "text"), Column("questions", t.say("Questions")), *_judged(t)]
    rows: list[list[Cell]] = [[decision, tally.questions, *_judgements(tally)] for decision, tally in report.decisions.items()]
    note = t.say("Judged is the entry that fitted best, whether or not it was shown.")
    return Sheet("decisions", t.say("By decision"), columns, rows, note, words={decision: t.say(words) for decision, words in DECISIONS.items()})


def _languages(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [Column("language", t.say("Language"), "text"), Column("questions", t.say("Questions")), *_decided(t), *_judged(t)]
    rows: list[list[Cell]] = [[language, tally.questions, *_of(tally)] for language, tally in report.languages.items()]
    return Sheet("languages", t.say("By language"), columns, rows, _about(t), empty=t.say("Nothing was asked in this time."))


def _weeks(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [Column("week", t.say("Week from"), "day"), Column("questions", t.say("Questions")), *_decided(t), *_judged(t)]
    rows: list[list[Cell]] = [[monday, tally.questions, *_of(tally)] for monday, tally in report.weeks.items()]
    return Sheet("weeks", t.say("By week"), columns, rows, _about(t), empty=t.say("Nothing was asked in this time."))


def _doubtful(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [
        Column("entry", t.say("Entry"), "text"),
        Column("question", t.say("Question"), "text"),
        Column("best", t.say("Shown as the best")),
        Column("wrong", t.say("Wrong")),
        Column("not_solved", t.say("Right topic, did not help")),
    ]
    rows: list[list[Cell]] = [[one.entry, one.question, one.best, one.wrong, one.not_solved] for one in report.doubtful]
    return Sheet("entries", t.say("Entries most often refused"), columns, rows, empty=t.say("No entry was refused."))


def _confusions(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [
        Column("offered", t.say("Offered"), "text"),
        Column("instead", t.say("Right was"), "text"),
        Column("times", t.say("Times")),
        Column("answered", t.say("Of them answered alone")),
    ]
    rows: list[list[Cell]] = [[one.offered, one.instead, one.times, one.alone] for one in report.confusions]
    return Sheet("confusions", t.say("Entries offered in place of another"), columns, rows, empty=t.say("No entry was offered in place of another."))


def _missed(report: MatchingReport, t: Tongue) -> Sheet:
    columns = [Column("entry", t.say("Entry"), "text"), Column("question", t.say("Question"), "text"), Column("times", t.say("Times"))]
    rows: list[list[Cell]] = [[one.entry, one.question, one.times] for one in report.missed]
    note = t.say("An agent resolved with them what the FAQ had handed over. Their other ways to ask may want more.")
    return Sheet("missed", t.say("Entries that were not found"), columns, rows, note, empty=t.say("None was missed."))


def _about(t: Tongue) -> str:
    return t.say("Judgements are of what was answered alone.")


def _decided(t: Tongue) -> list[Column]:
    return [Column("answered", t.say("Answered alone")), Column("suggested", t.say("Suggested")), Column("handed_over", t.say("Handed over"))]


def _judged(t: Tongue) -> list[Column]:
    return [
        Column("judged", t.say("Judged")),
        Column("right", t.say("Right")),
        Column("wrong", t.say("Wrong")),
        Column("not_solved", t.say("Right topic, did not help")),
        Column("wrong_share", t.say("Wrong share"), "share"),
        Column("wrong_share_bound", t.say("At most (90 % sure)"), "share"),
    ]


def _of(tally: Tally) -> Sequence[Cell]:
    return [tally.answered, tally.suggested, tally.handed_over, *_judgements(tally)]


def _judgements(tally: Tally) -> Sequence[Cell]:
    return [tally.judged, tally.right, tally.wrong, tally.not_solved, tally.wrong_share, tally.bound]
