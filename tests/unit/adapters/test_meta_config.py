"""The settings of WhatsApp, Messenger and Instagram: each fault is one line with its cure, and a secret is never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kinds import kinds
from bot.errors import ConfigError
from bot.settings import load

APP = {"META_APP_SECRET": "0123456789abcdef0123456789abcdef", "META_VERIFY_TOKEN": "a-long-made-up-word"}
WHATSAPP = {**APP, "WHATSAPP_TOKEN": "EAAxyz", "WHATSAPP_PHONE_ID": "106540352242922"}
MESSENGER = {**APP, "MESSENGER_PAGE_TOKEN": "EAApage"}
INSTAGRAM = {**APP, "INSTAGRAM_TOKEN": "IGAAxyz", "INSTAGRAM_ID": "17841400000000001"}


def faults(name: str, env: dict[str, str], table: dict[str, object] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as wrong:
        kinds()[name].configure(env, table or {})
    return str(wrong.value).splitlines()


@pytest.mark.parametrize(("name", "env"), [("whatsapp", WHATSAPP), ("messenger", MESSENGER), ("instagram", INSTAGRAM)])
def test_each_is_switched_on_by_its_own_and_says_no_secret(name: str, env: dict[str, str]) -> None:
    assert kinds()[name].configure({}, {}) is None
    assert kinds()[name].configure(APP, {}) is None
    shown = repr(kinds()[name].configure(env, {}))
    assert not [secret for secret in (*APP.values(), "EAAxyz", "EAApage", "IGAAxyz") if secret in shown]


@pytest.mark.parametrize(("name", "env", "change", "says"), [
    ("whatsapp", WHATSAPP, {"WHATSAPP_TOKEN": ""}, "WHATSAPP_TOKEN"), ("whatsapp", WHATSAPP, {"WHATSAPP_PHONE_ID": "+34 600 111 222"}, "WHATSAPP_PHONE_ID"),
    ("whatsapp", WHATSAPP, {"META_APP_SECRET": ""}, "META_APP_SECRET is not set"), ("messenger", MESSENGER, {"META_APP_SECRET": "changeme"}, "placeholder"),
    ("instagram", INSTAGRAM, {"META_APP_SECRET_OLD": "short"}, "META_APP_SECRET_OLD"),
    ("messenger", MESSENGER, {"META_VERIFY_TOKEN": "x"}, "META_VERIFY_TOKEN"),
    ("instagram", INSTAGRAM, {"INSTAGRAM_ID": "@example"}, "INSTAGRAM_ID"), ("instagram", INSTAGRAM, {"INSTAGRAM_TOKEN": ""}, "INSTAGRAM_TOKEN"),
    ("whatsapp", WHATSAPP, {"META_API_URL": "http://graph.example"}, "META_API_URL"), ("whatsapp", WHATSAPP, {"META_API_URL": "nonsense"}, "META_API_URL"),
])  # fmt: skip
def test_a_fault_is_one_line_that_names_the_setting(name: str, env: dict[str, str], change: dict[str, str], says: str) -> None:
    (line,) = faults(name, {**env, **change})
    assert says in line


@pytest.mark.parametrize(("table", "says"), [
    ({"template": "Ticket Update"}, "template"), ({"template": 3}, "template"), ({"template_languages": []}, "template_languages"),
    ({"template_languages": "en"}, "template_languages"), ({"template_languages": ["english"]}, "template_languages"), ({"colour": "red"}, "colour"),
])  # fmt: skip
def test_a_fault_in_the_table_is_told_too(table: dict[str, object], says: str) -> None:
    (line,) = faults("whatsapp", WHATSAPP, table)
    assert line.startswith(f"[channels.whatsapp] {says}")


def test_what_several_channels_share_is_no_sign_that_another_was_meant(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text("[[tiers]]\nlevel = 2\n")
    assert not [one for one in load(WHATSAPP, tmp_path).remarks if "Messenger" in one or "Instagram" in one]
    assert [one for one in load(APP, tmp_path).remarks if "MESSENGER_PAGE_TOKEN is not set" in one]


def test_what_is_wrong_with_what_they_share_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text("[[tiers]]\nlevel = 2\n")
    with pytest.raises(ConfigError) as wrong:
        load({**WHATSAPP, **MESSENGER, **INSTAGRAM, "META_APP_SECRET": ""}, tmp_path)
    assert str(wrong.value).count("META_APP_SECRET is not set") == 1
