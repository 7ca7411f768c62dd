"""What every store promises about the knowledge base page by page."""

from __future__ import annotations

from dataclasses import replace

from kb.entries import Entry, Text
from tests.builders import ANN, MONDAY
from tests.contract.conftest import AnyStore

IDS = ["a-1", "A-2", "b.1", "b_1", "b1", "c-10", "c-9"]


async def has_entries(store: AnyStore) -> None:
    for n, id in enumerate(IDS):
        entry = replace(Entry(id, (Text("en", f"Where is {id}?", "There."),)), retired=n % 3 == 0)
        await store.run(lambda tx, entry=entry: tx.save_entry(entry, ANN.id, MONDAY))  # type: ignore[misc]


async def walked(store: AnyStore, limit: int, archived: bool | None, search: str = "") -> list[str]:
    found: list[str] = []
    while page := await store.entry_page(search, archived, found[-1] if found else "", limit):
        assert len(page) <= limit
        found += [entry.id for entry in page]
    return found


async def test_pages_hold_every_entry_once(store: AnyStore) -> None:
    await has_entries(store)
    for limit in (1, 2, 3, 7, 50):
        assert sorted(await walked(store, limit, None)) == sorted(IDS)
    assert await walked(store, 2, None) == [entry.id for entry in await store.entries(retired=True)]


async def test_pages_hold_what_is_archived_or_what_is_not(store: AnyStore) -> None:
    await has_entries(store)
    assert set(await walked(store, 2, True)) == set(IDS[::3])
    assert set(await walked(store, 2, False)) == set(IDS) - set(IDS[::3])
    assert await walked(store, 2, None, "c-") == ["c-10", "c-9"]
    assert await walked(store, 2, None, "%") == []
