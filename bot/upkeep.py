"""What an operator asks of a desk that is not running: work off what is owed, and find what is wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Literal

from adapters.directory.config import DirectoryConfig
from bot import reading
from bot.app import App, SystemClock, build, chat_channels, close_channels, connect
from bot.departments import House
from bot.engine.running.company import QUESTION_S
from bot.errors import ConfigError, DirectoryAway, StoreError
from bot.ports import Diagnoses, Edits
from bot.settings import Settings
from bot.store.address import parse
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore, open_store

TURNS = 3  # rounds among departments


async def drain(settings: Settings, retracting: str = "") -> dict[str, int]:
    """Work until nothing is due, without listening; what is left then. Channels connect only to send.

    retracting: somebody; what was posted to and about them is replaced on channels that can. Of several departments all are worked off, and what is left
    is summed. Raises StoreError when the database of one of them is away.
    """
    if settings.departments:
        return await _drain_house(settings, retracting)
    store = await open_store(settings.database_url)
    try:
        app = await build(settings, store)
        await app.process.beat()
        beating = asyncio.create_task(app.process.run())
        connecting = [asyncio.create_task(connect(channel)) for channel in app.channels.values()]
        await app.workers.drain()
        if retracting:  # once nothing else is owed: a newer edit would take the place of this one
            able = {name for name, channel in app.channels.items() if isinstance(channel, Edits)}
            await store.retract(retracting, able, SystemClock().now())
            await app.workers.drain()
        for task in (*connecting, beating):
            task.cancel()
        await close_channels(app.channels.values())
        await app.process.end()
        return await store.queue()
    finally:
        await store.close()


async def _drain_house(settings: Settings, retracting: str) -> dict[str, int]:
    """What stands before departments hands over, they work and hand over to each other, until nobody owes anything."""
    house = House(settings, "all")
    async with AsyncExitStack() as stack:
        store = await open_store(settings.database_url)
        stack.push_async_callback(store.close)
        front = await build(settings, store, among=house.shared())
        house.front_is(front)
        apps = [front, *[await stack.enter_async_context(house.open(one.key)) for one in house.departments]]
        going = [asyncio.create_task(connect(channel)) for app in apps for name, channel in app.channels.items() if name not in app.shared]
        await front.process.beat()
        going += [asyncio.create_task(app.process.run()) for app in apps]
        await _in_turn(apps)
        if retracting:
            for app in apps:
                able = {name for name, channel in app.channels.items() if isinstance(channel, Edits)}
                await app.store.retract(retracting, able, SystemClock().now())
            await _in_turn(apps)
        for task in going:
            task.cancel()
        for app in apps:
            await close_channels(channel for name, channel in app.channels.items() if name not in app.shared)
            await app.process.end()
        left: Counter[str] = Counter()
        for app in apps:
            left.update(await app.store.queue())
        return dict(left)


async def _in_turn(apps: Sequence[App]) -> None:
    """Each works off what the others handed to it; a ticket that moves on crosses two of them."""
    for _ in range(TURNS):
        for app in apps:
            await app.workers.drain()


async def diagnose(settings: Settings, among: Literal["", "front", "department"] = "") -> list[tuple[bool, str]]:
    """What `firstline doctor` says: each thing tried, and what to do where it fails. among: what it is of several desks.

    Whatever they share is tried for the front, which has no FAQ.
    """
    if among == "department":
        return await _diagnose_database(settings, with_faq=True)
    found = [await asyncio.to_thread(reading.diagnose, settings)]
    if settings.web.oidc is not None:
        from adapters.web.provider import Provider

        found.append(await Provider(settings.web.oidc, SystemClock()).diagnose())
    if settings.directory is not None:
        found.append(await _diagnose_directory(settings.directory))
    if not settings.has_database:
        found.append((True, f"database: {settings.database_file} is made at the first start"))
        return [*found, *await _diagnose_channels(settings, MemoryStore())]
    found += await _diagnose_database(settings, with_faq=not among)
    if any(not holds and what.startswith("database:") for holds, what in found):
        return found
    store = await open_store(settings.database_url, read_only=True)
    try:
        return [*found, *await _diagnose_channels(settings, store)]
    finally:
        await store.close()


async def _diagnose_database(settings: Settings, *, with_faq: bool) -> list[tuple[bool, str]]:
    if not settings.has_database:
        return [(True, f"database: {settings.database_file} is made at the first start")]
    try:
        store = await open_store(settings.database_url, read_only=True)
    except (StoreError, ConfigError) as fault:
        return [(False, f"database: {fault}")]
    where = parse(settings.database_url)
    try:
        count = len(await store.entries())
    finally:
        await store.close()
    if not with_faq:
        return [(True, f"database: {where} opens")]
    found = [(True, f"database: {where} opens; {count} entries in the FAQ")]
    if not count and not settings.is_demo:
        found.append((False, "FAQ: it is empty, so everything goes to a person; run `firstline kb import FILE`"))
    return found


async def _diagnose_directory(config: DirectoryConfig) -> tuple[bool, str]:
    from adapters.directory.source import source

    try:
        directory = source(config)
    except ConfigError as fault:
        return False, f"directory: {fault}"
    try:
        async with asyncio.timeout(QUESTION_S):
            await directory.probe()
    except DirectoryAway as away:
        return False, f"directory: {away}"
    except TimeoutError:
        return False, f"directory: it does not answer within {QUESTION_S:g} s; see whether DIRECTORY_URL can be reached from here"
    finally:
        await directory.close()
    return True, "directory: it answers"


async def _diagnose_channels(settings: Settings, notebook: MemoryStore | SqlStore) -> list[tuple[bool, str]]:
    channels = chat_channels(settings, notebook, notebook, SystemClock())
    if not channels:
        return [(True, "channels: only the web chat is on; set SLACK_BOT_TOKEN or TELEGRAM_BOT_TOKEN for more")]
    try:
        return [(ok, f"{name}: {line}") for name, channel in channels.items() if isinstance(channel, Diagnoses) for ok, line in await channel.diagnose()]
    finally:
        await close_channels(channels.values())
