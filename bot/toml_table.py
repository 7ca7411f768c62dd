"""A table of a TOML file, read key by key: what is wrong in it is collected, with the nearest right thing to write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
LONGEST = timedelta(days=3650)  # a longer promise is a slip of the pen, and would leave what dates can say


@dataclass(slots=True)
class Table:
    """One table. title: as it stands in the file, "" for the whole; faults: shared by all tables of the file; asked: the keys there could be."""

    title: str
    values: Mapping[str, object]
    faults: list[str]
    asked: list[str] = field(default_factory=list)

    def fault(self, key: str, what: str) -> None:
        """Note what is wrong with a key, and what to write instead."""
        self.faults.append(f"{self.title} {key}: {what}")

    def get(self, key: str, default: object) -> object:
        """The value as it stands."""
        self.asked.append(key)
        return self.values.get(key, default)

    def text(self, key: str, default: str = "") -> str:
        """A text without blanks around it."""
        value = self.get(key, default)
        if isinstance(value, str):
            return value.strip()
        self.fault(key, f"{shown(value)} is no text; write it in quotes")
        return default

    def table(self, key: str) -> Table:
        """The table below that key; an empty one when there is none."""
        value = self.get(key, {})
        title = f"[{key}]" if self.title == "" else f"{self.title[:-1]}.{key}]"
        if not isinstance(value, dict):
            self.faults.append(f"{title}: {shown(value)} is no table; write {title} on a line of its own, and its keys below")
            value = {}
        return Table(title, value, self.faults)

    def texts(self, key: str, default: Iterable[str] = ()) -> list[str]:
        """A list of texts."""
        value = self.get(key, list(default))
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return [item.strip() for item in value]
        self.fault(key, f'{shown(value)} is no list of texts; write {key} = ["…", "…"]')
        return list(default)

    def span(self, key: str, default: timedelta | None, zero: str = "") -> timedelta | None:
        """A duration. zero: what "0s" would mean and is refused for; "" when "0s" is fine."""
        value = self.get(key, None)
        if value is None:
            return default
        found = re.fullmatch(r"(\d{1,9})([smhd])", value.strip()) if isinstance(value, str) else None
        span = timedelta(**{UNITS[found[2]]: int(found[1])}) if found else None
        if span is None or span > LONGEST:
            self.fault(key, f'{shown(value)} is no duration; write "90s", "15m", "8h" or "3d"')
        elif not span and zero:
            self.fault(key, f'"{value}" {zero}; write a longer time, or leave the key out')
        else:
            return span
        return default

    def share(self, key: str, default: float, most: float) -> float:
        """A part of the whole, "5%" or 0.05, as a number more than 0 and at most `most`; "" is the default."""
        value = self.get(key, "")
        if isinstance(value, str) and not value.strip():
            return default
        found = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", value.strip()) if isinstance(value, str) else None
        share = float(found[1]) / 100 if found else value
        if not isinstance(share, int | float) or isinstance(share, bool):
            self.fault(key, f'{shown(value)} is no share; write "5%" or 0.05')
        elif not 0 < share <= most:
            self.fault(key, f'{shown(value)} is not more than 0 and at most {most:.0%}; write "5%" or 0.05')
        else:
            return float(share)
        return default

    def done(self) -> None:
        """Name the keys nobody asked for, with the nearest known one."""
        for key in self.values:
            if key not in self.asked:
                self.fault(key, f"there is no such key; {nearest(key, self.asked)}")


def nearest(key: str, known: Iterable[str]) -> str:
    """What was probably meant, as the second half of a sentence."""
    close = get_close_matches(key, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}"


def shown(value: object) -> str:
    """A value as it may stand in a message: short, on one line."""
    if value is None:
        return "nothing"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 60 else text[:59] + "…"
