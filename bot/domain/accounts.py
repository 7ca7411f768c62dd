"""One person on several channels: addresses that were joined, each by a proof or by nothing but its claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.ids import PersonId, channel_of
from bot.errors import MoveRefused

MOST_ADDRESSES = 12  # of one account; nobody has more, and a page shows them all


@dataclass(frozen=True, slots=True)
class Address:
    """Where somebody is known. verified: both ends proved that they are one person; else it was only said so, and gives no right to anything."""

    id: PersonId
    verified: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """One person. name: the account's own, never shown. addresses: in the order in which they came."""

    name: str
    addresses: tuple[Address, ...]

    @property
    def verified(self) -> tuple[PersonId, ...]:
        """The addresses that are this person beyond doubt."""
        return tuple(address.id for address in self.addresses if address.verified)

    def has(self, person: str) -> bool:
        """Is that address one of them, verified?"""
        return person in self.verified

    def find(self, person: str) -> Address | None:
        """That address, claimed or verified."""
        return next((address for address in self.addresses if address.id == person), None)


def account_for(name: str, person: PersonId, now: datetime) -> Account:
    """Of somebody who has one address: whoever writes from it is it."""
    return Account(name, (Address(person, True, now),))


def join(first: Account, second: Account, now: datetime) -> Account:
    """Both proved to be one person: one account, the first one's. An address verified in either is verified. Raises MoveRefused."""
    known = {address.id: address for address in first.addresses}
    for address in second.addresses:
        mine = known.get(address.id)
        if mine is None or (address.verified and not mine.verified):
            known[address.id] = replace(address, since=address.since if first.name == second.name else now)
    if len(known) > MOST_ADDRESSES:
        raise MoveRefused("too_many_addresses")
    return Account(first.name, tuple(known.values()))


def claim(account: Account, person: PersonId, now: datetime) -> Account:
    """Somebody says that this address is theirs. What is verified stays so. Raises MoveRefused."""
    if account.find(person) is not None:
        return account
    if len(account.addresses) >= MOST_ADDRESSES:
        raise MoveRefused("too_many_addresses")
    return replace(account, addresses=(*account.addresses, Address(person, False, now)))


def verify(account: Account, person: PersonId, now: datetime) -> Account:
    """What was claimed is proved."""
    return replace(account, addresses=tuple(Address(a.id, True, now) if a.id == person else a for a in account.addresses))


def unjoin(account: Account, person: PersonId) -> Account:
    """Without that address. Raises MoveRefused when it has none such."""
    if account.find(person) is None:
        raise MoveRefused("not_joined")
    return replace(account, addresses=tuple(address for address in account.addresses if address.id != person))


def elsewhere(addresses: Iterable[PersonId], but_not: Iterable[str]) -> tuple[PersonId, ...]:
    """Those on other channels than these addresses are, in their order: what fails on a channel mostly fails for its every address there."""
    spoilt = {channel_of(address) for address in but_not}
    return tuple(address for address in addresses if channel_of(address) not in spoilt)
