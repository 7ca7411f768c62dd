"""How much is kept of somebody, by kind."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, func, literal_column, select

from bot.store.person import Theirs
from bot.store.session import Session, Statement
from bot.store.tables import assets, contacts, inbox, messages, outbox

m, o = messages.c, outbox.c
_MESSAGES = Statement(select(func.count()).select_from(messages).where(m.ticket == bindparam("of", type_=m.ticket.type)))
_AUTHORED = Statement(select(m.ticket).where(m.author == bindparam("of", type_=m.author.type), m.direction == literal_column("'in'")))
_CONTACTS = Statement(select(func.count()).select_from(contacts).where(contacts.c.person == bindparam("of", type_=contacts.c.person.type)))
_ASSETS = Statement(select(func.count()).select_from(assets).where(assets.c.person == bindparam("of", type_=assets.c.person.type)))
_EVENTS = Statement(select(func.count()).select_from(inbox).where(inbox.c.lane == bindparam("of", type_=inbox.c.lane.type)))
_PARCELS = Statement(select(func.count()).select_from(outbox).where(o.to == bindparam("of", type_=o.to.type)))


async def counted(session: Session, theirs: Theirs) -> dict[str, int]:
    """By kind, as bot/ports/privacy.py names them."""

    async def count(statement: Statement, values: Collection[str]) -> int:
        return sum([int((await session.first(statement, of=one) or (0,))[0]) for one in sorted(values)])

    places = {*theirs.addresses, *theirs.conversations}
    authored = [row[0] for one in theirs.addresses for row in await session.all(_AUTHORED, of=one)]
    return {
        "tickets": len(theirs.tickets), "open": len(theirs.open), "messages": await count(_MESSAGES, theirs.tickets),
        "elsewhere": sum(number not in theirs.tickets for number in authored), "files": len(theirs.files),
        "contacts": await count(_CONTACTS, theirs.addresses), "assets": await count(_ASSETS, theirs.addresses),
        "events": await count(_EVENTS, places), "parcels": await count(_PARCELS, places), "phrasings": len(theirs.phrasings),
    }  # fmt: skip
