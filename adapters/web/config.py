"""The web's settings, checked at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from adapters.web.widget_config import NAMES as WIDGET_NAMES
from adapters.web.widget_config import WidgetConfig
from bot.errors import ConfigError

SIGN_IN = ("", "link", "mail", "open")
KNOWLEDGE = ("", "public", "signed-in", "off")
OIDC_NAMES = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
SLACK_HOSTS = ("slack.com", "slack-gov.com")
KNOWN = ("sign_in", "mail_domains", "knowledge")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}\Z")


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


SignIn = Literal["", "link", "mail", "open"]
Reading = Literal["public", "signed-in", "off"]


@dataclass(frozen=True, slots=True)
class WebConfig:
    """[channels.web] of firstline.toml.

    sign_in: "" (nobody signs in to ask: only on loopback), "link" (everybody comes through a one-time link that somebody made for them), "mail"
    (everybody proves a mail address, or comes through such a link) or "open" (whoever likes may ask, from anywhere).
    oidc: the provider by which people sign in, besides links; None: by links alone.
    mail_domains: whose addresses are proved here, in lower case; (): of any.
    knowledge: who reads the knowledge base without asking: "" is as `reading` says.
    widget: the chat on other sites; None: on none.
    """

    sign_in: SignIn = ""
    oidc: OidcConfig | None = None
    mail_domains: tuple[str, ...] = ()
    knowledge: Literal["", "public", "signed-in", "off"] = ""
    widget: WidgetConfig | None = None

    @property
    def must_sign_in(self) -> bool:
        """Does nobody get in without it?"""
        return self.sign_in in ("link", "mail")

    @property
    def reading(self) -> Reading:
        """Who reads the knowledge base: as it is set, else whoever may ask."""
        return self.knowledge or ("signed-in" if self.must_sign_in else "public")

    def takes_mail(self, address: str) -> bool:
        """May somebody with this address sign in by it?"""
        return self.sign_in != "link" and (not self.mail_domains or address.rpartition("@")[2].lower() in self.mail_domains)

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> WebConfig:
        """From the table as tomllib read it. Raises ConfigError with one line a fault."""
        known = (*KNOWN, *WIDGET_NAMES)
        faults = [f"[channels.web] {name}: unknown setting; there are only {', '.join(known)}" for name in table if name not in known]
        sign_in, knowledge, domains = table.get("sign_in", ""), table.get("knowledge", ""), table.get("mail_domains", [])
        if sign_in not in SIGN_IN:
            ways = '"link" (one-time sign-in links), "mail" (by their mail address), "open" (nobody has to)'
            faults.append(f"[channels.web] sign_in is {sign_in!r}: use {ways}, or leave it out to stay on loopback")
        if knowledge not in KNOWLEDGE:
            faults.append(f'[channels.web] knowledge is {knowledge!r}: use "public", "signed-in" or "off", or leave it out: then whoever may ask may read')
        if not isinstance(domains, list) or not all(isinstance(one, str) and _DOMAIN.match(one.lower()) for one in domains):
            faults.append('[channels.web] mail_domains: list what stands behind the @ of the addresses that may sign in: ["example.org"]')
        if faults:
            raise ConfigError("\n".join(faults))
        named = tuple(str(one).lower() for one in cast(list[object], domains))
        return cls(cast(SignIn, sign_in), None, named, cast(Literal["", "public", "signed-in", "off"], knowledge))
