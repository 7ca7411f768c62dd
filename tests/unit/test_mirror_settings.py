"""[mirror] of firstline.toml and MIRROR_SECRET: what is wrong is named with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.configuration import read
from bot.domain.mirror import Mirror, secret_fault
from bot.errors import ConfigError
from bot.settings import load

TIERS = '[[tiers]]\nlevel = 2\nname = "Service desk"\n'
URL = '[mirror]\nurl = "https://glpi.example/firstline"\n'
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


def test_the_section_says_which_tickets_are_told_and_what() -> None:
    found, faults = read(TIERS + URL + 'name = "GLPI"\nkinds = ["incident", "problem"]\ntiers = [2]\nwords = false\nnotes = true\nnames = true\n')
    assert faults == []
    assert found.desk.mirror == Mirror("https://glpi.example/firstline", "GLPI", ("incident", "problem"), (2,), words=False, notes=True, names=True)
    assert read(TIERS)[0].desk.mirror is None


@pytest.mark.parametrize(
    ("section", "key", "cure"),
    [
        ('[mirror]\nname = "GLPI"', "[mirror] url", "https://"),
        ('[mirror]\nurl = "http://glpi.example/"', "[mirror] url", "https://"),
        ('[mirror]\nurl = "https://me:secret@glpi.example/"', "[mirror] url", "without a password"),
        ('[mirror]\nurl = "https://[::1"', "[mirror] url", "https://"),
        (URL + 'kinds = ["incidnt"]', "[mirror] kinds", "did you mean incident?"),
        (URL + "tiers = [3]", "[mirror] tiers", "1, 2"),
        (URL + "tiers = [true]", "[mirror] tiers", "tiers = [2, 3]"),
        (URL + 'words = "no"', "[mirror] words", "true or false"),
        (URL + 'name = ""', "[mirror] name", "as agents know it"),
        (URL + "word = true", "[mirror] word", "did you mean words?"),
        ('[practices]\nask_kind = "yes"', "[practices] ask_kind", "true or false"),
        ("[practices]\nask_kinds = true", "[practices] ask_kinds", "did you mean ask_kind?"),
    ],
)
def test_a_slip_is_named_with_its_cure(section: str, key: str, cure: str) -> None:
    _, [fault] = read(TIERS + section)
    assert key in fault
    assert cure in fault


@pytest.mark.parametrize("secret", ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_" + "A" * 44, SECRET.removeprefix("whsec_"), SECRET + "*"])
def test_what_cannot_sign_is_refused_at_the_start_and_not_shown(tmp_path: Path, secret: str) -> None:
    (tmp_path / "firstline.toml").write_text(TIERS + URL, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"MIRROR_SECRET: .*openssl rand") as refused:
        load({"MIRROR_SECRET": secret}, tmp_path, read_only=True)
    assert len(secret) < 7 or secret not in str(refused.value)


def test_a_good_secret_is_kept_out_of_sight_and_none_is_wanted_without_a_mirror(tmp_path: Path) -> None:
    assert secret_fault(SECRET) == ""
    (tmp_path / "firstline.toml").write_text(TIERS + URL, encoding="utf-8")
    settings = load({"MIRROR_SECRET": SECRET}, tmp_path, read_only=True)
    assert settings.mirror_secret.get_secret_value() == SECRET
    assert SECRET not in repr(settings)
    assert SECRET in {one.get_secret_value() for one in settings.secrets}
    (tmp_path / "firstline.toml").write_text(TIERS, encoding="utf-8")
    assert load({}, tmp_path, read_only=True).mirror_secret.get_secret_value() == ""
