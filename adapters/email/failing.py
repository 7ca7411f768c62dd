"""Addresses whose mail came back: kept by a hash of them, until somebody writes from there."""

from __future__ import annotations

import hashlib

from bot.ports import Notebook


class Failing:
    """In the channel's notebook, so in every process."""

    def __init__(self, notebook: Notebook) -> None:
        self._notebook = notebook

    async def failed(self, address: str) -> None:
        """Nobody reads it."""
        await self._notebook.note(_key(address), "bounced")

    async def has(self, address: str) -> bool:
        """Did what went there come back for good, and nothing from there since?"""
        key = _key(address)
        return bool((await self._notebook.noted(key)).get(key))

    async def recovers(self, address: str) -> bool:
        """Somebody writes from there: was it failing?"""
        if not await self.has(address):
            return False
        await self._notebook.note(_key(address), "")
        return True


def _key(address: str) -> str:
    return f"email:failing:{hashlib.sha256(address.strip().lower().encode('utf-8', 'replace')).hexdigest()[:24]}"
