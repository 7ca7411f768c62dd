"""What an operator gets wrong is named, with its cure, all at once."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.settings import Settings, load

SLACK = {"SLACK_BOT_TOKEN": "xoxb-1-canary", "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef"}
TELEGRAM = {"TELEGRAM_BOT_TOKEN": "123456:canary-of-telegram"}


def faults(env: dict[str, str], cwd: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(env, cwd)
    return str(caught.value).splitlines()


def test_an_empty_environment_is_the_demo_desk_on_loopback(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.is_demo
    assert (settings.desk.name, settings.desk.prefix) == ("IT help", "IT")
    assert settings.desk.languages == ("en", "es", "pt", "fr", "it", "de")
    assert [(tier.level, tier.claim_within) for tier in settings.desk.tiers] == [(2, timedelta(minutes=15)), (3, timedelta(minutes=30))]
    assert settings.desk.take_back == timedelta(seconds=10)
    assert settings.channels == {}


def test_the_database_address_gets_a_whole_path(tmp_path: Path) -> None:
    assert load({}, tmp_path).database_url == f"sqlite:///{tmp_path}/firstline.db"
    assert load({"DATABASE_URL": "sqlite+aiosqlite:///other.db"}, tmp_path).database_file == tmp_path / "other.db"
    assert load({"DATABASE_URL": f"sqlite:///{tmp_path}/whole.db"}, Path("/")).database_file == tmp_path / "whole.db"


def test_a_desk_may_have_its_own_database(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[desk]\ndatabase_url = "sqlite:///hr.db"\n[[tiers]]\nlevel = 2\n')
    assert load({"DATABASE_URL": "sqlite:///other.db"}, tmp_path).database_file == tmp_path / "hr.db"


@pytest.mark.parametrize(
    ("env", "setting", "cure"),
    [
        ({"PORT": "eighty"}, "PORT", "a number from 1 to 65535"),
        ({"PORT": "0"}, "PORT", "a number from 1 to 65535"),
        ({"PORT": "70000"}, "PORT", "a number from 1 to 65535"),
        ({"METRICS_PORT": "none"}, "METRICS_PORT", "a number from 1 to 65535"),
        ({"HOST": "http://localhost"}, "HOST", "127.0.0.1"),
        ({"HOST": "0.0.0.0"}, "HOST", 'sign_in = "link"'),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL", "choose from DEBUG"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT", "JSON"),
        ({"DATABASE_URL": "postgresql://db/firstline"}, "SECRET_KEY", "openssl rand -hex 32"),
        ({"DATABASE_URL": "mysql+asyncmy://db/firstline"}, "SECRET_KEY", "openssl rand -hex 32"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL", "sqlite:///firstline.db"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL", "sqlite:///firstline.db"),
        ({"DATABASE_URL": "firstline.db"}, "DATABASE_URL", "sqlite:///firstline.db"),
        ({"DATABASE_URL": "sqlite:///nowhere/firstline.db"}, "DATABASE_URL", "make it"),
        ({"ENCODER": "maybe"}, "ENCODER", "OFF"),
        ({"CACHE_DIR": "/dev/null"}, "CACHE_DIR", "name a folder"),
        ({"FIRSTLINE_CONFIG": "missing.toml"}, "FIRSTLINE_CONFIG", "name a file that is there"),
        ({"BUS_URL": "nats://localhost"}, "BUS_URL", "leave it empty"),
        ({"INVENTORY_SECRET": "abc"}, "INVENTORY_SECRET", "leave it empty"),
        ({"INVENTORY_SECRET": "0123456789abcdef,abc"}, "INVENTORY_SECRET", "fewer than 16"),
        ({"INVENTORY_SECRET": "0123456789/abcdef"}, "INVENTORY_SECRET", "part of an address"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY", "openssl rand -hex 32"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET", "set it"),
        ({**SLACK, "SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET", "set it"),
        ({"SLACK_SIGNING_SECRET": SLACK["SLACK_SIGNING_SECRET"]}, "SLACK_BOT_TOKEN", "copy"),
        ({"TELEGRAM_BOT_TOKEN": "nonsense"}, "TELEGRAM_BOT_TOKEN", "@BotFather"),
        ({**TELEGRAM, "TELEGRAM_WEBHOOK_URL": "https://desk.example.com"}, "TELEGRAM_WEBHOOK_SECRET", "set it"),
    ],
)
def test_a_wrong_variable_is_named_with_its_cure(env: dict[str, str], setting: str, cure: str, tmp_path: Path) -> None:
    [fault] = faults(env, tmp_path)
    assert fault.startswith(setting)
    assert cure in fault


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[desk]\nprefix = "it"\n[[tiers]]\nlevel = 1\n[channels.web]\nsign_in = "maybe"\n')
    env = {"PORT": "x", "LOG_LEVEL": "x", "SLACK_BOT_TOKEN": "wrong", "TELEGRAM_BOT_TOKEN": "wrong"}
    named = "\n".join(faults(env, tmp_path))
    for part in ("PORT", "LOG_LEVEL", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "TELEGRAM_BOT_TOKEN", "[desk] prefix", "[[tiers]] number 1 level", "sign_in"):
        assert part in named


def test_beyond_loopback_needs_sign_in(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[channels.web]\nsign_in = "link"\n[[tiers]]\nlevel = 2\n')
    assert load({"HOST": "0.0.0.0"}, tmp_path).web.sign_in == "link"


BY_MAIL = '[channels.web]\nsign_in = "mail"\n[[tiers]]\nlevel = 2\nname = "Service desk"\n'
MAIL = {"SMTP_URL": "smtp://127.0.0.1:2525", "MAIL_FROM": "help@example.com"}


def test_where_everybody_signs_in_by_mail_there_is_mail_and_an_address_for_the_links(tmp_path: Path) -> None:
    described = tmp_path / "firstline.toml"
    described.write_text(BY_MAIL)
    [fault] = faults({}, tmp_path)
    assert "no mail can be sent" in fault
    [fault] = faults({**MAIL, "HOST": "0.0.0.0"}, tmp_path)
    assert fault.startswith("[desk] url is not set: links that are mailed lead there")
    assert load(MAIL, tmp_path).web.sign_in == "mail"
    described.write_text('[desk]\nurl = "https://help.example.com"\n' + BY_MAIL)
    assert load({**MAIL, "HOST": "0.0.0.0"}, tmp_path).web.sign_in == "mail"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.53"])
def test_loopback_needs_no_sign_in(host: str, tmp_path: Path) -> None:
    assert load({"HOST": host}, tmp_path).host == host


def test_no_secret_shows_in_the_settings(tmp_path: Path) -> None:
    settings = load({**SLACK, **TELEGRAM, "SECRET_KEY": "canary-of-the-key-1234"}, tmp_path)
    shown = repr(settings) + str(settings)
    for value in (*SLACK.values(), *TELEGRAM.values(), "canary-of-the-key-1234"):
        assert value not in shown
        assert value in {secret.get_secret_value() for secret in settings.secrets}


def test_a_fault_does_not_repeat_a_secret(tmp_path: Path) -> None:
    env = {"SLACK_BOT_TOKEN": "canary-one", "SLACK_SIGNING_SECRET": "canary", "TELEGRAM_BOT_TOKEN": "canary-two", "SECRET_KEY": "canary-key"}
    assert "canary" not in "\n".join(faults(env, tmp_path))


# ---- the encoder
@pytest.mark.parametrize(("given", "is_on"), [({}, True), ({"ENCODER": ""}, True), ({"ENCODER": "on"}, True), ({"ENCODER": " Off "}, False)])
def test_questions_are_matched_by_meaning_unless_that_is_switched_off(given: dict[str, str], is_on: bool, tmp_path: Path) -> None:
    assert load(given, tmp_path).encoder is is_on


@pytest.mark.parametrize(
    ("env", "folder"),
    [
        ({"CACHE_DIR": "cache"}, "here/cache"),
        ({"CACHE_DIR": "/var/cache/desk"}, "/var/cache/desk"),
        ({"XDG_CACHE_HOME": "/home/ann/.cache"}, "/home/ann/.cache/firstline"),
        ({"HOME": "/home/ann"}, "/home/ann/.cache/firstline"),
        ({"HOME": "/home/ann", "CACHE_DIR": " "}, "/home/ann/.cache/firstline"),
        ({}, "here/.cache/firstline"),
    ],
)
def test_what_can_be_made_again_is_kept_where_it_is_said_or_in_the_users_own_folder(env: dict[str, str], folder: str, tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    found = load(env, tmp_path / "here").cache_dir
    assert found == tmp_path / folder
    assert not found.exists(), "it is made when there is something to keep"


# ---- the key that signs
def key_of(settings: Settings) -> str:
    return settings.secret_key.get_secret_value()


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = key_of(load({}, tmp_path))
    kept = tmp_path / "firstline.db.key"
    assert len(first) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert key_of(load({}, tmp_path)) == first


def test_a_given_key_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    assert key_of(load({"SECRET_KEY": "0123456789abcdef"}, tmp_path)) == "0123456789abcdef"
    assert list(tmp_path.iterdir()) == []


def test_reading_only_writes_nothing(tmp_path: Path) -> None:
    assert len(key_of(load({}, tmp_path, read_only=True))) >= 32
    assert list(tmp_path.iterdir()) == []


def test_with_faults_no_key_is_made(tmp_path: Path) -> None:
    faults({"PORT": "x"}, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "firstline.db.key").write_text("\n")
    [fault] = faults({}, tmp_path)
    assert fault.startswith("SECRET_KEY")
    assert "delete the file" in fault


# ---- what is no fault, but worth a line
@pytest.mark.parametrize(
    ("env", "remark"),
    [
        ({"SLACK_BOT_TOKN": "x"}, "did you mean SLACK_BOT_TOKEN?"),
        ({"TELEGRAM_TOKEN": "x"}, "did you mean TELEGRAM_BOT_TOKEN?"),
        ({"TELEGRAM_WEBHOOK_SECRET": "abcdefgh"}, "TELEGRAM_BOT_TOKEN is not set"),
        (SLACK, "There is no firstline.toml"),
    ],
)
def test_what_will_surprise_is_remarked(env: dict[str, str], remark: str, tmp_path: Path) -> None:
    assert any(remark in line for line in load(env, tmp_path).remarks)


def test_a_tier_on_a_channel_that_is_off_is_remarked(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text('[[tiers]]\nlevel = 2\nslack_channel = "C0TIER2"\n')
    [remark] = load({}, tmp_path).remarks
    assert remark.startswith("SLACK_BOT_TOKEN is not set although a tier works there")


# ---- sign-in
OIDC = {"OIDC_ISSUER": "https://id.example.org", "OIDC_CLIENT_ID": "desk", "OIDC_CLIENT_SECRET": "a client's secret"}
AFAR = '[channels.web]\nsign_in = "link"\n[[tiers]]\nlevel = 2\nname = "Service desk"\n'


def test_a_provider_of_sign_ins_is_set_whole_or_not_at_all(tmp_path: Path) -> None:
    made = load(OIDC, tmp_path)
    assert made.web.oidc is not None
    assert "a client's secret" in [secret.get_secret_value() for secret in made.secrets]
    assert "a client's secret" not in repr(made)
    [fault] = faults({**OIDC, "OIDC_CLIENT_SECRET": ""}, tmp_path)
    assert fault.startswith("OIDC_CLIENT_SECRET is not set")


def test_beyond_this_computer_the_desk_says_where_its_pages_are_and_that_is_https(tmp_path: Path) -> None:
    (tmp_path / "firstline.toml").write_text(AFAR)
    [fault] = faults({**OIDC, "HOST": "0.0.0.0"}, tmp_path)
    assert fault.startswith("[desk] url is not set")
    assert any("over https alone" in remark for remark in load({"HOST": "0.0.0.0"}, tmp_path).remarks)
    (tmp_path / "firstline.toml").write_text('[desk]\nurl = "https://help.example.com"\n' + AFAR)
    assert load({**OIDC, "HOST": "0.0.0.0"}, tmp_path).remarks == ()
