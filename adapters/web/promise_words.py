"""What became of promised times, as sentences of a ticket's history."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.desks import Desk
from bot.engine.tongue import N_, Tongue
from bot.ports import Recorded

Sentence = Callable[[Recorded, str, Desk, Tongue], str]


def _of_goal(first: str, following: str, solution: str) -> Sentence:
    sentences = {"first_response": first, "next_response": following, "resolution": solution}
    return lambda event, who, desk, t: t.say(sentences.get(str(event.details.get("goal")), solution))


def _met(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    late = bool(event.details.get("late"))
    if event.details.get("goal") == "resolution":
        return t.say("Solved later than promised") if late else t.say("Solved in the promised time")
    return t.say("Answered later than promised") if late else t.say("Answered in the promised time")


def _moved(event: Recorded, who: str, desk: Desk, t: Tongue) -> str:
    if event.details.get("why") == "desk":
        return t.say("The promised times were reckoned anew: the desk's hours or promises changed")
    return t.say("The promised times were reckoned anew: the priority or kind changed")


PROMISES: dict[str, Sentence] = {
    "PromiseAtRisk": _of_goal(N_("The first answer is due soon"), N_("The next answer is due soon"), N_("The solution is due soon")),
    "PromiseBroken": _of_goal(N_("The first answer is overdue"), N_("The next answer is overdue"), N_("The solution is overdue")),
    "PromiseMet": _met,
    "PromisesMoved": _moved,
}
"""By the event's name."""
