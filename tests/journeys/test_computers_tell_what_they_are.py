"""Real agents on this computer tell the desk what it is made of; what changed until their next visit is known, what is private never is.

Whoever asks chooses their computer, and who helps reads on the ticket's card what changed in it since they asked last.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.app import App
from bot.domain.assets import Asset
from bot.ports.assets import AssetQuery
from tests.clouds.slack import SlackCloud
from tests.clouds.slack_world import APP_TOKEN, BOT_TOKEN
from tests.journeys.doors import eventually, finds_card, product
from tests.journeys.doors_slack import TIER_2, SlackDoor, SlackRequester
from tests.journeys.doors_web import RealBrowser
from tests.journeys.openings import number_of
from tests.web_desk import Document

SECRET = "an-inventory-secret-of-a-test"
PACKAGE = "Package: {name}\nStatus: install ok installed\nPriority: optional\nSection: admin\nInstalled-Size: 10\nMaintainer: Ann <ann@example.org>\n"
PACKAGE += "Architecture: all\nVersion: {version}\nDescription: made up\n\n"
SETUP = """package setup; use parent qw(Exporter); our @EXPORT = ('%setup');
our %setup = (datadir => "/usr/share/fusioninventory", libdir => "/usr/share/fusioninventory/lib", vardir => "{folder}"); 1;
"""
"""Where FusionInventory's agent keeps its notes is compiled into it: here it is told otherwise."""
WITHIN_S = 60

FORM = """
[[fields]]
name = "which"
label = "Which computer?"
kind = "asset"
[[forms]]
kind = "laptop"
label = "Something with a computer"
fields = ["which"]
faq = false
"""

Command = Callable[[str, Path], list[str]]
AGENTS: dict[str, Command] = {
    "fusioninventory-agent": lambda server, folder: [
        "fusioninventory-agent", "--server", server, "--force", "--no-httpd", "--tasks=inventory", f"--conf-file={folder}/none.cfg",
    ],
    "ocsinventory-agent": lambda server, folder: [
        "ocsinventory-agent", "--server", server, "--force", "--local=0", f"--basevardir={folder}",
    ],
}  # fmt: skip


async def run(agent: str, server: str, folder: Path, packages: dict[str, str]) -> str:
    """One visit of the agent, with these Debian packages (OCS looks for files of theirs, so they are real) installed as far as it can see."""
    status = folder / "dpkg"
    (status / "info").mkdir(parents=True, exist_ok=True)
    (status / "updates").mkdir(exist_ok=True)
    (status / "status").write_text("".join(PACKAGE.format(name=name, version=version) for name, version in packages.items()))
    (folder / "agent").mkdir(exist_ok=True)
    (folder / "agent" / "none.cfg").touch()
    (folder / "setup.pm").write_text(SETUP.format(folder=folder / "agent"))
    env = {**os.environ, "PERL5OPT": f"-I{folder} -Msetup", "DPKG_ADMINDIR": str(status), "A_PRIVATE_VARIABLE": "canary-of-the-environment"}
    process = await asyncio.create_subprocess_exec(
        *AGENTS[agent](server, folder / "agent"), env=env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert process.returncode == 0, said.decode()
    return said.decode()


def kept_in(folder: Path) -> bytes:
    """All that the desk has on its disk."""
    return b"".join(path.read_bytes() for path in folder.glob("firstline.db*"))


async def only_asset(app: App) -> Asset:
    """There is one, however often the agent came."""
    (found,) = await app.store.assets(AssetQuery())
    return found


@pytest.mark.parametrize("agent", AGENTS)
async def test_a_real_agent_s_second_visit_tells_what_changed_and_nothing_private_is_kept(agent: str, tmp_path: Path) -> None:
    if shutil.which(agent) is None:
        pytest.skip(f"needs {agent}")
    async with product(tmp_path, {"INVENTORY_SECRET": SECRET}, {}) as (app, base):
        server = f"{base}/inventory/{SECRET}"
        await run(agent, server, tmp_path, {"dpkg": "1.21", "bash": "1.0", "tar": "2", "grep": "3"})
        first = await only_asset(app)
        await run(agent, server, tmp_path, {"dpkg": "1.21", "bash": "1.1", "sed": "5-canary", "grep": "3"})
        asset = await only_asset(app)
        (audit,) = await app.store.audits(asset.id)

    assert (asset.id, asset.first_at) == (first.id, first.first_at)
    assert asset.seen_at > first.seen_at
    assert "Debian" in asset.system
    software = {(one.item.split()[0], one.field or "item", one.before, one.after) for one in audit.changes if one.section == "softwares"}
    assert software == {("bash", "version", "1.0", "1.1"), ("tar", "item", "2", ""), ("sed", "item", "", "5-canary")}
    kept = kept_in(tmp_path)
    assert b"5-canary" in kept
    assert b"canary-of-the-environment" not in kept


@pytest.mark.parametrize("agent", AGENTS)
async def test_what_changed_between_two_visits_stands_on_the_asker_s_next_ticket_and_on_the_computer_s_page(agent: str, tmp_path: Path) -> None:
    if shutil.which(agent) is None:
        pytest.skip(f"needs {agent}")
    tokens = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "INVENTORY_SECRET": SECRET}
    async with SlackCloud() as cloud:
        env = {**tokens, "SLACK_API_URL": cloud.api_url}
        async with product(tmp_path, env, {"tier2": f'slack_channel = "{TIER_2}"'}, more=FORM) as (app, base):
            server, door = f"{base}/inventory/{SECRET}", SlackDoor(cloud, app)
            noor, ann = await door.newcomer(), await door.ann()
            assert isinstance(noor, SlackRequester)
            await run(agent, server, tmp_path, {"dpkg": "1.21", "bash": "1.0", "tar": "2", "grep": "3"})
            asset = await only_asset(app)
            await app.store.run(lambda tx: tx.give_asset(asset.id, f"slack:{noor.user}"))
            what = {"What do you need help with?": "It is slow", "Which computer?": asset.sign}
            await noor.fills_form("laptop", what)
            first = await number_of(noor)
            card = await finds_card(ann, first, f"Computer: {asset.name}")
            assert "Changed" not in card

            await run(agent, server, tmp_path, {"dpkg": "1.21", "bash": "1.1", "sed": "5", "grep": "3"})
            await noor.fills_form("laptop", what)
            second = await eventually(lambda: _another(noor, first), "another ticket")
            card = await finds_card(ann, second, f"Changed since {first}: ")
            page = await (await _ada(app, base)).open(f"/agent/assets/{asset.id}")

    told = ("Software: bash", "Version: 1.0 → 1.1", "New: Software: sed", "Gone: Software: tar")
    assert [one for one in told if one not in card or one not in Document(page.text).text] == []
    assert [number for number in (first, second) if number not in Document(page.text).text] == []


async def _another(person: SlackRequester, first: str) -> str:
    found = await number_of(person)
    return found if found != first else ""


async def _ada(app: App, base: str) -> RealBrowser:
    browser = RealBrowser(base)
    link = await app.web.sign_in_link(base, "admin", "Ada")
    await browser.send(await browser.open(link.removeprefix(base)), "", name="Ada")
    return browser
