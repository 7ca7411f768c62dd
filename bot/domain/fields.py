"""What may stand in a field of a form, and what is wrong with it: pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

from bot.domain.messages import FormField

Reason = Literal["missing", "no_file", "not_offered", "not_a_date", "not_a_number", "too_small", "too_large", "too_early", "too_late", "not_so", "too_long"]

_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})\Z")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\Z")
AS_MUCH_AS_FITS = 3000  # FormField.max_length where nothing but the channel sets a limit: an input of Slack's takes so much, a page any text
LONGEST_NUMBER = 30  # digits; more is no quantity of anything


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value does not hold. bound: the limit that it breaks, as text."""

    reason: Reason
    bound: str = ""


def is_asked(field: FormField, values: Mapping[str, str]) -> bool:
    """Is this field asked, with what stands in the others?"""
    if not field.when:
        return True
    name, value = field.when
    return bool(set(value.split("\n")) & set(values.get(name, "").split("\n")))


def asked(fields: Sequence[FormField], values: Mapping[str, str]) -> list[FormField]:
    """The fields that are asked, with what stands in them; a field hidden by one that is hidden itself is hidden, too."""
    shown: list[FormField] = []
    standing = {field.name: values.get(field.name, field.initial) for field in fields}
    for field in fields:
        if is_asked(field, standing):
            shown.append(field)
        else:
            standing[field.name] = ""
    return shown


def tidy(field: FormField, value: str) -> str:
    """The value as it is kept: dates as YYYY-MM-DD, numbers with a dot, one choice a line. What cannot be read stays as it was typed."""
    value = value.strip()
    if field.kind == "date":
        found = as_date(value)
        return found.isoformat() if found else value
    if field.kind == "number":
        number = as_number(value)
        return _plain(number) if number is not None else value
    if field.kind == "choices":
        return "\n".join(dict.fromkeys(line.strip() for line in value.split("\n") if line.strip()))
    return value


def as_date(text: str) -> date | None:
    """A day as people type it: 2026-11-30, 30.11.2026 or 30/11/2026; None when it is none."""
    text = text.strip()
    if (year_first := _YEAR_FIRST.match(text)) is not None:
        year, month, day = year_first.groups()
    elif (day_first := _DAY_FIRST.match(text)) is not None:
        day, month, year = day_first.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def as_number(text: str) -> Decimal | None:
    """A number with a dot or a comma before its fraction; None when it is none."""
    text = text.strip().replace(",", ".")
    if len(text) > LONGEST_NUMBER or not re.fullmatch(r"[+-]?\d+(\.\d+)?", text, re.ASCII):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _plain(number: Decimal) -> str:
    shown = f"{number:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def fault(field: FormField, value: str, files: int = 0) -> Fault | None:
    """What is wrong with a tidy value; None: it holds. files: how many came with the form."""
    if field.kind == "file":
        return Fault("no_file") if field.required and not files else None
    if not value:
        return Fault("missing") if field.required else None
    if field.quiet:
        return None  # whoever makes something of it judges it: what it offers differs from moment to moment
    if field.kind in ("choice", "choices"):
        offered = {option for option, _ in field.options}
        chosen = value.split("\n") if field.kind == "choices" else [value]
        return None if all(one in offered for one in chosen) else Fault("not_offered")
    if field.kind == "asset" and value in dict(field.options):
        return None
    if field.kind == "date":
        return _date_fault(field, value)
    if field.kind == "number":
        return _number_fault(field, value)
    if len(value) > field.max_length != AS_MUCH_AS_FITS:
        return Fault("too_long", str(field.max_length))
    return Fault("not_so") if field.pattern and not re.fullmatch(field.pattern, value) else None


def _date_fault(field: FormField, value: str) -> Fault | None:
    day, least, most = as_date(value), as_date(field.least), as_date(field.most)
    if day is None:
        return Fault("not_a_date")
    if least and day < least:
        return Fault("too_early", least.isoformat())
    return Fault("too_late", most.isoformat()) if most and day > most else None


def _number_fault(field: FormField, value: str) -> Fault | None:
    number, least, most = as_number(value), as_number(field.least), as_number(field.most)
    if number is None:
        return Fault("not_a_number")
    if least is not None and number < least:
        return Fault("too_small", _plain(least))
    return Fault("too_large", _plain(most)) if most is not None and number > most else None


def faults(fields: Sequence[FormField], values: Mapping[str, str], files: int = 0) -> dict[str, Fault]:
    """What is wrong with a filled form, by the field's name; fields that are not asked cannot be wrong."""
    found = {field.name: fault(field, tidy(field, values.get(field.name, "")), files) for field in asked(fields, {f.name: "" for f in fields} | dict(values))}
    return {name: wrong for name, wrong in found.items() if wrong is not None}


def kept(fields: Sequence[FormField], values: Mapping[str, str]) -> dict[str, str]:
    """The tidy values of the fields that are asked."""
    return {field.name: tidy(field, values.get(field.name, "")) for field in asked(fields, {f.name: "" for f in fields} | dict(values))}
