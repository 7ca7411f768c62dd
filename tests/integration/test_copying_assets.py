"""Computers move with their desk to another database."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.ports.assets import AssetQuery
from bot.store.copying import copy
from bot.store.sql import SqlStore, open_store
from tests.contract.test_stores_assets import an_inventory, take


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
async def test_computers_and_their_history_arrive_whole_and_the_next_one_gets_a_number_of_its_own(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    source = f"sqlite:///{tmp_path / 'old.db'}"
    target = f"sqlite:///{tmp_path / 'new.db'}" if kind == "sqlite" else request.getfixturevalue(f"{kind}_desk")
    old = SqlStore.open(source)
    id_ = (await take(old, an_inventory())).asset
    await take(old, an_inventory(softwares=({"name": "ñ🖨", "version": "2"},)), 1)
    before = (await old.assets(AssetQuery()), await old.asset_sections(id_), await old.audits(id_))
    await old.close()

    await copy(source, target, lambda step: None)

    new = await open_store(target)
    try:
        assert (await new.assets(AssetQuery()), await new.asset_sections(id_), await new.audits(id_)) == before
        assert (await take(new, an_inventory("another", networks=()), 2)).asset > id_
    finally:
        await new.close()
