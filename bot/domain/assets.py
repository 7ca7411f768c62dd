"""Assets: computers whose agents tell what they are made of, and what changed from one inventory to the next.

An inventory is read by an allow-list: what is not named in SECTIONS is never kept. Agents also send environment variables, command lines, local users and
when who logged in: none of that is ours to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.domain.ids import PersonId

Item = dict[str, str]
Sections = Mapping[str, tuple[Item, ...]]
"""By section and field as the JSON inventories of GLPI Agent name them."""

LONGEST = 200  # characters of a value
MOST_ITEMS = 20_000  # of all sections of one inventory together


@dataclass(frozen=True, slots=True)
class Shape:
    """What is kept of a section. names: what tells its items apart (none: there is one); watched: of what a change is told; shown: kept besides."""

    names: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.names, *self.watched, *self.shown)


SECTIONS: Mapping[str, Shape] = {
    "hardware": Shape(watched=("name", "memory", "chassis_type", "uuid", "vmsystem"), shown=("swap",)),
    "bios": Shape(watched=("smanufacturer", "smodel", "ssn", "assettag", "mmanufacturer", "mmodel", "bversion")),
    "operatingsystem": Shape(watched=("full_name", "version", "kernel_version", "service_pack", "arch")),
    "cpus": Shape(("name",), ("core", "thread"), ("manufacturer",)),
    "memories": Shape(("numslots",), ("capacity", "type"), ("caption",)),
    "storages": Shape(("name",), ("model", "serial", "disksize", "type")),
    "drives": Shape(("letter", "volumn", "type"), ("filesystem", "total"), ("free",)),
    "networks": Shape(("description",), ("mac",), ("ipaddress", "type")),
    "videos": Shape(("name",), ("memory",)),
    "monitors": Shape(("caption", "serial"), (), ("manufacturer",)),
    "printers": Shape(("name",), ("driver",)),
    "antivirus": Shape(("name",), ("version", "enabled", "uptodate")),
    "softwares": Shape(("name", "arch"), ("version",), ("publisher",)),
}
ALWAYS_THERE = frozenset({"hardware", "bios", "operatingsystem", "cpus", "softwares"})
"""Every computer has them: an inventory without one was told to leave it out, and nothing went."""
PLACEHOLDERS = frozenset({
    "to be filled by o.e.m.", "to be filled by oem", "default string", "system serial number", "not specified", "none", "n/a", "unknown", "not applicable",
    "serial number", "chassis serial number", "invalid", "oem", "o.e.m.", "empty", "no asset tag", "0123456789", "123456789", "1234567890",
    "03000200-0400-0500-0006-000700080009",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an agent told. device: its own name for the machine, new after it is installed again. agent: the program. is_partial: of what changed alone."""

    device: str
    agent: str
    tag: str
    sections: Sections
    is_partial: bool = False


@dataclass(frozen=True, slots=True)
class Asset:
    """A computer. person: whose it is, as an agent said, or "". seen_at: of its newest inventory; changed_at: of the newest that said something new.

    id: 0 before it is kept. macs: of its network cards. tag: what whoever installed the agent wrote into its settings, else what the maker's asset tag says.
    """

    device: str
    name: str
    serial: str
    uuid: str
    model: str
    system: str
    macs: tuple[str, ...]
    agent: str
    tag: str
    first_at: datetime
    seen_at: datetime
    changed_at: datetime
    person: PersonId | Literal[""] = ""
    id: int = 0

    @property
    def called(self) -> str:
        """What people call it."""
        return self.name or self.tag or self.serial or self.device

    @property
    def sign(self) -> str:
        """Tells it from every other one, in what people type and forms hold: "#12"."""
        return f"#{self.id}"

    def answers_to(self, words: str) -> bool:
        """Is this its name, tag, serial number, its agent's name for it or its sign? Case aside."""
        typed = words.strip().casefold()
        return bool(typed) and typed in {one.casefold() for one in (self.name, self.tag, self.serial, self.device, self.sign)}


@dataclass(frozen=True, slots=True)
class Change:
    """A fact. section, field: as in SECTIONS; item: which one of the section, "" where there is one alone.

    field "": the item came (before is "") or went (after is ""), and the other of the two says what was told of it; with both it became another.
    """

    section: str
    item: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Audit:
    """An inventory that said something new. agent: with which it was made. id: 0 before it is kept."""

    asset: int
    at: datetime
    agent: str
    changes: tuple[Change, ...]
    id: int = 0


def asset_of(inventory: Inventory, sections: Sections, at: datetime) -> Asset:
    """One that was never seen. sections: as they are kept."""
    hardware, bios, system = (_only(sections, name) for name in ("hardware", "bios", "operatingsystem"))
    return Asset(
        device=inventory.device,
        name=hardware.get("name", ""),
        serial=real(bios.get("ssn", "")),
        uuid=real(hardware.get("uuid", "")).lower(),
        model=" ".join(filter(None, (real(bios.get("smanufacturer", "")), real(bios.get("smodel", ""))))),
        system=system.get("full_name", ""),
        macs=tuple(sorted({mac for card in sections.get("networks", ()) if (mac := _own(card.get("mac", "")))})),
        agent=inventory.agent,
        tag=inventory.tag or real(bios.get("assettag", "")),
        first_at=at,
        seen_at=at,
        changed_at=at,
    )


def known_among(candidates: Iterable[Asset], found: Asset) -> Asset | None:
    """The one that this is: of the same agent's name, else of the same serial number or UUID and with a network card of the same address.

    A copied disk copies the agent's name: two serial numbers are two machines all the same.
    """
    newest = sorted(candidates, key=lambda one: one.seen_at, reverse=True)
    for one in newest:
        if one.device == found.device and not (one.serial and found.serial and one.serial != found.serial):
            return one
    for one in newest:
        alike = (one.serial and one.serial == found.serial) or (one.uuid and one.uuid == found.uuid)
        if alike and set(one.macs) & set(found.macs):
            return one
    return None


def merged(before: Sections, told: Inventory) -> Sections:
    """What is known after an inventory. Where it says nothing of what every computer has, that stays; one of what changed alone leaves out the rest."""
    kept = {name: items for name, items in before.items() if told.is_partial or name in ALWAYS_THERE}
    return {**kept, **{name: items for name, items in told.sections.items() if items or name not in ALWAYS_THERE}}


def differences(before: Sections, after: Sections) -> list[Change]:
    """What changed, section by section in the order of SECTIONS."""
    return [change for name, shape in SECTIONS.items() for change in _between(name, shape, before.get(name, ()), after.get(name, ()))]


def real(value: str) -> str:
    """A serial number or the like; "" for what makers write there who did not fill it in."""
    kept = " ".join(value.split())
    bare = kept.replace("-", "").replace("0", "").replace("f", "").replace("F", "").replace("x", "").replace("X", "").replace(".", "")
    return kept if bare.strip() and kept.casefold() not in PLACEHOLDERS else ""


def _own(mac: str) -> str:
    """The address of a network card; "" for what containers and loops call theirs: many machines have the same."""
    kept = mac.strip().lower()
    return "" if not kept.strip("0:") or kept.startswith("02:42:") else kept


def _only(sections: Sections, name: str) -> Item:
    return next(iter(sections.get(name, ())), {})


def _between(section: str, shape: Shape, before: Sequence[Item], after: Sequence[Item]) -> list[Change]:
    old, new = _by_name(shape, before), _by_name(shape, after)
    found: list[Change] = []
    for name in sorted({*old, *new}):
        were, are = old.get(name, []), new.get(name, [])
        if len(were) == len(are) == 1 or not shape.names:
            found += _fields(section, name, shape, *(side[0] if side else {} for side in (were, are)))
            continue
        told_before, told_after = ([_told(shape, item) for item in side] for side in (were, are))
        found += [Change(section, name, "", told, "") for told in _without(told_before, told_after)]
        found += [Change(section, name, "", "", told) for told in _without(told_after, told_before)]
    return found


def _fields(section: str, item: str, shape: Shape, before: Item, after: Item) -> list[Change]:
    pairs = ((field, before.get(field, ""), after.get(field, "")) for field in shape.watched)
    return [Change(section, item, field, old, new) for field, old, new in pairs if old != new]


def _by_name(shape: Shape, items: Iterable[Item]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(" ".join(filter(None, (item.get(name, "") for name in shape.names))), []).append(item)
    return found


def _told(shape: Shape, item: Item) -> str:
    """What is watched of it; of what has nothing of the kind, that it is there."""
    return " ".join(filter(None, (item.get(field, "") for field in shape.watched))) or "+"


def _without(some: Sequence[str], others: Sequence[str]) -> list[str]:
    left = list(others)
    kept = []
    for one in some:
        if one in left:
            left.remove(one)
        else:
            kept.append(one)
    return kept
