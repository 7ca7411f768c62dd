"""Addresses whose mail came back get nothing more from the bot itself, until somebody writes from there."""

from __future__ import annotations

import pytest

from adapters.email.channel import EmailChannel
from adapters.email.config import EmailConfig, Server
from adapters.email.failing import Failing
from bot.domain.messages import Outbound, Say
from bot.errors import DeliveryError, DeliveryRefused
from bot.store.memory import MemoryStore
from tests.builders import a_desk
from tests.world import SetClock

ANA = "email:ana@example.org/0123456789abcdef"


def a_channel(store: MemoryStore) -> EmailChannel:
    """One whose mail server is away: what is refused before that is refused by us."""
    config = EmailConfig(Server("127.0.0.1", 1, "open"), "support@example.com")
    return EmailChannel(config, desk=a_desk(), notebook=store, files=store, clock=SetClock(), secret=b"k" * 32)


async def test_news_of_a_ticket_go_no_more_to_an_address_from_which_mail_came_back() -> None:
    store = MemoryStore()
    await Failing(store).failed("Ana@example.org")
    with pytest.raises(DeliveryRefused, match="bounced"):
        await a_channel(store).post(ANA, Outbound((Say("Taken."),)), "taken", "IT-1")


async def test_a_persons_letter_and_what_is_about_no_ticket_are_tried_all_the_same() -> None:
    store = MemoryStore()
    await Failing(store).failed("ana@example.org")
    for message, ticket in ((Outbound((Say("Are you there?"),), voice="person"), "IT-1"), (Outbound((Say("Your link"),)), "")):
        with pytest.raises(DeliveryError) as said:
            await a_channel(store).post(ANA, message, "key", ticket)
        assert not isinstance(said.value, DeliveryRefused)


async def test_whoever_writes_from_there_is_reached_there_again() -> None:
    store = MemoryStore()
    failing = Failing(store)
    await failing.failed("ana@example.org")
    assert await failing.recovers("ana@example.org")
    assert not await failing.recovers("ana@example.org")
    with pytest.raises(DeliveryError) as said:
        await a_channel(store).post(ANA, Outbound((Say("Taken."),)), "taken", "IT-1")
    assert not isinstance(said.value, DeliveryRefused)


async def test_no_address_is_kept_in_plain() -> None:
    store = MemoryStore()
    await Failing(store).failed("ana@example.org")
    assert "ana" not in str(await store.noted(""))
