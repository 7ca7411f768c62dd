"""Telephone numbers as people write them, and as they are kept: E.164, "+34600111222"."""

from __future__ import annotations

from bot.domain.ids import PersonId

CHANNEL = "phone"
WITHHELD = "withheld"  # begins the name of a caller whose number nobody knows


def kept(number: str, country: str) -> str | None:
    """The number in E.164; None for what is none. country: where one without its country's code is dialled, "" for nowhere."""
    import phonenumbers  # 60 ms and its tables: only desks that log calls need it

    try:
        found = phonenumbers.parse(number, country or None)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164) if phonenumbers.is_valid_number(found) else None


def shown(person: PersonId) -> str:
    """Their number as it is read and dialled, "+34 600 11 12 22"; "" of one who withheld it, and of whoever is on another channel."""
    import phonenumbers

    channel, _, number = person.partition(":")
    if channel != CHANNEL or not number.startswith("+"):
        return ""
    try:
        return phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    except phonenumbers.NumberParseException:
        return number


def person_of(number: str, sign: str) -> PersonId:
    """Whoever has this number, as `kept`. Of one who withheld it nothing is known but the call: sign tells it from others."""
    return PersonId(f"{CHANNEL}:{number or f'{WITHHELD}-{sign}'}")
