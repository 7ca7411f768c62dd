"""Slack's variables, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.errors import ConfigError

DEFAULT_API_URL = "https://slack.com/api/"
SHORTEST_SECRET = 16  # characters; Slack's signing secrets have 32, placeholders rarely more than a word


@dataclass(frozen=True, slots=True)
class SlackConfig:
    """How to reach Slack, and how Slack reaches us: Socket Mode with an app token, else signed HTTP."""

    bot_token: str = field(repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    api_url: str = DEFAULT_API_URL

    @property
    def socket_mode(self) -> bool:
        """Events come over a socket that we open."""
        return bool(self.app_token)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> SlackConfig | None:
        """The settings, or None when Slack is switched off. Raises ConfigError with one line for each fault."""
        bot, app, secret = (env.get(name, "").strip() for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"))
        url = env.get("SLACK_API_URL", "").strip() or DEFAULT_API_URL
        if not bot and not app and not secret:
            return None
        faults = [*_token_faults(bot, app), *_secret_faults(app, secret), *_url_faults(url)]
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(bot, app, secret, url if url.endswith("/") else url + "/")


def _token_faults(bot: str, app: str) -> list[str]:
    faults = []
    if not bot:
        faults.append("SLACK_BOT_TOKEN is not set although other Slack settings are: copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions.")
    elif not re.fullmatch(r"xoxb-[A-Za-z0-9-]+", bot):
        faults.append("SLACK_BOT_TOKEN is no bot token: it must begin with xoxb- (OAuth & Permissions, Bot User OAuth Token).")
    if app and not re.fullmatch(r"xapp-[A-Za-z0-9-]+", app):
        faults.append("SLACK_APP_TOKEN is no app-level token: it must begin with xapp- (Basic Information, App-Level Tokens).")
    return faults


def _secret_faults(app: str, secret: str) -> list[str]:
    if not app and not secret:
        return ["SLACK_SIGNING_SECRET is empty: set it for HTTP (Basic Information, Signing Secret), or set SLACK_APP_TOKEN for Socket Mode."]
    if secret and (len(secret) < SHORTEST_SECRET or re.search(r"your|change|secret|example|<|xxx", secret, re.IGNORECASE)):
        return ["SLACK_SIGNING_SECRET looks like a placeholder: copy it from Basic Information, Signing Secret."]
    return []


def _url_faults(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.username:
        return ["SLACK_API_URL is no web address: leave it unset, or give a base like https://slack.com/api/."]
    return []
