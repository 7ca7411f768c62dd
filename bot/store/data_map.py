"""What each column holds of people: the map by which a person's data is given out and erased, and that docs/privacy.md shows.

none: nothing of anybody (numbers, times, states, names of the desk's own things). id: says who somebody is on a channel, or where they talk. contact: a name
or an address at which somebody is reached. content: what people wrote or sent, or what was written about them. secret: opens something.
"""

from __future__ import annotations

from typing import Literal, cast

Mark = Literal["none", "id", "contact", "content", "secret"]

_MAP = """
inbox: id=none channel=none key=id also=id lane=id kind=none person=contact what=content at=none due=none state=none attempts=none error=none done_at=none
outbox: id=none key=id lane=id to=id kind=none body=content due=none ticket=none message=none thread=id edits=id fresh=none state=none sent_as=id
outbox: sent_at=none attempts=none error=none begun=none heard=none
lanes: lane=id taken=none
leases: lane=id owner=none since=none until=none
holders: name=none owner=none until=none
rates: name=id state=none
counters: prefix=none last=none
numbers_ready: prefix=none number=none
tickets: row=none id=none requester=id conversation=id question=content language=none opened_at=none tier_since=none status=none tier=none assignee=id
tickets: priority=none kind=none offers=none entry=none solution=content human_at=none changed_at=none resolved_at=none closed_at=none follows=none
tickets: impact=none urgency=none tags=content fields=content watchers=id parent=none parent_as=none related=none promised=none due_at=none breached=none
tickets: waits_since=none rating=none comment=content seen_at=none asset=none external=none external_url=none version=none claimed=none words=content
labels: label=content ticket=none status=none changed_at=none
messages: id=none ticket=none direction=none kind=none author=id text=content at=none attachments=content source=id delivery=none edited=content deleted=none
messages: heard=none
events: id=none ticket=none name=none by=id channel=none at=none details=content
outcomes: id=none ticket=none asked_at=none language=none entry=none score=none known=none decision=none scale=none picked=none judgement=none instead=none
outcomes: source=none judged_at=none
contacts: id=none at=none person=id channel=none direction=none medium=none outcome=none by=id ticket=none reason=content duration_s=none
ticket_facts: opened_day=none opened_hour=none tier=none tiers=none merged=none waiting_s=none waiting_work_s=none reopened=none reopened_soon=none
ticket_facts: replies=none claims=none escalations=none send_backs=none back_and_forth=none opened_at=none first_day=none solved_day=none solved_tier=none
ticket_facts: reply_tier=none reply_s=none reply_work_s=none solved_s=none solved_work_s=none first_s=none first_work_s=none bot_s=none claim_s=none
ticket_facts: rating=none rated_day=none closed_day=none ticket=none made_by=none channel=none priority=none kind=none language=none self_service=none
ticket_facts: decision=none handed_over=none status=none closed=none desk=none entry=none requester=id solved_by=id
ticket_acts: ticket=none n=none what=none day=none by=id tier=none to_tier=none about=none priority=none late=none
open_stretches: ticket=none n=none opened_day=none since_day=none until_day=none tier=none priority=none
links: platform_id=id ticket=none role=none
people: id=id name=contact language=none timezone=contact chosen=none
entries: id=none entry=content retired=none words=content
entry_versions: id=none version=none entry=content by=id at=none
proposals: id=none entry=none lang=none text=content ticket=none by=id at=none state=none decided_by=id decided_at=none
outside: id=none text=content lang=none ticket=none by=id at=none
drafts: id=none of=none entry=content based_on=none state=none origin=none by=id at=none changed_by=id changed_at=none reviewer=id remark=content ticket=none
answered_requests: key=id fingerprint=none status=none body=content at=none
knowledge_changes: kind=none id=none version=none
assets: id=none device=none name=content serial=none uuid=none model=none system=none macs=none agent=none tag=content first_at=none seen_at=none
assets: changed_at=none person=id sections=content words=content
asset_changes: id=none asset=none at=none agent=none changes=content
notes: key=id value=secret
files: source=id attachment=content content=content
"""


def _read() -> dict[str, dict[str, Mark]]:
    found: dict[str, dict[str, Mark]] = {}
    for line in _MAP.strip().splitlines():
        table, _, columns = line.partition(": ")
        found.setdefault(table, {}).update({name: cast("Mark", mark) for name, _, mark in (one.partition("=") for one in columns.split())})
    return found


DATA_MAP = _read()
"""Each column's mark, by table and column."""


def as_page() -> str:
    """The map as a table of docs/privacy.md: columns that hold something of people; all others are `none`."""
    lines = ["| table | id | contact | content | secret |", "|---|---|---|---|---|"]
    for table, columns in DATA_MAP.items():
        cells = [", ".join(f"`{name}`" for name, mark in columns.items() if mark == kind) for kind in ("id", "contact", "content", "secret")]
        if any(cells):
            lines.append(f"| `{table}` | {' | '.join(cells)} |")
    return "\n".join(lines)
