"""The product with three departments in one process, each on another kind of database: People on an SQLite file, IT on PostgreSQL, Finance on MariaDB."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests import servers
from tests.integration.processes import Product, installed
from tests.journeys.doors import eventually

INVENTORY = {"hr": "inventory-of-people-1", "it": "inventory-of-it-help-1"}
DESK = """
[desk]
name = "Acme help"
timezone = "UTC"
[thread]
take_back = "0s"
[desks.hr]
name = "People"
inventory_secret = "{hr_secret}"
[[desks.hr.tiers]]
level = 2
name = "People team"
[desks.it]
name = "IT help"
database_url = "{it}"
inventory_secret = "{it_secret}"
[[desks.it.tiers]]
level = 2
name = "Service desk"
[desks.fin]
name = "Finance"
database_url = "{fin}"
[[desks.fin.tiers]]
level = 2
name = "Ledger"
"""
KEYS = ("hr", "it", "fin")
PREFIXES = {"hr": "HR", "it": "IT", "fin": "FIN"}


@dataclass
class Browser:
    """Somebody's, at one of the names behind the port."""

    product: Departments
    name: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def open(self, path: str, data: Mapping[str, str] | None = None, method: str = "") -> tuple[int, str]:
        """Status and body; redirects to the same name are followed."""
        for _ in range(4):
            headers = {"Host": f"{self.name}:{self.product.port}", "Accept-Language": "en", "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
            async with (
                aiohttp.ClientSession() as session,
                session.request(method or ("POST" if data else "GET"), self.product.base + path, data=data, headers=headers, allow_redirects=False) as answer,
            ):
                self.cookies.update({name: morsel.value for name, morsel in answer.cookies.items()})
                text = (await answer.read()).decode(errors="replace")
                if answer.status in (302, 303) and answer.headers["Location"].startswith("/"):
                    path, data, method = answer.headers["Location"], None, ""
                    continue
                return answer.status, answer.headers.get("Location", "") + text
        raise AssertionError("it leads in circles")

    async def asks(self, words: str) -> str:
        """A question on the page, handed to a person; the page that answers."""
        _, page = await self.open("/")
        _, page = await self.open("/say", {"csrf": field_of(page, "csrf"), "once": field_of(page, "once"), "text": words})
        if 'action="/human"' in page:
            _, page = await self.open("/human", {"csrf": field_of(page, "csrf"), "once": field_of(page, "once")})
        return page

    async def signs_in(self, path: str, name: str = "Boss") -> None:
        """By a link that was printed."""
        _, page = await self.open(path)
        await self.open(path, {"csrf": field_of(page, "csrf"), "name": name})


@dataclass
class Departments:
    """The running product and the address of each server's database."""

    product: Product
    databases: Mapping[str, str]
    admins: dict[str, Browser] = field(default_factory=dict)

    @property
    def port(self) -> int:
        """Of all of them."""
        return self.product.port

    @property
    def base(self) -> str:
        """Where everything is asked for."""
        return self.product.base

    def at(self, key: str = "") -> Browser:
        """A new browser at a department, or before all of them."""
        return Browser(self, f"{key}.localhost" if key else "localhost")

    async def admin(self, key: str = "") -> Browser:
        """Somebody who opened the link that was printed for it, which works once."""
        if key in self.admins:
            return self.admins[key]
        host = f"{key}\\.localhost" if key else "127\\.0\\.0\\.1"
        await eventually(lambda: bool(re.findall(rf"http://{host}:\d+(/agent/sign-in/\S+)", self.product.out)), f"a way in to {key or 'all'}", 40)
        browser = self.at(key)
        await browser.signs_in(re.findall(rf"http://{host}:\d+(/agent/sign-in/\S+)", self.product.out)[-1])
        self.admins[key] = browser
        return browser

    async def all_work(self) -> None:
        """Every department has begun."""
        await eventually(self._all_work, "all departments work", 60)

    async def _all_work(self) -> bool:
        return '"lacking"' not in (await self.product.get("/readyz"))[1]

    async def takes_away(self, key: str) -> None:
        """Its PostgreSQL database lets nobody in, and shows out who is there."""
        await lets_in(self.databases[key], False)

    async def brings_back(self, key: str) -> None:
        """It lets them in again."""
        await lets_in(self.databases[key], True)


async def lets_in(database: str, allow: bool) -> None:
    """Does a PostgreSQL database let anybody in? Who is there is shown out when not."""
    server, name = database.rsplit("/", 1)
    ends = [] if allow else [f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"]
    await servers.POSTGRES.run(f"{server}/postgres", f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {str(allow).lower()}', *ends)


@contextlib.asynccontextmanager
async def departments(folder: Path, postgres: str, mariadb: str) -> AsyncIterator[Departments]:
    """Installed, with tables and no entries; not running yet."""
    async with installed(folder, {}) as product:
        (folder / "firstline.db").unlink()  # that of the one desk that it was
        text = DESK.format(it=postgres, fin=mariadb, hr_secret=INVENTORY["hr"], it_secret=INVENTORY["it"])
        (folder / "firstline.toml").write_text(text, encoding="utf-8")
        migrated = await product.command("migrate")
        assert migrated.code == 0, migrated.err
        yield Departments(product, {"it": postgres, "fin": mariadb})


async def asked_in_each(house: Departments, words: str) -> None:
    """One question in each department, and its number."""
    pages = await asyncio.gather(*(house.at(key).asks(words) for key in KEYS))
    for key, page in zip(KEYS, pages, strict=True):
        assert f"{PREFIXES[key]}-" in page, key


def field_of(page: str, name: str) -> str:
    """What a hidden field of a form holds."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"no {name} on the page"
    return found[1]
