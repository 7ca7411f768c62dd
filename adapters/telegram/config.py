"""Telegram's variables, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import ConfigError

WEBHOOK_PATH = "/telegram/webhook"
API_URL = "https://api.telegram.org"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PLACEHOLDERS = ("changeme", "change-me", "secret", "placeholder", "xxx", "todo", "your-secret")


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """How to reach the Bot API. webhook_url "" means long polling. Secrets do not show in repr."""

    token: str = field(repr=False)
    api_url: str = API_URL
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)

    @property
    def bot_id(self) -> int:
        """The bot's own user id: the digits of its token."""
        return int(self.token.partition(":")[0])

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> TelegramConfig | None:
        """The configuration, or None when TELEGRAM_BOT_TOKEN is not set. Raises ConfigError with one line for each fault."""
        token = env.get("TELEGRAM_BOT_TOKEN", "").strip()
        if not token:
            return None
        api_url = env.get("TELEGRAM_API_URL", "").strip().rstrip("/") or API_URL
        hook, secret = env.get("TELEGRAM_WEBHOOK_URL", "").strip(), env.get("TELEGRAM_WEBHOOK_SECRET", "").strip()
        faults = [*_token_faults(token), *_api_faults(api_url), *(_hook_faults(hook, secret) if hook else [])]
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(token, api_url, _whole(hook) if hook else "", secret if hook else "")


def _token_faults(token: str) -> list[str]:
    if re.fullmatch(r"\d{1,20}:[A-Za-z0-9_-]{4,}", token):
        return []
    return ["TELEGRAM_BOT_TOKEN is not a bot token (digits, a colon, letters): copy it whole from @BotFather"]


def _api_faults(url: str) -> list[str]:
    if urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname:
        return []
    return ["TELEGRAM_API_URL is not an http(s) address: remove it, or set it to the base address of a Bot API server"]


def _hook_faults(hook: str, secret: str) -> list[str]:
    faults, parts = [], urlsplit(hook)
    if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        faults.append("TELEGRAM_WEBHOOK_URL is not an https address: Telegram calls no other; set it to https://<your host>" + WEBHOOK_PATH)
    if not secret:
        faults.append("TELEGRAM_WEBHOOK_SECRET is not set, so that anybody could call the webhook: set it to a long random text of A-Z a-z 0-9 _ -")
    elif secret.lower() in PLACEHOLDERS:
        faults.append("TELEGRAM_WEBHOOK_SECRET is a placeholder: set it to a long random text of A-Z a-z 0-9 _ -")
    elif not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret):
        faults.append("TELEGRAM_WEBHOOK_SECRET has characters that Telegram does not take: use 1 to 256 of A-Z a-z 0-9 _ -")
    return faults


def _whole(hook: str) -> str:
    """The address with our path when only the host was given."""
    return hook if urlsplit(hook).path.strip("/") else hook.rstrip("/") + WEBHOOK_PATH
