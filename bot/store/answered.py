"""Requests of programs, with what they were answered: for a day."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import bindparam, delete, select

from bot.ports.answering import AnsweredRequest
from bot.store.session import Rows, Statement, replacing
from bot.store.tables import answered_requests

a = answered_requests.c
_COLUMNS = tuple(a[field.name] for field in fields(AnsweredRequest))
_OF = a.key == bindparam("of_key", type_=a.key.type)

_ONE = Statement(select(*_COLUMNS).where(_OF))
_KEEP = Statement(replacing(answered_requests))
_DROP = Statement(delete(answered_requests).where(_OF))
_OLD = Statement(select(a.key).where(a.at < bindparam("before", type_=a.at.type)).order_by(a.at).limit(bindparam("limit")))


class AnsweredWriting(Rows):
    """Their part of a transaction."""

    async def answered_request(self, key: str) -> AnsweredRequest | None:
        """By its key."""
        row = await self._session.first(_ONE, of_key=key)
        return AnsweredRequest(*row) if row else None

    async def keep_answered(self, request: AnsweredRequest) -> None:
        """Store it, in place of what was there under its key."""
        await self._session.do(_KEEP, key=request.key, fingerprint=request.fingerprint, status=request.status, body=request.body, at=request.at)

    async def drop_answered(self, key: str) -> None:
        """It never was."""
        await self._session.do(_DROP, of_key=key)

    async def forget_answered(self, before: datetime, limit: int = 1000) -> int:
        """Remove those that were begun before that, the oldest first; how many went."""
        old = await self._session.all(_OLD, before=before, limit=limit)
        for (key,) in old:
            await self._session.do(_DROP, of_key=key)
        return len(old)
