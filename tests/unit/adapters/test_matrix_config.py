"""Matrix's settings: switched on by the token, and each fault named with its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.matrix.config import MatrixConfig
from bot.errors import ConfigError
from bot.settings import load

ENV = {"MATRIX_TOKEN": "syt_abcdefgh", "MATRIX_HOMESERVER": "https://matrix.example.org/", "MATRIX_USER": "@support:example.org"}


def test_without_a_token_it_is_off() -> None:
    assert MatrixConfig.read({**ENV, "MATRIX_TOKEN": " "}, {}) is None


def test_its_settings_are_read_and_the_token_does_not_show() -> None:
    config = MatrixConfig.read(ENV, {"help_rooms": ["#help:example.org", "!abc:example.org", "!abc:example.org"], "servers": ["Example.org"]})
    assert config == MatrixConfig(
        "https://matrix.example.org", "@support:example.org", "syt_abcdefgh", ("#help:example.org", "!abc:example.org"), frozenset({"example.org"})
    )
    assert "syt_abcdefgh" not in repr(config)


@pytest.mark.parametrize(
    ("env", "table", "named"),
    [
        ({"MATRIX_HOMESERVER": ""}, {}, "MATRIX_HOMESERVER"),
        ({"MATRIX_HOMESERVER": "http://matrix.example.org"}, {}, "MATRIX_HOMESERVER"),  # the token would be read on the way
        ({"MATRIX_USER": "support"}, {}, "MATRIX_USER"),
        ({"MATRIX_TOKEN": "two words"}, {}, "MATRIX_TOKEN"),
        ({}, {"help_rooms": ["help"]}, "help_rooms"),
        ({}, {"help_rooms": "#help:example.org"}, "help_rooms"),
        ({}, {"servers": ["@ana:example.org"]}, "servers"),
        ({}, {"help_room": []}, "help_room"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_it(env: dict[str, str], table: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError) as error:
        MatrixConfig.read({**ENV, **env}, table)
    [line] = str(error.value).splitlines()
    assert named in line


def test_only_people_of_the_named_servers_may_invite() -> None:
    config = MatrixConfig.read(ENV, {"servers": ["example.org"]})
    everybody = MatrixConfig.read(ENV, {})
    assert config is not None
    assert everybody is not None
    assert [config.may_invite(user) for user in ("@ana:example.org", "@ana:EXAMPLE.org", "@eve:example.org.evil", "@eve:evil")] == [True, True, False, False]
    assert everybody.may_invite("@eve:evil")


def test_its_table_is_one_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[channels.matrix]\nhelp_rooms = ["#help:example.org"]\n[[tiers]]\nlevel = 2\n')
    found = load(ENV, tmp_path, read_only=True).channels["matrix"]
    assert isinstance(found, MatrixConfig)
    assert found.help_rooms == ("#help:example.org",)
