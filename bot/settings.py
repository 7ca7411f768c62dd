"""Reads the environment and firstline.toml once, at start; all faults come at once."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr

from adapters.bus.config import addresses
from adapters.directory.config import NAMES as DIRECTORY_NAMES
from adapters.directory.config import SECRET as DIRECTORY_SECRET
from adapters.directory.config import DirectoryConfig
from adapters.inventory.config import NAME as INVENTORY_SECRET
from adapters.inventory.config import InventoryConfig
from adapters.kinds import kinds
from adapters.web.config import OIDC_NAMES, OidcConfig, WebConfig
from adapters.web.widget_config import WidgetConfig
from adapters.webhooks.config import WebhooksConfig
from bot import configuration
from bot.configuration import Configuration
from bot.department_settings import check_databases, check_hosts, check_inventories, own_key
from bot.domain.desks import Desk
from bot.domain.ids import channel_name
from bot.domain.mirror import secret_fault
from bot.domain.people import EMAIL
from bot.errors import ConfigError
from bot.ports.store import What
from bot.store.address import DRIVERS, parse

T = TypeVar("T")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHORTEST_KEY = 16  # characters; what we make ourselves has 43
MIRROR_SECRET = "MIRROR_SECRET"
SECRET_NAMES = ("SECRET_KEY", "OIDC_CLIENT_SECRET", "WIDGET_SECRET", MIRROR_SECRET, INVENTORY_SECRET, DIRECTORY_SECRET)
OWN_NAMES = ("DATABASE_URL", "FIRSTLINE_CONFIG", "HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT", "ENCODER", "CACHE_DIR", "BUS_URL", "METRICS_PORT", "PRIVACY_LEDGER")
DEFAULT_FILE = "firstline.toml"


def names() -> tuple[str, ...]:
    """Every variable that is read, those of channels that other packages bring as well."""
    return (*SECRET_NAMES, *OWN_NAMES, *OIDC_NAMES[:2], *DIRECTORY_NAMES[:2], *(name for kind in kinds().values() for name in kind.variables))


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, checked. No secret shows in its repr.

    database_url: sqlite:///<absolute path>, with the query that was given, or a server's; database_file: that path, None for a server.
    bus_url: "" = pokes stay in the process. config_file: None = the built-in demo desk.
    channels: the settings of those that are switched on, by name, as their kind makes them. secrets: every value that must never appear in output.
    encoder: whether questions are matched by meaning. cache_dir: for what can be made again. metrics_port: where a worker tells how it is; 0 = nowhere.
    remarks: no faults, but worth a line at start. mirror_secret: signs what [mirror] tells, "" without one.
    privacy_ledger: where erasures are written down; None: beside an SQLite file.
    departments: where there are several desks, the settings of each by its key; these are then those of what stands before all of them: shared channels,
    and a database of its own. routes: of a department, as Department has them.
    """

    database_url: str
    database_file: Path | None
    bus_url: str
    host: str
    port: int
    desk: Desk
    config_file: Path | None
    secret_key: SecretStr
    log_level: str
    log_format: Literal["console", "json"]
    channels: Mapping[str, object]
    web: WebConfig
    secrets: tuple[SecretStr, ...]
    encoder: bool
    cache_dir: Path
    remarks: tuple[str, ...] = ()
    keep_events: timedelta | None = configuration.EVENTS
    keep_contacts: timedelta | None = None
    keep_tickets: Mapping[What, timedelta | None] = field(default_factory=dict)
    metrics_port: int = 0
    privacy_ledger: Path | None = None
    webhooks: WebhooksConfig = field(default_factory=WebhooksConfig)
    inventory: InventoryConfig | None = None
    mirror_secret: SecretStr = field(default_factory=lambda: SecretStr(""))
    departments: Mapping[str, Settings] = field(default_factory=dict)
    routes: frozenset[str] = frozenset()
    directory: DirectoryConfig | None = None

    @property
    def has_database(self) -> bool:
        """Is there one already? A server's is made before us."""
        return self.database_file is None or self.database_file.exists()

    def ledger(self) -> Path:
        """Where erasures are written down. Raises ConfigError when nothing says where."""
        if self.privacy_ledger is not None:
            return self.privacy_ledger
        if self.database_file is None:
            raise ConfigError("PRIVACY_LEDGER: name the file in which erasures are written down; keep it where a backup of the database is not")
        return self.database_file.with_name(self.database_file.name + ".erased")

    @property
    def is_demo(self) -> bool:
        """The built-in desk: nobody has said yet who works here."""
        return self.config_file is None


def load(env: Mapping[str, str], cwd: Path, *, read_only: bool = False) -> Settings:
    """The settings. Raises ConfigError with one line for each fault.

    cwd: relative paths are meant from there. read_only: write nothing; a SECRET_KEY that does not exist yet is then made for this process alone.
    """
    faults: list[str] = []
    file, found = _desk(env, cwd, faults)
    url, database = _database(found.database_url, env, cwd, faults)
    bus = env.get("BUS_URL", "").strip()
    _collect(lambda: addresses(bus) if bus else None, None, faults)
    if bus and database is not None:
        faults.append("BUS_URL: one process owns an SQLite file, so there is nobody to tell; leave it empty, or set DATABASE_URL to a server's")
    host, port = env.get("HOST", "").strip() or "127.0.0.1", _port(env, "PORT", 8080, "8080", faults)
    watched = _port(env, "METRICS_PORT", 0, "none", faults)
    channels = _channels(env, found, faults)
    web = _collect(lambda: WebConfig.from_table(found.web), WebConfig(), faults)
    webhooks = _collect(lambda: WebhooksConfig.from_table(found.webhooks), WebhooksConfig(), faults)
    inventory = _collect(lambda: InventoryConfig.from_env(env), None, faults)
    fields = (*found.desk.fields, *(field for one in found.departments.values() for field in one.desk.fields))
    directory = _collect(lambda: DirectoryConfig.read(env, found.directory, fields), None, faults)
    _check_host(host, web if not found.departments else replace(web, sign_in="link"), faults)  # the front has no chat
    web = replace(web, oidc=_collect(lambda: OidcConfig.from_env(env), None, faults))
    web = replace(web, widget=_collect(lambda: WidgetConfig.read(found.web, env), None, faults))
    if web.oidc and not _is_loopback(host) and not found.desk.url:
        faults.append('[desk] url is not set: people who sign in at a provider are sent back there; write it as they open it, url = "https://help.example.com"')
    _check_mailed(web, EMAIL in channels, found.desk.url or _is_loopback(host), faults)
    level, style = _choice(env, "LOG_LEVEL", "INFO", LEVELS, faults), _choice(env, "LOG_FORMAT", "CONSOLE", ("CONSOLE", "JSON"), faults)
    encoder = _choice(env, "ENCODER", "ON", ("ON", "OFF"), faults) == "ON"
    cache = cache_dir(env, cwd)
    if cache.exists() and not cache.is_dir():
        faults.append(f"CACHE_DIR: {cache} is a file; name a folder, or leave it empty for your own")
    mirror_secret = _mirror_secret(env, [found.desk, *(one.desk for one in found.departments.values())], faults)
    ledger = env.get("PRIVACY_LEDGER", "").strip()
    key = _secret_key(env, database, faults, make=not faults and not read_only)
    each = [_department(name, one, url, (host, port), env, cwd, faults, _ledger(env, cwd, database)) for name, one in found.departments.items()]
    for (_, own), one in zip(each, found.departments.values(), strict=True):
        own["directory"] = _collect(partial(DirectoryConfig.read, env, one.directory, fields), None, faults)
    check_databases(url, each, faults)
    if each:
        check_inventories(env, each, faults)
        check_hosts(found.desk.url, host, each, faults)
        _check_chats(host, EMAIL in channels, each, faults)
    if faults:
        raise ConfigError("\n".join(faults))
    hidden = _secrets(env, key, [url, *(own["database_url"] for _, own in each)], [own["inventory"] for _, own in each])
    settings = Settings(
        url, database, bus, host, port, replace(_with_url(found.desk, host, port), computers=inventory is not None), file, SecretStr(key), level,
        "json" if style == "JSON" else "console", channels, web,
        secrets=hidden, encoder=encoder, cache_dir=cache, remarks=tuple(_remarks(env, found.desk, file, channels, directory)),
        metrics_port=watched, keep_events=found.keep_events, keep_contacts=found.keep_contacts, keep_tickets=found.keep_tickets, webhooks=webhooks,
        privacy_ledger=cwd / ledger if ledger else None, inventory=inventory, directory=directory,
        mirror_secret=SecretStr(mirror_secret),
    )  # fmt: skip
    return replace(settings, departments={name: replace(settings, secret_key=own_key(key, name), **own) for name, own in each}) if each else settings


def _department(
    key: str, found: Configuration, front: str, here: tuple[str, int], env: Mapping[str, str], cwd: Path, faults: list[str], ledger: Path | None
) -> tuple[str, dict[str, Any]]:
    """What a department has of its own; all else is as in what stands before it."""
    wrong: list[str] = []
    own = found.database_url
    if not own and front.startswith("sqlite:"):
        file = Path(front.removeprefix("sqlite:///").partition("?")[0])
        own = f"sqlite:///{file.with_name(f'{file.stem}-{key}{file.suffix}')}"
    url, database = _database(own, {}, cwd, wrong) if own else ("", None)
    if not own:
        wrong.append('[desk] database_url is not set: with a database server each department needs one of its own there; "postgresql://…/firstline_hr"')
    host, port = here
    desk = found.desk
    if not desk.url and _is_loopback(host):
        desk = replace(desk, url=f"http://{key}.localhost:{port}")
    elif not desk.url:
        wrong.append(f'[desk] url is not set: each department has pages under a name of its own; write it as people open it, url = "https://{key}.example.com"')
    web = _collect(lambda: WebConfig.from_table(found.web), WebConfig(), wrong)
    web = replace(web, oidc=_collect(lambda: OidcConfig.from_env(env), None, []), widget=_collect(lambda: WidgetConfig.read(found.web, env), None, wrong))
    webhooks = _collect(lambda: WebhooksConfig.from_table(found.webhooks), WebhooksConfig(), wrong)
    inventory = _collect(lambda: InventoryConfig.from_env({INVENTORY_SECRET: found.inventory_secret}), None, wrong)
    wrong = [one.replace(f"{INVENTORY_SECRET}:", "[desk] inventory_secret:") for one in wrong]
    faults.extend(fault for fault in (one.replace("[desk]", f"[desks.{key}]") for one in wrong) if fault not in faults)
    return key, {
        "database_url": url, "database_file": database, "desk": replace(desk, computers=inventory is not None),
        "channels": {}, "web": web, "privacy_ledger": ledger, "webhooks": webhooks, "inventory": inventory,
        "keep_events": found.keep_events, "keep_contacts": found.keep_contacts, "keep_tickets": found.keep_tickets,
        "routes": found.routes, "remarks": (),
    }  # fmt: skip


def _mirror_secret(env: Mapping[str, str], desks: Iterable[Desk], faults: list[str]) -> str:
    """With which the mirror signs; "" where there is none."""
    secret = env.get(MIRROR_SECRET, "").strip()
    if all(desk.mirror is None for desk in desks):
        return ""
    fault = secret_fault(secret)
    if fault:
        faults.append(f"{MIRROR_SECRET}: [mirror] tells another tool of tickets; {fault}")
    return secret


def _ledger(env: Mapping[str, str], cwd: Path, database: Path | None) -> Path | None:
    """Where the erasures of all departments are written down, as Settings.ledger says it of one desk."""
    named = env.get("PRIVACY_LEDGER", "").strip()
    return cwd / named if named else database.with_name(database.name + ".erased") if database is not None else None


def _check_chats(host: str, has_mail: bool, each: Sequence[tuple[str, Mapping[str, Any]]], faults: list[str]) -> None:
    """Who gets in to each, as for one desk."""
    for key, own in each:
        wrong: list[str] = []
        _check_mailed(own["web"], has_mail, own["desk"].url, wrong)
        if not own["web"].sign_in and not _is_loopback(host):
            wrong.append(
                f'[channels.web] sign_in is not set: on {host} anybody could use its chat; write "link", there or for this department, or keep 127.0.0.1'
            )
        faults.extend(fault for fault in (one.replace("[channels.web]", f"[desks.{key}.channels.web]", 1) for one in wrong) if fault not in faults)


def _channels(env: Mapping[str, str], found: Configuration, faults: list[str]) -> dict[str, object]:
    """The settings of every channel that is switched on; whose table stands in the file although it is not is a fault of nobody."""
    configured = {}
    for name, kind in kinds().items():
        config = _collect(partial(kind.configure, env, found.channels.get(name, {})), None, faults)
        if config is not None:
            configured[name] = config
    return configured


def _with_url(desk: Desk, host: str, port: int) -> Desk:
    """With the address of its pages; beyond this computer only the desk can say it."""
    here = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "[::1]"}.get(host)  # a name without a dot is no address for a button of Telegram's
    return desk if desk.url or here is None else replace(desk, url=f"http://{here}:{port}")


def _collect(read: Callable[[], T], instead: T, faults: list[str]) -> T:
    """What a channel makes of its settings; its faults join ours."""
    try:
        return read()
    except ConfigError as error:
        faults.extend(line for line in str(error).splitlines() if line not in faults)  # channels of one platform share settings
        return instead


def _desk(env: Mapping[str, str], cwd: Path, faults: list[str]) -> tuple[Path | None, Configuration]:
    """The file that describes the desk, and the desk; none: the demo desk."""
    named = env.get("FIRSTLINE_CONFIG", "").strip()
    file = cwd / (named or DEFAULT_FILE)
    if not named and not file.exists():
        return None, Configuration()
    try:
        found, wrong = configuration.read(file.read_text(encoding="utf-8"), tuple(kinds()))
    except OSError as error:
        faults.append(f"FIRSTLINE_CONFIG: {file} cannot be read ({error.strerror}); name a file that is there, or leave it unset for the demo desk")
        return None, Configuration()
    except UnicodeDecodeError:
        faults.append(f"{file.name}: it is not UTF-8; save it as UTF-8 text")
        return file, Configuration()
    faults.extend(f"{file.name} {fault}" for fault in wrong)
    return file, found


def _database(own: str, env: Mapping[str, str], cwd: Path, faults: list[str]) -> tuple[str, Path | None]:
    """The address; a file's with its absolute path, and that path."""
    name = "[desk] database_url" if own else "DATABASE_URL"
    url = own or env.get("DATABASE_URL", "").strip() or "sqlite:///firstline.db"
    if url.partition("://")[0].partition("+")[0] in DRIVERS:
        try:
            parse(url)
        except ConfigError as error:
            faults.append(str(error).replace("DATABASE_URL", name))
        return url, None
    scheme = url.partition("://")[0].partition("+")[0]
    path, _, query = url.partition("://")[2].partition("?")
    if scheme != "sqlite" or not path.startswith("/") or not path[1:] or ":memory:" in path:
        faults.append(
            f"{name}: it names no database; write sqlite:///firstline.db, sqlite:////var/lib/firstline.db with the whole path, "
            "postgresql://user:password@host/database or mysql://… (MariaDB)"
        )
    file = cwd / (path[1:] or "firstline.db")
    if scheme == "sqlite" and not file.parent.is_dir():
        faults.append(f"{name}: the folder {file.parent} does not exist; make it, or name another file")
    elif scheme == "sqlite" and file.is_dir():
        faults.append(f"{name}: {file} is a folder; name a file in it")
    return f"sqlite:///{file.absolute()}{'?' + query if query else ''}", file.absolute()


def cache_dir(env: Mapping[str, str], cwd: Path) -> Path:
    """CACHE_DIR, else the user's own folder for such things."""
    given = env.get("CACHE_DIR", "").strip()
    if given:
        return cwd / given
    home = env.get("XDG_CACHE_HOME", "").strip() or str(Path(env.get("HOME", "") or ".") / ".cache")
    return cwd / home / "firstline"


def _port(env: Mapping[str, str], name: str, default: int, said: str, faults: list[str]) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if re.fullmatch(r"\d{1,5}", text) and 1 <= int(text) <= 65535:
        return int(text)
    faults.append(f"{name}: {text[:40]!r} is no port; write a number from 1 to 65535, or leave it empty for {said}")
    return default


def _check_host(host: str, web: WebConfig, faults: list[str]) -> None:
    if not re.fullmatch(r"[A-Za-z0-9.:_-]{1,253}", host):
        faults.append("HOST: it is no host name or address; write 127.0.0.1, or 0.0.0.0 for all networks")
    elif not web.sign_in and not _is_loopback(host):
        faults.append(f'HOST: on {host} anybody could use the web chat; set sign_in = "link" under [channels.web] in firstline.toml, or keep 127.0.0.1')


def _check_mailed(web: WebConfig, has_mail: bool, has_address: object, faults: list[str]) -> None:
    """Where nobody gets in without proving a mail address there must be a way to prove one."""
    if web.sign_in == "mail" and not has_mail and web.oidc is None:
        faults.append('[channels.web] sign_in = "mail", but no mail can be sent: set SMTP_URL and MAIL_FROM, or OIDC_ISSUER, or use sign_in = "link"')
    elif web.sign_in == "mail" and not has_address:
        faults.append('[desk] url is not set: links that are mailed lead there; write it as people open it, url = "https://help.example.com"')


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _choice(env: Mapping[str, str], name: str, default: str, known: tuple[str, ...], faults: list[str]) -> str:
    value = env.get(name, "").strip().upper() or default
    if value not in known:
        faults.append(f"{name}: {env[name][:40]!r} is not known; choose from {', '.join(known)}")
    return value


def _secret_key(env: Mapping[str, str], database: Path | None, faults: list[str], make: bool) -> str:
    """The key that signs sessions and links: given; or kept beside the database's file, or made."""
    given = env.get("SECRET_KEY", "").strip()
    if given:
        if len(given) < SHORTEST_KEY:
            faults.append(f"SECRET_KEY: it has fewer than {SHORTEST_KEY} characters; leave it empty, or set it to the output of `openssl rand -hex 32`")
        return given
    if database is None:
        faults.append("SECRET_KEY: it is not set, and with a database server every process needs the same; set it to the output of `openssl rand -hex 32`")
        return secrets.token_urlsafe(32)
    file = database.with_name(database.name + ".key")
    try:
        kept = file.read_text(encoding="ascii").strip()
        if len(kept) < SHORTEST_KEY:
            faults.append(f"SECRET_KEY: {file} holds no key; delete the file (everybody signs in again), or set SECRET_KEY")
        return kept
    except FileNotFoundError:
        return _make_key(file, faults) if make else secrets.token_urlsafe(32)
    except (OSError, ValueError):
        faults.append(f"SECRET_KEY: {file} cannot be read; let the user that runs firstline read it, or set SECRET_KEY")
        return secrets.token_urlsafe(32)


def _make_key(file: Path, faults: list[str]) -> str:
    """A new key in a file that its owner alone can read; whoever makes the file first decides."""
    key = secrets.token_urlsafe(32)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(key + "\n")
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    except OSError as error:
        faults.append(f"SECRET_KEY: {file} cannot be written ({error.strerror}); make the folder writable, or set SECRET_KEY")
    return key


def _secrets(env: Mapping[str, str], key: str, databases: Sequence[str], inventories: Sequence[InventoryConfig | None]) -> tuple[SecretStr, ...]:
    """Every value that must never appear: of the environment, and those of firstline.toml."""
    of_channels = [name for kind in kinds().values() for name in kind.secrets]
    values = {env.get(name, "").strip() for name in (*SECRET_NAMES, *of_channels)} | {key}
    passwords = {_password(url) for url in (*(env.get(name, "").strip() for name in names()), *databases)}
    values |= {secret.get_secret_value() for one in inventories if one is not None for secret in one.secrets}
    of_agents = {one.strip() for one in env.get(INVENTORY_SECRET, "").split(",")}
    return tuple(SecretStr(value) for value in sorted(values | passwords | of_agents) if value)


def _password(url: str) -> str:
    try:
        return urlsplit(url).password or ""
    except ValueError:
        return ""


def _remarks(env: Mapping[str, str], desk: Desk, file: Path | None, channels: Mapping[str, object], directory: DirectoryConfig | None) -> list[str]:
    known = names()
    begins = tuple({f"{name.partition('_')[0]}_" for name in known if "_" in name and name not in OWN_NAMES} | {"FIRSTLINE_"})
    remarks = []
    for name in env:
        if name.startswith(begins) and name not in known and (close := get_close_matches(name, known, n=1, cutoff=0.7)):
            remarks.append(f"{name} is not read; did you mean {close[0]}?")
    in_use = {variable for name in channels for variable in kinds()[name].variables}  # some are of several channels
    for name, kind in kinds().items():
        wanted, title = " and ".join(kind.switched_on_by), channel_name(name)
        if name in channels:
            continue
        if any(env.get(variable, "").strip() for variable in kind.variables if variable not in in_use):
            remarks.append(f"{wanted} is not set although other {title} settings are: {title} stays off")
        if any(place.startswith(f"{name}:") for tier in desk.tiers for place in tier.places):
            remarks.append(f"{wanted} is not set although a tier works there: {title} stays off")
    if file is None and channels:
        remarks.append("There is no firstline.toml, so no Slack channel or Telegram group has agents: work on the agents' page, or describe the desk")
    if directory is not None and directory.tells_password:
        remarks.append("DIRECTORY_URL begins with ldap://, so DIRECTORY_PASSWORD crosses the network for all to read: use ldaps://, or [directory] starttls")
    if not _is_loopback(env.get("HOST", "").strip() or "127.0.0.1") and not desk.url.startswith("https:"):
        remarks.append("Beyond this computer browsers keep our cookies over https alone: put a proxy with https in front, its address into [desk] url")
    return remarks
