"""[sla] and [[policies]] of firstline.toml: what is promised to whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.configuration.hours import calendar_name
from bot.domain.calendars import HORIZON, Calendar
from bot.domain.custom_fields import RequestForm
from bot.domain.desks import Policy, Target
from bot.domain.practices import PRACTICES
from bot.toml_table import Table, nearest, shown

GOALS = ("first_response", "next_response", "resolution")
PLAIN = "question"  # the kind of a ticket that came by no form
WARN_AT = 0.75
LATEST = 0.99  # a warning with the breach itself helps nobody


@dataclass(frozen=True, slots=True)
class ServiceLevels:
    """targets: by priority. policies: ahead of those, the first that fits counts. warn_at: the part of the promised time after which the team is warned."""

    targets: dict[str, Target] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    warn_at: float = WARN_AT


def service_levels(root: Table, priorities: Collection[str], calendars: Mapping[str, Calendar], hours: Calendar) -> ServiceLevels:
    """Both sections. calendars: those that may be named; hours: the calendar of who names none."""
    sla = root.table("sla")
    targets = {}
    for priority in priorities:
        given = priority in sla.values
        table = sla.table(priority)
        target = _target(table, calendars, hours)
        table.done()
        if given:
            targets[priority] = target
    warn_at = sla.share("warn_at", WARN_AT, most=LATEST)
    sla.done()
    return ServiceLevels(targets, _policies(root, priorities, calendars, hours), warn_at)


def check_kinds(root: Table, policies: Collection[Policy], forms: Collection[RequestForm]) -> None:
    """A policy for a kind that no ticket can have would never count."""
    known = tuple(dict.fromkeys((PLAIN, *PRACTICES, *(form.kind for form in forms))))
    for number, policy in enumerate(policies, 1):
        if policy.kind and policy.kind not in known:
            what = "is neither the kind of one of [[forms]] nor one of the five"
            root.faults.append(f"[[policies]] number {number} kind: {shown(policy.kind)} {what}; {nearest(policy.kind, known)}")


def _policies(root: Table, priorities: Collection[str], calendars: Mapping[str, Calendar], hours: Calendar) -> tuple[Policy, ...]:
    value = root.get("policies", [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        root.faults.append("[[policies]]: it is no list of tables; write [[policies]] with two brackets before each policy")
        return ()
    tables = [Table(f"[[policies]] number {number}", item, root.faults) for number, item in enumerate(value, 1)]
    return tuple(_policy(table, number, priorities, calendars, hours) for number, table in enumerate(tables, 1))


def _policy(table: Table, number: int, priorities: Collection[str], calendars: Mapping[str, Calendar], hours: Calendar) -> Policy:
    name = table.text("name", f"policy {number}")
    if not 1 <= len(name) <= 80 or not name.isprintable():
        table.fault("name", "it is empty, longer than 80 characters or not on one line; write the name that the card is to show")
    priority, kind = table.text("priority"), table.text("kind")
    if priority and priority not in priorities:
        table.fault("priority", f"{shown(priority)} is no priority; {nearest(priority, priorities)}")
    if not priority and not kind:
        table.fault("priority", 'neither priority nor kind is named, so nothing would be left for [sla]; write priority = "urgent" or kind = "incident"')
    target = _target(table, calendars, hours)
    table.done()
    return Policy(name, target, priority, kind)


def _target(table: Table, calendars: Mapping[str, Calendar], hours: Calendar) -> Target:
    first, following, solved = (table.span(goal, None, zero="cannot be kept") for goal in GOALS)
    name = calendar_name(table, calendars)
    calendar = calendars[name] if name else hours
    for goal, span in zip(GOALS, (first, following, solved), strict=True):
        if span is not None and _takes(span, calendar) > HORIZON / 2:
            table.fault(goal, f"{shown(table.values[goal])} of business time takes years with so few hours; write a shorter time, or give longer hours")
    return Target(first, solved, following, name)


def _takes(span: timedelta, calendar: Calendar) -> timedelta:
    """About how long by the calendar on the wall."""
    return timedelta(days=7) * (span / calendar.weekly)
