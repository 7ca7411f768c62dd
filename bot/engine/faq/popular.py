"""What helps most: the entries that solved the most questions of the last month, offered before anybody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.messages import Choice
from bot.domain.outcomes import Outcome
from bot.engine.faq.knowledge import Knowledge, entry_tag
from bot.engine.tongue import Tongue
from kb.entries import Text

WITHIN = timedelta(days=30)
SHOWN = 5


def helpful(outcomes: Iterable[Outcome], now: datetime) -> tuple[str, ...]:
    """Ids of entries that solved something lately, the most helpful first. What one request asked twice counts once."""
    solved = {(one.ticket, one.solution) for one in outcomes if one.solution and one.judged_at is not None and now - one.judged_at <= WITHIN}
    counted = Counter(entry for _, entry in solved)
    return tuple(sorted(counted, key=lambda entry: (-counted[entry], entry)))


def choices(knowledge: Knowledge, t: Tongue) -> list[Choice]:
    """A button each, for those that can be read in that language; none while nothing has helped yet."""
    found: list[Choice] = []
    for id_ in knowledge.popular:
        entry = knowledge.answering(id_)
        if entry is not None and (text := _text_in(entry.texts, t.language)) is not None:
            found.append(Choice(text.question, f"faq-show:{entry_tag(id_)}"))
    return found[:SHOWN]


def _text_in(texts: Iterable[Text], language: str) -> Text | None:
    return next((text for text in texts if text.lang == language), None)
