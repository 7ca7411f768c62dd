"""The pages of webhooks: who is told what happens, and what became of each thing they were told."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.names import shown_name
from adapters.web.page import Forbidden, Missing, Page
from adapters.web.site import Handler, Site
from bot.domain.api_keys import LONGEST_NAME
from bot.domain.messages import Say
from bot.domain.webhooks import LONGEST_URL, Webhook, event_names, secret_of
from bot.engine.programs.subscriptions import WEBHOOKS
from bot.engine.tongue import N_, Tongue
from bot.ports.delivering import Dispatch

HOME = "/admin/webhooks"
EMPTY = {"name": "", "url": "", "words": ""}
SHOWN = 50  # deliveries on a page
COMMON = (
    "TicketOpened", "TicketHandedOver", "TicketClaimed", "TicketEscalated", "TicketSentBack", "ReplySent", "NoteWritten", "RequesterWrote",
    "TicketResolved", "TicketReopened", "TicketClosed", "RatingGiven", "PromiseAtRisk", "PromiseBroken", "EntryPublished", "EntryRetired",
)  # fmt: skip
"""What most programs want to hear of; the others stand below them."""
WHY = {
    "gone": N_("the address says that it is gone for good"),
    "off": N_("it was switched off"),
    "removed": N_("it was removed"),
    "no connection": N_("nothing answers there"),
    "a private address": N_("it is a private address; [channels.webhooks] allow_private in firstline.toml would permit it"),
    "DeliveryUnknown": N_("no answer in time; it may have arrived"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery as a row. number: its place in the address of its buttons. why: why the last try failed, or ""."""

    sent: Dispatch
    number: str
    type: str
    ticket: str
    why: str

    @property
    def may_repeat(self) -> bool:
        """Has it failed at least once, and is not there yet?"""
        return self.sent.state == "failed" or (self.sent.state == "waiting" and self.sent.attempts > 0)

    @property
    def answered(self) -> str:
        """With which status it was taken."""
        return self.sent.sent_as.split("/")[1] if self.sent.sent_as.count("/") > 1 else ""


def routes(site: Site) -> Sequence[Route]:
    """Their addresses."""
    return [
        site.page(HOME, webhooks, ["GET", "POST"], role="admin"),
        site.page(f"{HOME}/{{name}}", webhook, role="admin"),
        *(site.page(f"{HOME}/{{name}}/{verb}", _doing(verb), ["POST"], role="admin") for verb in ("on", "off", "test", "remove")),
        site.page(f"{HOME}/{{name}}/retry/{{number}}", retry, ["POST"], role="admin"),
    ]


async def webhooks(page: Page) -> Response:
    """Every webhook; a new one's secret is shown once. It is kept nowhere: it can be made again of our own key alone."""
    await _admit(page)
    page.tell(await page.site.effects.late(page.agent.person))
    if page.request.method != "POST":
        return await _shown(page)
    name, seed = page.form.get("name", "").strip().lower(), secrets.token_hex(16)
    values = {"url": page.form.get("url", "").strip(), "events": page.form.get("field-events", ""), "words": page.form.get("words", ""), "seed": seed}
    await submit(page, f"webhook-new:{name}", values)
    made = await WEBHOOKS.get(page.site.reader, name)
    if made is not None and made.seed == seed:
        return await _shown(page, made=made, secret=secret_of(page.site.secret, name, seed))
    return await _shown(page, typed={**values, "name": name}, status=422)


async def webhook(page: Page) -> Response:
    """One webhook and its deliveries, newest first."""
    await _admit(page)
    page.tell(await page.site.effects.late(page.agent.person))
    found = await _found(page)
    deliveries = [row_of(page.t, one) for one in await page.site.reader.owed_to(found.address, SHOWN)]
    names = await page.site.reader.people([found.by])
    return page.html("webhook.html", webhook=found, rows=deliveries, by=shown_name(names, found.by), most=SHOWN)


def _doing(verb: str) -> Handler:
    async def do(page: Page) -> Response:
        await _admit(page)
        name = page.request.path_params["name"]
        await submit(page, f"webhook-{verb}:{name}", {})
        return page.redirect(HOME if verb == "remove" else f"{HOME}/{name}")

    return do


async def retry(page: Page) -> Response:
    """One delivery once more, now."""
    await _admit(page)
    name, number = page.request.path_params["name"], page.request.path_params["number"]
    await submit(page, f"webhook-retry:{name}:{number}", {})
    return page.redirect(f"{HOME}/{name}")


def row_of(t: Tongue, sent: Dispatch) -> Row:
    """A delivery as it is shown."""
    body = json.loads([part.text for part in sent.body.parts if isinstance(part, Say)][1])
    why = t.say(WHY[sent.error]) if sent.error in WHY else sent.error
    return Row(sent, sent.key.split(":", 2)[2], body["type"], body["data"].get("ticket", ""), why)


async def _admit(page: Page) -> None:
    if page.site.enquiries is None or not await page.site.enquiries.may("see-webhooks", page.agent.person):
        raise Forbidden(page.t.say("This page is for curators."))


async def _found(page: Page) -> Webhook:
    found = await WEBHOOKS.get(page.site.reader, page.request.path_params["name"])
    if found is None:
        raise Missing
    return found


async def _shown(page: Page, *, made: Webhook | None = None, secret: str = "", typed: dict[str, str] | None = None, status: int = 200) -> Response:
    every = (await WEBHOOKS.all(page.site.reader)).values()
    others = [name for name in event_names() if name not in COMMON]
    return page.html(
        "webhooks.html", status, webhooks=list(every), made=made, secret=secret, typed=typed or EMPTY, chosen=(typed or {}).get("events", "").split(),
        common=COMMON, others=others, longest=LONGEST_NAME, longest_url=LONGEST_URL,
    )  # fmt: skip
