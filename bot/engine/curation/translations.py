"""Which texts of an entry are older than the newest change of the language it was written in, and what changed there since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.messages import Say
from bot.engine.curation import curation
from bot.engine.kept import Kept, Noted
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports.world import EntryVersion
from kb.entries import Entry, Text

VERB = "faq-checked"


@dataclass(frozen=True, slots=True)
class Behind:
    """A text that was last looked at when its source still said `was`. since: the version in which the source changed last."""

    was: Text | None
    now: Text
    since: EntryVersion


@dataclass(frozen=True, slots=True)
class Checked:
    """Texts that somebody found right though their source had changed. versions: by language, the newest version of the entry then."""

    versions: Mapping[str, int]


_CHECKED: Kept[Checked] = Kept("checked", Checked)


async def checked(notes: Noted, entry: str) -> Mapping[str, int]:
    """As Checked.versions, of that entry."""
    kept = await _CHECKED.get(notes, entry)
    return kept.versions if kept else {}


async def all_checked(notes: Noted) -> Mapping[str, Mapping[str, int]]:
    """The same of every entry that somebody looked at."""
    return {entry: kept.versions for entry, kept in (await _CHECKED.all(notes)).items()}


async def confirm(turn: Turn, rest: str) -> None:
    """ "<entry>:<language>": that text is right as it is, whatever changed in its source. The caller has checked the right to it."""
    name, _, language = rest.rpartition(":")
    entry = await curation.as_it_is(turn, name)
    if entry is None or all(text.lang != language for text in entry.texts):
        raise MoveRefused("no_longer")
    history = await turn.tx.entry_history(name)
    known = {**await checked(turn.tx, name), language: history[0].version if history else 0}
    await _CHECKED.put(turn.tx, name, Checked(known))
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("Noted: this text is right as it is.")))


def source_of(entry: Entry, languages: Sequence[str]) -> Text | None:
    """The text that the others are translations of: that in the desk's first language, else the first of them there is, else the entry's first."""
    return entry.text_for(None, languages) if entry.texts else None


def behind(history: Sequence[EntryVersion], languages: Sequence[str], found_right: Mapping[str, int]) -> dict[str, Behind]:
    """By language, of the newest version. history: newest first. languages: the desk's. found_right: as Checked.versions.

    Other ways to ask are each language's own: only question and answer are compared.
    """
    source = source_of(history[0].entry, languages) if history else None
    if source is None:
        return {}
    changed = _last_change(history, source.lang)
    found = {}
    for text in history[0].entry.texts:
        seen = max(_last_change(history, text.lang).version, found_right.get(text.lang, 0))
        if text.lang != source.lang and seen < changed.version:
            was = next((one.entry for one in history if one.version <= seen), history[-1].entry)
            found[text.lang] = Behind(_text(was, source.lang), source, changed)
    return found


def _last_change(history: Sequence[EntryVersion], language: str) -> EntryVersion:
    """The version that made this text what it is."""
    last = history[0]
    for version in history[1:]:
        if not _is_same(_text(version.entry, language), _text(last.entry, language)):
            break
        last = version
    return last


def _is_same(one: Text | None, other: Text | None) -> bool:
    return one is other or (one is not None and other is not None and (one.question, one.answer) == (other.question, other.answer))


def _text(entry: Entry, language: str) -> Text | None:
    return next((text for text in entry.texts if text.lang == language), None)
