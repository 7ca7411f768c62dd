"""A new admin's first morning: an empty FAQ, a question nobody wrote an answer for, the gap, the entry, and the next who asks is answered."""

from __future__ import annotations

import asyncio
from functools import partial

from bot.reading import open_for
from tests.clouds.slack_world import person
from tests.clouds.telegram_ledger import Entry as Shown
from tests.journeys.doors import eventually, hears
from tests.journeys.doors_slack import ADMIN
from tests.journeys.doors_telegram import ADMIN as TELEGRAM_ADMIN
from tests.journeys.doors_telegram import _answer_all
from tests.pictures import slack_page, telegram_page
from tests.pictures.desk import MAX, ROSA, Desk
from tests.pictures.studio import PHONE, Studio

WINDOW = 760  # pixels of a Slack window beside its sidebar
BICYCLE, BICYCLE_ANSWER = "Where can I park my bicycle?", "In the cellar of house B. **Your badge opens the gate**; a rack is free if its light is green."
PARCEL, PARCEL_ANSWER = "Can a parcel for me be sent to the office?", "Yes, to the **reception**, with your name and floor. It is kept for five days."


async def tell(desk: Desk, shots: Studio) -> None:
    """On Slack, then on Telegram; a question in Spanish finds the entry in English."""
    reading = asyncio.create_task(desk.app.knowledge.run(partial(open_for, desk.app.settings)))
    await desk.app.knowledge.begun.wait()
    await on_slack(desk, shots)
    await on_telegram(desk, shots)
    reading.cancel()


async def on_slack(desk: Desk, shots: Studio) -> None:
    """Ada finds the gap on her home page."""
    people, world = desk.slack.people, desk.slack.world
    world.users[ADMIN] = person(ADMIN, "Ada Admin")
    bob = desk.asker("Bob Brown")
    await bob.says(BICYCLE)
    await desk.numbered(BICYCLE)
    await desk.settled()
    await shots.drawn("first-slack-1-asked", slack_page.chat(world, "IT help", world.seen_by(bob.user), bob.user), WINDOW)
    await people.command(ADMIN, "faq")
    listed = await eventually(lambda: next((m for m in world.seen_by(ADMIN) if "Not answered (1)" in m.labels), None), "the empty FAQ")
    await shots.drawn("first-slack-2-faq", slack_page.chat(world, "IT help", world.seen_by(ADMIN), ADMIN), WINDOW)
    await people.click(ADMIN, listed, "Not answered (1)")
    gap = await eventually(lambda: next((m for m in world.seen_by(ADMIN) if "New entry" in m.labels and BICYCLE in m.shown), None), "the gap")
    await shots.drawn("first-slack-3-gap", slack_page.chat(world, "IT help", [gap], ADMIN), WINDOW)
    await people.click(ADMIN, gap, "New entry")
    view = await eventually(lambda: people.top(ADMIN), "the entry's modal")
    await shots.drawn("first-slack-4-entry", slack_page.modal(view), WINDOW)
    await people.submit(ADMIN, "", by_action={"question": BICYCLE, "answer": BICYCLE_ANSWER, "then": "publish"})
    await eventually(lambda: any("Published" in m.shown for m in world.seen_by(ADMIN)), "it is published")
    await shots.drawn("first-slack-5-published", slack_page.chat(world, "IT help", world.seen_by(ADMIN)[-2:], ADMIN), WINDOW)
    eva = desk.asker("Eva Roth")
    await eva.says("where do i park my bike?")
    await eva.presses(BICYCLE)  # before it has learned from anybody it offers rather than answers
    await hears(eva, "house B")
    await desk.settled()
    await shots.drawn("first-slack-6-answered", slack_page.chat(world, "IT help", world.seen_by(eva.user), eva.user), WINDOW)


async def on_telegram(desk: Desk, shots: Studio) -> None:
    """The same step by step."""
    cloud, ledger, rosa, asker = desk.telegram, desk.telegram.ledger, desk.texter(ROSA), desk.texter(MAX)
    ledger.add_user(TELEGRAM_ADMIN, "Ada Min")
    await asker.says(PARCEL)
    await desk.settled()
    if any("Talk to a person" in shown.buttons for shown in ledger.shown(MAX, by_bot=True)):  # the bicycles are offered: they are all it knows
        await asker.presses("Talk to a person")
    await desk.numbered(PARCEL)
    await desk.settled()
    await shots.drawn("first-telegram-1-asked", telegram_page.chat("IT help", ledger.shown(MAX), MAX), PHONE)
    cloud.say(TELEGRAM_ADMIN, "/faq")
    for label, words in (("Not answered (1)", ""), ("New entry", PARCEL)):
        shown = await eventually(lambda: next((e for e in _to_admin(desk) if label in e.buttons and words in e.text), None), label)  # noqa: B023
        since = len(_to_admin(desk))
        cloud.click(TELEGRAM_ADMIN, shown, label)
    asked = {"Question": "", "Other ways to ask it, one a line": "", "Answer": PARCEL_ANSWER}
    await _answer_all(cloud, TELEGRAM_ADMIN, lambda: _to_admin(desk), since, asked)
    preview = await eventually(lambda: next((e for e in _to_admin(desk) if "Publish" in e.buttons), None), "a preview")
    cloud.click(TELEGRAM_ADMIN, preview, "Publish")
    await eventually(lambda: any("Published" in e.text for e in _to_admin(desk)), "it is published")
    await desk.settled()
    await shots.drawn("first-telegram-2-written", telegram_page.chat("IT help", ledger.shown(TELEGRAM_ADMIN), TELEGRAM_ADMIN), PHONE)
    await eventually(lambda: desk.app.knowledge.copied().is_read, "the entry is read")
    await rosa.says("¿Puedo recibir un paquete en la oficina?")
    await rosa.presses(PARCEL)
    await hears(rosa, "reception")
    await desk.settled()
    await shots.drawn("first-telegram-3-answered", telegram_page.chat("IT help", ledger.shown(ROSA), ROSA), PHONE)


def _to_admin(desk: Desk) -> list[Shown]:
    return desk.telegram.ledger.shown(TELEGRAM_ADMIN, by_bot=True)
