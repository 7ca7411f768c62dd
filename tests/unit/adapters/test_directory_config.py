"""What an operator gets wrong about the company's directory is named, with its cure, all at once."""

from __future__ import annotations

import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.directory.config import DirectoryConfig
from adapters.directory.source import source
from bot.configuration import read
from bot.domain.listings import FACTS
from bot.errors import ConfigError
from bot.settings import load

DOCS = Path(__file__).parents[3] / "docs"
LDAP = {"DIRECTORY_URL": "ldaps://ldap.example.com", "DIRECTORY_USER": "cn=firstline", "DIRECTORY_PASSWORD": "canary-pass"}
SCIM = {"DIRECTORY_URL": "scim+https://example.com/scim/v2", "DIRECTORY_PASSWORD": "canary-token"}
PEOPLE = {"base": "ou=people,dc=example,dc=com"}


def faults(env: dict[str, str], table: dict[str, object]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        DirectoryConfig.read(env, table)
    return str(caught.value).splitlines()


def test_without_an_address_there_is_no_directory_whatever_the_file_says() -> None:
    assert DirectoryConfig.read({}, {"base": 1, "nonsense": True}) is None


def test_an_address_and_a_base_are_enough_for_ldap_and_an_address_and_a_token_for_scim() -> None:
    ldap, scim = DirectoryConfig.read(LDAP, PEOPLE), DirectoryConfig.read(SCIM, {})
    assert ldap is not None
    assert scim is not None
    assert (ldap.kind, ldap.url, ldap.refresh) == ("ldap", "ldaps://ldap.example.com", timedelta(hours=24))
    assert (scim.kind, scim.url) == ("scim", "https://example.com/scim/v2")
    assert scim.mapped["login"] == ("userName",)
    assert DirectoryConfig.read({**SCIM, "DIRECTORY_URL": "https://example.com/scim/v2/"}, {}) == scim


@pytest.mark.parametrize(
    ("env", "setting", "cure"),
    [
        ({**LDAP, "DIRECTORY_URL": "ftp://ldap.example.com"}, "DIRECTORY_URL", "write ldaps://"),
        ({**LDAP, "DIRECTORY_URL": "ldaps://"}, "DIRECTORY_URL", "write ldaps://"),
        ({**LDAP, "DIRECTORY_URL": "ldaps://ldap.example.com:port"}, "DIRECTORY_URL", "write ldaps://"),
        ({**LDAP, "DIRECTORY_URL": "ldaps://cn=x:canary-pass@ldap.example.com"}, "DIRECTORY_URL", "DIRECTORY_PASSWORD"),
        ({**LDAP, "DIRECTORY_URL": "ldaps://ldap.example.com/dc=example?mail"}, "DIRECTORY_URL", "[directory]"),
        ({**SCIM, "DIRECTORY_URL": "scim+http://example.com/scim"}, "DIRECTORY_URL", "https alone"),
        ({"DIRECTORY_URL": "scim+https://example.com/scim"}, "DIRECTORY_PASSWORD", "token"),
        ({**LDAP, "DIRECTORY_PASSWORD": ""}, "DIRECTORY_PASSWORD", "DIRECTORY_USER"),
        ({**LDAP, "DIRECTORY_USER": ""}, "DIRECTORY_USER", "who signs in"),
    ],
)
def test_a_wrong_address_or_password_is_one_line_with_its_cure_and_nothing_secret(env: dict[str, str], setting: str, cure: str) -> None:
    [line] = faults(env, PEOPLE if env["DIRECTORY_URL"].startswith(("ldap", "ftp")) else {})
    assert line.startswith(f"{setting}: ")
    assert cure in line
    assert "canary" not in line


@pytest.mark.parametrize(
    ("table", "key", "cure"),
    [
        ({}, "base", "where the people are"),
        ({**PEOPLE, "refresh": "10s"}, "refresh", '"24h"'),
        ({**PEOPLE, "refresh": "often"}, "refresh", "no duration"),
        ({**PEOPLE, "filter": "objectClass=person"}, "filter", "in brackets"),
        ({**PEOPLE, "filter": "(a=b)(c=d)"}, "filter", "in brackets"),
        ({**PEOPLE, "filter": "(|(a=b)"}, "filter", "in brackets"),
        ({**PEOPLE, "attributes": {"department": "department)(x=*"}}, "department", "no name of an attribute"),
        ({**PEOPLE, "attributes": {"departmant": "ou"}}, "departmant", "did you mean department"),
        ({**PEOPLE, "attributes": "ou"}, "[directory.attributes]", "no table"),
        ({**PEOPLE, "disabled": "left"}, "disabled", "employeeType=left"),
        ({**PEOPLE, "vip": "employeeType=board"}, "vip_priority", "write both"),
        ({**PEOPLE, "vip": "employeeType=board", "vip_priority": "hihg"}, "vip_priority", "did you mean high"),
        ({**PEOPLE, "fields": {"unit": "department"}}, "unit", "it is no field"),
        ({**PEOPLE, "starttls": True}, "starttls", "ldap://"),
        ({**PEOPLE, "starttls": "yes"}, "starttls", "true or false"),
        ({**PEOPLE, "ca_file": "/nowhere.pem"}, "ca_file", "PEM"),
        ({**PEOPLE, "referrals": True}, "referrals", "there is no such key"),
    ],
)
def test_a_wrong_key_is_one_line_with_its_cure(table: dict[str, object], key: str, cure: str) -> None:
    [line] = faults(LDAP, table)
    assert line.startswith("[directory")
    assert key in line
    assert cure in line


def test_everything_wrong_is_told_at_once() -> None:
    assert len(faults({**LDAP, "DIRECTORY_USER": ""}, {"refresh": "1s", "filter": "x"})) == 4


def test_fields_are_those_of_the_desk_and_facts_those_of_a_directory(tmp_path: Path) -> None:
    file = '[[tiers]]\nlevel = 2\n[[fields]]\nname = "unit"\nlabel = "Unit"\n[directory]\nbase = "dc=example"\n[directory.fields]\nunit = "{}"\n'
    (tmp_path / "firstline.toml").write_text(file.format("department"))
    settings = load(LDAP, tmp_path)
    assert settings.directory is not None
    assert settings.directory.fields == {"unit": "department"}
    assert "canary-pass" not in repr(settings)
    assert "canary-pass" in [one.get_secret_value() for one in settings.secrets]
    (tmp_path / "firstline.toml").write_text(file.format("dept"))
    with pytest.raises(ConfigError, match=r"\[directory.fields\] unit: .*nothing that a directory says"):
        load(LDAP, tmp_path)


def test_a_password_in_the_clear_beyond_this_computer_is_worth_a_line(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[[tiers]]\nlevel = 2\n[directory]\nbase = "dc=example"\n')

    def remarks(url: str) -> str:
        return "\n".join(load({**LDAP, "DIRECTORY_URL": url}, tmp_path).remarks)

    assert "crosses the network" in remarks("ldap://ldap.example.com")
    assert "crosses the network" not in remarks("ldap://127.0.0.1") + remarks("ldaps://ldap.example.com")


def test_without_its_library_ldap_says_what_to_install_and_scim_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "adapters.directory.ldap", raising=False)
    monkeypatch.setitem(sys.modules, "ldap3", None)
    ldap, scim = DirectoryConfig.read(LDAP, PEOPLE), DirectoryConfig.read(SCIM, {})
    assert ldap is not None
    assert scim is not None
    with pytest.raises(ConfigError, match=r'^DIRECTORY_URL is set, but ldap3 is not installed: `pip install "firstline\[directory\]"`'):
        source(ldap)
    source(scim)


def test_the_documented_section_is_taken_as_it_stands() -> None:
    documented = re.findall(r"```toml\n(.*?)```", (DOCS / "configuration.md").read_text(encoding="utf-8"), re.S)[0]
    found, faults = read(re.sub(r"^# ", "", documented, flags=re.M))
    assert faults == []
    config = DirectoryConfig.read(LDAP, found.directory, found.desk.fields)
    assert config is not None
    assert config.vip_priority == "high"


def test_every_key_and_every_fact_is_documented() -> None:
    text = (DOCS / "directory.md").read_text(encoding="utf-8")
    assert [fact for fact in FACTS if f"| `{fact}` |" not in text] == []
    with pytest.raises(ConfigError) as caught:
        DirectoryConfig.read(LDAP, {**PEOPLE, "zzzz": 1})
    known = str(caught.value).partition("known are ")[2].split(", ")
    assert [key for key in known if key not in ("attributes", "fields") and f"`{key}`" not in text] == []
    assert len(known) > 8
