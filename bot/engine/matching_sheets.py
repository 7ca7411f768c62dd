"""The matching report in words and tables, in one language."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.outcomes import Decision
from bot.engine.matching_report import MatchingReport, Tally
from bot.engine.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue

DECISIONS: dict[Decision, str] = {"answer": N_("Answered alone"), "suggest": N_("Suggested"), "hand_over": N_("Handed over")}


def sheets(report: MatchingReport, t: Tongue) -> list[Sheet]:
    """What was asked and what became of it, and which entries to look at."""
    return [make(report, t) for make in (_total, _decisions, _languages, _weeks, _doubtful, _confusions, _missed)]


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
