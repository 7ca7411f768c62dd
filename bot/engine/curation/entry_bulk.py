"""One act on many entries: archived, brought back, tagged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.domain.events import EntryPublished
from bot.domain.ids import TicketId
from bot.domain.messages import Say
from bot.engine.curation import curation, entry_values
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.entries import Entry

VERB = "faq-bulk"
MOST = 200  # entries at a time: all of them are one transaction


async def run(turn: Turn, values: Mapping[str, str]) -> None:
    """act: archive, restore, tag, untag. entries: ids, with spaces or a line each. tags: with commas. What is so already stays as it is."""
    names = tuple(dict.fromkeys(values.get("entries", "").split()))
    change = _CHANGES.get(values.get("act", ""))
    if change is None:
        raise MoveRefused("no_longer")
    if not names:
        raise MoveRefused("no_entries")
    if len(names) > MOST:
        raise MoveRefused("too_many_entries", most=str(MOST))
    words = entry_values.tags(values.get("tags", ""))
    if values["act"] in ("tag", "untag") and not words:
        raise MoveRefused("which_tag")
    done = 0
    for name in names:
        before = await curation.as_it_is(turn, name)
        if before is not None and (after := change(before, words)) != before:
            await _store(turn, before, after)
            done += 1
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.many("{count} entry changed.", "{count} entries changed.", done)))


async def _store(turn: Turn, before: Entry, after: Entry) -> None:
    if before.retired != after.retired:
        await curation.set_retired(turn, before, after.retired)
        return
    await curation.make_live(turn, after)
    language = after.texts[0].lang if after.texts else turn.desk.languages[0]
    await turn.record(EntryPublished(ticket=TicketId(""), by=turn.person.id, at=turn.now, entry=after.id, language=language))


def _tagged(entry: Entry, tags: tuple[str, ...]) -> Entry:
    return replace(entry, tags=tuple(dict.fromkeys((*entry.tags, *tags))))


def _untagged(entry: Entry, tags: tuple[str, ...]) -> Entry:
    return replace(entry, tags=tuple(tag for tag in entry.tags if tag not in tags))


_CHANGES: dict[str, Callable[[Entry, tuple[str, ...]], Entry]] = {
    "archive": lambda entry, _: replace(entry, retired=True),
    "restore": lambda entry, _: replace(entry, retired=False),
    "tag": _tagged,
    "untag": _untagged,
}
