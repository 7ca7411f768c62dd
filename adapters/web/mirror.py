"""The mirror's page: which tickets another tool is told of, what became of each telling, and a way to tell it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response
from starlette.routing import Route

from adapters.web.acting import submit
from adapters.web.page import Forbidden, Missing, Page
from adapters.web.site import Site
from bot.domain.mirror import ADDRESS, CREATED, Mirror, key_of, number_in
from bot.engine.practices.problem_notes import kind_name
from bot.engine.programs.mirror_acts import MOST, VERB
from bot.engine.programs.mirroring import type_of
from bot.engine.tongue import N_, Tongue
from bot.ports.delivering import Dispatch

HOME = "/admin/mirror"
SHOWN = 50  # tellings on the page
WHAT = {"ticket.created": N_("new"), "ticket.changed": N_("changed"), "ticket.commented": N_("comment"), "ticket.closed": N_("closed")}
WHY = {
    "not_created": N_("the ticket itself has not arrived"),
    "no connection": N_("nothing answers there"),
    "a private address": N_("it is a private address; [channels.webhooks] allow_private in firstline.toml would permit it"),
    "an answer without an id": N_("it answered without saying what it calls the ticket"),
    "DeliveryUnknown": N_("no answer in time; it may have arrived"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A telling as a row. why: why the last try failed, or ""."""

    sent: Dispatch
    what: str
    ticket: str
    why: str

    @property
    def may_repeat(self) -> bool:
        """Has it failed at least once, and is not there yet?"""
        return self.sent.state == "failed" or (self.sent.state == "waiting" and self.sent.attempts > 0)


def routes(site: Site) -> Sequence[Route]:
    """Their addresses."""
    return [site.page(HOME, shown, role="admin"), site.page(f"{HOME}/retry", retry, ["POST"], role="admin")]


async def shown(page: Page) -> Response:
    """What it was told lately, newest first."""
    mirror = await _admit(page)
    page.tell(await page.site.effects.late(page.agent.person))
    rows = [row_of(page.t, one) for one in await page.site.reader.owed_to(ADDRESS, SHOWN)]
    kinds = [kind_name(page.site.desk, page.t, kind) for kind in mirror.kinds]
    teams = [tier.name for tier in page.site.desk.tiers if tier.level in mirror.tiers]
    failing = any(row.may_repeat for row in rows)
    return page.html("mirror.html", mirror=mirror, rows=rows, kinds=kinds, teams=teams, most=SHOWN, failing=failing)


async def retry(page: Page) -> Response:
    """Everything that failed once more, now, in its old order; of each ticket that it begins with, too."""
    await _admit(page)
    owed = [one for one in await page.site.reader.owed_to(ADDRESS, MOST) if row_of(page.t, one).may_repeat]
    keys = [one.key for one in reversed(owed)]
    begun = [key_of(number, CREATED) for number in dict.fromkeys(number_in(key) for key in keys)]
    await submit(page, f"{VERB}:all", {"keys": "\n".join(dict.fromkeys((*begun, *keys)))})
    return page.redirect(HOME)


def row_of(t: Tongue, sent: Dispatch) -> Row:
    """A telling as it is shown."""
    kind = type_of(sent.body)
    return Row(sent, t.say(WHAT[kind]) if kind in WHAT else kind or "–", number_in(sent.key), t.say(WHY[sent.error]) if sent.error in WHY else sent.error)


async def _admit(page: Page) -> Mirror:
    if page.site.enquiries is None or not await page.site.enquiries.may("see-webhooks", page.agent.person):
        raise Forbidden(page.t.say("This page is for curators."))
    if page.site.desk.mirror is None:
        raise Missing
    return page.site.desk.mirror
