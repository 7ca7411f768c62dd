"""A desk with some weeks behind it: what reports count of made-up tickets, for tests and to look at pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bot.domain.ids import PersonId, TicketId
from bot.domain.ticket_facts import NEVER, OpenStretch, Story, TicketAct, TicketFacts, number_of
from bot.ports import Transaction

HOUR = 3600
AGENTS = ("web:agent-1", "web:agent-2", "web:agent-3")


def a_story(number: int, day: date, *acts: TicketAct, stretches: tuple[OpenStretch, ...] = (), **changes: Any) -> Story:
    """A question that reached tier 2 on that day, at nine."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    facts = TicketFacts(
        TicketId(f"IT-{number}"), "IT", "web", "question", "en", "normal", PersonId("web:someone"), "requester", at,
        opened_day=number_of(day), opened_hour=9, status="open", tier=2, tiers=1, self_service="handed_over", handed_over="no_match", decision="hand_over",
    )  # fmt: skip
    made = tuple(replace(act, ticket=facts.ticket, n=n) for n, act in enumerate(acts))
    return Story(replace(facts, **changes), made, tuple(replace(one, ticket=facts.ticket, n=n) for n, one in enumerate(stretches)))


def an_act(what: Any, day: date, **more: Any) -> TicketAct:
    """Of some ticket, on that day."""
    return TicketAct(TicketId(""), 0, what, number_of(day), **more)


def stories(last: date, days: int = 60) -> list[Story]:
    """Some tickets a day, most of them on weekdays: solved by the FAQ, solved by people, or open."""
    made: list[Story] = []
    for back in range(days):
        day = last - timedelta(days=back)
        for n in range(2 if day.weekday() > 4 else 6 + (back * 7) % 5):
            made.append(_one(len(made) + 1, day, n))
    return made


def _one(number: int, day: date, n: int) -> Story:
    today, channel = number_of(day), ("slack", "web", "telegram", "slack")[n % 4]
    common: dict[str, Any] = {"channel": channel, "language": ("en", "es", "de")[n % 3], "opened_hour": 8 + n, "priority": ("normal", "high")[n % 5 == 0]}
    if n % 3 == 0:
        return a_story(
            number, day, **common, tier=1, tiers=0, status="resolved", self_service="confirmed", handed_over="", decision="answer", entry="vpn-slow",
            bot_s=1, first_day=today, first_s=30, first_work_s=30, solved_day=today, solved_s=30, solved_work_s=30, solved_tier=1,
        )  # fmt: skip
    agent = AGENTS[n % 3]
    reply = HOUR // 2 * (1 + n)
    if n % 7 == 1 and number % 2:
        still = OpenStretch(TicketId(""), 0, today, today, NEVER, 2, "normal")
        return a_story(number, day, an_act("claimed", day, by=agent, tier=2), stretches=(still,), **common)
    acts = (
        an_act("claimed", day, by=agent, tier=2), an_act("replied", day, by=agent, tier=2), an_act("solved", day, by=agent, tier=2),
        an_act("ended", day, about="solved"), an_act("promise", day, about="first_response", priority="normal", late=int(n == 4)),
    )  # fmt: skip
    return a_story(
        number, day, *acts, **common, status="resolved", bot_s=2, claim_s=reply // 2, reply_s=reply, reply_work_s=reply, reply_tier=2, first_day=today,
        first_s=reply * 2, first_work_s=reply * 2, solved_day=today, solved_s=reply * 3, solved_work_s=reply * 2, solved_tier=2, solved_by=agent,
        rating=(5, 4, 2, None)[n % 4],
    )  # fmt: skip


async def keep(store: Any, some: list[Story]) -> None:
    """In the store, as if it had been counted."""
    for begin in range(0, len(some), 50):

        async def unit(tx: Transaction, begin: int = begin) -> None:
            await tx.save_stories(some[begin : begin + 50])

        await store.run(unit)
