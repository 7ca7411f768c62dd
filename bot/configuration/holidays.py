"""The days on which a country or a region keeps its shops shut, from the library `holidays`. It takes 100 ms to load, and only desks with holidays need it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from functools import cache

from bot.domain.calendars import no_dates
from bot.toml_table import nearest, shown


def fault_in(names: str) -> str:
    """What is wrong with "ES", "ES-MD" or "ES-MD, 2026-12-24", and what to write instead; "" when nothing is."""
    return next((wrong for name in _parts(names) if (wrong := _fault(name))), "")


def dates_of(names: str) -> Callable[[int], Collection[date]]:
    """The days of a year by those names."""
    parts = _parts(names)
    if not parts:
        return no_dates

    @cache
    def dates(year: int) -> frozenset[date]:
        return frozenset().union(*(_dates(part, year) for part in parts))

    return dates


def _parts(names: str) -> list[str]:
    return [part.strip() for part in names.split(",") if part.strip()]


def _fault(name: str) -> str:
    if name[:1].isdigit():
        return "" if _day(name) else f'{shown(name)}: there is no such day; write a day off of your own as "2026-12-24"'
    import holidays

    country, _, region = name.partition("-")
    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        return f'{shown(name)} is no country whose holidays are known; write its two-letter code, as "ES", or "ES-MD" for a region, or leave it empty'
    if "-" in name and region not in known[country]:
        regions = f"write {country} alone" if not known[country] else nearest(region, known[country])
        return f"{shown(region)} is no region of {country} whose holidays are known; {regions}"
    return ""


def _dates(name: str, year: int) -> frozenset[date]:
    day = _day(name)
    if day:
        return frozenset({day} if day.year == year else ())
    import holidays

    country, _, region = name.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year).keys())


def _day(text: str) -> date | None:
    """A day of the desk's own, "2026-12-24"."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
