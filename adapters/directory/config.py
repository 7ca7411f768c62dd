"""The settings of the company's directory, checked at start."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.domain.custom_fields import CustomField
from bot.domain.listings import FACTS
from bot.domain.priorities import PRIORITIES
from bot.errors import ConfigError
from bot.toml_table import Table, nearest, shown

NAMES = ("DIRECTORY_URL", "DIRECTORY_USER", "DIRECTORY_PASSWORD")
SECRET = "DIRECTORY_PASSWORD"
REFRESH, SHORTEST = timedelta(hours=24), timedelta(minutes=5)
WRITE = "write ldaps://ldap.example.com, ldap://… or scim+https://example.com/scim/v2"
SCHEMES = {"ldap": "ldap", "ldaps": "ldap", "scim+https": "scim", "https": "scim", "scim+http": "scim"}
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ATTRIBUTES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "ldap": {
        "name": ("displayName", "cn"),
        "mail": ("mail",),
        "phone": ("telephoneNumber", "mobile"),
        "department": ("department", "departmentNumber", "ou"),
        "title": ("title",),
        "manager": ("manager",),
        "location": ("l", "physicalDeliveryOfficeName"),
        "login": ("sAMAccountName", "uid"),
    },
    "scim": {
        "name": ("displayName", "name.formatted"),
        "mail": ("emails",),
        "phone": ("phoneNumbers",),
        "department": (f"{ENTERPRISE}:department",),
        "title": ("title",),
        "manager": (f"{ENTERPRISE}:manager.displayName",),
        "location": ("addresses.locality",),
        "login": ("userName",),
    },
}
"""Where each fact stands, as a rule; the first that says something counts."""
_ATTRIBUTE = {
    "ldap": re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}"),
    "scim": re.compile(r"(?:urn:[A-Za-z0-9.:_-]{1,120}:)?[A-Za-z][A-Za-z0-9_.$-]{0,80}"),
}


@dataclass(frozen=True, slots=True)
class DirectoryConfig:
    """How to reach it, and what is read there. url: without user and scheme of ours. base: where an LDAP search begins.

    narrowed: a filter in the directory's own language that everybody must meet, or "". attributes: where each fact of FACTS stands, best first.
    off, vip: (attribute, value) that mark a disabled account and somebody important, or None. fields: custom field to fact. ca_file: "" the system's.
    """

    kind: Literal["ldap", "scim"]
    url: str
    user: str = ""
    password: SecretStr = field(default_factory=lambda: SecretStr(""))
    base: str = ""
    narrowed: str = ""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    refresh: timedelta = REFRESH
    off: tuple[str, str] | None = None
    vip: tuple[str, str] | None = None
    vip_priority: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    starttls: bool = False
    ca_file: str = ""

    @property
    def mapped(self) -> Mapping[str, tuple[str, ...]]:
        """Where each fact stands: as set, else as a rule."""
        return {**ATTRIBUTES[self.kind], **self.attributes}

    @property
    def tells_password(self) -> bool:
        """Does the password cross a network in the clear?"""
        parts = urlsplit(self.url)
        return parts.scheme == "ldap" and not self.starttls and bool(self.password.get_secret_value()) and not _is_here(parts.hostname or "")

    @classmethod
    def read(cls, env: Mapping[str, str], table: Mapping[str, object], fields: Sequence[CustomField] = ()) -> DirectoryConfig | None:
        """None when it is off. table: [directory] as it stands in firstline.toml. Raises ConfigError with one line for each fault."""
        url, user, password = (env.get(name, "").strip() for name in NAMES)
        if not url:
            return None
        faults: list[str] = []
        kind, url = _address(url, faults)
        made = _table(kind, Table("[directory]", dict(table), faults), fields)
        _check_secrets(kind, user, password, faults)
        if kind == "ldap" and not made["base"]:
            faults.append('[directory] base: it is missing; write where the people are, base = "ou=people,dc=example,dc=com"')
        if made["starttls"] and not url.startswith("ldap://"):
            faults.append("[directory] starttls: only an address that begins with ldap:// starts without TLS; take the key out")
        if faults:
            raise ConfigError("\n".join(faults))
        return cls(kind, url, user, SecretStr(password), **made)  # type: ignore[arg-type]


def _address(given: str, faults: list[str]) -> tuple[Literal["ldap", "scim"], str]:
    """The kind and the plain address; what is wrong never shows the address, which may hold a password."""
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        faults.append(f"DIRECTORY_URL: it is no address; {WRITE}")
        return "ldap", ""
    kind = SCHEMES.get(parts.scheme)
    if kind is None or not parts.hostname:
        faults.append(f"DIRECTORY_URL: it is no address of a directory; {WRITE}")
    elif parts.username or parts.password:
        faults.append("DIRECTORY_URL: there is a user or a password in it; write them into DIRECTORY_USER and DIRECTORY_PASSWORD")
    elif parts.query or parts.fragment or (kind == "ldap" and parts.path.strip("/")):
        faults.append(f"DIRECTORY_URL: there is more in it than an address; {WRITE}, and what is searched into [directory] of firstline.toml")
    elif parts.scheme == "scim+http" and not _is_here(parts.hostname):
        faults.append("DIRECTORY_URL: beyond this computer SCIM goes over https alone; write scim+https://…")
    plain = parts.scheme.removeprefix("scim+")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return ("scim" if kind == "scim" else "ldap"), f"{plain}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_secrets(kind: str, user: str, password: str, faults: list[str]) -> None:
    if kind == "scim" and not password:
        faults.append("DIRECTORY_PASSWORD: it is not set; write the token that the directory gave out for SCIM")
    elif kind == "ldap" and user and not password:
        faults.append("DIRECTORY_PASSWORD: it is not set, and with a name alone a directory takes everybody for nobody; write the password of DIRECTORY_USER")
    elif kind == "ldap" and password and not user:
        faults.append('DIRECTORY_USER: it is not set although there is a password; write who signs in, as "cn=firstline,dc=example,dc=com"')


def _table(kind: str, table: Table, known: Sequence[CustomField]) -> dict[str, object]:
    refresh = table.span("refresh", REFRESH) or timedelta()
    if refresh < SHORTEST:
        table.fault("refresh", f'{shown(table.values["refresh"])} is shorter than "5m": a directory is not asked so often; write "24h"')
    made: dict[str, object] = {
        "base": table.text("base"),
        "narrowed": _filter(kind, table),
        "attributes": _attributes(kind, table),
        "refresh": refresh,
        "off": _mark(kind, table, "disabled"),
        "vip": _mark(kind, table, "vip"),
        "vip_priority": _priority(table),
        "fields": _fields(table, known),
        "starttls": _yes(table, "starttls"),
        "ca_file": _ca_file(table),
    }
    table.done()
    return made


def _filter(kind: str, table: Table) -> str:
    """Only its brackets are looked at here; the directory says more."""
    given = table.text("filter")
    if kind != "ldap" or not given:
        return given
    depth, lowest = 0, 1
    for sign in given[:-1]:
        depth += (sign == "(") - (sign == ")")
        lowest = min(lowest, depth)
    if not given.startswith("(") or not given.endswith(")") or depth != 1 or lowest < 1:
        table.fault("filter", f'{shown(given)} is no LDAP filter; write it in brackets, as "(objectClass=person)"')
    return given


def _attributes(kind: str, table: Table) -> dict[str, tuple[str, ...]]:
    below = table.table("attributes")
    found = {}
    for fact in FACTS:
        value = below.get(fact, None)
        if value is None:
            continue
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else [None]
        if not all(isinstance(name, str) and _ATTRIBUTE[kind].fullmatch(name) for name in names):
            below.fault(fact, f'{shown(value)} is no name of an attribute; write {fact} = "{ATTRIBUTES[kind][fact][0]}", or a list of them')
        found[fact] = tuple(str(name) for name in names)
    below.done()
    return found


def _mark(kind: str, table: Table, key: str) -> tuple[str, str] | None:
    """An attribute and its value, by which somebody is marked."""
    given = table.text(key)
    name, equals, value = given.partition("=")
    if not given:
        return None
    if not equals or not value.strip() or not _ATTRIBUTE[kind].fullmatch(name.strip()):
        table.fault(key, f'{shown(given)} is no mark; write the attribute and its value, as {key} = "employeeType=left"')
    return name.strip(), value.strip()


def _priority(table: Table) -> str:
    given = table.text("vip_priority")
    if given and given not in PRIORITIES:
        table.fault("vip_priority", f"{shown(given)} is no priority; {nearest(given, PRIORITIES)}")
    if bool(given) != bool(table.text("vip")):
        table.fault("vip_priority", 'vip says who, vip_priority what they get: write both, or neither, as vip_priority = "high"')
    return given


def _fields(table: Table, known: Sequence[CustomField]) -> dict[str, str]:
    below, names = table.table("fields"), [field.name for field in known]
    for name, fact in below.values.items():
        if name not in names:
            below.fault(name, f"it is no field; {nearest(name, names) if names else 'add it under [[fields]]'}")
        elif fact not in FACTS:
            below.fault(name, f"{shown(fact)} is nothing that a directory says; {nearest(str(fact), FACTS)}")
    return {name: str(fact) for name, fact in below.values.items()}


def _yes(table: Table, key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        table.fault(key, f"{shown(value)} is neither; write true or false, without quotes")
    return value is True


def _ca_file(table: Table) -> str:
    given = table.text("ca_file")
    if given:
        try:
            ssl.create_default_context(cafile=given)
        except (OSError, ValueError):
            table.fault("ca_file", f"{shown(given)} holds no certificates that can be read; name a PEM file with those of your own authority")
    return given
