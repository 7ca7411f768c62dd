"""Logs have ids; they never have secrets, people's words or forged lines, whoever writes them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from bot.errors import DeliveryRefused
from bot.logs import set_up
from bot.redaction import Redactor, one_line

VALUE = "a-secret-that-looks-like-nothing"
Lines = Callable[[], list[dict[str, object]]]


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    for name in ("bot", "adapters", "kb"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def logged(level: str = "INFO") -> Lines:
    stream = io.StringIO()
    set_up(level, "json", Redactor([VALUE]), stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("text", "canary"),
    [
        ("xoxb-123456789-987654321-AbCdEf", "AbCdEf"),
        ("xapp-1-A0123-456-abcdef0123", "abcdef"),
        ("xoxe.xoxp-1-Mi0yLTEyMzQ", "Mi0y"),
        ("https://api.telegram.org/bot123456:AAF-x_y/sendMessage", "AAF"),
        ("https://api.telegram.org/bot123456%3AAAF-x_y/sendMessage", "AAF"),
        ("123456789:AAFabcdefghijklmnopqrstuvwxyz-12345", "AAF"),
        ("Bearer eyJhbGciOi.abc-123", "eyJ"),
        ("{'Authorization': 'Basic dXNlcjpwYXNz'}", "dXNl"),
        ("X-Slack-Signature: v0=0123456789abcdef0123456789abcdef", "abcdef"),
        ("X-Telegram-Bot-Api-Secret-Token: abc123def456", "abc123"),
        ("https://hooks.slack.com/commands/T1/2/abc3", "abc3"),
        ("wss://wss-primary.slack.com/link/?ticket=0a1b2c3d-4e5f&app_id=1", "0a1b"),
        ("postgresql://desk:hunter2abc@db/firstline", "hunter"),
        ("SECRET_KEY=0123456789abcdef", "abcdef"),
        ('"client_secret": "0123456789abcdef"', "abcdef"),
        (f"{VALUE} in the middle", "nothing"),
        ("q=a%2Fpassage%2Bkey", "passage"),
        ("anna.berg+it@example.co.uk", "anna"),
        ("+34 600 123 456", "600"),
        ("+1 (555) 123-4567", "4567"),
        ("(555) 123-4567", "4567"),
        ("4111 1111 1111 1111", "1111"),
        ("5500000000000004", "0004"),
    ],
)
def test_a_secret_is_hidden_by_value_or_by_its_looks(text: str, canary: str) -> None:
    cleaned = Redactor([VALUE, "a/passage+key"]).clean(f"before {text} after")
    assert canary not in cleaned
    assert cleaned.startswith("before ")
    assert "***" in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "slack:C0TIER2/1700000000.000100",
        "telegram:-1001000000002/t12",
        "telegram:4111111111111111",
        "ticket IT-41 escalated to tier 2 after 15m",
        "2026-11-21T21:35:00.123456+00:00",
        "token revoked: make a new one",
        "token: invalid_auth",
        "Bearer certificates are paper",
        "bot/engine/tickets/desk.py:120 in escalate",
        "http://127.0.0.1:8080/agent",
        "python-telegram-bot@22.8",
        "key=IT-1/receipt",
        "1234 5678 9012 3456",
        "10.0.0.1:5432",
    ],
)
def test_an_id_is_not_hidden(text: str) -> None:
    assert Redactor([VALUE]).clean(text) == text


def test_every_logger_is_redacted_in_message_fields_and_traces() -> None:
    lines = logged()
    logging.getLogger("bot.engine").info("sent with %s", VALUE, extra={"url": f"https://x/?q={VALUE}", "nested": {"a": [VALUE]}})
    for library in ("httpx", "aiohttp.client", "slack_bolt", "telegram.ext", "uvicorn.error", "asyncio"):
        logging.getLogger(library).warning("POST https://api.telegram.org/bot1:%s", VALUE)
    try:
        raise OSError(f"no route to {VALUE}")
    except OSError:
        logging.getLogger("adapters.slack").exception("lost")
    told = lines()
    assert len(told) == 8
    assert VALUE not in json.dumps(told)
    assert "no route to ***" in str(told[-1]["exception"])


def test_an_error_is_logged_by_type_and_place_without_what_people_wrote() -> None:
    lines = logged()
    try:
        int("my diagnosis is private")
    except ValueError:
        logging.getLogger("bot").exception("handler failed")
    [line] = lines()
    assert "private" not in json.dumps(line)
    assert "builtins.ValueError" in str(line["exception"])
    assert "test_logs.py" in str(line["exception"])


def test_our_own_errors_keep_their_message_and_their_cause() -> None:
    lines = logged()
    try:
        try:
            raise KeyError("private")
        except KeyError as cause:
            raise DeliveryRefused("gone", "channel_not_found") from cause
    except DeliveryRefused:
        logging.getLogger("bot").exception("not sent")
    trace = str(lines()[0]["exception"])
    assert "gone: channel_not_found" in trace
    assert "caused by builtins.KeyError" in trace
    assert "private" not in trace


def test_at_debug_the_message_of_an_error_is_there_for_the_developer() -> None:
    lines = logged("DEBUG")
    try:
        int("nonsense")
    except ValueError:
        logging.getLogger("bot").exception("handler failed")
    assert "nonsense" in str(lines()[0]["exception"])


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_libraries_never_tell_their_debug_lines(level: str) -> None:
    lines = logged(level)
    logging.getLogger("slack_sdk.web").debug("body: my diagnosis is private")
    logging.getLogger("telegram.ext").debug("update: my diagnosis is private")
    assert lines() == []


def test_the_access_log_is_off() -> None:
    lines = logged("DEBUG")
    logging.getLogger("uvicorn.access").info("GET /agent?key=1")
    assert lines() == []


def test_a_line_of_the_log_cannot_be_forged() -> None:
    stream = io.StringIO()
    set_up("INFO", "console", Redactor(), stream)
    logging.getLogger("bot").info("file %s", "a.txt\n2026-11-21 [info] all is well\x1b[2J", extra={"name_of": "x\r\ny\u202e"})
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_control_characters_are_written_out() -> None:
    assert one_line("a\nb\x00c\u2028d\ud800é") == "a\\nb\\x00c\\u2028d\\ud800é"


def test_a_payload_in_a_library_s_warning_is_cut() -> None:
    lines = logged()
    logging.getLogger("aiohttp").warning("x" * 50_000)
    assert len(str(lines()[0]["event"])) < 2100


def test_a_line_has_time_level_logger_and_its_ids() -> None:
    lines = logged()
    logging.getLogger("bot.engine.tickets.desk").info("escalated", extra={"ticket_id": "IT-41", "tier": 2})
    [line] = lines()
    assert {key: line[key] for key in ("event", "level", "logger", "ticket_id", "tier")} == {
        "event": "escalated", "level": "info", "logger": "bot.engine.tickets.desk", "ticket_id": "IT-41", "tier": 2,
    }  # fmt: skip
    assert str(line["timestamp"]).endswith("Z")
