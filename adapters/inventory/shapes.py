"""What the agents call things, made one; and of everything that they tell the little that is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from adapters.inventory.wire import Fields, Told, TooLarge, Unreadable
from bot.domain.assets import LONGEST, MOST_ITEMS, SECTIONS, Inventory, Item

MOST_TEXT = 4_000_000  # characters of all that is kept
XML_NAMES: Mapping[str, Mapping[str, str]] = {
    "networks": {"macaddr": "mac"},
    "storages": {"serialnumber": "serial"},
    "softwares": {"architecture": "arch"},
    "cpus": {"cores": "core", "threads": "thread"},
}
"""What OCS and Fusion call what is named otherwise in JSON."""


def inventory_of(told: Told) -> Inventory:
    """What is kept of it. Raises Unreadable when nobody could say of which machine it is, TooLarge."""
    if not told.device:
        raise Unreadable("no device")
    found = _with_one_name(told)
    sections = {name: tuple(_kept(name, found[name])) for name in SECTIONS if name in found}
    if not sections.get("hardware") and not told.is_partial:
        raise Unreadable("no hardware")
    items = [item for kept in sections.values() for item in kept]
    if len(items) > MOST_ITEMS or sum(len(text) for item in items for text in item.values()) > MOST_TEXT:
        raise TooLarge
    return Inventory(told.device[:LONGEST], _agent(told), told.tag[:LONGEST], sections, told.is_partial)


def _agent(told: Told) -> str:
    return told.agent[:80] or ("GLPI-Agent" if told.is_json else "OCS-NG_agent")


def _with_one_name(told: Told) -> Fields:
    if told.is_json:
        return told.sections
    found = {name: [_renamed(XML_NAMES.get(name, {}), item) for item in items] for name, items in told.sections.items()}
    hardware = (found.get("hardware") or [{}])[0]
    if "operatingsystem" not in found and hardware.get("osname"):  # OCS says it among the hardware
        system = {"full_name": hardware["osname"], "version": hardware.get("osversion", "")}
        found["operatingsystem"] = [{field: text for field, text in system.items() if text}]
    for cpu in found.get("cpus", ()):
        cpu.setdefault("name", cpu.get("type", ""))
    return found


def _renamed(names: Mapping[str, str], item: Item) -> Item:
    return {names.get(field, field): text for field, text in item.items()}


def _kept(section: str, items: Iterable[Item]) -> Iterable[Item]:
    """The fields that are allowed, of what is really there. What is told twice (of one card for each address) is kept once."""
    shape = SECTIONS[section]
    seen = set()
    for item in items:
        if section == "networks" and (item.get("type") == "loopback" or item.get("virtualdev") in ("1", "true")):
            continue
        kept = {field: " ".join(item[field].split())[:LONGEST] for field in shape.fields if item.get(field)}
        told = tuple(kept.get(field, "") for field in (*shape.names, *shape.watched))
        if kept and told not in seen:
            seen.add(told)
            yield kept
