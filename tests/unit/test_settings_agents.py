"""[[tiers]] and [[agents]] of firstline.toml: who gets what, when they work, and how each slip is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.configuration import read
from bot.domain.calendars import is_open
from bot.domain.ids import PersonId

TIER = '[[tiers]]\nlevel = 2\nname = "Service desk"\n'
WHOLE = """
[desk]
timezone = "Europe/Madrid"
[hours]
mon = ["08:00-20:00"]
holidays = "ES"
[[tiers]]
level = 2
name = "Service desk"
routing = "skill"
at_most = 8
silent_within = "2h"
then = "next"
leads = ["slack:U0LEAD"]
[[agents]]
id = "slack:U0ANN"
skills = ["VPN", "red  hat"]
shift = ["mon-thu 09:00-17:00", "fri 09:00-14:00"]
[[agents]]
id = "telegram:1001"
shift = ["fri-sun 22:00-06:00"]
timezone = "America/New_York"
[[agents]]
id = "slack:U0BEN"
"""


def test_a_whole_file_is_understood() -> None:
    found, faults = read(WHOLE)

    assert faults == []
    [tier] = found.desk.tiers
    assert (tier.routing, tier.at_most, tier.silent_within, tier.then) == ("skill", 8, timedelta(hours=2), "next")
    assert tier.leads == {"slack:U0LEAD"}
    ann, ben = found.desk.agents[PersonId("slack:U0ANN")], found.desk.agents[PersonId("slack:U0BEN")]
    assert ann.skills == {"vpn", "red hat"}
    assert (ben.skills, ben.shift) == (frozenset(), None)


def test_a_shift_is_in_the_desks_zone_and_keeps_its_holidays() -> None:
    shift = read(WHOLE)[0].desk.agents[PersonId("slack:U0ANN")].shift

    assert shift is not None
    assert [is_open(shift, datetime(2026, 3, 6, hour, 30, tzinfo=UTC)) for hour in (7, 8, 12, 13)] == [False, True, True, False]  # a Friday
    assert not is_open(shift, datetime(2026, 1, 6, 9, tzinfo=UTC))  # Epiphany, a Tuesday


def test_a_shift_may_pass_midnight_and_the_end_of_the_week_in_a_zone_of_its_own() -> None:
    shift = read(WHOLE)[0].desk.agents[PersonId("telegram:1001")].shift

    assert shift is not None
    assert (shift.timezone, dict(shift.days)) == (
        "America/New_York",
        {0: ((0, 360),), 4: ((1320, 1440),), 5: ((0, 360), (1320, 1440)), 6: ((0, 360), (1320, 1440))},
    )


def test_left_out_nothing_is_given_to_anybody_and_nothing_is_taken_away() -> None:
    found, faults = read(TIER)

    assert faults == []
    assert (found.desk.tiers[0].routing, found.desk.tiers[0].silent_within, found.desk.agents) == ("manual", None, {})


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('routing = "robin"', '[[tiers]] number 1 routing: "robin" is none of manual, round_robin, load, skill; '),
        ("routing = 3", "[[tiers]] number 1 routing: 3 is no text; write it in quotes"),
        ('then = "up"', '[[tiers]] number 1 then: "up" is none of queue, next; '),
        ("at_most = -1", "[[tiers]] number 1 at_most: -1 is no number of tickets; write how many one agent may have, as 8, or 0 for any number"),
        ("at_most = true", "[[tiers]] number 1 at_most: True is no number of tickets"),
        ('silent_within = "0s"', '[[tiers]] number 1 silent_within: "0s" would take every ticket away at once; '),
        ('silent_within = "soon"', '[[tiers]] number 1 silent_within: "soon" is no duration; '),
        ('leads = ["Ann"]', '[[tiers]] number 1 leads: "Ann" names nobody; write the channel and the person\'s id there, as "slack:U0ADMIN"'),
        ("[agents]", "[[agents]]: it is no list of tables; write [[agents]] with two brackets before each agent"),
        ("[[agents]]", '[[agents]] number 1 id: "" names nobody; '),
        ('[[agents]]\nid = "slack:U0ANN"\n[[agents]]\nid = "slack:U0ANN"', '[[agents]] number 2 id: "slack:U0ANN" is there already; '),
        ('[[agents]]\nid = "slack:U0ANN"\nskill = ["vpn"]', "[[agents]] number 1 skill: there is no such key; did you mean skills?"),
        ('[[agents]]\nid = "slack:U0ANN"\nskills = "vpn"', '[[agents]] number 1 skills: "vpn" is no list of texts; '),
        ('[[agents]]\nid = "slack:U0ANN"\ntimezone = "Madrid"', '[[agents]] number 1 timezone: "Madrid" is no time zone; '),
        ('[[agents]]\nid = "slack:U0ANN"\nshift = ["weekdays"]', '[[agents]] number 1 shift: "weekdays" is no shift; write "mon-fri 09:00-17:00" or '),
        ('[[agents]]\nid = "slack:U0ANN"\nshift = ["mon-foo 09:00-17:00"]', '[[agents]] number 1 shift: "mon-foo 09:00-17:00" is no shift; '),
        ('[[agents]]\nid = "slack:U0ANN"\nshift = ["mon 09:00-25:00"]', '[[agents]] number 1 shift: "mon 09:00-25:00" is no span of time; '),
        ('[[agents]]\nid = "slack:U0ANN"\nshift = ["mon 09:00-09:00"]', '[[agents]] number 1 shift: "mon 09:00-09:00" is no span of time; '),
        ('[[agents]]\nid = "slack:U0ANN"\nshift = ["mon 09:00-12:00", "mon-fri 11:00-13:00"]', "[[agents]] number 1 shift: two spans overlap on mon; "),
    ],
)
def test_each_slip_is_one_line_that_names_the_key_and_the_cure(lines: str, told: str) -> None:
    [fault] = read(TIER + lines)[1]

    assert fault.startswith(told)
    assert "\n" not in fault
