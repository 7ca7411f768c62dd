"""People as firstline.toml names them: the channel and their id there."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.domain.ids import PersonId
from bot.domain.people import known_by_mail
from bot.toml_table import Table, shown

_PERSON = re.compile(r"slack:[UW][A-Z0-9]+|telegram:[1-9]\d*|web:\S+")
_MAIL = re.compile(r"mail:[^\s@]{1,64}@[^\s@]{1,64}")


def people(table: Table, key: str) -> frozenset[PersonId]:
    """A list of people; whoever is named wrongly is noted, and kept: with a fault nothing starts."""
    return frozenset(person(table, key, name) for name in table.texts(key))


def person(table: Table, key: str, name: str) -> PersonId:
    """One of them."""
    if _MAIL.fullmatch(name):
        return known_by_mail(name.removeprefix("mail:"))
    if not _PERSON.fullmatch(name):
        table.fault(key, f'{shown(name)} names nobody; write the channel and the person\'s id there, as "slack:U0ADMIN" or "telegram:123456789"')
    return PersonId(name)


def signing_in(table: Table, key: str) -> frozenset[PersonId]:
    """A list of people who have no account in the team's chat and sign in on the web."""
    for name in table.texts(key):
        if not _MAIL.fullmatch(name):
            table.fault(key, f'{shown(name)} is no mail address to sign in with; write "mail:ana@example.org". Who is in the team\'s chat is an agent already')
    return people(table, key)


def lower(names: Iterable[str]) -> frozenset[str]:
    """Names that are compared without regard to case."""
    return frozenset(" ".join(name.lower().split()) for name in names if name.strip())
