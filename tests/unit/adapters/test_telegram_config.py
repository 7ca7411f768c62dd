"""Telegram's variables: every fault at once, each with its cure; secrets never in repr."""
from __future__ import annotations

import pytest

from adapters.telegram import menu
from adapters.telegram.addresses import Address, message_id, parse, requester_conversation, topic_conversation
from adapters.telegram.config import TelegramConfig
from bot.errors import ConfigError

TOKEN = {"TELEGRAM_BOT_TOKEN": "123456:AAF-x_yzabc"}


def test_without_a_token_telegram_is_off() -> None:
    assert TelegramConfig.from_env({}) is None
    assert TelegramConfig.from_env({"TELEGRAM_BOT_TOKEN": " ", "TELEGRAM_WEBHOOK_URL": "https://x.example"}) is None


def test_with_a_token_alone_it_polls_the_real_address() -> None:
    config = TelegramConfig.from_env(TOKEN)
    assert config is not None
    assert (config.api_url, config.webhook_url, config.bot_id) == ("https://api.telegram.org", "", 123456)


def test_the_webhook_gets_our_path_when_only_a_host_is_named() -> None:
    secret = {"TELEGRAM_WEBHOOK_SECRET": "a-long_secret"}
    for given, used in (("https://x.example", "https://x.example/telegram/webhook"), ("https://x.example/", "https://x.example/telegram/webhook"),
                        ("https://x.example/behind/proxy", "https://x.example/behind/proxy"), ("http://127.0.0.1:8080", "http://127.0.0.1:8080/telegram/webhook")):
        config = TelegramConfig.from_env({**TOKEN, **secret, "TELEGRAM_WEBHOOK_URL": given})
        assert config is not None
        assert config.webhook_url == used


@pytest.mark.parametrize(("env", "named"), [
    ({"TELEGRAM_BOT_TOKEN": "hello"}, ["TELEGRAM_BOT_TOKEN"]),
    ({**TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.example"}, ["TELEGRAM_WEBHOOK_SECRET"]),
    ({**TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.example", "TELEGRAM_WEBHOOK_SECRET": "  "}, ["TELEGRAM_WEBHOOK_SECRET"]),
    ({**TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.example", "TELEGRAM_WEBHOOK_SECRET": "changeme"}, ["TELEGRAM_WEBHOOK_SECRET"]),
    ({**TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.example", "TELEGRAM_WEBHOOK_SECRET": "with space"}, ["TELEGRAM_WEBHOOK_SECRET"]),
    ({**TOKEN, "TELEGRAM_WEBHOOK_URL": "http://x.example", "TELEGRAM_WEBHOOK_SECRET": "good_one"}, ["TELEGRAM_WEBHOOK_URL"]),
    ({"TELEGRAM_BOT_TOKEN": "x", "TELEGRAM_API_URL": "api", "TELEGRAM_WEBHOOK_URL": "x"},
     ["TELEGRAM_BOT_TOKEN", "TELEGRAM_API_URL", "TELEGRAM_WEBHOOK_URL", "TELEGRAM_WEBHOOK_SECRET"]),
])
def test_every_fault_is_named_on_a_line_of_its_own(env: dict[str, str], named: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        TelegramConfig.from_env(env)
    assert [line.partition(" ")[0] for line in str(raised.value).splitlines()] == named


def test_secrets_are_not_in_repr() -> None:
    config = TelegramConfig.from_env({**TOKEN, "TELEGRAM_WEBHOOK_URL": "https://x.example", "TELEGRAM_WEBHOOK_SECRET": "a-long_secret"})
    assert "AAF" not in repr(config)
    assert "a-long_secret" not in repr(config)


def test_addresses_are_read_back_as_they_were_made() -> None:
    assert parse(message_id(-100, 5, 7)) == Address(-100, message=5, topic=7)
    assert parse(topic_conversation(-100, 7)) == Address(-100, topic=7)
    assert parse(requester_conversation(-100, 9, 7)) == Address(-100, topic=7, user=9)
    assert parse("telegram:1001") == Address(1001)
    assert [parse(other) for other in ("slack:U1", "telegram:x", "telegram:1/2/3", "", "telegram:1/t2/5")] == [None] * 5


def test_the_menu_keeps_telegrams_limits_in_every_language_and_has_each_scope_once() -> None:
    calls = menu.calls((-5,), several=True)
    assert len({(str(c["scope"]), c.get("language_code", "")) for c in calls}) == len(calls) == 18
    for command in (c for call in calls for c in call["commands"]):
        assert command["command"].isascii()
        assert command["command"].islower()
        assert len(command["command"]) <= 32
        assert 1 <= len(command["description"]) <= 256
    for word in menu.WORDS:
        descriptions = {c["description"] for call in calls for c in call["commands"] if c["command"] == word}
        assert len(descriptions) >= 5, word  # a word or two may be the same in two of the six languages


def test_commands_are_known_in_any_case_and_by_the_names_of_the_core() -> None:
    assert (menu.name_of("TICKETS"), menu.name_of("take"), menu.name_of("etc")) == ("list", "take", None)
