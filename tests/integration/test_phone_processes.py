"""The telephone of an installation of several processes on one database server: one is called, others speak."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from tests.clouds.twilio import TwilioCloud
from tests.integration.processes import Product, installed, marker, question
from tests.journeys.doors import eventually

ALICE = "+34600111222"


async def test_a_call_to_one_process_is_answered_by_another_and_what_came_while_nobody_was_there_is_read(tmp_path: Path, postgresql_desk: str) -> None:
    async with TwilioCloud() as cloud, installed(tmp_path, {**cloud.env, "DATABASE_URL": postgresql_desk, "SECRET_KEY": "k" * 32}) as web:
        web.part = "web"
        worker = Product(web.folder, web.env, web.port, part="worker")
        await asyncio.gather(web.start(), worker.start())
        cloud.point(web.base)
        try:
            call = await cloud.ring(ALICE)
            assert marker(0) in await call.says(question(0))
            await call.presses("1")
            await call.hangs_up()
            await cloud.text(ALICE, question(1))
            await eventually(lambda: any(marker(1) in message.body for message in cloud.messages), "the worker texts")

            await asyncio.gather(web.stop(), worker.stop())
            with pytest.raises(httpx.ConnectError):
                await cloud.text(ALICE, question(2))
            await asyncio.gather(web.start(), worker.start())
            await eventually(lambda: any(marker(2) in message.body for message in cloud.messages), "what was missed is answered", 40.0)
        finally:
            if worker.process is not None:
                await worker.kill()
        exported = await web.export()
        asked = [message["text"] for message in exported["message"] if message["direction"] == "in"]
        assert sorted({question(0), question(1), question(2)} - set(asked)) == []
        assert ALICE not in web.log + worker.log, "no number is in a log"
