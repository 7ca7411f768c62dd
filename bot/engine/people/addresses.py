"""Which addresses are one person, as it is kept: read by whoever asks whose a ticket is. How they are joined: bot/engine/people/accounts.py."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from bot.domain.accounts import Account
from bot.domain.ids import PersonId
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept, Noted, Notes
from bot.engine.turn import Turn

ACCOUNTS: Kept[Account] = Kept("account", Account)
ACCOUNT_OF: Kept[str] = Kept("account-of", str)
"""The account's name by a verified address of it."""


async def account_of(notes: Noted, person: PersonId) -> Account | None:
    """The account in which this address is verified, or None when it was never joined to another."""
    name = await ACCOUNT_OF.get(notes, person)
    account = await ACCOUNTS.get(notes, name) if name else None
    return account if account is not None and account.has(person) else None


async def addresses_of(notes: Noted, person: PersonId) -> tuple[PersonId, ...]:
    """This address first, then every other one of the same person: verified ones alone."""
    account = await account_of(notes, person)
    return (person, *(other for other in account.verified if other != person)) if account else (person,)


async def joined_with(notes: Noted, people: Iterable[PersonId]) -> dict[PersonId, tuple[PersonId, ...]]:
    """`addresses_of` for each, in as few questions as there are people who joined anything."""
    joined = await ACCOUNT_OF.all(notes)
    return {person: await addresses_of(notes, person) if person in joined else (person,) for person in people}


async def is_theirs(turn: Turn, ticket: Ticket) -> bool:
    """Is this ticket of whoever caused this turn, from whichever of their addresses they asked?"""
    return ticket.requester == turn.person.id or ticket.requester in await addresses_of(turn.tx, turn.person.id)


def name_of_account() -> str:
    """A name for a new account."""
    return secrets.token_hex(8)


async def keep_account(notes: Notes, account: Account, *before: Account) -> None:
    """Keep it in place of those it was made of: an address that is no more in it belongs to none; who is alone needs no account."""
    for old in before:
        for address in old.verified:
            await ACCOUNT_OF.drop(notes, address)
        await ACCOUNTS.drop(notes, old.name)
    if len(account.addresses) < 2 or not account.verified:
        return
    await ACCOUNTS.put(notes, account.name, account)
    for address in account.verified:
        await ACCOUNT_OF.put(notes, address, account.name)


async def recognise(turn: Turn, ticket: Ticket | None) -> None:
    """Before rights to a ticket are judged: it may have been asked from another address of whoever caused this turn."""
    if ticket is not None and ticket.requester != turn.person.id and not turn.addresses:
        turn.addresses = frozenset(await addresses_of(turn.tx, turn.person.id))
