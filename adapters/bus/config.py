"""What BUS_URL may say; read without loading anything of NATS."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.errors import ConfigError

CURE = "write nats://host:4222 (several servers of one cluster: with commas between), or leave it empty to work without a bus"


def addresses(url: str) -> list[str]:
    """The servers that BUS_URL names. Raises ConfigError; its text does not repeat the value, which may hold a password."""
    found = [address.strip() for address in url.split(",")]
    for address in found:
        _check(address)
    return found


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise ConfigError(f"BUS_URL: it holds a host or port that cannot be; {CURE}") from None
    if scheme not in ("nats", "tls"):
        raise ConfigError(f"BUS_URL: it does not begin with nats:// (or tls://); {CURE}")
    if not host or port == 0 or any(letter.isspace() for letter in address):
        raise ConfigError(f"BUS_URL: it names no server; {CURE}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(f"BUS_URL: nothing may follow the port; {CURE}")
