"""People, the knowledge base with every version of it, and durable notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Column, bindparam, delete, desc, func, select

from bot.domain.ids import PersonId
from bot.domain.people import Person
from bot.ports.world import EntryVersion
from bot.store.column_types import Key, Prose
from bot.store.learning import ENTRY, LearningWriting
from bot.store.searching import like
from bot.store.session import Rows, Session, Statement, inserting, replacing
from bot.store.tables import entries, entry_versions, notes, people
from kb.entries import Entry

p, n, v = people.c, notes.c, entry_versions.c
NOTE_KEY = Key(255)  # as notes.key
_kept = NOTE_KEY.to_database()


def _is(column: Column[Any], name: str) -> Any:
    return column == bindparam(name, type_=column.type)


def _param(name: str) -> BindParameter[str]:
    return bindparam(name, type_=n.key.type)


_PERSON = Statement(select(p.id, p.name, p.language, p.timezone, p.chosen).where(_is(p.id, "of_id")))
_REMEMBER = Statement(replacing(people))
_PERSON_LOCKED = Statement(replacing(people, **{c.name: c for c in p if not c.primary_key}))  # made as given when there is none, else locked as it is
_ENTRY = Statement(select(entries.c.entry).where(_is(entries.c.id, "of_id")))
_ENTRY_LOCKED = Statement(select(entries.c.entry).where(_is(entries.c.id, "of_id")).with_for_update())
_SAVE_ENTRY = Statement(replacing(entries))
_LAST_VERSION = Statement(select(func.max(v.version)).where(_is(v.id, "of_id")))
_SAVE_VERSION = Statement(inserting(entry_versions))
_ENTRIES = Statement(
    select(entries.c.entry)
    .where(entries.c.retired <= bindparam("most", type_=entries.c.retired.type), entries.c.words.like(bindparam("pattern", type_=Prose), escape="\\"))
    .order_by(entries.c.id)
)
_ENTRY_PAGE = Statement(
    select(entries.c.entry)
    .where(
        entries.c.id > bindparam("after", type_=entries.c.id.type),
        entries.c.retired >= bindparam("least", type_=entries.c.retired.type),
        entries.c.retired <= bindparam("most", type_=entries.c.retired.type),
        entries.c.words.like(bindparam("pattern", type_=Prose), escape="\\"),
    )
    .order_by(entries.c.id)
    .limit(bindparam("limit"))
)
_VERSIONS = Statement(select(v.entry, v.version, v.by, v.at).where(_is(v.id, "of_id")).order_by(desc(v.version)))
_NOTE = Statement(replacing(notes))
_FORGET = Statement(delete(notes).where(_is(n.key, "of_key")))
_NOTED = Statement(select(n.key, n.value).where(n.key >= _param("first"), n.key < _param("end")).order_by(n.key))


def searched(entry: Entry) -> str:
    """What a search in the knowledge base looks at: id, questions and phrasings, case aside."""
    return "\n".join((entry.id, *(way for text in entry.texts for way in (text.question, *text.phrasings)))).casefold()


def merged(old: Person | None, new: Person) -> Person:
    """What is known of a person: what is not empty in the newer wins."""
    if old is None:
        return new
    return replace(new, name=new.name or old.name, language=new.language or old.language, timezone=new.timezone or old.timezone)


class KnowledgeReading(Rows):
    """What can be asked about people, entries and notes."""

    async def people(self, ids: Sequence[str]) -> dict[str, Person]:
        """Known people by id; unknown ids are missing."""
        found = {}
        for id_ in ids:
            person, chosen = await self._person(id_)
            if person is not None:
                found[id_] = replace(person, language=chosen or person.language)
        return found

    async def entries(self, search: str = "", retired: bool = False) -> list[Entry]:
        """The knowledge base by id; retired: those as well; search in ids, questions and phrasings, case aside."""
        rows = await self._session.all(_ENTRIES, most=retired, pattern=like(search.strip().casefold()))
        return [entry for (entry,) in rows]

    async def entry_page(self, search: str = "", archived: bool | None = False, after: str = "", limit: int = 25) -> list[Entry]:
        """As the port says."""
        pattern = like(search.strip().casefold())
        found = await self._session.all(_ENTRY_PAGE, after=after, least=archived is True, most=archived is not False, pattern=pattern, limit=limit)
        return [entry for (entry,) in found]

    async def entry(self, entry: str) -> Entry | None:
        """The published entry, or None; retired ones are given, too."""
        row = await self._session.first(_ENTRY, of_id=entry)
        return row[0] if row else None

    async def entry_history(self, entry: str) -> list[EntryVersion]:
        """Every version kept of an entry, newest first."""
        return [EntryVersion(*row) for row in await self._session.all(_VERSIONS, of_id=entry)]

    async def noted(self, prefix: str) -> dict[str, str]:
        """All notes whose key begins with prefix."""
        first: str = _kept(prefix)
        return dict(await self._session.all(_NOTED, first=first, end=first[: NOTE_KEY.most - 1] + "\U0010ffff"))

    async def _person(self, person: str) -> tuple[Person | None, str]:
        row = await self._session.first(_PERSON, of_id=person)
        return (Person(*row[:4]), row[4]) if row else (None, "")


class KnowledgeRows(KnowledgeReading, LearningWriting):
    """Their part of a transaction."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._met: dict[str, tuple[Person | None, str]] = {}  # one unit asks for the same person time and again

    async def _person(self, person: str) -> tuple[Person | None, str]:
        if person not in self._met:
            self._met[person] = await super()._person(person)
        return self._met[person]

    async def person(self, person: PersonId) -> Person | None:
        """As last remembered; language is the one they chose (`/lang`) or last wrote in."""
        return (await self.people([person])).get(person)

    async def remember(self, person: Person, chosen_language: str | None = None) -> None:
        """Keep what is not empty. chosen_language: from now on this one, whatever they write in ("" = by what they write again)."""
        old, chosen = await self._person(person.id)
        new, choice = merged(old, person), chosen if chosen_language is None else chosen_language
        if (new, choice) == (old, chosen):
            return  # nearly every time nothing is new: then nothing is written
        if self._session.is_shared:
            await self._write_person(_PERSON_LOCKED, new, choice)
            old, chosen = await self._person(person.id)  # as somebody else may just have left it
            new, choice = merged(old, person), chosen if chosen_language is None else chosen_language
        await self._write_person(_REMEMBER, new, choice)

    async def _write_person(self, how: Statement, person: Person, chosen: str) -> None:
        self._met.pop(person.id, None)
        await self._session.do(how, id=person.id, name=person.name, language=person.language, timezone=person.timezone, chosen=chosen)

    async def entry(self, entry: str) -> Entry | None:
        """The published entry, or None; retired ones are given, too. It stays as it is until this unit is committed."""
        row = await self._session.first(_ENTRY_LOCKED, of_id=entry)
        return row[0] if row else None

    async def chosen_language(self, person: PersonId) -> str:
        """The language chosen by `/lang`, or ""."""
        return (await self._person(person))[1]

    async def save_entry(self, entry: Entry, by: PersonId, now: datetime) -> None:
        """Publish it as it is now, and keep it as a version."""
        await self._session.do(_SAVE_ENTRY, id=entry.id, entry=entry, retired=entry.retired, words=searched(entry))
        last = await self._session.first(_LAST_VERSION, of_id=entry.id)
        version = (last[0] or 0) + 1 if last else 1
        await self._session.do(_SAVE_VERSION, id=entry.id, version=version, entry=entry, by=by, at=now)
        await self.note_change(ENTRY, entry.id)

    async def note(self, key: str, value: str) -> None:
        """A durable note; an empty value removes it."""
        if value:
            await self._session.do(_NOTE, key=key, value=value)
        else:
            await self._session.do(_FORGET, of_key=key)
