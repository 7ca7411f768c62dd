"""What Meta's three channels share in their settings, and what each has of its own; checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from bot.errors import ConfigError

VERSION = "v26.0"  # of the Graph API; each lives for about two years
GRAPH_URL, INSTAGRAM_URL = f"https://graph.facebook.com/{VERSION}", f"https://graph.instagram.com/{VERSION}"
APP_NAMES = ("META_APP_SECRET", "META_APP_SECRET_OLD", "META_VERIFY_TOKEN", "META_API_URL")
WHATSAPP_NAMES = ("WHATSAPP_TOKEN", "WHATSAPP_PHONE_ID")
INSTAGRAM_NAMES = ("INSTAGRAM_TOKEN", "INSTAGRAM_ID")
PLACEHOLDERS = ("changeme", "change-me", "secret", "placeholder", "xxx", "todo", "your-secret", "token")
SHORTEST_TOKEN = 8  # characters of the word that Meta must say when the webhook is set up


@dataclass(frozen=True, slots=True)
class MetaApp:
    """The app at Meta that calls us. secrets: with which it signs, a second one while they are changed. api_url: "" is Meta's own."""

    secrets: tuple[str, ...] = field(repr=False)
    verify_token: str = field(repr=False)
    api_url: str = ""


@dataclass(frozen=True, slots=True)
class WhatsAppConfig:
    """One number. template: the approved message that says that there is news, "" for none; languages: in which it is approved, the first for all others."""

    app: MetaApp
    token: str = field(repr=False)
    phone_id: str
    template: str = ""
    languages: tuple[str, ...] = ("en",)

    @classmethod
    def read(cls, env: Mapping[str, str], table: Mapping[str, object]) -> WhatsAppConfig | None:
        """The settings, or None when WhatsApp is off. Raises ConfigError with one line for each fault."""
        token, phone = (env.get(name, "").strip() for name in WHATSAPP_NAMES)
        faults = [f"[channels.whatsapp] {name}: it is not known; it has template and template_languages" for name in table
                  if name not in ("template", "template_languages")]  # fmt: skip
        template, languages = _template(table, faults)
        if not token and not phone:
            _tell(faults)
            return None
        if not token:
            faults.append("WHATSAPP_TOKEN is not set: copy a system user's token from Meta's business settings, or leave WHATSAPP_PHONE_ID empty, too")
        if not re.fullmatch(r"\d{5,32}", phone):
            faults.append("WHATSAPP_PHONE_ID is not the id of a phone number (digits, not the number itself): copy it from WhatsApp > API setup")
        app = _app(env, faults)
        _tell(faults)
        return cls(app, token, phone, template, languages)


@dataclass(frozen=True, slots=True)
class PageConfig:
    """A page on Messenger, or an account on Instagram. account: the id of its own in what we are sent, "" when any is meant."""

    app: MetaApp
    token: str = field(repr=False)
    account: str = ""

    @classmethod
    def messenger(cls, env: Mapping[str, str], table: Mapping[str, object]) -> PageConfig | None:
        """The settings of Messenger, or None when it is off. Raises ConfigError with one line for each fault."""
        faults = _no_keys("messenger", table)
        token = env.get("MESSENGER_PAGE_TOKEN", "").strip()
        if not token:
            _tell(faults)
            return None
        app = _app(env, faults)
        _tell(faults)
        return cls(app, token)

    @classmethod
    def instagram(cls, env: Mapping[str, str], table: Mapping[str, object]) -> PageConfig | None:
        """The settings of Instagram, or None when it is off. Raises ConfigError with one line for each fault."""
        faults = _no_keys("instagram", table)
        token, account = (env.get(name, "").strip() for name in INSTAGRAM_NAMES)
        if not token and not account:
            _tell(faults)
            return None
        if not token:
            faults.append("INSTAGRAM_TOKEN is not set: copy it from the app's Instagram settings at Meta, or leave INSTAGRAM_ID empty, too")
        if not re.fullmatch(r"\d{5,32}", account):
            faults.append("INSTAGRAM_ID is not the id of an Instagram account (digits): copy it from the app's Instagram settings at Meta")
        app = _app(env, faults)
        _tell(faults)
        return cls(app, token, account)


def _tell(faults: list[str]) -> None:
    if faults:
        raise ConfigError("\n".join(faults))


def _no_keys(channel: str, table: Mapping[str, object]) -> list[str]:
    return [f"[channels.{channel}] {name}: it is not known; there is nothing to set in that table" for name in table]


def _app(env: Mapping[str, str], faults: list[str]) -> MetaApp:
    secret, old, word, url = (env.get(name, "").strip() for name in APP_NAMES)
    cure = "copy the app secret from the app's basic settings at Meta"
    if not secret:
        faults.append(f"META_APP_SECRET is not set, so that anybody could call the webhook: {cure}")
    for name, value in zip(APP_NAMES, (secret, old), strict=False):
        if value and (value.lower() in PLACEHOLDERS or len(value) < SHORTEST_TOKEN):
            faults.append(f"{name} is a placeholder: {cure}")
    if len(word) < SHORTEST_TOKEN or word.lower() in PLACEHOLDERS:
        faults.append("META_VERIFY_TOKEN is not set or too short: make up a long word, and write the same where the webhook is set up at Meta")
    if url and not _is_safe(url):
        faults.append("META_API_URL is no address that a token may be sent to: remove it, or write one that begins with https://")
    return MetaApp(tuple(value for value in (secret, old) if value), word, url.rstrip("/"))


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        here = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        here = False
    return bool(parts.hostname) and not parts.username and (parts.scheme == "https" or (parts.scheme == "http" and here))


def _template(table: Mapping[str, object], faults: list[str]) -> tuple[str, tuple[str, ...]]:
    name, languages = table.get("template", ""), table.get("template_languages", ["en"])
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]{0,512}", name):
        faults.append('[channels.whatsapp] template: it is no template\'s name; write it as in WhatsApp Manager, "ticket_update"')
        name = ""
    good = isinstance(languages, list) and languages and all(isinstance(one, str) and re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]{2,4})?", one) for one in languages)
    if not good or not isinstance(languages, list):
        faults.append('[channels.whatsapp] template_languages: these are no codes of languages; write those in which the template is approved, ["en", "pt_BR"]')
        return name, ("en",)
    return name, tuple(languages)
