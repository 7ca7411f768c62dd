"""The curators' report page: figures of some days, in the reader's language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain.outcomes import solved_by
from kb.entries import Entry, Text
from tests.builders import an_outcome
from tests.web_desk import START, Document, WebWorld, a_world


@pytest.fixture
async def world() -> AsyncIterator[WebWorld]:
    made = await a_world()
    made.desk.all_entries = {"vpn": Entry("vpn", (Text("en", "Why is the VPN slow?", "So."), Text("es", "¿Por qué va lenta la VPN?", "Así.")))}
    made.desk.all_outcomes = [
        solved_by(an_outcome(asked_at=START - timedelta(days=1), entry="vpn"), "printer", "agent", START),
        an_outcome(asked_at=START - timedelta(days=40), language="fr"),
    ]
    yield made
    await made.stop()


async def test_it_shows_what_was_asked_and_which_entry_was_wrong_with_a_way_there(world: WebWorld) -> None:
    admin = await world.agent("Ada", "admin")
    page = Document((await admin.open("/admin/matching")).text)
    assert "Why is the VPN slow?" in page.text
    assert "100.0 %" in page.text
    assert '<a href="/admin/entries/vpn">' in (await admin.open("/admin/matching")).text


async def test_the_days_can_be_chosen_and_what_is_no_day_is_the_last_four_weeks(world: WebWorld) -> None:
    admin = await world.agent("Ada", "admin")
    earlier = (await admin.open("/admin/matching?from=2025-01-01&to=2025-01-31")).text
    assert ">fr</th>" in earlier
    assert "Why is the VPN slow?" not in earlier
    for odd in ("?from=x&to=9999-99-99", "?from=0001-01-01&to=0001-01-02", "?from=2025-02-31", "?from=%00&to=%F0"):
        assert "Why is the VPN slow?" in (await admin.open(f"/admin/matching{odd}")).text
    assert (await admin.open("/admin/matching?from=9999-12-31&to=9999-12-31")).status_code == 200


async def test_it_speaks_the_reader_s_language_and_is_for_curators_alone(world: WebWorld) -> None:
    admin = await world.agent("Ada", "admin")
    admin.http.headers["Accept-Language"] = "es"
    shown = (await admin.open("/admin/matching")).text
    assert "¿Por qué va lenta la VPN?" in shown
    assert (await (await world.agent("Ann")).open("/admin/matching")).status_code == 403
