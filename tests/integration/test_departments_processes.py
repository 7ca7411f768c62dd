"""Several departments served by `firstline web` and `firstline worker` over database servers, which tell each other of work over NATS."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests import servers
from tests.departments_product import Departments
from tests.integration.processes import Product, installed

DESK = """
[desk]
name = "Acme help"
[desks.hr]
name = "People"
database_url = "{hr}"
[[desks.hr.tiers]]
level = 2
name = "People team"
[desks.it]
name = "IT help"
database_url = "{it}"
[[desks.it.tiers]]
level = 2
name = "Service desk"
"""
CHAIR = "The heron in the aquarium has eaten my ergonomic chair"


async def test_the_work_of_all_departments_is_shared_by_processes(tmp_path: Path, nats_url: str) -> None:
    try:
        postgres, mariadb = servers.databases_of(servers.POSTGRES), servers.databases_of(servers.MARIADB)
    except servers.Absent as absent:
        pytest.skip(str(absent))
    with postgres.fresh() as front, postgres.fresh() as hr, mariadb.fresh() as it:
        async with installed(tmp_path, {}) as one:
            (tmp_path / "firstline.toml").write_text(DESK.format(hr=hr, it=it), encoding="utf-8")
            one.env |= {"DATABASE_URL": front, "BUS_URL": nats_url, "SECRET_KEY": "0123456789abcdef0123456789abcdef", "PRIVACY_LEDGER": "erased"}
            migrated = await one.command("migrate")
            assert migrated.code == 0, migrated.err
            web, worker = replace(one, part="web"), replace(one, part="worker", _out=[], _log=[], _reading=[])
            async with _running(web, worker):
                house = Departments(web, {})
                await house.all_work()
                for key, number in (("hr", "HR-1"), ("it", "IT-1")):
                    page = await house.at(key).asks(CHAIR)
                    assert number in page
                await worker.kill()
                asking = asyncio.create_task(house.at("it").asks("The heron is back"))
                await worker.start()
                await asking
                for key, many in (("hr", 1), ("it", 2)):
                    listed = await one.command("--desk", key, "ticket", "list", "--json")
                    assert listed.out.count('"number"') == many


@contextlib.asynccontextmanager
async def _running(*products: Product) -> AsyncIterator[None]:
    """All of them, until the end."""
    try:
        for product in products:
            await product.start()
        yield
    finally:
        for product in products:
            if product.process is not None:
                await product.kill()
