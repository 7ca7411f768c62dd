"""firstline.toml: what it may say, and how each slip is named."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.configuration import DEMO, read
from bot.domain.desks import Desk, Target
from bot.domain.people import known_by_mail
from bot.errors import ConfigError
from bot.settings import load

TIER = '[[tiers]]\nlevel = 2\nname = "Service desk"\n'
WHOLE = """
[desk]
name = "IT help"
prefix = "IT"
languages = ["en", "es", "pt", "fr", "it", "de"]
timezone = "Europe/Madrid"
admins = ["slack:U0ADMIN", "telegram:123456789"]
database_url = ""

[channels.slack]
help_channels = ["C0HELP"]
[channels.telegram]
help_groups = [-1001000000001]

[[tiers]]
level = 2
name = "Service desk"
slack_channel = "C0TIER2"
telegram_chat = 0
claim_within = "15m"
[[tiers]]
level = 3
name = "Specialists"
telegram_chat = -1001000000003

[thread]
default = "note"
take_back = "0s"

[sla.normal]
first_response = "4h"
resolution = "3d"
[hours]
mon = ["14:00-18:00", "09:00-13:00"]
sun = ["22:00-24:00"]
holidays = "ES"
[closing]
idle = "90s"
reopen_within = "7d"
"""


def desk_of(source: str) -> Desk:
    configuration, faults = read(source)
    assert faults == []
    return configuration.desk


def test_the_example_of_the_documentation_is_a_desk() -> None:
    desk = desk_of(WHOLE)
    assert (desk.name, desk.prefix, desk.timezone) == ("IT help", "IT", "Europe/Madrid")
    assert desk.admins == {"slack:U0ADMIN", "telegram:123456789"}
    assert desk.help_places == {"slack:C0HELP", "telegram:-1001000000001"}
    assert [(tier.level, tier.name, tier.places, tier.claim_within) for tier in desk.tiers] == [
        (2, "Service desk", ("slack:C0TIER2",), timedelta(minutes=15)),
        (3, "Specialists", ("telegram:-1001000000003",), None),
    ]
    assert (desk.thread_default, desk.take_back) == ("note", timedelta())
    assert desk.targets == {"normal": Target(timedelta(hours=4), timedelta(days=3))}
    assert desk.hours.days == {0: ((540, 780), (840, 1080)), 6: ((1320, 1440),)}
    assert desk.hours.holidays == "ES"
    assert (desk.idle, desk.reopen_within) == (timedelta(seconds=90), timedelta(days=7))


def test_what_is_left_out_is_as_in_the_demo() -> None:
    desk = desk_of(TIER)
    assert (desk.name, desk.prefix, desk.languages, desk.take_back) == (DEMO.name, DEMO.prefix, DEMO.languages, DEMO.take_back)
    assert desk.admins == frozenset()


@pytest.mark.parametrize(
    ("written", "share"),
    [('"5%"', 0.05), ('"2.5 %"', 0.025), ("0.05", 0.05), ('"50%"', 0.5), ("0.5", 0.5), ('""', 0.05), ('" "', 0.05)],
)
def test_the_share_that_may_be_wrong_is_a_percentage_or_a_fraction_and_five_percent_when_empty(written: str, share: float) -> None:
    assert desk_of(f"{TIER}[matching]\nwrong_at_most = {written}\n").wrong_at_most == pytest.approx(share)


def test_a_desk_that_says_nothing_about_it_is_wrong_in_five_percent_at_most() -> None:
    assert desk_of(TIER).wrong_at_most == DEMO.wrong_at_most == 0.05


@pytest.mark.parametrize(("written", "kept"), [("", 30), ('[retention]\nevents = "90d"\n', 90), ('[retention]\nevents = "0s"\n', None)])
def test_what_is_over_is_kept_for_a_month_or_as_long_as_is_said(written: str, kept: int | None) -> None:
    found, faults = read(TIER + written)
    assert faults == []
    assert found.keep_events == (timedelta(days=kept) if kept else None)


@pytest.mark.parametrize(("written", "kept"), [("", None), ('[retention]\ncontacts = "730d"\n', 730), ('[retention]\ncontacts = "0s"\n', None)])
def test_contacts_without_a_ticket_are_kept_for_ever_unless_it_is_said_for_how_long(written: str, kept: int | None) -> None:
    found, faults = read(TIER + written)
    assert faults == []
    assert found.keep_contacts == (timedelta(days=kept) if kept else None)


HOURS = '[hours]\nmon = ["09:00-18:00"]\nholidays = '


@pytest.mark.parametrize(
    ("written", "country"),
    [
        (TIER, ""), ('[desk]\ncountry = "es"\n' + TIER, "ES"), (TIER + HOURS + '"ES-MD, 2026-12-24"\n', "ES"), (TIER + HOURS + '"2026-12-24"\n', ""),
        ('[desk]\ncountry = "PT"\n' + TIER + HOURS + '"ES"\n', "PT"),
    ],
)  # fmt: skip
def test_telephone_numbers_are_dialled_in_the_country_that_is_named_or_whose_holidays_are_kept(written: str, country: str) -> None:
    assert desk_of(written).country == country


def test_a_country_without_telephone_numbers_is_a_fault_that_says_what_to_write() -> None:
    _, faults = read('[desk]\ncountry = "Spain"\n' + TIER)
    assert faults == ['[desk] country: "SPAIN" is no country with telephone numbers; write its two-letter code, as "ES", or leave it out']


def test_how_many_like_requests_are_suspected_and_which_hosts_are_internal_can_be_said() -> None:
    desk = desk_of(TIER + '[thread]\ninternal_hosts = ["*.Corp.example", "wiki.example.com"]\n[incidents]\nsimilar = 3\nwithin = "20m"')

    assert (desk.similar, desk.similar_within) == (3, timedelta(minutes=20))
    assert desk.internal_hosts == ("*.corp.example", "wiki.example.com")
    assert (desk_of(TIER).similar, desk_of(TIER + "[incidents]\nsimilar = 0").similar) == (5, 0)


@pytest.mark.parametrize(
    ("source", "key", "cure"),
    [
        ("[incidents]\nsimilar = 1", "similar", "2 to 100"),
        ('[incidents]\nsimilar = "many"', "similar", "2 to 100"),
        ("[incidents]\nsimilar = true", "similar", "2 to 100"),
        ('[incidents]\nwithin = "0s"', "within", "longer time"),
        ("[incidents]\nsimlar = 3", "simlar", "did you mean similar?"),
        ('[thread]\ninternal_hosts = ["https://wiki"]', "internal_hosts", "*.example.com"),
        ('[thread]\ninternal_hosts = ["a b"]', "internal_hosts", "wiki.example.com"),
    ],
)
def test_slips_about_incidents_and_internal_hosts_are_named_with_their_cure(source: str, key: str, cure: str) -> None:
    _, faults = read(TIER + source)

    assert len(faults) == 1
    assert key in faults[0]
    assert cure in faults[0]


def test_idle_of_zero_never_closes() -> None:
    assert desk_of(TIER + '[closing]\nidle = "0s"\n').idle is None


@pytest.mark.parametrize(("text", "span"), [("90s", 90), ("15m", 900), ("8h", 28_800), ("3d", 259_200)])
def test_durations_are_seconds_minutes_hours_and_days(text: str, span: int) -> None:
    assert desk_of(f'{TIER}claim_within = "{text}"\n').tiers[0].claim_within == timedelta(seconds=span)


BAD_SHARES = ('"0%"', "0", "0.51", '"51%"', "5", "-0.05", '"-5%"', '"0.05"', '"five"', "true", "[5]", "nan", "inf", "1" + "0" * 400, '"5%%"')


@pytest.mark.parametrize(
    ("source", "key", "cure"),
    [
        (TIER + '[desk]\nprefix = "it"', "[desk] prefix", "A-Z"),
        (TIER + '[desk]\nprefix = "1T"', "[desk] prefix", "A-Z"),
        (TIER + '[desk]\nprefix = "ABCDEFGHIJK"', "[desk] prefix", "1 to 10"),
        (TIER + "[desk]\nprefix = 7", "[desk] prefix", "in quotes"),
        (TIER + '[desk]\nname = ""', "[desk] name", "write the desk's name"),
        (TIER + '[desk]\nname = "a\\nb"', "[desk] name", "on one line"),
        (TIER + '[desk]\nprefx = "IT"', "[desk] prefx", "did you mean prefix?"),
        (TIER + '[desk]\nlanguages = ["en", "ru"]', "[desk] languages", "choose from en, es, pt, fr, it, de"),
        (TIER + "[desk]\nlanguages = []", "[desk] languages", "leave the key out"),
        (TIER + '[desk]\nlanguages = "en"', "[desk] languages", "write languages = ["),
        (TIER + '[desk]\ntimezone = "Europe/Madird"', "[desk] timezone", '"Europe/Madrid"'),
        (TIER + '[desk]\ntimezone = "../../etc/passwd"', "[desk] timezone", "IANA"),
        (TIER + '[desk]\ntimezone = ""', "[desk] timezone", "IANA"),
        (TIER + '[desk]\ntimezone = "Europe"', "[desk] timezone", "IANA"),
        (TIER + '[desk]\nadmins = ["U0ADMIN"]', "[desk] admins", "slack:U0ADMIN"),
        (TIER + '[desk]\nadmins = ["telegram:anna"]', "[desk] admins", "telegram:123456789"),
        (TIER + '[desk]\nadmins = ["matrix:anna"]', "[desk] admins", "the channel"),
        (TIER + '[channels.slack]\nhelp_channels = ["#help"]', "[channels.slack] help_channels", "C0HELP"),
        (TIER + '[channels.slack]\nhelp_channel = ["C0HELP"]', "[channels.slack] help_channel", "did you mean help_channels?"),
        (TIER + '[channels.telegram]\nhelp_groups = ["-100"]', "[channels.telegram] help_groups", "a number without quotes"),
        (TIER + "[channels.telegram]\nhelp_groups = -100", "[channels.telegram] help_groups", "help_groups = ["),
        (TIER + "[channels.matrix]\n", "[channels] matrix", "known are slack, telegram, web"),
        (TIER + "telegram_chat = 1234", "[[tiers]] number 1 telegram_chat", "begin with a minus"),
        (TIER + 'agents = ["slack:U0ANN"]', "[[tiers]] number 1 agents", "mail:ana@example.org"),
        (TIER + 'slack_channel = "#tier2"', "[[tiers]] number 1 slack_channel", "the id"),
        (TIER + 'claim_within = "15 minutes"', "[[tiers]] number 1 claim_within", '"15m"'),
        (TIER + 'claim_within = "0s"', "[[tiers]] number 1 claim_within", "leave the key out"),
        (TIER + "claim_within = 15", "[[tiers]] number 1 claim_within", '"15m"'),
        (TIER + 'claim_within = "-5m"', "[[tiers]] number 1 claim_within", '"15m"'),
        (TIER + 'claim_within = "999999d"', "[[tiers]] number 1 claim_within", '"15m"'),
        (TIER + 'calendar = "always"', "[[tiers]] number 1 calendar", "add [calendars.always]"),
        (TIER + 'calendar = "alwais"\n[calendars.always]\nalways_open = true', "[[tiers]] number 1 calendar", 'did you mean always?'),
        (TIER + 'claim_witin = "5m"', "[[tiers]] number 1 claim_witin", "did you mean claim_within?"),
        ("[[tiers]]\nlevel = 1\n", "[[tiers]] number 1 level", "tier 1 is the bot"),
        ('[[tiers]]\nname = "A"\n', "[[tiers]] number 1 level", "from 2 to 9"),
        ("[[tiers]]\nlevel = true\n", "[[tiers]] number 1 level", "from 2 to 9"),
        ("[[tiers]]\nlevel = 3\n[[tiers]]\nlevel = 2\n", "[[tiers]] level", "on top"),
        ("[[tiers]]\nlevel = 2\n[[tiers]]\nlevel = 2\n", "[[tiers]] level", "2, 3, 4"),
        ("[tiers]\nlevel = 2\n", "[[tiers]]", "two brackets"),
        ("", "[[tiers]]", "add [[tiers]]"),
        ('[[tiers]]\nlevel = 2\nslack_channel = "C0A"\n[[tiers]]\nlevel = 3\nslack_channel = "C0A"\n', "[[tiers]] Tier 3", "a place of its own"),
        (TIER + 'slack_channel = "C0A"\n[channels.slack]\nhelp_channels = ["C0A"]', "[[tiers]] Service desk", "take it out of [channels]"),
        *((f"{TIER}[matching]\nwrong_at_most = {share}", "[matching] wrong_at_most", 'write "5%" or 0.05') for share in BAD_SHARES),
        (TIER + "[matching]\nwrong_at_mots = 0.1", "[matching] wrong_at_mots", "did you mean wrong_at_most?"),
        (TIER + '[thread]\ndefault = "silence"', "[thread] default", '"note"'),
        (TIER + '[thread]\ntake_back = "soon"', "[thread] take_back", '"90s"'),
        (TIER + '[sla.normal]\nfirst_response = "0s"', "[sla.normal] first_response", "leave the key out"),
        (TIER + '[sla.urgnt]\nresolution = "1h"', "[sla] urgnt", "did you mean urgent?"),
        (TIER + '[sla]\nnormal = "4h"', "[sla.normal]", "write [sla.normal] on a line of its own"),
        (TIER + '[hours]\nmon = ["13:00-09:00"]', "[hours] mon", "midnight"),
        (TIER + '[hours]\nmon = ["09:00-14:00", "13:00-18:00"]', "[hours] mon", "overlap"),
        (TIER + '[hours]\nmon = ["9-13"]', "[hours] mon", '"09:00-13:00"'),
        (TIER + '[hours]\nmon = ["09:60-13:00"]', "[hours] mon", "minutes to 59"),
        (TIER + '[hours]\nmonday = ["09:00-13:00"]', "[hours] monday", "did you mean mon?"),
        (TIER + '[hours]\nmon = ["09:00-13:00"]\nholidays = "Spain"', "[hours] holidays", '"ES"'),
        (TIER + '[hours]\nholidays = "ES"', "[hours] holidays", "always open"),
        (TIER + '[retention]\nevents = "1d"', "[retention] events", 'shorter than "2d"'),
        (TIER + '[retention]\nevent = "40d"', "[retention] event", "did you mean events?"),
        (TIER + '[closing]\nidle = "5 days"', "[closing] idle", '"3d"'),
        (TIER + "[budget]\nx = 1", "[budget]", "known are desk"),
        (TIER + '[dsk]\nname = "HR"', "[dsk]", "did you mean desk?"),
        ('prefix = "IT"\n' + TIER, "prefix", "no such section"),
        (TIER + "name = IT", "syntax", "line 4"),
    ],
)
def test_a_slip_is_named_with_its_cure(source: str, key: str, cure: str) -> None:
    _, faults = read(source)
    assert len(faults) == 1
    assert faults[0].startswith(key)
    assert cure in faults[0]


def test_every_slip_of_a_file_is_named_at_once() -> None:
    _, faults = read('[desk]\nprefix = "it"\ntimezone = "Mars"\n[thread]\ndefault = "x"\n[hours]\nmon = ["x"]\n[closing]\nidle = 5\n')
    assert len(faults) == 6


def test_a_fault_is_one_line_whatever_the_file_says() -> None:
    _, faults = read(TIER + '[desk]\nprefix = "a\\nPORT: all is well\\u001b[2J"\n')
    assert len(faults) == 1
    assert faults[0].isprintable()


def test_the_file_is_named_in_its_faults(tmp_path: Path) -> None:
    (tmp_path / "hr.toml").write_text("[desk\n")
    with pytest.raises(ConfigError, match=r"hr\.toml syntax: .*line 1"):
        load({"FIRSTLINE_CONFIG": "hr.toml"}, tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_bytes('[desk]\nname = "Ayuda técnica"\n'.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"firstline\.toml: it is not UTF-8"):
        load({}, tmp_path)


def test_people_without_a_chat_account_are_named_by_mail_however_it_is_spelt() -> None:
    desk = desk_of('[desk]\nadmins = ["mail:Ana@Example.org"]\n' + TIER + 'agents = ["mail:ben@example.org"]\n')
    assert desk.is_admin(known_by_mail("ana@example.org"))
    assert desk.tiers[0].agents == {known_by_mail("Ben@Example.org")}
