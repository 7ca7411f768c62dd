"""A recorded call that a telephone system sends by mail: who rang, as far as its subject or text tells. Pure."""

from __future__ import annotations

from collections.abc import Collection

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher

from adapters.email.letters import Letter
from bot.domain.ids import PersonId
from bot.domain.people import Person

SEEN = 2000  # characters of its text in which a number is looked for


def is_voicemail(letter: Letter, senders: Collection[str]) -> bool:
    """Is it from one of the telephone systems?"""
    return letter.sender in senders


def caller(letter: Letter, region: str, key: str) -> tuple[Person, str]:
    """Who rang, and their number as E.164 has it; "" when they hid it or none is told, and then they are another one in every call.

    They are known by telephone, so that nothing we say goes back to the machine. region: in which numbers without country are meant, "" is none.
    """
    for text in (letter.subject, letter.name, letter.text[:SEEN]):
        for found in PhoneNumberMatcher(text, region or None):
            number = phonenumbers.format_number(found.number, PhoneNumberFormat.E164)
            return Person(PersonId(f"phone:{number}"), phonenumbers.format_number(found.number, PhoneNumberFormat.INTERNATIONAL)), number
    return Person(PersonId(f"phone:call-CA{key[:32]}"), letter.name or letter.sender.partition("@")[0]), ""
