"""Reports over several departments: what was counted is added up before anything is made of it, and who is away is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.domain.desks import Desk, Tier
from bot.domain.ids import TicketId
from bot.domain.ticket_facts import Story
from bot.engine.reports.over_all import APART, Merged, Office, Wanted, naming, over_all
from bot.engine.reports.registry import REPORTS
from bot.engine.reports.report import Asking
from bot.engine.reports.sheets import Sheet
from bot.engine.tongue import tongue
from bot.errors import StoreError
from tests.reported import a_story, keep, stories
from tests.world import World

LAST, NOW = date(2026, 11, 20), datetime(2026, 11, 20, 23, 59, tzinfo=UTC)
FIRST = date(2026, 10, 24)
FRONT = Desk(name="Acme help", prefix="FRONT", timezone="UTC")
HR = Desk(name="People", prefix="HR", timezone="UTC", tiers=(Tier(2, "People team"),))
IT = Desk(name="IT help", prefix="IT", timezone="UTC", tiers=(Tier(2, "Service desk"), Tier(3, "Specialists")))
JOINT = [name for name in REPORTS if name not in APART]


class Away:
    """A database that nobody reaches."""

    def __getattr__(self, name: str) -> Any:
        raise StoreError("away")


def of(prefix: str, made: list[Story]) -> list[Story]:
    """The same work at another desk."""

    def renamed(story: Story) -> Story:
        number = TicketId(story.facts.ticket.replace("IT", prefix))
        acts, stretches = (tuple(replace(one, ticket=number) for one in some) for some in (story.acts, story.stretches))
        return replace(story, facts=replace(story.facts, ticket=number, desk=prefix), acts=acts, stretches=stretches)

    return [renamed(story) for story in made]


async def desk_of(desk: Desk, made: list[Story]) -> Office:
    world = World()
    await keep(world.store, made)
    return Office(desk.prefix.lower(), desk, world.store)


@pytest.fixture
async def offices() -> list[Office]:
    """People with few tickets, IT with many."""
    return [await desk_of(HR, of("HR", stories(LAST, 9))), await desk_of(IT, stories(LAST))]


async def over(offices: list[Office], name: str, **more: Any) -> Merged:
    return await over_all(Wanted(REPORTS[name], FRONT, FIRST, LAST, tongue("en"), NOW, **more), offices)


def sheet(merged: Merged, key: str) -> Sheet:
    return next(one for one in merged.sheets if one.key == key)


def of_whole(one: Sheet, whole: Sheet) -> list[list[object]]:
    """The rows of all departments together, without what is said of each."""
    if whole.upright:
        return [list(row[1:]) for row in one.rows[-1:]]
    return [list(row[: len(whole.columns)]) for row in one.rows]


@pytest.mark.parametrize("name", JOINT)
async def test_the_whole_is_what_one_desk_with_all_the_tickets_would_have_reported(offices: list[Office], name: str) -> None:
    merged = await over(offices, name)
    both = await desk_of(replace(FRONT, tiers=()), [*of("HR", stories(LAST, 9)), *stories(LAST)])
    alone = await REPORTS[name].sheets(Asking(both.reader, both.desk, FIRST, LAST, tongue("en"), NOW))
    assert [one.key for one in merged.sheets] == [one.key for one in alone]
    for found, expected in zip(merged.sheets, alone, strict=True):
        if expected.columns[0].key != "entry":
            assert of_whole(found, expected) == [list(row) for row in expected.rows], found.key
    assert any(one.rows for one in alone)


async def test_each_department_has_a_row_of_its_own_and_the_last_is_all_of_them(offices: list[Office]) -> None:
    total = sheet(await over(offices, "volume"), "total")
    assert [row[0] for row in total.rows] == ["People", "IT help", "All departments"]
    people, it, whole = (int(row[1]) for row in total.rows)  # type: ignore[call-overload]
    assert 0 < people < it
    assert whole == people + it


async def test_a_long_table_has_a_column_for_each_department(offices: list[Office]) -> None:
    channels = sheet(await over(offices, "volume"), "channels")
    assert [column.label for column in channels.columns] == ["Channel", "Tickets opened", "Share", "People", "IT help"]
    assert all(row[1] == row[3] + row[4] for row in channels.rows)  # type: ignore[operator]
    assert "the last columns say “Tickets opened” of each" in channels.note


async def test_a_share_is_that_of_the_sums_and_no_mean_of_shares() -> None:
    solved = {"tier": 1, "tiers": 0, "status": "resolved", "self_service": "confirmed", "handed_over": "", "decision": "answer"}
    few = await desk_of(HR, of("HR", [a_story(1, LAST, **solved)]))
    many = await desk_of(IT, [a_story(n, LAST) for n in range(1, 10)])
    total = sheet(await over([few, many], "deflection"), "total")
    shares = [dict(zip((column.key for column in total.columns), row, strict=True))["deflection"] for row in total.rows]
    assert shares == [1.0, 0.0, 0.1]


async def test_entries_of_one_name_in_two_departments_stay_two(offices: list[Office]) -> None:
    reasons = sheet(await over(offices, "volume"), "reasons")
    assert {row[0] for row in reasons.rows} == {"hr/vpn-slow", "it/vpn-slow"}


async def test_a_department_that_is_away_is_named_and_the_others_are_reported(offices: list[Office]) -> None:
    away = Office("ops", Desk(name="Office", prefix="OPS", timezone="UTC"), Away())  # type: ignore[arg-type]
    merged = await over([*offices, away], "volume")
    assert merged.away == {"ops"}
    assert [row[0] for row in sheet(merged, "total").rows] == ["People", "IT help", "All departments"]
    told = naming(tongue("en"), merged.sheets, ["Office"])
    assert told[0].note.startswith("Cannot be reached just now and is not in these figures: Office. ")


async def test_where_all_are_away_there_are_no_tables() -> None:
    merged = await over([Office("ops", HR, Away())], "volume")  # type: ignore[arg-type]
    assert (merged.sheets, merged.away) == ([], {"ops"})


@pytest.mark.parametrize("name", APART)
async def test_what_is_of_one_desk_alone_is_told_of_each_below_the_other(offices: list[Office], name: str) -> None:
    for one in (await over(offices, name)).sheets:
        assert one.columns[0].label == "Department"
        assert "Each department by itself." in one.note
        assert all(len(row) == len(one.columns) for row in one.rows)


async def test_a_time_is_counted_only_as_far_as_every_department_has_counted(offices: list[Office]) -> None:
    assert (await over(offices, "volume")).counted is None  # nobody has counted anything from events here
