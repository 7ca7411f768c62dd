"""Telephone numbers: E.164 and nothing else, and what a number tells of whoever has it. Ids of the channel are made and read here alone. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
from babel.languages import get_official_languages
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

from adapters.phone.config import E164
from bot.domain.ids import MessageId, PersonId
from bot.domain.people import Person

NAME = "phone"
_SID = r"(?:CA|SM|MM)[0-9a-fA-F]{32}"
_ID = re.compile(rf"{NAME}:(?:(?P<number>\+[1-9]\d{{6,14}})|(?P<hidden>withheld-[A-Za-z0-9_-]{{1,40}}))")
HIDDEN = {"+266696687", "+7378742833", "+2562533", "+8566696", "+86282452253"}
"""What Twilio writes for callers who do not show their number: ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE on a keypad."""
NO_TEXTS = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN}
LOCALES = {"en": "en-US", "es": "es-ES", "pt": "pt-BR", "fr": "fr-FR", "it": "it-IT", "de": "de-DE"}
REGIONAL = {"GB": "en-GB", "IE": "en-GB", "AU": "en-AU", "NZ": "en-AU", "IN": "en-IN", "PT": "pt-PT", "CA": "fr-CA"} | dict.fromkeys(
    ("MX", "AR", "BO", "CL", "CO", "CR", "DO", "EC", "GT", "HN", "NI", "PA", "PE", "PY", "SV", "UY", "VE", "PR"), "es-MX"
)
"""How a country's people say it where that is not as in LOCALES; of those that Twilio speaks and hears."""


@dataclass(frozen=True, slots=True)
class Address:
    """Whom an id of ours names. number: "" of somebody who hid it; such an address is good for one call."""

    number: str


def e164(text: str) -> str:
    """The number, "" when it is none."""
    number = text.strip()
    parsed = _parsed(number) if E164.fullmatch(number) and number not in HIDDEN else None
    return number if parsed is not None and phonenumbers.is_possible_number(parsed) else ""


def person_of(number: str, call: str = "") -> PersonId:
    """The one who has that number; who hid it is another one in every call."""
    return PersonId(f"{NAME}:{number or f'withheld-{call}'}")


def address_of(identifier: str) -> Address | None:
    """Whom that conversation, person or message names; None when it is no id of ours."""
    found = _ID.fullmatch(identifier.partition("/")[0])
    return Address(found["number"] or "") if found else None


def message_of(person: PersonId, sid: str) -> MessageId:
    """A message to or from that person. sid: as the provider knows it, or a call's with the number of the turn behind it."""
    return MessageId(f"{person}/{sid}")


def is_sid(text: str) -> bool:
    """Is it the provider's name of a message or a call?"""
    return re.fullmatch(_SID, text) is not None


def who(number: str, languages: Sequence[str], language: str = "") -> Person:
    """What a number tells. languages: of the desk. language: as chosen, instead of that of the country."""
    parsed = _parsed(number)
    if parsed is None:
        return Person(person_of(number))
    zones = time_zones_for_number(parsed)
    zone = zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else None
    return Person(person_of(number), shown(number), language or language_of(number, languages) or None, zone)


def shown(number: str) -> str:
    """As people read it: +34 600 11 12 22."""
    parsed = _parsed(number)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL) if parsed else number


def language_of(number: str, languages: Sequence[str]) -> str:
    """The desk's language that is spoken where the number is from; "" for none."""
    region = _region(number)
    spoken = get_official_languages(region, de_facto=True) if region else ()
    return next((language for language in spoken if language in languages), "")


def locale_of(language: str, number: str) -> str:
    """How that language is spoken where the number is from: "es-MX"."""
    regional = REGIONAL.get(_region(number), "")
    return regional if regional.startswith(f"{language}-") else LOCALES[language]


def takes_texts(number: str) -> bool:
    """Can a text message arrive there? False only where the numbering plan says that it is no mobile."""
    parsed = _parsed(number)
    return parsed is not None and phonenumbers.number_type(parsed) not in NO_TEXTS


def _region(number: str) -> str:
    parsed = _parsed(number)
    return (phonenumbers.region_code_for_number(parsed) or "") if parsed else ""


def _parsed(number: str) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number)
    except NumberParseException:
        return None
