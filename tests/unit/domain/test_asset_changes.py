"""What several inventories changed together."""

from __future__ import annotations

import pytest

from bot.domain.asset_changes import net
from bot.domain.assets import Audit, Change
from bot.engine.asset_words import digest, part, sized, told
from bot.engine.tongue import tongue
from tests.builders import MONDAY

EN = tongue("en")


def audits(*each: tuple[Change, ...]) -> list[Audit]:
    """Oldest first, as they are written here; given newest first, as readers give them."""
    return [Audit(1, MONDAY, "GLPI", changes, n) for n, changes in enumerate(each, 1)][::-1]


def memory(before: str, after: str) -> Change:
    return Change("hardware", "", "memory", before, after)


def package(name: str, before: str = "", after: str = "", field: str = "") -> Change:
    return Change("softwares", name, field, before, after)


def test_a_value_that_changed_twice_changed_from_the_first_to_the_last_and_one_that_came_back_not_at_all() -> None:
    assert net(audits((memory("8192", "12288"),), (memory("12288", "16384"),))) == (memory("8192", "16384"),)
    assert net(audits((memory("8192", "12288"),), (memory("12288", "8192"),))) == ()


def test_what_came_and_went_is_nothing_and_what_came_and_became_another_came_as_that() -> None:
    assert net(audits((package("vpn", after="1"),), (package("vpn", before="1"),))) == ()
    assert net(audits((package("vpn", before="1"),), (package("vpn", after="1"),))) == ()
    assert net(audits((package("vpn", after="1"),), (package("vpn", "1", "2", "version"),))) == (package("vpn", after="2"),)
    assert net(audits((package("vpn", before="1"),), (package("vpn", after="2"),))) == (package("vpn", "1", "2"),)


def test_two_slots_of_one_name_are_told_apart() -> None:
    slots = (Change("memories", "1", "", "", "8192 DDR4"), Change("memories", "1", "", "", "16384 DDR4"))
    assert set(net(audits(slots))) == set(slots)


def test_parts_come_before_software_and_many_packages_are_counted() -> None:
    many = (*(package(f"p{n}", after="1") for n in range(3)), package("old", before="1"), package("bash", "1", "2", "version"))
    lines = digest(EN, net(audits((*many, memory("8192", "16384"), Change("memories", "1", "capacity", "8192", "16384")))))
    assert lines == ["Memory: 8 → 16 GB", "Software: 3 packages new, 1 package gone, 1 package in another version"]


def test_more_parts_than_a_card_has_room_for_are_counted() -> None:
    screens = tuple(Change("monitors", f"screen {n}", "", "", "+") for n in range(6))
    assert digest(EN, screens)[-1] == "and 2 more changes"
    assert digest(EN, ()) == []


@pytest.mark.parametrize(("megabytes", "shown"), [("512", "512 MB"), ("16384", "16 GB"), ("24105", "23.5 GB"), ("2097152", "2 TB"), ("much", "much"), ("", "")])
def test_sizes_are_read_in_the_unit_that_fits(megabytes: str, shown: str) -> None:
    assert sized(megabytes) == shown


def test_a_size_that_grows_beyond_its_unit_keeps_both() -> None:
    assert told(EN, memory("512", "2048")) == "Memory: 512 MB → 2 GB"
    assert told(EN, memory("", "2048")) == "Memory: – → 2 GB"


def test_facts_that_there_are_once_have_names_and_parts_say_what_they_are() -> None:
    assert part(EN, "hardware", {"name": "pc-042", "memory": "16384"}) == "Name: pc-042 · Memory: 16 GB"
    assert part(EN, "storages", {"name": "nvme0n1", "model": "PM9A1", "disksize": "524288"}) == "nvme0n1 · PM9A1 · 512 GB"
