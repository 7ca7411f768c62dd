"""Computers as plain JSON values, and as a table: what files hold that people take out. The keys are documented in docs/export.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from bot.domain.assets import Asset, Audit, Sections
from bot.domain.people import Person
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import Tongue

Line = dict[str, object]


def asset_line(asset: Asset, sections: Sections, audits: Sequence[Audit]) -> Line:
    """A computer, what it is made of, and what changed in it. audits: oldest first."""
    return {
        "type": "asset",
        "id": asset.id,
        "device": asset.device,
        "name": asset.name,
        "serial": asset.serial or None,
        "uuid": asset.uuid or None,
        "model": asset.model or None,
        "system": asset.system or None,
        "macs": list(asset.macs),
        "agent": asset.agent,
        "tag": asset.tag or None,
        "person": asset.person or None,
        "first_at": _moment(asset.first_at),
        "seen_at": _moment(asset.seen_at),
        "changed_at": _moment(asset.changed_at),
        "sections": {name: [dict(item) for item in items] for name, items in sections.items()},
        "changes": [{"at": _moment(audit.at), **asdict(change)} for audit in audits for change in audit.changes],
    }


def asset_sheet(t: Tongue, assets: Sequence[Asset], people: Mapping[str, Person]) -> Sheet:
    """A row for each."""
    columns = [
        Column("id", t.say("Number")), Column("name", t.say("Name"), "text"), Column("model", t.say("Model"), "text"),
        Column("serial", t.say("Serial number"), "text"), Column("system", t.say("Operating system"), "text"), Column("tag", t.say("Tag"), "text"),
        Column("owner", t.say("Whose it is"), "text"), Column("person", t.say("Address"), "text"), Column("seen_at", t.say("Last inventory"), "moment"),
        Column("changed_at", t.say("What changed"), "moment"), Column("first_at", t.say("First inventory"), "moment"), Column("device", t.say("Agent"), "text"),
        Column("agent", t.say("Program"), "text"),
    ]  # fmt: skip
    return Sheet("assets", t.say("Computers"), columns, [_row(one, people) for one in assets], listed=True)


def _row(asset: Asset, people: Mapping[str, Person]) -> Sequence[Cell]:
    owner = people.get(asset.person)
    return [
        asset.id, asset.name, asset.model, asset.serial, asset.system, asset.tag, owner.name if owner else "", asset.person,
        asset.seen_at, asset.changed_at, asset.first_at, asset.device, asset.agent,
    ]  # fmt: skip


def _moment(moment: datetime) -> str:
    return moment.isoformat()
