"""Once a week leads and admins are told the figures of the seven days before, unless they or the desk do not want it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import TimerFired
from bot.engine.people import notices
from bot.engine.people.addresses import addresses_of
from bot.engine.reports import chat, week
from bot.engine.reports.figures import Wanted
from bot.engine.running import timetable
from bot.engine.turn import Turn
from bot.ports import Transaction

TIMER = "weekly"
LANE = ConversationId("desk:weekly")
KIND = "weekly"  # of a notice


def readers(desk: Desk) -> Iterator[PersonId]:
    """Whom the desk names as admin or lead."""
    yield from dict.fromkeys([*sorted(desk.admins), *sorted(lead for tier in desk.tiers for lead in tier.leads)])


async def plan(tx: Transaction, desk: Desk, now: timetable.Moment) -> None:
    """Its next time is kept, once however often that is asked for."""
    if desk.weekly:
        await timetable.keep(tx, TIMER, LANE, timetable.next_after(desk.weekly, desk.timezone, now), now)


async def fired(turn: Turn, timer: TimerFired) -> None:
    """Its hour has come. A timer of an hour that the desk has changed since is void."""
    desk = turn.desk
    if not desk.weekly or not timetable.is_due(desk.weekly, desk.timezone, timer.since):
        return
    last = chat.today(turn) - timedelta(days=1)
    told: set[PersonId] = set()
    for person in readers(desk):
        addresses = await addresses_of(turn.tx, person)
        if told.isdisjoint(addresses):
            t = await turn.tongue_for(person)
            found = chat.figures(turn).week(Wanted("", last - timedelta(days=6), last, desk.languages[0]))
            title = t.say("{desk}: the week from {first} to {last}", desk=desk.name, first=last - timedelta(days=6), last=last)
            parts = week.parts(t, title, *found)
            await notices.notify(turn, person, KIND, parts, choices=chat.links(desk, t, "") if person in desk.admins else ())
        told.update(addresses)
    await plan(turn.tx, desk, turn.now)
