"""What an entry says in all its languages alike: tags, state, audience, dates and its own tests. Read from every form, and written into every form."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from kb.entries import AUDIENCES, Audience, Entry, Problem

YES = frozenset({"true", "yes", "1", "on", "x"})
TEXT_KEYS = ("lang", "question", "phrasings", "answer")
FACT_KEYS = ("tags", "retired", "audience", "valid_until", "review_on", "finds", "avoids")
KEYS = ("id", *TEXT_KEYS, *FACT_KEYS, "texts")

_SPACE = re.compile(r"[^\S\xa0\u202f]+")  # spaces that do not break a line are kept: French sets one before ? and !
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")  # what a spreadsheet makes of a date where days come first


@dataclass(frozen=True, slots=True)
class Facts:
    """As the fields of kb.entries.Entry."""

    tags: tuple[str, ...] = ()
    retired: bool = False
    audience: Audience = "public"
    valid_until: date | None = None
    review_on: date | None = None
    finds: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()


NOTHING = Facts()


def one_line(value: str) -> str:
    """A question, phrasing or tag as it is kept: on one line, single spaces."""
    return _SPACE.sub(" ", value).strip()


def facts_of(record: Mapping[Any, Any], file: str, line: int, faults: list[Problem]) -> Facts:
    """What a record with the keys of an entry says; what cannot be read is told, with its cure."""
    lists = {key: _tidy(strings(record, key, file, line, faults)) for key in ("tags", "finds", "avoids")}
    days = {key: _day(string(record, key, file, line, faults), key, file, line, faults) for key in ("valid_until", "review_on")}
    audience = string(record, "audience", file, line, faults).strip().lower() or "public"
    if audience not in AUDIENCES:
        faults.append(Problem(file, line, f"audience: {audience[:40]!r} is none of public, desk, internal"))
        audience = "internal"
    retired = string(record, "retired", file, line, faults).strip().lower() in YES
    return Facts(lists["tags"], retired, cast("Audience", audience), days["valid_until"], days["review_on"], lists["finds"], lists["avoids"])


def told_by(entry: Entry) -> dict[str, Any]:
    """The keys beside id and texts that this entry needs; what is as usual is left out."""
    said: dict[str, Any] = {
        "tags": list(entry.tags),
        "retired": entry.retired,
        "audience": "" if entry.audience == "public" else entry.audience,
        "valid_until": entry.valid_until.isoformat() if entry.valid_until else "",
        "review_on": entry.review_on.isoformat() if entry.review_on else "",
        "finds": list(entry.finds),
        "avoids": list(entry.avoids),
    }
    return {key: value for key, value in said.items() if value}


def tell_unknown(keys: Iterable[Any], known: Sequence[str], file: str, line: int, faults: list[Problem]) -> None:
    """A warning for each key that nothing is read from."""
    for key in keys:
        if key not in known and str(key).strip():
            near = difflib.get_close_matches(str(key).lower(), known, 1)
            cure = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            faults.append(Problem(file, line, f"{str(key)[:60]!r} is not read: {cure}", warning=True))


def string(record: Mapping[Any, Any], key: str, file: str, line: int, faults: list[Problem]) -> str:
    """The text under a key, "" when there is none."""
    value = record.get(key)
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    faults.append(Problem(file, line, f"{key}: expected text, found {kind_of(value)}"))
    return ""


def strings(record: Mapping[Any, Any], key: str, file: str, line: int, faults: list[Problem]) -> list[str]:
    """The list of texts under a key; tags may also be one text with commas."""
    value = record.get(key)
    if value is None or value == "":
        return []
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return [str(one) for one in value]
    if isinstance(value, str) and key == "tags":
        return value.split(",")
    faults.append(Problem(file, line, f"{key}: expected a list of texts, found {kind_of(value)}"))
    return []


def kind_of(value: Any) -> str:
    """What a value is, for whoever expected something else."""
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else names.get(type(value), "something else")


def _tidy(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tidy for value in values if (tidy := one_line(value))))


def _day(value: str, key: str, file: str, line: int, faults: list[Problem]) -> date | None:
    value = value.strip()
    if not value:
        return None
    try:
        if found := _DOTTED.fullmatch(value):
            return date(int(found[3]), int(found[2]), int(found[1]))
        if len(value) == len("2026-12-31"):  # 20261231 and 2026-W53-4 are dates to Python, but a slip to anybody else
            return date.fromisoformat(value)
    except ValueError:
        pass
    faults.append(Problem(file, line, f"{key}: {value[:40]!r} is not a day; write it as year-month-day, for example 2026-12-31"))
    return None
