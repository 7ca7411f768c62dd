"""Figures in chat: the week's digest, which comes once, and `report`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.configuration import read
from bot.domain.desks import Desk
from bot.domain.ids import PersonId
from bot.engine.reports.figures import Figures
from bot.engine.reports.week import Wanting
from bot.engine.running.timetable import is_due, next_after
from tests.builders import ALICE, ANN, BEN, a_desk
from tests.reported import a_story, keep
from tests.world import World, text_of

HOUR = 3600
TIERS = '\n[[tiers]]\nlevel = 2\nname = "Service desk"'
LAST_WEEK, BEFORE = date(2025, 3, 5), date(2025, 2, 26)


def desk(**changes: Any) -> Desk:
    """Ann is an admin, Ben leads tier 2."""
    made = a_desk(admins=frozenset({ANN.id}), url="https://help.example.com", **changes)
    return replace(made, tiers=(replace(made.tiers[0], leads=frozenset({BEN.id})), *made.tiers[1:]))


async def a_world(**changes: Any) -> World:
    """Four tickets in the week that ends on Sunday, March 9th, and one in the week before; it is Sunday evening."""
    world = World(desk(**changes))
    world.clock.moment = datetime(2025, 3, 9, 20, tzinfo=UTC)
    answered = {"reply_s": 2 * HOUR, "reply_work_s": HOUR, "reply_tier": 2}
    solved = {"self_service": "confirmed", "tiers": 0, "tier": 1, "status": "resolved", "handed_over": "", "decision": "answer"}
    some = [a_story(n, LAST_WEEK, **answered) for n in (1, 2, 3)]
    await keep(world.store, [*some, a_story(4, LAST_WEEK, **solved), a_story(5, BEFORE, reply_s=HOUR, reply_work_s=HOUR, reply_tier=2)])
    await world.timetable.look()
    return world


async def test_on_monday_at_nine_leads_and_admins_hear_the_figures_of_the_week_against_the_week_before() -> None:
    world = await a_world()
    await world.passes(hours=12, minutes=59)
    world.never_heard("the week from", ANN)

    await world.passes(minutes=1)

    for reader in (ANN, BEN):
        told = text_of(world.heard("the week from 2025-03-03 to 2025-03-09", reader).body)
        assert "Tickets opened: 4 (1)" in told
        assert "Solved by the FAQ, share: 25.0 % (0.0 %)" in told
        assert "First answer of a person, median: 2 h (1 h)" in told
    assert world.heard("the week from", ANN).body.choices[0].link == "https://help.example.com/admin/reports"


async def test_the_way_to_the_pages_is_shown_to_whom_they_are_open() -> None:
    world = await a_world()
    await world.passes(hours=13)
    await world.commands("report", "volume", BEN)
    await world.commands("report", "volume", ANN)
    assert world.heard("the week from", BEN).body.choices == ()
    assert [[choice.link for choice in body.choices] for _, body in world.chat.answers if body.parts][-2:] == [
        [], ["https://help.example.com/admin/reports/volume"],
    ]  # fmt: skip


async def test_a_report_that_cannot_be_made_fails_alone() -> None:
    world = await a_world()

    class Broken:
        async def noted(self, prefix: str) -> dict[str, str]:
            raise TypeError("made to fail")

        async def counted(self, what: Any) -> Any:
            raise TypeError("made to fail")

    world.crew = replace(world.crew, figures=Figures(Broken(), world.desk, world.clock))  # type: ignore[arg-type]
    world.workers._crew = world.crew
    await world.commands("report", "volume", ANN)
    await world.says("the VPN keeps dropping")
    assert await world.ticket("IT-1")


async def test_it_names_what_was_asked_most_and_not_answered() -> None:
    world = await a_world()

    async def gaps(since: datetime) -> list[Wanting]:
        assert since == datetime(2025, 3, 3, tzinfo=ZoneInfo(world.desk.timezone))
        return [Wanting("where is the canteen", 7)]

    world.figures.gaps = gaps
    await world.passes(hours=13)
    assert "7 ×: where is the canteen" in text_of(world.heard("the week from", ANN).body)


async def test_it_comes_once_however_many_plan_it_and_again_a_week_later() -> None:
    world = await a_world()
    for _ in range(3):
        await world.timetable.look()
    await world.passes(hours=13)
    await world.timetable.look()
    await world.passes(hours=1)
    assert len([sent for sent in world.to(ANN) if "the week from" in text_of(sent.body)]) == 1

    await world.passes(days=7)

    assert len([sent for sent in world.to(ANN) if "the week from" in text_of(sent.body)]) == 2


async def test_whoever_does_not_want_it_does_not_get_it() -> None:
    world = await a_world()
    await world.commands("notify", "off weekly", BEN)
    await world.passes(hours=13)
    world.heard("the week from", ANN)
    world.never_heard("the week from", BEN)


async def test_a_desk_that_changed_the_hour_is_not_told_at_the_former_one() -> None:
    world = await a_world()
    world.desk = replace(world.desk, weekly="0 8 * * TUE")
    world.crew = replace(world.crew, desk=world.desk)
    world.workers._crew = world.crew
    await world.passes(hours=13)
    world.never_heard("the week from", ANN)


async def test_off_is_off() -> None:
    world = await a_world(weekly="")
    await world.passes(days=8)
    world.never_heard("the week from", ANN)


async def test_a_week_of_nothing_says_so() -> None:
    world = World(desk())
    world.clock.moment = datetime(2025, 3, 9, 20, tzinfo=UTC)
    await world.timetable.look()
    await world.passes(hours=13)
    world.heard("There was nothing in this week, nor in the week before.", ANN)


# ------------------------------------------------------------------------------------------------------------------ report
async def test_report_tells_the_last_seven_days_and_a_named_one_its_figures_with_their_definition() -> None:
    world = await a_world()
    await world.commands("report", "", BEN)
    assert "Tickets opened: 4 (1)" in world.told_alone(BEN)[-1]
    await world.commands("report", "volume 28", BEN)
    told = world.told_alone(BEN)[-1]
    assert "Tickets opened: 5" in told
    assert "2025-02-10 – 2025-03-09" in told
    assert "Every ticket opened in this time" in told


async def test_a_name_that_no_report_has_is_answered_with_those_there_are() -> None:
    world = await a_world()
    await world.commands("report", "list", ANN)
    assert "There is no such report. There are:" in world.told_alone(ANN)[-1]
    assert "backlog:" in world.told_alone(ANN)[-1]


async def test_a_log_is_for_its_page() -> None:
    world = await a_world()
    await world.commands("report", "contacts", ANN)
    assert "read on its page" in world.told_alone(ANN)[-1]


async def test_figures_are_for_leads_and_admins_and_of_others_the_words_are_a_question() -> None:
    world = await a_world()
    await world.commands("report", "", ALICE)
    assert "Tickets opened" not in "".join(world.told_alone(ALICE))
    await world.commands("report", "fraud", ALICE)
    assert (await world.ticket("IT-1")).question == "report fraud"


async def test_figures_are_made_outside_of_the_unit_of_work() -> None:
    world = await a_world()
    before = world.store.counted  # type: ignore[attr-defined]
    inside: list[bool] = []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.store, name)

        async def counted(self, what: Any) -> Any:
            inside.append(True)
            return await before(what)

    world.crew = replace(world.crew, figures=Figures(Watched(), world.desk, world.clock))  # type: ignore[arg-type]
    world.workers._crew = world.crew
    await world.commands("report", "volume", ANN)
    assert inside
    assert "Tickets opened" in world.told_alone(ANN)[-1]


# ----------------------------------------------------------------------------------------------------------------- setting
@pytest.mark.parametrize(("said", "cron"), [("", "0 9 * * MON"), ("off", ""), ("fri 16:30", "30 16 * * FRI"), ("Sun 7:05", "5 7 * * SUN")])
def test_the_hour_is_a_setting(said: str, cron: str) -> None:
    found, faults = read(f'[reports]\nweekly = "{said}"{TIERS}')
    assert faults == []
    assert found.desk.weekly == cron


@pytest.mark.parametrize("said", ["monday 9", "mon", "mon 25:00", "xyz 9:00", "9:00 mon"])
def test_what_is_no_hour_is_named_with_its_cure(said: str) -> None:
    _, faults = read(f'[reports]\nweekly = "{said}"{TIERS}')
    assert faults == [f'[reports] weekly: "{said}" is no day and time; write "mon 9:00", or "off" for never']


@pytest.mark.parametrize("url", ["help.example.com", "ftp://x", "https://a b", "javascript:alert(1)"])
def test_an_address_that_is_none_is_named_with_its_cure(url: str) -> None:
    _, faults = read(f'[desk]\nurl = "{url}"{TIERS}')
    assert faults == [f'[desk] url: "{url}" is no address of a site; write it as people open it, "https://help.example.com"']


def test_its_hour_is_that_of_the_desk_s_clock_in_summer_and_winter() -> None:
    winter = next_after("0 9 * * MON", "Europe/Madrid", datetime(2025, 3, 24, 12, tzinfo=UTC) - timedelta(days=7))
    summer = next_after("0 9 * * MON", "Europe/Madrid", winter + timedelta(hours=1))
    assert (winter.hour, summer.hour) == (8, 7)
    assert is_due("0 9 * * MON", "Europe/Madrid", summer)
    assert not is_due("0 9 * * MON", "Europe/Madrid", summer + timedelta(hours=1))


def test_nobody_outside_the_list_is_named_a_reader() -> None:
    from bot.engine.reports.weekly import readers

    assert list(readers(desk())) == [PersonId(ANN.id), PersonId(BEN.id)]
