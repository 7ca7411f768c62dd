"""kill -9 while a program is being told: it hears the same again, under the same id, and everything that follows in order."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from bot.domain.ids import PersonId
from bot.domain.webhooks import Webhook
from bot.engine.programs.subscriptions import WEBHOOKS
from bot.store.sql import open_store
from tests.builders import UNKNOWN
from tests.clouds.receiver import Receiver, receiver
from tests.integration.processes import Product, installed
from tests.journeys.doors import eventually

ALLOWED = "[channels.webhooks]\nallow_private = true"


async def test_killed_between_telling_and_noting_it_the_program_hears_it_once_more_under_the_same_id(tmp_path: Path) -> None:
    async with receiver() as program, installed(tmp_path, {}, more=ALLOWED) as product:
        key = (await product.command("api-key", "new", "crm", "--scope", "tickets:write")).out.strip()
        await _keep(product, program)
        await product.start()
        program.hangs = True
        await _ask(product, key)
        await eventually(lambda: program.heard, "the program hears of it")

        await product.kill()
        program.hangs = False
        await product.start()
        await product.drained()

        first, second, *rest = program.heard
        assert first.id == second.id
        assert first.raw == second.raw
        assert len({one.id for one in rest} | {first.id}) == len(program.heard) - 1
        told = [event["name"] for event in (await product.export())["event"] if event["ticket"]]
        assert [one.body["type"] for one in program.heard[1:]] == told


async def _keep(product: Product, program: Receiver) -> None:
    store = await open_store(f"sqlite:///{product.folder}/firstline.db")
    made = Webhook("crm", program.url, "seed", (), False, PersonId("slack:U0ADA"), datetime.now(UTC))
    await store.run(lambda tx: WEBHOOKS.put(tx, made.name, made))
    await store.close()


async def _ask(product: Product, key: str) -> None:
    said = {"requester": {"email": "jane@example.org"}, "question": UNKNOWN}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{product.base}/api/v1/tickets", json=said, headers={"Authorization": f"Bearer {key}"}) as answer,
    ):
        assert answer.status == 201, await answer.text()
