"""A person is erased: whoever they were becomes a stand-in, and what they wrote, and what was written to and about them, is gone.

Counts, times, figures of service and the fact of each move stay: reports of before say the same after. First their own rows, found by the indexes; then
every table is looked through for what names them, a span at a time, by the marks of the data map, so that nothing is forgotten that a column was added
for. What is not theirs is left to the last sign, but for their identifiers in it.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import Column, MetaData, Table

from bot.domain.departments import CHANNEL
from bot.domain.events import TicketClosed
from bot.domain.ids import MessageId, PersonId, PlaceId, TicketId
from bot.domain.messages import Outbound, Said, Say
from bot.domain.people import BOT, Person
from bot.engine.departments.letters import opened
from bot.store import codec, tables
from bot.store.data_map import DATA_MAP
from bot.store.knowledge import KnowledgeRows, searched
from bot.store.learning import ENTRY, MARK
from bot.store.person import GONE as GONE
from bot.store.person import Identifiers, Theirs
from bot.store.session import Row, Session, Statement, inserting
from bot.store.sweeping import ByIndex, Sweep, Wanted
from bot.store.taught import taught, without
from bot.store.verbatim import Place, Verbatim
from kb.entries import Entry

STAND_IN = "erased:"
RETRACTS = "erase:"  # begins the keys of what was posted in the place of a message of ours
OWN_PAGES = ("web:", "api:")  # begin places that are in this database alone
PROGRAMS = ("webhook:", "mirror:")  # begin places of programs, which were told of tickets
UNDER_WAY = "erasing:"  # notes: what is still looked for
Values = dict[str, Any]

_EVENT = Statement(inserting(tables.events))
_SMALL = [Column(c.name, c.type, primary_key=c.primary_key) for c in tables.files.c if c.name != "content"]  # which may be large
_WITHOUT_CONTENT = Table("files", MetaData(), *_SMALL)
_TABLES = {one.name: Verbatim(_WITHOUT_CONTENT if one is tables.files else one) for one in tables.metadata.sorted_tables}
_SHARED_NOTES = ("agent:", "away:", "api-key", "report", "incident", "banner", "import:", "saved", "problem:", "view", "erased", "gap:")
"""Begin notes that are the desk's or several people's: there identifiers are replaced. Any other note that names somebody is about them, and goes."""
_KNOWLEDGE = ("entries", "entry_versions", "drafts")  # whatever their question taught may stand in any of them
_MOST_NUMBERS = 200  # of tickets that notes are looked through for
_JSON_BODY = codec.encode(Outbound, Outbound((Say(GONE),)))
_BY_INDEX = {  # in this order: who handles something of theirs now is waited for first
    name: tuple((column, ByIndex(_TABLES[name], column)) for column in columns)
    for name, columns in {
        "lanes": ("lane",), "leases": ("lane",), "rates": ("name",), "inbox": ("lane",), "outbox": ("to", "ticket"), "tickets": ("id",), "labels": ("ticket",),
        "messages": ("ticket",), "events": ("ticket", "by"), "ticket_facts": ("ticket",), "ticket_acts": ("ticket",), "contacts": ("person", "ticket"),
        "proposals": ("ticket",), "outside": ("ticket",), "drafts": ("ticket",), "assets": ("person",), "people": ("id",), "files": ("source",),
        "links": ("ticket",),
    }.items()
}  # fmt: skip


@dataclass(slots=True)
class Erased:
    """What was done, by table: rows changed and removed. posted: messages of ours that stand on platforms, by their keys.

    look_at: entries whose own question is what they asked; it is the desk's to say it in other words.
    """

    stand_ins: dict[str, str]
    changed: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    posted: dict[str, str] = field(default_factory=dict)
    look_at: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the looking has come: behind this place of this table."""

    table: int
    place: Place | None


def stand_in_for(address: str, salt: str = "") -> str:
    """A name for nobody. Without a salt that is kept, nobody can tell whose it was."""
    return STAND_IN + blake2b(address.encode(), key=bytes.fromhex(salt or secrets.token_hex(16)), digest_size=8).hexdigest()


def stand_ins_for(theirs: Theirs, known: Mapping[str, str] | None = None) -> dict[str, str]:
    """One for each address; the known ones stay."""
    return {address: (known or {}).get(address) or stand_in_for(address) for address in theirs.addresses}


async def erase(session: Session, theirs: Theirs, now: datetime, stand_ins: Mapping[str, str] | None = None) -> Erased:
    """Erase, within one transaction. stand_ins: those given when it was done before, in a database that has come back since."""
    work = Erasing(theirs, stand_ins_for(theirs, stand_ins), now)
    await work.own(session)
    mark: Mark | None = FIRST
    while mark is not None:
        mark = await work.look_through(session, mark)
    return work.done


FIRST = Mark(0, None)


class Erasing:
    """One person's. `own` first, then `look_through` until it gives None, each within a transaction of the caller's; done: what was done so far."""

    def __init__(self, theirs: Theirs, stand_ins: dict[str, str], now: datetime) -> None:
        self._theirs, self._now = theirs, now
        self._ids = Identifiers(stand_ins, theirs.names, GONE)
        self._as = stand_ins
        self._nobody = next(iter(stand_ins.values()))
        self._numbers = re.compile(rf"(?<![\w-])(?:{'|'.join(re.escape(one) for one in sorted(theirs.tickets))})(?![\w-])")
        self._salt = secrets.token_bytes(16)
        self._phrasings = theirs.phrasings
        self._seen: set[tuple[str, Place]] = set()  # what was done; and what was since the transaction began
        self._now_seen: set[tuple[str, Place]] = set()
        self._at: Mark | None = None
        self._sweeps: dict[str, Sweep] = {}
        self.done = Erased(stand_ins)

    @property
    def theirs(self) -> Theirs:
        """With all that their questions taught the FAQ."""
        return replace(self._theirs, phrasings=self._phrasings)

    async def own(self, session: Session) -> None:
        """The rows that are theirs, as far as an index finds them."""
        self._phrasings = await taught(session, self._theirs)
        places = {*self._theirs.addresses, *self._theirs.conversations}
        addresses, numbers = self._theirs.addresses, self._theirs.tickets
        values: dict[str, Iterable[str]] = {"by": addresses, "person": addresses, "people.id": addresses, "ticket": numbers, "tickets.id": numbers}
        values |= {"lane": places, "name": places, "to": places, "source": self._theirs.files}
        for name, indexes in _BY_INDEX.items():
            for column, index in indexes:
                for value in sorted(values[f"{name}.id" if column == "id" else column]):
                    await self._rows(session, index.of, await index.rows(session, value))
        for ticket in sorted(self._theirs.open):
            closed = TicketClosed(ticket=TicketId(ticket), by=BOT.id, at=self._now, why="requester")
            await session.add(_EVENT, ticket=ticket, name=closed.name, by=closed.by, channel="", at=self._now, details=closed.details())

    async def look_through(self, session: Session, mark: Mark) -> Mark | None:
        """The next rows of whatever may name them; where to go on. Twice with the same mark when the first transaction was not committed."""
        if mark != self._at:
            self._seen |= self._now_seen
        self._at, self._now_seen = mark, set()
        one = list(_TABLES.values())[mark.table]
        rows, place = await self._sweep(one).page(session, mark.place)
        await self._rows(session, one, rows)
        if place is not None:
            return Mark(mark.table, place)
        return Mark(mark.table + 1, None) if mark.table + 1 < len(_TABLES) else None

    def _sweep(self, one: Verbatim) -> Sweep:
        if one.name not in self._sweeps:
            theirs, needles = self._theirs, list(self._ids.needles)
            places, several = {*theirs.addresses, *theirs.conversations}, len(theirs.tickets) > _MOST_NUMBERS
            wanted: dict[str, Wanted] = {
                "outbox": {"lane": places},
                "messages": {"author": theirs.addresses}, "rates": {"name": places},
            }  # fmt: skip
            if one.name == "notes":
                needles += [*theirs.tickets, *theirs.accounts, *(place.partition(":")[2] for place in theirs.conversations)]
            if one.name == "outbox":
                needles += theirs.tickets
            whole = one.name == "answered_requests" or (one.name in ("notes", "outbox") and several) or (one.name in _KNOWLEDGE and bool(self._phrasings))
            self._sweeps[one.name] = Sweep(one, needles, wanted.get(one.name, {}), whole=whole)
        return self._sweeps[one.name]

    async def _rows(self, session: Session, one: Verbatim, rows: Iterable[Row]) -> None:
        for row in rows:
            place = (one.name, one.place(row))
            if place not in self._seen | self._now_seen and await self._row(session, one, row):
                self._now_seen.add(place)

    async def _row(self, session: Session, one: Verbatim, row: Row) -> bool:
        """Was there anything to do?"""
        values: Values = dict(zip(one.columns, row, strict=True))
        special = getattr(self, f"_{one.name}", None)
        kept: Values | None = special(dict(values)) if special else dict(values)
        if kept is None:
            await one.drop(session, row)
            self.done.removed[one.name] = self.done.removed.get(one.name, 0) + 1
            await self._tell(session, one.name, values)
            return True
        for name, mark in DATA_MAP[one.name].items():
            if mark != "none" and name in kept:
                kept[name] = self._ids.replaced(kept[name])
        if kept == values:
            return False
        await one.change(session, row, tuple(kept.values()))
        self.done.changed[one.name] = self.done.changed.get(one.name, 0) + 1
        await self._tell(session, one.name, values)
        return True

    async def _tell(self, session: Session, table: str, values: Values) -> None:
        """Processes that know the FAQ by heart read again what became of it."""
        kind = {"entries": ENTRY, "outside": MARK}.get(table)
        if kind:
            await KnowledgeRows(session).note_change(kind, str(values["id"]))

    def _names_theirs(self, text: str) -> bool:
        """Does the number of a ticket of theirs stand in it?"""
        return bool(self._theirs.tickets) and self._numbers.search(text) is not None

    def _files(self, v: Values) -> Values | None:
        return None if v["source"] in self._theirs.files or self._ids.are_in(v["source"]) else v

    def _hidden(self, key: str | None) -> str | None:
        """The same stand-in for the same key, so that what refers to one another still does."""
        return STAND_IN + blake2b(key.encode(), key=self._salt, digest_size=12).hexdigest() if key else key

    # ------------------------------------------------------------------------------------------------ tables, by their names
    def _inbox(self, v: Values) -> Values:
        """The row stays: what comes later is told apart by its number."""
        person = json.loads(v["person"])
        if person["id"] not in self._as and not self._theirs.has_place(v["lane"]):
            return v
        who = self._as.get(person["id"], self._nobody)
        what = Said("", MessageId(who), PlaceId(who))
        hidden = {"key": self._hidden(v["key"]), "also": self._hidden(v["also"]), "lane": self._place(v["lane"])}
        person_now = codec.encode(Person, Person(PersonId(who)))
        return {**v, **hidden, "kind": what.kind, "person": person_now, "what": codec.encode(codec.HappeningByKind, what), "state": "done", "error": ""}

    def _outbox(self, v: Values) -> Values:
        to_them = self._theirs.has_place(v["to"]) or self._theirs.has_place(v["lane"]) or self._is_their_letter(v)
        if not to_them and v["ticket"] not in self._theirs.tickets:
            is_told = v["to"].startswith(PROGRAMS) and (self._names_theirs(v["body"]) or self._ids.are_in(v["body"]))
            return {**v, "body": _JSON_BODY, "state": "sent" if v["state"] == "sent" else "withdrawn", "error": ""} if is_told else v
        if v["key"].startswith(RETRACTS) and v["state"] == "sent":
            self.done.posted.pop(v["edits"], None)
        elif v["state"] == "sent" and v["sent_as"] and not v["edits"] and not v["to"].startswith(OWN_PAGES):
            self.done.posted[v["key"]] = v["sent_as"]
        v = {**v, "kind": "message", "body": _JSON_BODY, "state": v["state"] if v["state"] == "sent" else "withdrawn", "error": "", "begun": False}
        if to_them:
            v.update({name: self._hidden(v[name]) for name in ("key", "thread", "edits", "sent_as")}, to=self._place(v["to"]), lane=self._place(v["lane"]))
        return v

    def _is_their_letter(self, v: Values) -> bool:
        """Does it bring something of theirs to another department? What has not gone yet does not go."""
        if not v["to"].startswith(f"{CHANNEL}:"):
            return False
        try:
            event = opened(codec.decode(Outbound, v["body"]))
        except ValueError:  # gone before
            return False
        return event.person.id in self._as or self._theirs.has_place(event.conversation)

    def _tickets(self, v: Values) -> Values:
        if v["id"] not in self._theirs.tickets:
            return v
        v.update(question=GONE, words="", solution="", comment="", fields="[]", conversation=self._place(v["conversation"]))
        if v["status"] != "closed":
            now = codec.to_micros(self._now)
            v.update(status="closed", closed_at=now, changed_at=now, due_at=None, waits_since=None, version=v["version"] + 1)
        return v

    def _labels(self, v: Values) -> Values | None:
        if v["ticket"] not in self._theirs.tickets:
            return v
        return None if v["label"].startswith("field:") else {**v, "status": "closed"}

    def _messages(self, v: Values) -> Values:
        is_theirs = v["author"] in self._as and v["direction"] == "in"
        if v["ticket"] not in self._theirs.tickets and not is_theirs:
            return v
        edited = GONE if v["edited"] else ""
        return {**v, "text": GONE, "attachments": "[]", "source": "", "edited": edited}

    def _events(self, v: Values) -> Values:
        """Facts have no spaces in them; reasons and solutions are people's words."""
        if v["ticket"] not in self._theirs.tickets:
            return v
        details = {name: "" if isinstance(one, str) and " " in one else one for name, one in json.loads(v["details"]).items()}
        return v if details == json.loads(v["details"]) else {**v, "details": json.dumps(details, ensure_ascii=False, separators=(",", ":"))}

    def _contacts(self, v: Values) -> Values:
        return {**v, "reason": ""} if v["person"] in self._as or v["ticket"] in self._theirs.tickets else v

    def _links(self, v: Values) -> Values | None:
        return None if v["ticket"] in self._theirs.tickets or self._ids.are_in(v["platform_id"]) else v

    def _assets(self, v: Values) -> Values:
        """The computer stays, and is nobody's; their name goes from what it is called."""
        return {**v, "person": ""} if v["person"] in self._as else v

    def _people(self, v: Values) -> Values:
        return {**v, "name": "", "language": None, "timezone": None, "chosen": ""} if v["id"] in self._as else v

    def _entries(self, v: Values) -> Values:
        entry = self._without(v["entry"])
        return v if entry == v["entry"] else {**v, "entry": entry, "words": searched(codec.decode(Entry, entry))}

    def _entry_versions(self, v: Values) -> Values:
        return {**v, "entry": self._without(v["entry"])}

    def _proposals(self, v: Values) -> Values | None:
        return None if v["ticket"] in self._theirs.tickets else v

    def _outside(self, v: Values) -> Values | None:
        return None if v["ticket"] in self._theirs.tickets else v

    def _drafts(self, v: Values) -> Values | None:
        if v["ticket"] in self._theirs.tickets:
            return None if v["state"] != "published" else {**v, "entry": self._without(v["entry"]), "remark": ""}
        return {**v, "entry": self._without(v["entry"])}

    def _answered_requests(self, v: Values) -> Values | None:
        return None if self._names_theirs(v["body"]) or self._ids.are_in(v["body"]) or self._ids.are_in(v["key"]) else v

    def _notes(self, v: Values) -> Values | None:
        key, value = v["key"], v["value"]
        if key.startswith((*_SHARED_NOTES, UNDER_WAY)):
            return v
        ends = {key[at + 1 :] for at, sign in enumerate(key) if sign == ":"}
        known = self._theirs.tickets | self._theirs.accounts | self._theirs.conversations | {one.partition(":")[2] for one in self._theirs.conversations}
        parts = set(key.split(":"))
        return None if (ends | parts) & known or self._ids.are_in(key) or self._ids.are_in(value) else v

    def _rates(self, v: Values) -> Values | None:
        return self._unless_theirs(v, v["name"])

    def _lanes(self, v: Values) -> Values | None:
        return self._unless_theirs(v, v["lane"])

    def _leases(self, v: Values) -> Values | None:
        return self._unless_theirs(v, v["lane"])

    # ----------------------------------------------------------------------------------------------------------------------
    def _unless_theirs(self, v: Values, name: str) -> Values | None:
        return None if self._theirs.has_place(name) or self._ids.are_in(name) else v

    def _place(self, where: str) -> str:
        return str(self._as.get(where) or (self._hidden(where) if self._theirs.has_place(where) else where))

    def _without(self, entry: str) -> str:
        """An entry without the questions of theirs that it was taught: as its phrasing, or in its own tests."""
        kept, is_called_so = without(entry, self._phrasings) if self._phrasings else (entry, False)
        if is_called_so:
            self.done.look_at.add(str(json.loads(entry)["id"]))
        return kept
