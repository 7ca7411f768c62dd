"""Fetches a page for `kb import`: small, soon, and never led astray into the private network."""

from __future__ import annotations

import asyncio
import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from kb.entries import Problem
from kb.loader import LoadError

MAX_BYTES = 10_000_000
TIMEOUT_S = 10.0
MAX_REDIRECTS = 5
PRIVATE = "it is an address of a private network, from which nothing is fetched unless --allow-private says so"
NAT64, GLOBAL_UNICAST = ip_network("64:ff9b::/96"), ip_network("2000::/3")
SPECIAL = ip_network("192.0.0.0/24")  # IETF protocol assignments; Python 3.11 calls part of it global


class NotPublic(OSError):
    """The name stands for addresses of a private network alone."""


async def fetch(url: str, *, allow_private: bool = False) -> bytes:
    """The bytes at an http(s) address. Raises LoadError, which names the address.

    allow_private: the address itself may be of the own network (an intranet's FAQ); where it redirects to must be public, or the same host.
    """
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await _follow(url, allow_private)
    except TimeoutError as error:
        raise _failed(url, f"no whole answer within {TIMEOUT_S:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        if isinstance(getattr(error, "os_error", error), NotPublic):  # aiohttp wraps what its resolver raises
            raise _failed(url, PRIVATE) from error
        raise _failed(url, f"cannot be fetched: {type(error).__name__}") from error


async def _follow(url: str, allow_private: bool) -> bytes:
    home, target = _host(url), url
    for _ in range(MAX_REDIRECTS + 1):
        _check_scheme(url, target)
        trusted = allow_private and _host(target) == home
        if not trusted and not may_be_public(_host(target)):
            raise _failed(url, PRIVATE if target == url else "it redirects into a private network, which is not followed")
        connector = aiohttp.TCPConnector(resolver=ThreadedResolver() if trusted else PublicResolver())
        async with aiohttp.ClientSession(connector=connector) as session, session.get(target, allow_redirects=False) as response:
            if response.status in (301, 302, 303, 307, 308) and (place := response.headers.get("Location")):
                target = urljoin(target, place)
                continue
            if response.status != 200:
                raise _failed(url, f"the server answered {response.status}")
            return await _read(url, response)
    raise _failed(url, f"more than {MAX_REDIRECTS} redirects")


async def _read(url: str, response: aiohttp.ClientResponse) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        data += chunk
        if len(data) > MAX_BYTES:
            raise _failed(url, f"larger than {MAX_BYTES // 1_000_000} MB")
    return bytes(data)


class PublicResolver(AbstractResolver):
    """Gives public addresses alone, so that what is connected to is what was checked."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """As ThreadedResolver; OSError when nothing public is left."""
        found = [one for one in await self._resolver.resolve(host, port, family) if is_public(one["host"])]
        if not found:
            raise NotPublic(f"{host} is not public")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._resolver.close()


def is_public(address: str) -> bool:
    """Is this IP address of the public internet, also inside the forms that carry an IPv4 address?"""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _carried(ip)
    if inner is not None:
        return is_public(str(inner))
    if isinstance(ip, IPv4Address):
        return ip.is_global and not ip.is_multicast and ip not in SPECIAL
    return ip.is_global and ip in GLOBAL_UNICAST and ip.teredo is None


def _carried(ip: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, NAT64."""
    if isinstance(ip, IPv4Address):
        return None
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def may_be_public(host: str) -> bool:
    """False for a literal private address; a name is decided when it is resolved."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return bool(host)
    return is_public(host)


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _check_scheme(url: str, target: str) -> None:
    if urlsplit(target).scheme not in ("http", "https"):
        raise _failed(url, "only http and https are fetched")


def _failed(url: str, what: str) -> LoadError:
    shown = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", url, maxsplit=1)[0])  # neither passwords nor keys
    return LoadError([Problem(shown, 0, what)])
