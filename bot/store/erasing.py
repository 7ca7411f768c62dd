"""A person is erased: whoever they were becomes a stand-in, and what they wrote, and what was written to and about them, is gone.

Counts, times, figures of service and the fact of each move stay: reports of before say the same after. One walk over every row of every table, by the marks
of the data map, so that nothing is forgotten that a column was added for; what is not theirs is left to the last sign, but for their identifiers in it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from sqlalchemy import bindparam, select

from bot.domain.events import TicketClosed
from bot.domain.ids import MessageId, PersonId, PlaceId, TicketId
from bot.domain.messages import Outbound, Said, Say
from bot.domain.people import BOT, Person
from bot.store import codec, tables
from bot.store.data_map import DATA_MAP
from bot.store.knowledge import searched
from bot.store.person import Identifiers, Theirs
from bot.store.session import Row, Session, Statement, inserting
from bot.store.verbatim import Verbatim
from kb.entries import Entry

STAND_IN = "erased:"
GONE = "[erased]"
RETRACTS = "erase:"  # begins the keys of what was posted in the place of a message of ours
PAGE = 500  # rows
Values = dict[str, Any]

_f = tables.files.c
_FILES = Statement(select(_f.source))
_DROP_FILE = Statement(tables.files.delete().where(_f.source == bindparam("of_source", type_=_f.source.type)))
_EVENT = Statement(inserting(tables.events))
_WALKED = tuple(Verbatim(one) for one in tables.metadata.sorted_tables if one is not tables.files)
_SHARED_NOTES = ("agent:", "away:", "api-key", "report", "incident", "banner", "import:", "saved", "view", "erased", "gap:")
"""Begin notes that are the desk's or several people's: there identifiers are replaced. Any other note that names somebody is about them, and goes."""
_JSON_BODY = codec.encode(Outbound, Outbound((Say(GONE),)))


@dataclass(slots=True)
class Erased:
    """What was done, by table: rows changed and removed. posted: messages of ours that stand on platforms, by their keys."""

    stand_ins: dict[str, str]
    changed: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    posted: dict[str, str] = field(default_factory=dict)


def stand_in_for(address: str, salt: str = "") -> str:
    """A name for nobody. Without a salt that is kept, nobody can tell whose it was."""
    return STAND_IN + blake2b(address.encode(), key=bytes.fromhex(salt or secrets.token_hex(16)), digest_size=8).hexdigest()


async def erase(session: Session, theirs: Theirs, now: datetime, stand_ins: Mapping[str, str] | None = None) -> Erased:
    """Erase, within a transaction. stand_ins: those given when it was done before, in a database that has come back since."""
    known = stand_ins or {}
    chosen = {address: known.get(address) or stand_in_for(address) for address in theirs.addresses}
    work = _Erasing(theirs, chosen, now)
    for one in _WALKED:
        await work.walk(session, one)
    await work.files(session)
    for ticket in sorted(theirs.open):
        closed = TicketClosed(ticket=TicketId(ticket), by=BOT.id, at=now, why="requester")
        await session.add(_EVENT, ticket=ticket, name=closed.name, by=closed.by, channel="", at=now, details=closed.details())
    return work.done


class _Erasing:
    def __init__(self, theirs: Theirs, stand_ins: dict[str, str], now: datetime) -> None:
        self._theirs, self._now = theirs, now
        self._ids = Identifiers(stand_ins, theirs.names, GONE)
        self._as = stand_ins
        self._nobody = next(iter(stand_ins.values()))
        self._salt = secrets.token_bytes(16)
        self.done = Erased(stand_ins)

    async def walk(self, session: Session, one: Verbatim) -> None:
        """Every row of a table."""
        place = None
        while rows := await one.page(session, place, PAGE):
            place = one.place(rows[-1])
            for row in rows:
                await self._row(session, one, row)

    async def _row(self, session: Session, one: Verbatim, row: Row) -> None:
        values: Values = dict(zip(one.columns, row, strict=True))
        special = getattr(self, f"_{one.name}", None)
        kept: Values | None = special(dict(values)) if special else dict(values)
        if kept is None:
            await one.drop(session, row)
            self.done.removed[one.name] = self.done.removed.get(one.name, 0) + 1
            return
        for name, mark in DATA_MAP[one.name].items():
            if mark != "none":
                kept[name] = self._ids.replaced(kept[name])
        if kept != values:
            await one.change(session, row, tuple(kept.values()))
            self.done.changed[one.name] = self.done.changed.get(one.name, 0) + 1

    async def files(self, session: Session) -> None:
        """Those of their tickets and messages; by name, since they may be large."""
        for (source,) in await session.all(_FILES):
            if source in self._theirs.files or self._ids.are_in(source):
                await session.do(_DROP_FILE, of_source=source)
                self.done.removed["files"] = self.done.removed.get("files", 0) + 1

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
        to_them = self._theirs.has_place(v["to"]) or self._theirs.has_place(v["lane"])
        if not to_them and v["ticket"] not in self._theirs.tickets:
            return v
        if v["key"].startswith(RETRACTS) and v["state"] == "sent":
            self.done.posted.pop(v["edits"], None)
        elif v["state"] == "sent" and v["sent_as"] and not v["edits"]:
            self.done.posted[v["key"]] = v["sent_as"]
        v = {**v, "kind": "message", "body": _JSON_BODY, "state": v["state"] if v["state"] == "sent" else "withdrawn", "error": "", "begun": False}
        if to_them:
            v.update({name: self._hidden(v[name]) for name in ("key", "thread", "edits", "sent_as")}, to=self._place(v["to"]), lane=self._place(v["lane"]))
        return v

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
        is_about = any(f'"{number}"' in v["body"] for number in self._theirs.tickets)
        return None if is_about or self._ids.are_in(v["body"]) or self._ids.are_in(v["key"]) else v

    def _notes(self, v: Values) -> Values | None:
        key, value = v["key"], v["value"]
        if key.startswith(_SHARED_NOTES):
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
        return json.dumps(self._pruned(json.loads(entry)), ensure_ascii=False, separators=(",", ":")) if self._teaches(entry) else entry

    def _teaches(self, entry: str) -> bool:
        return any(text in _texts(json.loads(entry)) for text in self._theirs.phrasings) if self._theirs.phrasings else False

    def _pruned(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self._pruned(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._pruned(one) for one in value if not (isinstance(one, str) and one in self._theirs.phrasings)]
        return value


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        return {text for one in value.values() for text in _texts(one)}
    if isinstance(value, list):
        return {text for one in value for text in (_texts(one) if not isinstance(one, str) else {one})}
    return set()
