"""What an operator asks of a desk that is not running: work off what is owed, and find what is wrong."""

from __future__ import annotations

import asyncio

from adapters.directory.config import DirectoryConfig
from bot import reading
from bot.app import SystemClock, build, chat_channels, close_channels, connect
from bot.engine.running.company import QUESTION_S
from bot.errors import ConfigError, DirectoryAway, StoreError
from bot.ports import Diagnoses, Edits
from bot.settings import Settings
from bot.store.address import parse
from bot.store.memory import MemoryStore
from bot.store.sql import SqlStore, open_store


async def drain(settings: Settings, retracting: str = "") -> dict[str, int]:
    """Work until nothing is due, without listening; what is left then. Channels connect only to send.

    retracting: somebody; what was posted to and about them is replaced on channels that can.
    """
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


async def diagnose(settings: Settings) -> list[tuple[bool, str]]:
    """What `firstline doctor` says: each thing tried, and what to do where it fails."""
    found = [await asyncio.to_thread(reading.diagnose, settings)]
    if settings.web.oidc is not None:
        from adapters.web.provider import Provider

        found.append(await Provider(settings.web.oidc, SystemClock()).diagnose())
    if settings.directory is not None:
        found.append(await _diagnose_directory(settings.directory))
    if not settings.has_database:
        found.append((True, f"database: {settings.database_file} is made at the first start"))
        return [*found, *await _diagnose_channels(settings, MemoryStore())]
    try:
        store = await open_store(settings.database_url, read_only=True)
    except (StoreError, ConfigError) as fault:
        return [*found, (False, f"database: {fault}")]
    where = parse(settings.database_url)
    try:
        count = len(await store.entries())
        found.append((True, f"database: {where} opens; {count} entries in the FAQ"))
        if not count and not settings.is_demo:
            found.append((False, "FAQ: it is empty, so everything goes to a person; run `firstline kb import FILE`"))
        found += await _diagnose_channels(settings, store)
    finally:
        await store.close()
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
    except (DirectoryAway, TimeoutError) as fault:
        return False, f"directory: {fault or 'it does not answer'}"
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
