"""How journeys through the doors begin: the product behind each (fixtures: conftest.py), and a ticket that the team has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from bot.domain.tickets import Ticket
from tests.builders import UNKNOWN
from tests.journeys.doors import Agent, Door, Requester, eventually, finds_card
from tests.journeys.doors_slack import slack
from tests.journeys.doors_telegram import telegram
from tests.journeys.doors_web import web

DOORS: Mapping[str, Callable[..., AbstractAsyncContextManager[Any]]] = {
    "slack-http": partial(slack, socket_mode=False),
    "telegram-polling": partial(telegram, webhook=False),
    "web": web,
}


async def number_of(person: Requester) -> str:
    """The number of the newest ticket they were told of."""

    async def look() -> str | None:
        found = re.findall(r"\bIT-\d+\b", " ".join(await person.seen()))
        return found[-1] if found else None

    return await eventually(look, "a number in what the requester sees")


async def handed_over(door: Door, words: str = UNKNOWN) -> tuple[Requester, Agent, str]:
    """Somebody asked what no entry answers: they, Ann who sees the card, and its number."""
    alice, ann = await door.newcomer(), await door.ann()
    await alice.says(words)
    number = await number_of(alice)
    await finds_card(ann, number, words)
    return alice, ann, number


async def ticket(door: Door, number: str) -> Ticket:
    """As it is stored now."""
    found = await door.app.store.ticket(number)
    assert found is not None
    return found
