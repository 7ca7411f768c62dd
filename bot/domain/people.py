"""Who writes: a person on one channel. Whether somebody is an agent is a fact of the moment (member of a tier's team place), not of the person."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.ids import PersonId


@dataclass(frozen=True, slots=True)
class Person:
    """A person as a channel knows them.

    name: as shown, cleaned by the adapter (one line, at most 80 characters); may be empty when the platform did not say.
    language: an ISO 639-1 code the platform hints at, or None. timezone: an IANA name, or None.
    """

    id: PersonId
    name: str = ""
    language: str | None = None
    timezone: str | None = None


BOT = Person(PersonId("bot:firstline"), "Firstline")
"""The actor of what the bot does by itself: tier 1, timers."""


def known_by_mail(address: str) -> PersonId:
    """Whoever signs in on the web with that mail address, which a provider has verified. They are told things on the web, too."""
    return PersonId(f"web:agent-{address.strip().lower()}")


EMAIL = "email"
"""The channel of mail: whoever reads an address is known there by it."""


def reads_mail_at(address: str) -> PersonId:
    """Whoever reads that mail address. address: one plain address, as bot.engine.people.accounts.mail_address gives it."""
    return PersonId(f"{EMAIL}:{address}")
