"""Slack's settings, and what its errors mean."""

from __future__ import annotations

import pytest

from adapters.slack import refusals
from adapters.slack.config import SlackConfig
from bot.errors import ConfigError, DeliveryError, DeliveryRefused, DeliveryUnknown, ThreadGone, Unauthorized

BOT, SECRET = "xoxb-1-abc", "0123456789abcdef0123456789abcdef"


def test_without_any_setting_slack_is_off() -> None:
    assert SlackConfig.from_env({"PATH": "/bin"}) is None


def test_http_needs_the_signing_secret_and_socket_mode_the_app_token() -> None:
    http = SlackConfig.from_env({"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": SECRET})
    socket = SlackConfig.from_env({"SLACK_BOT_TOKEN": BOT, "SLACK_APP_TOKEN": "xapp-1", "SLACK_API_URL": "http://127.0.0.1:9/api"})
    assert http is not None
    assert not http.socket_mode
    assert http.api_url == "https://slack.com/api/"
    assert socket is not None
    assert socket.socket_mode
    assert socket.api_url == "http://127.0.0.1:9/api/"


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"SLACK_BOT_TOKEN": BOT}, ["SLACK_SIGNING_SECRET"]),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": "  "}, ["SLACK_SIGNING_SECRET"]),
        ({"SLACK_BOT_TOKEN": BOT, "SLACK_SIGNING_SECRET": "your-signing-secret-here"}, ["SLACK_SIGNING_SECRET"]),
        (
            {"SLACK_BOT_TOKEN": "xapp-1", "SLACK_APP_TOKEN": BOT, "SLACK_API_URL": "slack"},
            ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_API_URL"],
        ),
        ({"SLACK_SIGNING_SECRET": SECRET}, ["SLACK_BOT_TOKEN"]),
    ],
)
def test_all_faults_are_named_at_once_one_a_line_with_the_cure(env: dict[str, str], named: list[str]) -> None:
    with pytest.raises(ConfigError) as raised:
        SlackConfig.from_env(env)
    lines = str(raised.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == named
    assert all(":" in line for line in lines)


def test_secrets_do_not_show() -> None:
    config = SlackConfig(BOT, "xapp-1-topsecret", SECRET)
    assert all(secret not in repr(config) for secret in (BOT, "topsecret", SECRET))


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("3", 3.0),
        ("0", 1.0),
        ("3600", 3600.0),
        ("99999", 3600.0),
        ("", 5.0),
        ("abc", 5.0),
        ("-5", 5.0),
        ("nan", 5.0),
        ("inf", 5.0),
        ("2.5", 2.5),
    ],
)
def test_a_wait_is_read_defensively(asked: str, seconds: float) -> None:
    assert refusals.wait_of({"Retry-After": asked}).retry_after_s == seconds


def test_a_missing_wait_is_five_seconds_and_a_date_is_understood() -> None:
    assert refusals.wait_of({}).retry_after_s == 5.0
    assert refusals.wait_of({"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"}).retry_after_s == 3600.0


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        ("invalid_auth", Unauthorized, ""),
        ("missing_scope", refusals.ScopeMissing, ""),
        ("thread_not_found", ThreadGone, ""),
        ("message_not_found", ThreadGone, ""),
        ("is_archived", DeliveryRefused, "gone"),
        ("not_in_channel", DeliveryRefused, "forbidden"),
        ("messages_tab_disabled", DeliveryRefused, "blocked"),
        ("invalid_blocks", DeliveryRefused, "invalid"),
        ("msg_too_long", DeliveryRefused, "too_large"),
        ("fatal_error", DeliveryUnknown, ""),
        ("a_new_error_of_theirs", DeliveryError, ""),
    ],
)
def test_each_error_says_what_can_be_done(error: str, kind: type[DeliveryError], reason: str) -> None:
    raised = refusals.refusal(error, "chat.postMessage", "chat:write")
    assert type(raised) is kind
    assert getattr(raised, "reason", "") == reason
    assert error in str(raised)
