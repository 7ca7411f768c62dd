"""What changed in a computer, in words: each change as a line, and many of them in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.assets import SECTIONS, Change, Item
from bot.engine.tongue import N_, Tongue

NAMES: Mapping[str, str] = {
    "hardware": N_("Computer"),
    "bios": N_("Maker"),
    "operatingsystem": N_("Operating system"),
    "cpus": N_("Processors"),
    "memories": N_("Memory"),
    "storages": N_("Disks"),
    "drives": N_("Drives"),
    "networks": N_("Network"),
    "videos": N_("Graphics"),
    "monitors": N_("Screens"),
    "printers": N_("Printers"),
    "antivirus": N_("Virus protection"),
    "softwares": N_("Software"),
}
"""Sections, as people call them."""
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "memory": N_("Memory"),
    "smanufacturer": N_("Maker"),
    "smodel": N_("Model"),
    "model": N_("Model"),
    "ssn": N_("Serial number"),
    "serial": N_("Serial number"),
    "assettag": N_("Tag"),
    "full_name": N_("Name"),
    "version": N_("Version"),
    "bversion": N_("Version"),
    "kernel_version": N_("Kernel"),
    "arch": N_("Architecture"),
    "core": N_("Cores"),
    "thread": N_("Threads"),
    "capacity": N_("Size"),
    "disksize": N_("Size"),
    "total": N_("Size"),
    "type": N_("Kind"),
    "mac": N_("Address"),
}
"""What is watched, as people call it; what is not here is called as agents call it."""
IN_MEGABYTES = frozenset({"memory", "capacity", "disksize", "total"})
LINES, NAMED = 4, 3  # of a digest: lines besides those of software, and packages that are named


def told(t: Tongue, change: Change) -> str:
    """A change as a line."""
    what = ": ".join(filter(None, (t.say(NAMES.get(change.section, change.section)), change.item)))
    if change.field:
        return _field(t, change) if change.field == "memory" and not change.item else f"{what} · {_field(t, change)}"
    if change.before and change.after:
        return f"{what}: {change.before} → {change.after}"
    named = what if change.before + change.after == "+" else f"{what} {change.before or change.after}"
    return t.say("New: {what}", what=named) if change.after else t.say("Gone: {what}", what=named)


def _field(t: Tongue, change: Change) -> str:
    before, after = (sized(value) if change.field in IN_MEGABYTES else value for value in (change.before, change.after))
    if before.rpartition(" ")[2] == after.rpartition(" ")[2] and change.field in IN_MEGABYTES:
        before = before.rpartition(" ")[0]  # 8 → 16 GB
    return f"{t.say(FIELDS[change.field]) if change.field in FIELDS else change.field}: {before or '–'} → {after or '–'}"


def part(t: Tongue, section: str, item: Item) -> str:
    """One part as a line: of what there is one alone each fact by its name, of others what they are."""
    shown = {field: sized(value) if field in IN_MEGABYTES else value for field, value in item.items()}
    if SECTIONS[section].names:
        return " · ".join(shown.values())
    return " · ".join(f"{t.say(FIELDS[field]) if field in FIELDS else field}: {value}" for field, value in shown.items())


def sized(megabytes: str) -> str:
    """ "16384" as "16 GB"; what is no number as it is."""
    if not (megabytes.isascii() and megabytes.isdigit() and len(megabytes) < 15):
        return megabytes
    size = int(megabytes)
    if size < 1024:
        return f"{size} MB"
    return f"{size / 1024:.3g} GB" if size < 1024**2 else f"{size / 1024**2:.3g} TB"


def digest(t: Tongue, changes: Sequence[Change]) -> list[str]:
    """All of them in a few lines: parts first, software in one. A slot of memory is left out where the whole memory is told."""
    grown = any(change.section == "hardware" and change.field == "memory" for change in changes)
    parts = [one for one in changes if one.section != "softwares" and not (grown and one.section == "memories")]
    lines = [told(t, change) for change in parts[:LINES]]
    if len(parts) > LINES:
        lines.append(t.many("and {count} more change", "and {count} more changes", len(parts) - LINES))
    return [*lines, *_software(t, [one for one in changes if one.section == "softwares"])]


def _software(t: Tongue, changes: Sequence[Change]) -> list[str]:
    if 0 < len(changes) <= NAMED:
        return [told(t, change) for change in changes]
    new = sum(not change.field and not change.before for change in changes)
    gone = sum(not change.field and not change.after for change in changes)
    other = len(changes) - new - gone
    counts = [
        t.many("{count} package new", "{count} packages new", new) if new else "",
        t.many("{count} package gone", "{count} packages gone", gone) if gone else "",
        t.many("{count} package in another version", "{count} packages in another version", other) if other else "",
    ]
    said = ", ".join(filter(None, counts))
    return [f"{t.say(NAMES['softwares'])}: {said}"] if said else []
