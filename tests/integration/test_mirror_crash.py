"""kill -9 while the tool makes a ticket: it is told the same again under the same id, and all that follows after it."""

from __future__ import annotations

from pathlib import Path

from tests.clouds.tool import Tool, tool
from tests.integration.processes import Product, installed
from tests.integration.test_webhook_crash import _ask
from tests.journeys.doors import eventually

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


async def test_killed_between_the_answer_and_noting_it_there_is_one_ticket_that_knows_its_number(tmp_path: Path) -> None:
    async with tool() as glpi, installed(tmp_path, {"MIRROR_SECRET": SECRET, "LOG_LEVEL": "DEBUG"}, more=_section(glpi)) as product:
        key = (await product.command("api-key", "new", "crm", "--scope", "tickets:write")).out.strip()
        await product.start()
        glpi.hangs = True
        await _ask(product, key)
        await eventually(lambda: glpi.calls, "the tool hears of it")

        await product.kill()
        glpi.hangs = False
        await product.start()
        await product.drained()

        assert glpi.ids()[:2] == ["IT-1:created"] * 2
        assert [one.number for one in glpi.tickets] == ["IT-1"]
        assert await _external(product) == "1000"


def _section(glpi: Tool) -> str:
    return f'[channels.webhooks]\nallow_private = true\n[mirror]\nurl = "{glpi.url}"\nname = "GLPI"'


async def _external(product: Product) -> object:
    [ticket] = (await product.export())["ticket"]
    return ticket["external"]
