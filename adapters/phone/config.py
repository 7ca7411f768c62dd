"""The telephone's settings, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.domain.desks import LANGUAGES
from bot.errors import ConfigError

API_URL = "https://api.twilio.com"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PLACEHOLDERS = ("changeme", "change-me", "secret", "placeholder", "xxx", "todo", "your_auth_token")
KNOWN = ("call_back", "voices")
E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True, slots=True)
class PhoneConfig:
    """How to reach the provider, and how calls are answered. Secrets do not show in repr.

    tokens: the one that signs, then one that is being rotated in or out. number: ours, E.164. voices: the provider's name of one, by language; the
    provider's own for all others. call_back: callers may ask to be called back.
    """

    account: str
    tokens: tuple[str, ...] = field(repr=False)
    number: str
    api_url: str = API_URL
    voices: Mapping[str, str] = field(default_factory=dict)
    call_back: bool = True

    @classmethod
    def read(cls, env: Mapping[str, str], table: Mapping[str, object]) -> PhoneConfig | None:
        """The settings, or None when TWILIO_ACCOUNT_SID is not set. Raises ConfigError with one line for each fault."""
        account = env.get("TWILIO_ACCOUNT_SID", "").strip()
        if not account:
            return None
        token, second = (env.get(name, "").strip() for name in ("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY"))
        number, url = env.get("TWILIO_FROM", "").strip(), env.get("TWILIO_API_URL", "").strip().rstrip("/") or API_URL
        faults = [*_account_faults(account), *_token_faults(token, second), *_api_faults(url), *_table_faults(table)]
        if not E164.fullmatch(number):
            faults.append("TWILIO_FROM is not a telephone number: set it to yours as it is written abroad, with a plus and the country code: +34600111222")
        if faults:
            raise ConfigError("\n".join(faults))
        voices = table.get("voices", {})
        return cls(account, tuple(one for one in (token, second) if one), number, url, dict(voices) if isinstance(voices, dict) else {},
                   table.get("call_back", True) is True)  # fmt: skip


def public_base(url: str) -> str:
    """The address at which the provider calls us, and which it signs; never what a request says of itself. Raises ConfigError."""
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return url.rstrip("/")
    raise ConfigError('[desk] url is no https address: Twilio calls it and signs it, so write it as the world sees it, url = "https://help.example.com"')


def _account_faults(account: str) -> list[str]:
    if re.fullmatch(r"AC[0-9a-fA-F]{32}", account):
        return []
    return ["TWILIO_ACCOUNT_SID is no account: it begins with AC and has 32 digits and letters a to f behind it; copy it from Twilio's console"]


def _token_faults(token: str, second: str) -> list[str]:
    faults = []
    if not token:
        faults.append("TWILIO_AUTH_TOKEN is not set, so that anybody could pretend to be Twilio: copy it from Twilio's console")
    for name, value in (("TWILIO_AUTH_TOKEN", token), ("TWILIO_AUTH_TOKEN_SECONDARY", second)):
        if value and (value.lower() in PLACEHOLDERS or len(value) < 16):
            faults.append(f"{name} is a placeholder or cut short: copy it whole from Twilio's console")
    return faults


def _api_faults(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        return []
    return ["TWILIO_API_URL is no https address, and our token would be sent there: remove it, or write it as https://…"]


def _table_faults(table: Mapping[str, object]) -> list[str]:
    faults = [f"[channels.phone] {key}: there is no such key; known are {', '.join(KNOWN)}" for key in table if key not in KNOWN]
    if not isinstance(table.get("call_back", True), bool):
        faults.append("[channels.phone] call_back: write true or false")
    voices = table.get("voices", {})
    if not isinstance(voices, dict):
        return [*faults, '[channels.phone.voices]: it is no table; write es = "Polly.Lucia-Neural" below it, a line a language']
    for language, voice in voices.items():
        if language not in LANGUAGES:
            faults.append(f"[channels.phone.voices] {language}: it is not spoken here; choose from {', '.join(LANGUAGES)}")
        elif not isinstance(voice, str) or not re.fullmatch(r"[A-Za-z0-9._-]{1,80}", voice):
            faults.append(f"[channels.phone.voices] {language}: it is no voice of Twilio's; write it as they do, \"Polly.Lucia-Neural\"")
    return faults
