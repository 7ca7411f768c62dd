"""What several departments must not have in common, and the key that each signs with. For bot.settings."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from adapters.inventory.config import NAME as INVENTORY_SECRET

Each = Sequence[tuple[str, Mapping[str, Any]]]
"""What every department has of its own, by its key: fields of Settings."""


def own_key(key: str, department: str) -> SecretStr:
    """What one department signs is worth nothing in another."""
    return SecretStr(hmac.new(key.encode(), f"firstline|department|{department}".encode(), hashlib.sha256).hexdigest())


def check_hosts(front: str, host: str, each: Each, faults: list[str]) -> None:
    """Pages are told apart by the name in their address alone."""
    owners = {name: "what stands before all departments" for name in (urlsplit(front).hostname, host.lower()) if name}
    for key, own in each:
        name = urlsplit(own["desk"].url).hostname or ""
        if name in owners:
            faults.append(f'[desks.{key}] url: {name} is also the name of {owners[name]}; give each a name of its own, as "https://{key}.example.com"')
        elif name:
            owners[name] = f"[desks.{key}]"


def check_inventories(env: Mapping[str, str], each: Each, faults: list[str]) -> None:
    """A secret says whose computer it is, so each is of one department."""
    if env.get(INVENTORY_SECRET, "").strip():
        cure = f'leave it empty, and write inventory_secret = "…" below [desks.{each[0][0]}] or another one'
        faults.append(f"{INVENTORY_SECRET}: with several desks computers are those of one of them; {cure}")
    owners: dict[str, str] = {}
    for key, own in each:
        for secret in own["inventory"].secrets if own["inventory"] is not None else ():
            if owners.setdefault(secret.get_secret_value(), key) != key:
                faults.append(f"[desks.{key}] inventory_secret: it is also that of [desks.{owners[secret.get_secret_value()]}]; give each its own")


def check_databases(front: str, each: Each, faults: list[str]) -> None:
    """No two in one place; and whatever several processes work on is on servers."""
    owners = {front: "what stands before all departments"}
    for key, own in each:
        url = own["database_url"]
        if url and url in owners:
            faults.append(f"[desks.{key}] database_url: it is also that of {owners[url]}; name another, a department has a database to itself")
        owners.setdefault(url, f"[desks.{key}]")
        if own["database_file"] is not None and not front.startswith("sqlite:"):
            faults.append(f"[desks.{key}] database_url: a file is one process's own, and with DATABASE_URL on a server there may be several; name a server's")
