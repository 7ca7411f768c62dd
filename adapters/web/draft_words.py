"""What became of drafts, and whom a new entry reached, as sentences."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.desks import Desk
from bot.engine.tongue import N_, Tongue
from bot.ports import Recorded

Sentence = Callable[[Recorded, str, Desk, Tongue], str]


def _of_entry(sentence: str) -> Sentence:
    return lambda event, who, desk, t: t.say(sentence, who=who, entry=str(event.details.get("entry", "")))


_CAME_BACK = {
    "told": N_("The requester was told that {entry} answers it now"),
    "offered": N_("{entry} was offered, which answers it now"),
    "drafted": N_("{entry}, which answers it now, was put before the agent"),
}
DRAFTS: dict[str, Sentence] = {
    "DraftBegun": _of_entry(N_("{who} began a draft of the entry {entry}")),
    "DraftSubmitted": _of_entry(N_("{who} sent the draft of {entry} for review")),
    "DraftSentBack": _of_entry(N_("{who} sent the draft of {entry} back")),
    "DraftDiscarded": _of_entry(N_("{who} discarded the draft of {entry}")),
    "AnswerCameBack": lambda event, who, desk, t: t.say(_CAME_BACK.get(str(event.details.get("way")), ""), entry=str(event.details.get("entry", ""))),
}
