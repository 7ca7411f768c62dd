"""Computers that tell of themselves: "which computer?" on Slack, Telegram and the web, what changed on the cards, and the agents' pages."""

from __future__ import annotations

from datetime import timedelta

import httpx

from bot.ports import TicketQuery
from bot.ports.assets import AssetQuery
from tests.journeys.doors import eventually
from tests.pictures import slack_page, telegram_page
from tests.pictures.desk import MAX, Desk
from tests.pictures.first_entry import WINDOW
from tests.pictures.studio import DESK, PHONE, Studio

SECRET = "an-inventory-secret-of-pictures"
ENV = {"INVENTORY_SECRET": SECRET}
MORE = """
[[fields]]
name = "computer"
label = {en = "Which computer?", es = "¿Qué ordenador?"}
kind = "asset"
[[forms]]
kind = "computer"
label = {en = "Trouble with a computer", es = "Un problema con un ordenador"}
question = {en = "What is the trouble?", es = "¿Qué ocurre?"}
fields = ["computer"]
faq = false
"""
SLOW, AGAIN, DARK, LOUD = (
    "It takes ten minutes to start",
    "It freezes when I open the calendar",
    "The screen stays dark after lunch",
    "The fan is loud in meetings",
)
PACKAGES = [{"name": name, "version": version, "arch": "amd64"} for name, version in (
    ("firefox-esr", "128.3"), ("libreoffice", "7.4.7"), ("thunderbird", "128.3"), ("openvpn", "2.6.3"), ("cups", "2.4.2"), ("bash", "5.2"),
)]  # fmt: skip
NEWER = [{**PACKAGES[0], "version": "128.5"}, *PACKAGES[1:4], {"name": "zoom", "version": "6.2", "arch": "amd64"}, *PACKAGES[4:5]]
MODELS = (
    ("LT-0142", "T14 Gen 3", "Lenovo"),
    ("WS-0007", "OptiPlex 7010", "Dell Inc."),
    ("LT-0199", "EliteBook 840 G9", "HP"),
    ("LT-0201", "T14 Gen 3", "Lenovo"),
)


async def tells(desk: Desk, number: int, memory: int = 8192, packages: object = PACKAGES) -> None:
    """A visit of a computer's agent."""
    name, model, maker = MODELS[number]
    content = {
        "versionclient": "GLPI-Agent_v1.12", "hardware": {"name": name, "memory": memory, "uuid": f"4C4C4544-00{number}2-4B10"},
        "bios": {"smanufacturer": maker, "smodel": model, "ssn": f"PF3X{number}K7Q", "assettag": f"INV-{1000 + number}"},
        "operatingsystem": {"full_name": "Debian GNU/Linux 12 (bookworm)" if number != 1 else "Microsoft Windows 11 Pro", "kernel_version": "6.1.0-26"},
        "cpus": [{"name": "Intel Core i5-1245U", "core": 10, "thread": 12}], "storages": [{"name": "nvme0n1", "model": "Samsung PM9A1", "disksize": 524288}],
        "networks": [{"description": "wlp0s20f3", "mac": f"a4:6b:b6:00:00:0{number}", "type": "wifi"}], "softwares": packages,
    }  # fmt: skip
    async with httpx.AsyncClient(base_url=desk.base) as agent:
        answer = await agent.post(f"/inventory/{SECRET}", json={"action": "inventory", "deviceid": name, "itemtype": "Computer", "content": content})
        assert answer.status_code == 200, answer.text


async def tell(desk: Desk, shots: Studio) -> None:
    """Bob on Slack asks twice, Max on Telegram, a visitor on the web; then the agents' pages."""
    for number in range(len(MODELS)):
        await tells(desk, number)
    bob, max_ = desk.asker("Bob Brown"), desk.texter(MAX)
    await bob.says("hello")
    await max_.says("hello")
    await desk.settled()
    for number, owner in enumerate((f"slack:{bob.user}", f"telegram:{MAX}", f"slack:{bob.user}")):
        await desk.app.store.run(lambda tx, n=number + 1, whose=owner: tx.give_asset(n, whose))  # type: ignore[misc]
    await on_slack(desk, shots)
    await on_telegram(desk, shots)
    await on_the_web(desk, shots)


async def on_slack(desk: Desk, shots: Studio) -> None:
    """The modal, the line for another one, and the card of the second ticket."""
    people, bob = desk.slack.people, desk.asker("Bob Brown")
    await bob.fills_form("computer", {"What is the trouble?": SLOW, "Which computer?": "#1"})
    await desk.numbered(SLOW)
    await desk.passes(timedelta(days=9))
    await tells(desk, 0, 16384, NEWER)
    await people.command(bob.user, "new")
    await eventually(lambda: people.top(bob.user), "a modal")
    await people.decides(bob.user, "kind", "computer")
    view = await eventually(lambda: next((v for v in [people.top(bob.user)] if v and "Which computer?" in str(v)), None), "the question")
    await shots.drawn("computers-slack-1-which", slack_page.modal(view), WINDOW)
    await people.decides(bob.user, "computer", "#another", {"kind": "computer"})
    view = await eventually(lambda: next((v for v in [people.top(bob.user)] if v and "computer called" in str(v)), None), "the line for another one")
    await shots.drawn("computers-slack-2-another", slack_page.modal(view), WINDOW)
    desk.slack.world.stacks[bob.user].clear()
    await bob.fills_form("computer", {"What is the trouble?": AGAIN, "Which computer?": "#1"})
    number = await desk.numbered(AGAIN)
    await desk.settled()
    await shots.drawn("computers-slack-3-card", slack_page.chat(desk.slack.world, "service-desk", desk.slack_card(number), "U0ANN"), WINDOW)
    await people.command(bob.user, f"status {number}")
    await desk.settled()
    await shots.drawn("computers-slack-4-own", slack_page.chat(desk.slack.world, "IT help", desk.slack.world.seen_by(bob.user)[-1:], bob.user), WINDOW)


async def on_telegram(desk: Desk, shots: Studio) -> None:
    """The buttons, and the card in its topic."""
    ledger, max_ = desk.telegram.ledger, desk.texter(MAX)
    await max_.says("/new")
    await max_.presses("Trouble with a computer")
    await max_.says(DARK)
    await desk.settled()
    await shots.drawn("computers-telegram-1-which", telegram_page.chat("IT help", ledger.shown(MAX)[-6:], MAX), PHONE)
    await max_.presses("WS-0007 · Dell Inc. OptiPlex 7010")
    number = await desk.numbered(DARK)
    await desk.settled()
    await shots.drawn("computers-telegram-2-card", telegram_page.chat("service desk", desk.telegram_topic(number), private=False), PHONE)


async def on_the_web(desk: Desk, shots: Studio) -> None:
    """The form of a visitor whose computer is known, and what agents see."""
    async with shots.screen(PHONE) as page:
        await page.goto(f"{desk.base}/new?kind=computer")
        await page.get_by_label("What is the trouble?").fill(LOUD)
        await page.get_by_label("Which computer?").fill("INV-1003")
        await shots.seen(page, "computers-web-1-typed-phone")
        await page.get_by_role("button", name="Send").click()
        number = await desk.numbered(LOUD)
        visitor = (await desk.app.store.tickets(TicketQuery(search=LOUD)))[0].requester
        await desk.app.store.run(lambda tx: tx.give_asset(4, visitor))
        await page.goto(f"{desk.base}/tickets/{number}")
        await shots.seen(page, "computers-web-4-own-phone")
        await page.goto(f"{desk.base}/new?kind=computer")
        await shots.seen(page, "computers-web-2-which-phone")
        await page.get_by_label("Which computer?").select_option("#another")
        await shots.seen(page, "computers-web-3-another-phone")
        cookies = await page.context.storage_state()
    async with shots.screen(DESK, storage_state=cookies) as page:
        await page.goto(f"{desk.base}/new?kind=computer")
        await shots.seen(page, "computers-web-2-which-wide")
    link = await desk.app.web.sign_in_link(desk.base, "admin", "Ann")
    async with shots.screen() as page:
        await page.goto(link)
        await page.get_by_label("Your name").fill("Ann Archer")
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/agent")
        staff = await page.context.storage_state()
    asked = (await desk.app.store.tickets(TicketQuery(search=AGAIN)))[0].id
    bobs = (await desk.app.store.assets(AssetQuery("LT-0142")))[0].id
    pages = (
        ("/agent/assets", "list"), (f"/agent/assets/{bobs}", "computer"), (f"/agent/tickets/{asked}", "ticket"), ("/admin/reports/assets", "report"),
    )  # fmt: skip
    for width in (DESK, PHONE):
        async with shots.screen(width, storage_state=staff) as page:
            for path, what in pages:
                await page.goto(desk.base + path)
                await shots.seen(page, f"computers-{what}-{'phone' if width == PHONE else 'wide'}", whole=True)
