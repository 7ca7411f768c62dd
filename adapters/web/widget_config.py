"""The settings of the chat widget, checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.errors import ConfigError

SECRET = "WIDGET_SECRET"
NAMES = ("widget_sites", "widget_identity")  # in [channels.web]
SHORTEST_SECRET = 16  # characters
PORTS = {"https": 443, "http": 80}
NO_SECRET = SecretStr("")
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class WidgetConfig:
    """sites: the origins that may hold the widget. secret: with what they sign who their users are; empty: nobody is believed."""

    sites: tuple[str, ...]
    secret: SecretStr = NO_SECRET

    @classmethod
    def read(cls, table: Mapping[str, object], env: Mapping[str, str]) -> WidgetConfig | None:
        """From [channels.web] and the environment; None is switched off. Raises ConfigError with one line a fault."""
        faults: list[str] = []
        sites = _sites(table.get("widget_sites", []), faults)
        identity, secret = table.get("widget_identity", ""), env.get(SECRET, "").strip()
        if identity not in ("", "hash"):
            faults.append(f'[channels.web] widget_identity is {identity!r}: use "hash" (sites sign who their users are), or leave it out')
        if identity == "hash" and not secret:
            faults.append(
                f'{SECRET} is not set although widget_identity is "hash": set it to the output of `openssl rand -hex 32`, here and on your site\'s server'
            )
        if secret and len(secret) < SHORTEST_SECRET:
            faults.append(f"{SECRET}: it has fewer than {SHORTEST_SECRET} characters; set it to the output of `openssl rand -hex 32`")
        if not sites and not faults and (secret or identity):
            faults.append(
                f'[channels.web] widget_sites is not set although {SECRET} or widget_identity is: name your sites, widget_sites = ["https://www.example.com"]'
            )
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(sites, SecretStr(secret)) if sites else None


def _sites(given: object, faults: list[str]) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        faults.append('[channels.web] widget_sites is no list of addresses: write widget_sites = ["https://www.example.com"]')
        return ()
    found = {one: _origin(one) for one in given}
    faults.extend(
        f'[channels.web] widget_sites: {one!r} is no address of a site: write "https://www.example.com", without a path (http on this computer alone)'
        for one, origin in found.items()
        if not origin
    )
    return tuple(dict.fromkeys(found.values()))


def _origin(address: str) -> str:
    """As browsers write it; "" when it is none, or words on the way there could be changed by others."""
    try:
        parts = urlsplit(address.strip().rstrip("/"))
        host, port = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else f"[{parts.hostname}]", parts.port
    except ValueError:
        return ""
    is_plain = not (parts.path or parts.query or parts.fragment or parts.username or "*" in host)
    if not host or not is_plain or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)):
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != PORTS[parts.scheme] else "")
