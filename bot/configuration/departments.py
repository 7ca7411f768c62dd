"""[desks.hr], [desks.it]: each a desk of its own, in the words in which one alone is described; what they share stands where it always stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.domain.departments import KEY
from bot.toml_table import Table, shown

SHARED = ("languages", "timezone", "country", "admins")  # keys of [desk] that hold for all of them
NOT_OF_ALL = ("tiers", "agents", "sla", "policies", "fields", "forms")  # sections that only a department can have
ROUTE = re.compile(r"[a-z][a-z0-9_]*:\S{1,200}")
MOST = 20
FRONT = "front"  # what stands before them, on the command line


def sources(root: Table, sections: Sequence[str]) -> dict[str, dict[str, object]]:
    """What each department's own file would hold, by key; {} where the file describes one desk. Faults are noted."""
    given = root.values.get("desks")
    if given is None:
        return {}
    if not isinstance(given, dict) or not given:
        root.faults.append("[desks]: it names no department; write a table for each, [desks.hr] and [desks.it], or describe one desk in [desk]")
        return {}
    for section in NOT_OF_ALL:
        if section in root.values:
            root.faults.append(f"[{section}]: with several desks each has its own; write it below one of them, as [desks.{next(iter(given))}.{section}]")
    if len(given) > MOST:
        root.faults.append(f"[desks]: {len(given)} departments are too many for one process; describe at most {MOST}")
    return {key: _source(root, key, table, sections) for key, table in given.items() if _is_department(root, key, table)}


def routes(desk: Table, key: str) -> frozenset[str]:
    """Where else whatever is written is for this desk: "slack:C0HR", "email:hr@example.com", "phone:+34915550101"."""
    places = desk.texts("routes")
    for place in places:
        if not ROUTE.fullmatch(place):
            desk.fault("routes", f'{shown(place)} is no address; write a channel and an address on it, as "email:{key}@example.com" or "slack:C0{key.upper()}"')
    return frozenset(place.lower() if place.startswith("email:") else place for place in places)


def named(fault: str, key: str, own: Mapping[str, object]) -> str:
    """The fault with the place in the file where its cause stands."""
    section = re.match(r"(\[+)([a-z_]+)", fault)
    if section is None:
        return f"[desks.{key}] {fault}"
    if section[2] == "desk":
        return fault.replace("[desk", f"[desks.{key}", 1)
    return fault.replace(f"{section[1]}{section[2]}", f"{section[1]}desks.{key}.{section[2]}", 1) if section[2] in own or section[2] in NOT_OF_ALL else fault


def check_apart(root: Table, found: Mapping[str, tuple[str, frozenset[str]]]) -> None:
    """found: prefix and places of each by key. Nothing may be of two departments."""
    owners: dict[str, str] = {}
    for key, (prefix, places) in found.items():
        told = (f"prefix {prefix}", "give each its own, else nobody knows whose ticket it is")
        for what, cure in (told, *((place, "name it in one of them") for place in sorted(places))):
            if what in owners:
                root.faults.append(f"[desks.{key}]: {what} is also of [desks.{owners[what]}]; {cure}")
            owners.setdefault(what, key)


def _is_department(root: Table, key: str, table: object) -> bool:
    if not KEY.fullmatch(key):
        root.faults.append(f"[desks.{key[:40]}]: that cannot name a department; write 1 to 12 of a-z and 0-9, a letter first, as [desks.hr]")
        return False
    if key == FRONT:
        root.faults.append(f"[desks.{key}]: that names what stands before all departments (`firstline --desk {key}`); give it another name")
        return False
    if not isinstance(table, dict):
        root.faults.append(f"[desks] {key}: {shown(table)} is no table; write [desks.{key}] on a line of its own, and its keys below")
        return False
    return True


def _source(root: Table, key: str, table: Mapping[str, object], sections: Sequence[str]) -> dict[str, object]:
    common = root.values.get("desk")
    shared = {name: value for name, value in common.items() if name in SHARED} if isinstance(common, dict) else {}
    own = {name: value for name, value in table.items() if name in sections and name != "desk"}
    desk = {**shared, **{name: value for name, value in table.items() if name not in own}}
    desk.setdefault("name", key.upper() if len(key) <= 3 else key.capitalize())
    desk.setdefault("prefix", key.upper()[:10])
    rest = {name: value for name, value in root.values.items() if name in sections and name not in ("desk", *NOT_OF_ALL)}
    shared_places = {name: value for name, value in _table(rest.get("channels")).items() if name not in ("slack", "telegram")}  # those places are the front's
    channels = {**shared_places, **_table(own.get("channels"))}
    return {**rest, **own, "desk": desk, "channels": channels}


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
