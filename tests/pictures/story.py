"""One morning at the desk, and the pictures that are taken of it."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Page

from tests.clouds.slack_world import Message
from tests.clouds.telegram import EXPERTS, TEAM
from tests.journeys.doors import eventually, finds_card, hears
from tests.journeys.doors_slack import ADMIN, TIER_3
from tests.pictures import slack_page, telegram_page
from tests.pictures.desk import MAX, ROSA, Desk
from tests.pictures.studio import DESK, PHONE, Studio

CHANNEL = 760  # pixels of a Slack window beside its sidebar


async def tell(desk: Desk, shots: Studio) -> None:
    """From the first question to the last picture."""
    await promises(desk, shots)
    await at_work(desk, shots)
    await incident(desk, shots)
    await on_telegram(desk, shots)
    await on_the_web(desk, shots)
    await in_the_portal(desk, shots)
    await homes(desk, shots)
    await dialogs(desk, shots)


async def card(desk: Desk, shots: Studio, name: str, number: str, thread: bool = False, tier: int = 2) -> None:
    """The ticket as its team sees it, on Slack and on Telegram."""
    await desk.settled()
    place, group = ("C0TIER2", TEAM) if tier == 2 else (TIER_3, EXPERTS)
    title = "#service-desk" if tier == 2 else "#specialists"
    messages = desk.slack_card(number, place, thread)
    await shots.drawn(f"slack-{name}", slack_page.chat(desk.slack.world, title, messages), CHANNEL)
    topic = desk.telegram_topic(number, group)
    topics = desk.telegram.ledger.topics
    named = next((str(made["name"]) for (chat, key), made in topics.items() if chat == group and key == topic[0].topic), "")
    await shots.drawn(f"telegram-{name}", telegram_page.chat(named, topic if thread else topic[:1], private=False), PHONE)


async def promises(desk: Desk, shots: Studio) -> None:
    """Nobody takes two of them."""
    late = await desk.asks("Dave Doe", "The projector in room Lima shows everything in green")
    await card(desk, shots, "new", late)
    await desk.passes(timedelta(minutes=14))
    risky = await desk.asks("Mia Lind", "My badge no longer opens the bicycle cellar")
    await desk.passes(timedelta(minutes=47))
    await finds_card(desk.ann, late, "overdue")
    await finds_card(desk.ann, risky, "at risk")
    await card(desk, shots, "breached", late, thread=True)
    await card(desk, shots, "at-risk", risky, thread=True)


async def at_work(desk: Desk, shots: Studio) -> None:
    """What becomes of a ticket that somebody takes."""
    bob, ann, cleo = desk.asker("Bob Brown"), desk.ann, desk.cleo
    await bob.says("VPN disconnects every few minutes")
    await bob.presses("Not what I need")
    await bob.presses("Right topic, but it did not help")
    number = await desk.numbered("VPN disconnects")
    await ann.presses(number, "Take it")
    await hears(bob, "has taken")
    await ann.writes(number, "Which gateway do you use? The one in Porto is being repaired.")
    await hears(bob, "gateway do you use")
    await bob.says("Porto, and it is the same since Monday")
    await desk.settled()
    await card(desk, shots, "claimed", number, thread=True)
    await shots.drawn("slack-requester", slack_page.chat(desk.slack.world, "IT help", _direct(desk, bob.user), bob.user), CHANNEL)
    await ann.presses(number, "Wait for requester")
    await finds_card(ann, number, "Waiting for the requester")
    await card(desk, shots, "pending", number)
    await bob.says("I am back in the office now")
    await ann.presses(number, "Escalate", "The gateway drops idle tunnels; its log needs your rights.")
    await finds_card(cleo, number, "Take it")
    await card(desk, shots, "escalated-left", number)
    await card(desk, shots, "escalated", number, tier=3, thread=True)
    await cleo.presses(number, "Send back", "The log is clean. Please try another cable first.")
    await finds_card(ann, number, "Resolve")
    await card(desk, shots, "sent-back", number, thread=True)
    await ann.presses(number, "Take it")
    await finds_card(ann, number, "Release")
    await ann.presses(number, "Resolve", "Moved to the gateway in Lisbon until Porto is repaired.")
    await hears(bob, "is resolved")
    await bob.presses("5 ★")
    await finds_card(ann, number, "★")
    await card(desk, shots, "resolved", number)
    await shots.drawn("slack-requester-end", slack_page.chat(desk.slack.world, "IT help", _direct(desk, bob.user), bob.user), CHANNEL)
    blocked = desk.texter(MAX)
    await blocked.says("The lock of the parking garage blinks orange")
    number = await desk.numbered("The lock of the parking")
    await desk.ana.presses(number, "Take it")
    await hears(blocked, "has taken")
    desk.telegram.block(MAX)
    await desk.ana.writes(number, "I open it from here. Please try again.")
    await finds_card(desk.ana, number, "not delivered")
    await card(desk, shots, "undelivered", number, thread=True)


async def incident(desk: Desk, shots: Studio) -> None:
    """Three ask for the same; a fourth joins."""
    numbers = [await desk.asks(name, "The coffee machine on floor 3 blinks and hums") for name in ("Eva Roth", "Finn Berg", "Gus Hall")]
    ann = desk.ann
    await eventually(lambda: any("3 requests are alike" in m.shown for m in desk.slack.world.in_channel("C0TIER2")), "the team is asked")
    offer = [m for m in desk.slack.world.in_channel("C0TIER2") if "3 requests are alike" in m.shown]
    await shots.drawn("slack-alike", slack_page.chat(desk.slack.world, "#service-desk", offer), CHANNEL)
    await ann.presses(numbers[0], "Make it an incident", "Coffee machine on floor 3 is down")
    await finds_card(ann, numbers[0], "Tell all")
    hal = desk.asker("Hal Ives")
    await hal.says("The coffee machine on floor 3 blinks and hums")
    await hears(hal, "Several people report this")
    await hal.presses("Me too")
    await finds_card(ann, numbers[0], "people")
    await card(desk, shots, "incident", numbers[0], thread=True)
    await shots.drawn("slack-incident-requester", slack_page.chat(desk.slack.world, "IT help", _direct(desk, hal.user), hal.user), CHANNEL)


async def on_telegram(desk: Desk, shots: Studio) -> None:
    """Rosa asks in Spanish, is handed to a person, and then fills in a form."""
    rosa, ana = desk.texter(ROSA), desk.ana
    await rosa.says("instalar una impresora")
    await rosa.presses("Hablar con una persona")
    number = await desk.numbered("instalar una impresora")
    await ana.presses(number, "Take it")
    await hears(rosa, "se ocupa de")
    await ana.writes(number, "La he dejado instalada a distancia. ¿Puede probarla?")
    await hears(rosa, "a distancia")
    await rosa.says("¡Funciona, muchas gracias!")
    await desk.settled()
    await ana.presses(number, "Resolve", "Instalada a distancia.")
    await rosa.presses("5 ★")
    await desk.settled()
    await shots.drawn("telegram-private", telegram_page.chat("IT help", desk.telegram.ledger.shown(ROSA), ROSA), PHONE)
    await card(desk, shots, "topic", number, thread=True)
    since = len(desk.telegram.ledger.shown(ROSA))
    await rosa.says("/new")
    await rosa.presses("Algo no funciona")
    for answer in ("La pantalla se queda negra al abrirlo", "Portátil", "123", "SN4711"):
        await desk.settled()
        question = rosa._messages()[-1]
        if answer in question.buttons:
            desk.telegram.click(ROSA, question, answer)
        else:
            desk.telegram.say(ROSA, answer, reply_to=question)
        if answer == "123":
            await desk.settled()
            await shots.drawn("telegram-form", telegram_page.chat("IT help", desk.telegram.ledger.shown(ROSA)[since:], ROSA), PHONE)
    await hears(rosa, "De acuerdo")


async def dialogs(desk: Desk, shots: Studio) -> None:
    """What opens on Slack when words are needed."""
    people, number = desk.slack.people, await desk.asks("Jon Jarl", "The blinds in room Quito do not close")
    for label in ("Take it", "Reply", "Note", "Escalate", "Resolve", "Priority", "Reply later", "Assign", "Merge", "Saved reply"):
        await desk.ann.presses(number, label)
        await desk.settled()
        if view := people.top("U0ANN"):
            await shots.drawn(f"slack-dialog-{label.lower().replace(' ', '-')}", slack_page.modal(view), 520)
            desk.slack.world.stacks["U0ANN"].clear()
    asker = desk.asker("Jon Jarl").user
    await people.command(asker, "new")
    await desk.settled()
    if view := people.top(asker):
        await shots.drawn("slack-dialog-new", slack_page.modal(view), 520)


async def homes(desk: Desk, shots: Studio) -> None:
    """App Home by role."""
    people, world = desk.slack.people, desk.slack.world
    for name, user in (("requester", desk.asker("Hal Ives").user), ("agent", "U0ANN"), ("lead", "U0BEN"), ("admin", ADMIN)):
        await people.home(user)
        await eventually(lambda: user in world.homes, "a home page")  # noqa: B023
        await desk.settled()
        await shots.drawn(f"slack-home-{name}", slack_page.home(world, user), CHANNEL)
    await shots.drawn("slack-home-agent-phone", slack_page.home(world, "U0ANN", phone=True), PHONE)


def _direct(desk: Desk, user: str) -> list[Message]:
    """Somebody's messages with the bot."""
    world = desk.slack.world
    return [m for m in world.messages if m.channel == world.direct(user) and m.only_for in ("", user)]


async def on_the_web(desk: Desk, shots: Studio) -> None:
    """A visitor's chat and requests, and the agents' pages: on a phone and a wide screen, light and dark."""
    async with shots.screen(PHONE) as page:
        await page.goto(desk.base)
        await page.get_by_label("Your name, if you like").fill("Lena Kraus")
        await _say(page, "I forgot my password")
        await page.get_by_role("button", name="Yes, solved").wait_for()
        await shots.seen(page, "web-answer-phone")
        await page.get_by_role("button", name="Yes, solved").click()
        await page.get_by_text("Glad that it helped").wait_for()
        await _say(page, "The coat hooks in the lift are too high for me")
        await page.get_by_text("I passed it on").wait_for()
        number = await desk.numbered("The coat hooks")
        await desk.ann.presses(number, "Take it")
        await page.get_by_text("Ann has taken").wait_for()
        await desk.ann.presses(number, "Note", "Facilities have lower ones in stock.")
        await desk.ann.writes(number, "A set of lower hooks comes on Thursday. Would 120 cm suit you?")
        await page.get_by_text("120 cm").wait_for()
        await _say(page, "That would be perfect, thank you!")
        await desk.settled()
        cookies = await page.context.storage_state()
    link = await desk.app.web.sign_in_link(desk.base, "admin", "Ann")
    async with shots.screen() as page:
        await page.goto(link)
        await page.get_by_label("Your name").fill("Ann Archer")
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/agent")
        staff = await page.context.storage_state()
    for width in (DESK, PHONE):
        for dark in (False, True):
            name = f"{'phone' if width == PHONE else 'wide'}{'-dark' if dark else ''}"
            async with shots.screen(width, dark, storage_state=cookies) as page:
                for path, what in (("/", "chat"), ("/tickets", "requests"), (f"/tickets/{number}", "request"), ("/new?kind=incident", "form")):
                    await page.goto(desk.base + path)
                    await shots.seen(page, f"web-{what}-{name}")
            async with shots.screen(width, dark, storage_state=staff) as page:
                staffs = (("/agent?view=unclaimed", "queue"), (f"/agent/tickets/{number}", "ticket"), ("/agent/call", "call"), ("/admin/audit", "audit"))
                for path, what in staffs:
                    await page.goto(desk.base + path)
                    await shots.seen(page, f"web-{what}-{name}", whole=width == PHONE)


async def in_the_portal(desk: Desk, shots: Studio) -> None:
    """What somebody sees who has never been here: answers to read, one of them, what is offered while they type, and the cards of forms."""
    for width in (DESK, PHONE):
        for dark in (False, True):
            name = f"{'phone' if width == PHONE else 'wide'}{'-dark' if dark else ''}"
            async with shots.screen(width, dark) as page:
                for path, what in (("/kb/en", "answers"), ("/kb/en?q=password", "search"), ("/kb/es/password-reset", "answer"), ("/new", "kinds")):
                    await page.goto(desk.base + path)
                    await shots.seen(page, f"portal-{what}-{name}")
                await page.goto(desk.base)
                await page.get_by_label("Your message").fill("I forgot my password")
                await page.locator(".offered summary").first.click()
                await shots.seen(page, f"portal-typing-{name}")


async def _say(page: Page, words: str) -> None:
    await page.get_by_label("Your message").fill(words)
    await page.get_by_role("button", name="Send").click()
    await page.locator(".line.requester").filter(has_text=words).wait_for()
