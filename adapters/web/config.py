"""The web's settings, checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.errors import ConfigError

SIGN_IN = ("", "link")
OIDC_NAMES = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
SLACK_HOSTS = ("slack.com", "slack-gov.com")
KNOWN = frozenset({"sign_in"})


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """A provider of sign-ins (OpenID Connect). issuer: as it calls itself in its tokens. slack: people are known by their Slack ids, else by mail."""

    issuer: str
    client_id: str
    client_secret: SecretStr
    slack: bool = False

    @property
    def name(self) -> str:
        """As people know it."""
        return "Slack" if self.slack else urlsplit(self.issuer).hostname or ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> OidcConfig | None:
        """The settings, or None when nothing of it is set. Raises ConfigError with one line for each fault."""
        given = {name: env.get(name, "").strip() for name in OIDC_NAMES}
        if not any(given.values()):
            return None
        issuer, client_id, secret = given.values()
        faults = [f"{name} is not set although other settings of sign-in are: copy it from your provider, or leave all of {', '.join(OIDC_NAMES)} empty."
                  for name, value in given.items() if not value]  # fmt: skip
        if issuer and not is_safe_address(issuer):
            faults.append("OIDC_ISSUER is no address of a provider: write it as the provider does, beginning with https://, for Slack https://slack.com")
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(issuer, client_id, SecretStr(secret), (urlsplit(issuer).hostname or "") in SLACK_HOSTS)


def is_safe_address(address: object) -> bool:
    """May secrets be sent there? https, or http on this computer; neither a password nor a fragment in it."""
    try:
        parts = urlsplit(address if isinstance(address, str) else "")
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and not parts.username and not parts.fragment and (parts.scheme == "https" or (parts.scheme == "http" and _is_this_computer(host)))


def _is_this_computer(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class WebConfig:
    """[channels.web] of firstline.toml.

    oidc: the provider by which agents and admins sign in, besides one-time links; None: by links alone.
    sign_in: "" (nobody signs in to ask: only on loopback) or "link" (everybody comes through a one-time link; needed beyond loopback).
    """

    sign_in: Literal["", "link"] = ""
    oidc: OidcConfig | None = None

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> WebConfig:
        """From the table as tomllib read it. Raises ConfigError with one line a fault."""
        faults = [f"[channels.web] {name}: unknown setting; there is only sign_in" for name in table if name not in KNOWN]
        sign_in = table.get("sign_in", "")
        if sign_in not in SIGN_IN:
            faults.append(f'[channels.web] sign_in is {sign_in!r}: use "link" (one-time sign-in links), or leave it out to stay on loopback')
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(cast(Literal["", "link"], sign_in))
