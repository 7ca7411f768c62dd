"""[sla], [[policies]], [hours] and [calendars] of firstline.toml: what they may say, and how each slip is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from bot.configuration import read
from bot.domain.calendars import add, is_open
from bot.domain.desks import Desk, Policy, Target
from bot.domain.service_levels import policy_of
from tests.builders import a_ticket

TIER = '[[tiers]]\nlevel = 2\nname = "Service desk"\n'
WHOLE = (
    TIER
    + """
[desk]
timezone = "Europe/Madrid"
[sla]
warn_at = "80%"
[sla.normal]
first_response = "4h"
next_response = "8h"
resolution = "3d"
[sla.urgent]
first_response = "30m"
calendar = "always"
[[policies]]
name = "Outages"
kind = "incident"
first_response = "10m"
calendar = "lisbon"
[[policies]]
name = "Urgent requests"
priority = "urgent"
kind = "request"
resolution = "8h"
[hours]
mon = ["09:00-13:00", "14:00-18:00"]
holidays = "ES-MD, 2026-12-28"
[[forms]]
kind = "incident"
label = "Something is down"
[[forms]]
kind = "request"
label = "I need something"
[calendars.always]
always_open = true
[calendars.lisbon]
timezone = "Europe/Lisbon"
tue = ["08:00-20:00"]
holidays = "PT"
"""
)


def desk_of(source: str) -> Desk:
    configuration, faults = read(source)
    assert faults == []
    return configuration.desk


def test_what_is_promised_is_read_by_priority_and_by_policy() -> None:
    desk = desk_of(WHOLE)

    assert desk.warn_at == pytest.approx(0.8)
    assert desk.targets["normal"] == Target(timedelta(hours=4), timedelta(days=3), timedelta(hours=8))
    assert desk.targets["urgent"] == Target(timedelta(minutes=30), calendar="always")
    assert desk.policies == (
        Policy("Outages", Target(timedelta(minutes=10), calendar="lisbon"), kind="incident"),
        Policy("Urgent requests", Target(resolution=timedelta(hours=8)), "urgent", "request"),
    )


@pytest.mark.parametrize(
    ("priority", "kind", "name"),
    [
        ("normal", "question", "normal"),
        ("urgent", "question", "urgent"),
        ("low", "question", ""),
        ("normal", "incident", "Outages"),
        ("urgent", "incident", "Outages"),
        ("urgent", "request", "Urgent requests"),
        ("normal", "request", "normal"),
    ],
)
def test_the_first_policy_that_fits_counts_and_else_what_the_priority_has(priority: str, kind: str, name: str) -> None:
    assert policy_of(desk_of(WHOLE), a_ticket(priority=priority, kind=kind))[0] == name


def test_calendars_have_zones_holidays_and_days_off_of_their_own() -> None:
    desk = desk_of(WHOLE)

    assert desk.hours.timezone == "Europe/Madrid"
    assert desk.calendars["lisbon"].timezone == "Europe/Lisbon"
    assert desk.calendars["always"].is_always_open
    assert date(2026, 5, 2) in desk.hours.dates(2026)  # the day of Madrid, and of no other region
    assert date(2026, 12, 28) in desk.hours.dates(2026)
    assert date(2026, 12, 28) not in desk.hours.dates(2027)
    assert date(2026, 6, 10) in desk.calendars["lisbon"].dates(2026)
    assert not is_open(desk.hours, datetime(2026, 12, 28, 10, 0, tzinfo=UTC))  # a Monday
    assert is_open(desk.hours, datetime(2026, 12, 21, 10, 0, tzinfo=UTC))


def test_a_country_alone_keeps_no_holidays_of_its_regions() -> None:
    hours = desk_of(f'{TIER}[hours]\nmon = ["09:00-18:00"]\nholidays = "es"\n').hours
    assert date(2026, 5, 1) in hours.dates(2026)
    assert date(2026, 5, 2) not in hours.dates(2026)


def test_the_year_has_no_end_for_hours() -> None:
    hours = desk_of(f'{TIER}[hours]\nthu = ["09:00-10:00"]\nfri = ["09:00-10:00"]\nholidays = "ES"\n').hours
    # 2026-12-31 is a Thursday, the day after is New Year
    assert add(hours, datetime(2026, 12, 31, 9, 30, tzinfo=UTC), timedelta(hours=1)) == datetime(2027, 1, 7, 9, 30, tzinfo=UTC)


def test_warnings_come_at_three_quarters_where_nothing_is_said() -> None:
    assert desk_of(TIER).warn_at == 0.75


@pytest.mark.parametrize(
    ("source", "key", "cure"),
    [
        ('[sla]\nwarn_at = "100%"', "[sla] warn_at", "at most 99%"),
        ('[sla]\nwarnat = "50%"', "[sla] warnat", "did you mean warn_at?"),
        ('[sla.normal]\nnext_response = "0s"', "[sla.normal] next_response", "leave the key out"),
        ('[sla.normal]\nfirst_reponse = "4h"', "[sla.normal] first_reponse", "did you mean first_response?"),
        ('[sla.normal]\nfirst_response = "4h"\ncalendar = "night"', "[sla.normal] calendar", "add [calendars.night]"),
        ('[sla.normal]\nresolution = "3650d"\n[hours]\nmon = ["09:00-09:05"]', "[sla.normal] resolution", "a shorter time"),
        ('[policies]\nname = "x"', "[[policies]]", "two brackets"),
        ('[[policies]]\nfirst_response = "1h"', "[[policies]] number 1 priority", 'kind = "incident"'),
        ('[[policies]]\npriority = "urgend"', "[[policies]] number 1 priority", "did you mean urgent?"),
        ('[[policies]]\nkind = "question"\nname = ""', "[[policies]] number 1 name", "write the name"),
        ('[[policies]]\nkind = "question"\ncalendar = "nigt"\n[calendars.night]\nalways_open = true', "[[policies]] number 1 calendar", "did you mean night?"),
        ('[[policies]]\nkind = "incidnet"\n[[forms]]\nkind = "incident"\nlabel = "Something is down"', "[[policies]] number 1 kind", "did you mean incident?"),
        ("[calendars.empty]\n", "[calendars.empty]", "always_open = true"),
        ('[calendars.both]\nalways_open = true\nmon = ["09:00-10:00"]', "[calendars.both] always_open", "one or the other"),
        ('[calendars.x]\nalways_open = "yes"', "[calendars.x] always_open", "true or false"),
        ('[calendars.x]\nmon = ["09:00-10:00"]\ntimezone = "Europe/Madird"', "[calendars.x] timezone", '"Europe/Madrid"'),
        ('[hours]\nmon = ["09:00-10:00"]\nholidays = "ES-XX"', "[hours] holidays", "no region of ES"),
        ('[hours]\nmon = ["09:00-10:00"]\nholidays = "XX-MD"', "[hours] holidays", "no country"),
        ('[hours]\nmon = ["09:00-10:00"]\nholidays = "ES, 2026-02-29"', "[hours] holidays", "there is no such day"),
        ('[hours]\nholidays = "ES"', "[hours] holidays", "always open"),
    ],
)
def test_each_slip_names_its_key_and_the_cure(source: str, key: str, cure: str) -> None:
    _, faults = read(TIER + source)

    assert len(faults) == 1, faults
    assert faults[0].startswith(key)
    assert cure in faults[0]
