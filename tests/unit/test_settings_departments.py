"""Several departments in one firstline.toml: what each has of its own, and what is told, with its cure, when two get in each other's way."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import Settings, load

SECRET = {"SECRET_KEY": "0123456789abcdef0123456789abcdef"}
ON_SERVER = {**SECRET, "DATABASE_URL": "postgresql://firstline:front-canary@db.example.com/front"}
TWO = """
[desk]
name = "Acme help"
[desks.hr]
{hr}
[[desks.hr.tiers]]
level = 2
name = "People team"
[desks.it]
{it}
[[desks.it.tiers]]
level = 2
name = "Service desk"
"""


def departments(cwd: Path, hr: str = "", it: str = "", env: dict[str, str] | None = None, more: str = "") -> Settings:
    (cwd / "firstline.toml").write_text(TWO.format(hr=hr, it=it) + more, encoding="utf-8")
    return load(env if env is not None else SECRET, cwd)


def faults(cwd: Path, hr: str = "", it: str = "", env: dict[str, str] | None = None, more: str = "") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        departments(cwd, hr, it, env, more)
    return str(caught.value).splitlines()


def test_each_department_has_a_name_a_prefix_a_database_and_an_address_without_a_word(tmp_path: Path) -> None:
    found = departments(tmp_path).departments
    assert list(found) == ["hr", "it"]
    assert (found["hr"].desk.name, found["hr"].desk.prefix, found["hr"].desk.url) == ("HR", "HR", "http://hr.localhost:8080")
    assert found["hr"].database_url == f"sqlite:///{tmp_path}/firstline-hr.db"
    assert found["it"].database_url == f"sqlite:///{tmp_path}/firstline-it.db"


def test_a_file_without_departments_describes_one_desk_as_it_always_did(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[desk]\nname = "IT help"\nprefix = "IT"\n[[tiers]]\nlevel = 2\nname = "Desk"\n', encoding="utf-8")
    found = load({**SECRET, "INVENTORY_SECRET": "a" * 20}, tmp_path)
    assert found.departments == {}
    assert found.secret_key.get_secret_value() == SECRET["SECRET_KEY"]
    assert found.inventory is not None


def test_what_one_department_signs_is_worth_nothing_in_another(tmp_path: Path) -> None:
    found = departments(tmp_path)
    keys = {found.secret_key.get_secret_value(), *(one.secret_key.get_secret_value() for one in found.departments.values())}
    assert len(keys) == 3
    assert keys == {departments(tmp_path).secret_key.get_secret_value(), *(one.secret_key.get_secret_value() for one in found.departments.values())}


def test_secrets_that_stand_in_the_file_are_kept_out_of_every_log(tmp_path: Path) -> None:
    mine = 'database_url = "mysql://firstline:hr-canary@db.example.com/hr"\ninventory_secret = "inventory-canary-1,inventory-canary-2"\nurl = "https://hr.example.com"'
    other = 'database_url = "postgresql://firstline:it-canary@db.example.com/it"\nurl = "https://it.example.com"'
    found = departments(tmp_path, mine, other, ON_SERVER)
    hidden = {one.get_secret_value() for one in found.secrets}
    assert {"front-canary", "hr-canary", "it-canary", "inventory-canary-1", "inventory-canary-2"} <= hidden
    assert "canary" not in repr(found.departments["hr"].inventory)


def test_two_departments_cannot_share_a_prefix(tmp_path: Path) -> None:
    assert "[desks.it]: prefix HR is also of [desks.hr]; give each its own, else nobody knows whose ticket it is" in faults(tmp_path, it='prefix = "HR"')[0]


def test_two_departments_cannot_share_a_place(tmp_path: Path) -> None:
    shared = 'routes = ["email:help@example.com"]'
    assert "email:help@example.com is also of [desks.hr]; name it in one of them" in faults(tmp_path, shared, shared)[0]


def test_two_departments_cannot_share_the_name_of_their_pages_even_at_other_paths(tmp_path: Path) -> None:
    told = faults(tmp_path, 'url = "https://help.example.com/hr"', 'url = "https://help.example.com/it"')
    assert told == ['[desks.it] url: help.example.com is also the name of [desks.hr]; give each a name of its own, as "https://it.example.com"']


def test_a_department_cannot_have_the_name_of_what_stands_before_all(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[desk]\nurl = "https://help.example.com"\n[desks.hr]\nurl = "https://help.example.com"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"help.example.com is also the name of what stands before all departments"):
        load(SECRET, tmp_path)


def test_a_department_cannot_have_the_database_of_another_or_of_the_front(tmp_path: Path) -> None:
    mine = 'database_url = "sqlite:///firstline.db"'
    assert "it is also that of what stands before all departments" in faults(tmp_path, mine)[0]
    both = 'database_url = "sqlite:///same.db"'
    assert "it is also that of [desks.hr]" in faults(tmp_path, both, both)[0]


def test_with_a_database_server_each_department_names_a_database_and_an_address_is_no_files(tmp_path: Path) -> None:
    told = faults(tmp_path, 'database_url = "sqlite:///hr.db"', env=ON_SERVER)
    assert any(line.startswith("[desks.hr] database_url: a file is one process's own") for line in told)
    assert any(line.startswith("[desks.it] database_url is not set: with a database server each department needs one of its own there") for line in told)


def test_beyond_this_computer_each_department_says_where_its_pages_are(tmp_path: Path) -> None:
    more = '[channels.web]\nsign_in = "link"\n'
    told = faults(tmp_path, env={**SECRET, "HOST": "0.0.0.0"}, more=more)
    assert told[0] == '[desks.hr] url is not set: each department has pages under a name of its own; write it as people open it, url = "https://hr.example.com"'


def test_beyond_this_computer_each_department_says_who_gets_in(tmp_path: Path) -> None:
    hr, it = 'url = "https://hr.example.com"\n[desks.hr.channels.web]\nsign_in = "link"', 'url = "https://it.example.com"'
    told = faults(tmp_path, hr, it, env={**SECRET, "HOST": "0.0.0.0"})
    assert [line.partition(":")[0] for line in told] == ["[desks.it.channels.web] sign_in is not set"]
    hr = hr.replace('"link"', '"mail"')
    assert faults(tmp_path, hr)[0].startswith('[desks.hr.channels.web] sign_in = "mail", but no mail can be sent')


def test_no_department_is_called_as_what_stands_before_them(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text("[desks.front]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[desks.front\]: that names what stands before all departments"):
        load(SECRET, tmp_path)


def test_a_secret_of_inventories_belongs_to_one_department(tmp_path: Path) -> None:
    secret = f'inventory_secret = "{"s" * 20}"'
    assert faults(tmp_path, secret, secret) == ["[desks.it] inventory_secret: it is also that of [desks.hr]; give each its own"]
    assert faults(tmp_path, 'inventory_secret = "short"')[0].startswith("[desks.hr] inventory_secret: a secret in it has fewer than 16 characters")
    told = faults(tmp_path, env={**SECRET, "INVENTORY_SECRET": "s" * 20})
    assert told[0].startswith("INVENTORY_SECRET: with several desks computers are those of one of them; leave it empty, and write inventory_secret")


def test_a_department_needs_a_key_that_can_stand_in_a_button(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text("[desks.Human-Resources]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[desks.Human-Resources\]: that cannot name a department; write 1 to 12 of a-z and 0-9"):
        load(SECRET, tmp_path)


def test_a_department_without_a_team_is_told_to_have_one(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text("[desks.hr]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[\[desks.hr.tiers\]\]: there is none, so nobody could take a ticket"):
        load(SECRET, tmp_path)


def test_what_only_a_department_can_have_is_told_where_to_stand(tmp_path: Path) -> None:
    told = faults(tmp_path, more='[[tiers]]\nlevel = 2\nname = "Everybody"\n')
    assert "[tiers]: with several desks each has its own; write it below one of them, as [desks.hr.tiers]" in told[0]


def test_a_fault_below_a_department_names_the_place_in_the_file(tmp_path: Path) -> None:
    told = faults(tmp_path, 'prefix = "9"\n[desks.hr.closing]\nidle = "soon"')
    assert any("[desks.hr] prefix" in line for line in told)
    assert any("[desks.hr.closing] idle" in line for line in told)
