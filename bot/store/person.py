"""What is somebody's: their addresses, their tickets, and how their identifiers are found in whatever is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import bindparam, select

from bot.domain.ids import channel_of
from bot.store.holds import HOLD
from bot.store.session import Session, Statement
from bot.store.tables import messages, notes, outside, people, proposals, tickets
from bot.store.verbatim import begins

GONE = "[erased]"
_SHORTEST = 5  # characters of a platform's own id that is looked for by itself; digits alone are numbers of anything unless they are more
_SHORTEST_NUMBER = 7

n, p, t, m = notes.c, people.c, tickets.c, messages.c
_NOTES = {prefix: Statement(select(n.key, n.value).where(begins(n.key, prefix))) for prefix in ("account:", HOLD)}
_PEOPLE = Statement(select(p.id, p.name))
_TICKETS = Statement(select(t.id, t.conversation, t.status).where(t.requester == bindparam("who", type_=t.requester.type)))
_FILES = Statement(select(m.attachments).where(m.ticket == bindparam("of_ticket", type_=m.ticket.type)))
_AUTHORED = Statement(select(m.attachments).where(m.author == bindparam("who", type_=m.author.type), m.direction == "in"))
_WORDS = tuple(Statement(select(one.c.text).where(one.c.ticket == bindparam("of_ticket", type_=one.c.ticket.type))) for one in (proposals, outside))
_ASKED = Statement(
    select(m.text, m.at).where(m.ticket == bindparam("of_ticket", type_=m.ticket.type), m.author == bindparam("who", type_=m.author.type), m.direction == "in")
)


@dataclass(frozen=True, slots=True)
class Theirs:
    """One person's. since: when an address was joined to the others. open: the tickets that are not closed. files: sources.

    phrasings: what their questions taught, or may teach, the FAQ, as `alike` has it.

    asked: what they wrote in their tickets, likewise, and when first: an entry that said so before is not taught by them.
    """

    addresses: tuple[str, ...]
    accounts: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    tickets: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    conversations: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    phrasings: frozenset[str] = field(default=frozenset(), repr=False)
    since: Mapping[str, datetime] = field(default_factory=dict, repr=False)
    asked: Mapping[str, datetime] = field(default_factory=dict, repr=False)

    def has_place(self, where: str) -> bool:
        """Is it where they and the desk talk?"""
        return where in self.conversations or where in self.addresses


def alike(text: str) -> str:
    """The same for texts that differ in case and spaces alone."""
    return " ".join(text.casefold().split())


async def addresses_of(session: Session, person: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Every verified address of whoever has this one, and the names of accounts that name any of them."""
    found, accounts, _ = await _joined(session, person)
    return found, accounts


async def _joined(session: Session, person: str) -> tuple[tuple[str, ...], frozenset[str], dict[str, datetime]]:
    found, accounts, since = [person], set(), dict[str, datetime]()
    kept = {key.partition(":")[2]: json.loads(value) for key, value in await session.all(_NOTES["account:"])}
    for account in kept.values():
        verified = [one["id"] for one in account["addresses"] if one["verified"]]
        if person in verified:
            found += [one for one in verified if one not in found]
            since |= {one["id"]: datetime.fromisoformat(one["since"]) for one in account["addresses"] if one["verified"]}
    for name, account in kept.items():
        if {one["id"] for one in account["addresses"]} & set(found):
            accounts.add(name)
    return tuple(found), frozenset(accounts), since


async def holds_on(session: Session, addresses: Iterable[str]) -> list[str]:
    """The reasons for which they must not be erased."""
    kept = {key.removeprefix(HOLD): json.loads(value)["reason"] for key, value in await session.all(_NOTES[HOLD])}
    return sorted({kept[one] for one in addresses if one in kept})


async def find(session: Session, person: str) -> Theirs:
    """Whatever is kept of whoever has this address. `tickets` and the rest are empty when nothing is."""
    addresses, accounts, since = await _joined(session, person)
    named = await session.all(_PEOPLE)
    others = {name for one, name in named if one not in addresses}
    names = {name for one, name in named if one in addresses and len(name) >= _SHORTEST and " " in name} - others
    rows = [row for one in addresses for row in await session.all(_TICKETS, who=one)]
    numbers = {row[0] for row in rows}
    files = [row[0] for one in sorted(numbers) for row in await session.all(_FILES, of_ticket=one)]
    files += [row[0] for one in addresses for row in await session.all(_AUTHORED, who=one)]
    words = {alike(row[0]) for one in sorted(numbers) for question in _WORDS for row in await session.all(question, of_ticket=one)}
    return Theirs(
        addresses,
        accounts,
        frozenset(names),
        frozenset(numbers),
        frozenset(row[0] for row in rows if row[2] != "closed"),
        frozenset(row[1] for row in rows),
        frozenset(one.source for some in files for one in some),
        frozenset(words),
        since,
        await _asked(session, numbers, addresses),
    )


async def _asked(session: Session, numbers: Iterable[str], addresses: Sequence[str]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for number in sorted(numbers):
        for address in addresses:
            for text, at in await session.all(_ASKED, of_ticket=number, who=address):
                found[alike(text)] = min(at, found.get(alike(text), at))
    found.pop("", None)
    return found


class Identifiers:
    """Finds somebody's identifiers in any text, whatever their case, and puts a stand-in in their place. stand_ins: by address."""

    def __init__(self, stand_ins: dict[str, str], names: Collection[str], name: str) -> None:
        known = dict(stand_ins)
        for address, stand_in in stand_ins.items():
            native = native_of(address)
            if native:
                known.setdefault(native, stand_in.partition(":")[2])
        known.update(dict.fromkeys(names, name))
        self._as = {form.casefold(): becomes for one, becomes in known.items() for form in _written(one)}
        called = {form.casefold() for one in names for form in _written(one)}  # which a full stop ends; in an address it goes on
        either = [f"(?:{_any_of(called)})(?![\\w@-])"] if called else []
        either += [f"(?:{_any_of(self._as.keys() - called)})(?![\\w@-]|\\.\\w)"]
        self._any = re.compile(rf"(?<![\w@+.-])(?:{'|'.join(either)})", re.IGNORECASE)
        self.needles = tuple(one for one in self._as if not any(other != one and other in one for other in self._as))
        """Without one of these in it, whatever its case, no text holds any of them."""

    def are_in(self, text: str) -> bool:
        """Is one of them in there?"""
        return self._any.search(text) is not None

    def replaced(self, value: Any) -> Any:
        """A text without them; anything else as it is."""
        return self._any.sub(lambda found: self._as.get(found.group().casefold(), GONE), value) if isinstance(value, str) else value


def _any_of(forms: Iterable[str]) -> str:
    return "|".join(re.escape(one) for one in sorted(forms, key=len, reverse=True))


def native_of(address: str) -> str:
    """The platform's own id, where it is long enough to be looked for by itself; else ""."""
    native = address[len(channel_of(address)) + 1 :]
    shortest = _SHORTEST_NUMBER if native.lstrip("+").isdigit() else _SHORTEST
    return native if len(native) >= shortest else ""


def _written(one: str) -> set[str]:
    """As it stands in plain text, in JSON and in links."""
    return {one, json.dumps(one, ensure_ascii=False)[1:-1], quote(one, safe=""), quote(one, safe=":@+")}
