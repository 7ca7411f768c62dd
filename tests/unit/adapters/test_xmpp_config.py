"""XMPP's settings: switched on by the secret, and each fault named with its cure."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from adapters.xmpp.config import XmppConfig
from adapters.xmpp.kind import KIND
from bot.errors import ConfigError
from bot.settings import load

ENV = {"XMPP_SECRET": "s3cret-of-ours", "XMPP_COMPONENT": "Helpdesk.example.org"}


def test_without_a_secret_it_is_off() -> None:
    assert XmppConfig.read({"XMPP_COMPONENT": "helpdesk.example.org"}, {}) is None


def test_its_settings_are_read_and_the_secret_does_not_show() -> None:
    config = XmppConfig.read({**ENV, "XMPP_HOST": "10.0.0.5", "XMPP_PORT": "5348"}, {"upload": "upload.example.org", "servers": ["Example.org"]})
    assert config == XmppConfig("helpdesk.example.org", "s3cret-of-ours", "10.0.0.5", 5348, "upload.example.org", frozenset({"example.org"}))
    assert config is not None
    assert config.desk == "support@helpdesk.example.org"
    assert "s3cret-of-ours" not in repr(config)


@pytest.mark.parametrize(
    ("env", "table", "named"),
    [
        ({"XMPP_COMPONENT": ""}, {}, "XMPP_COMPONENT"),
        ({"XMPP_COMPONENT": "support@helpdesk.example.org"}, {}, "XMPP_COMPONENT"),
        ({"XMPP_HOST": "xmpp://host"}, {}, "XMPP_HOST"),
        ({"XMPP_PORT": "70000"}, {}, "XMPP_PORT"),
        ({}, {"upload": "https://upload.example.org"}, "upload"),
        ({}, {"servers": ["ana@example.org"]}, "servers"),
        ({}, {"uploads": "upload.example.org"}, "uploads"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_it(env: dict[str, str], table: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError) as error:
        XmppConfig.read({**ENV, **env}, table)
    [line] = str(error.value).splitlines()
    assert named in line


def test_without_its_library_the_fault_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("slixmpp", "adapters.xmpp.channel", "adapters.xmpp.connection", "adapters.xmpp.diagnosis"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "slixmpp", None)
    with pytest.raises(ConfigError, match=r'pip install "firstline\[xmpp\]"'):
        KIND.build(XmppConfig.read(ENV, {}), None)  # type: ignore[arg-type]


def test_its_table_is_one_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[channels.xmpp]\nupload = "upload.example.org"\n[[tiers]]\nlevel = 2\n')
    found = load(ENV, tmp_path, read_only=True)
    assert found.channels["xmpp"] == XmppConfig("helpdesk.example.org", "s3cret-of-ours", upload="upload.example.org")
    assert "s3cret-of-ours" in [secret.get_secret_value() for secret in found.secrets]
