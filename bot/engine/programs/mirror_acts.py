"""What becomes of what the mirror was told: the tool's own number is known here, admins hear what did not arrive, and send it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.events import TicketMirrored
from bot.domain.messages import Say, Title, Undelivered
from bot.domain.mirror import ADDRESS, BEGINS, number_in
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept
from bot.engine.people import notices
from bot.engine.programs.mirroring import twin_of
from bot.engine.tickets import desk
from bot.engine.turn import Turn
from bot.errors import MoveRefused

TIMER = "mirrored"
VERB = "mirror-retry"
MOST = 500  # that are sent again at a time
QUIET = timedelta(days=1)  # between one word to admins and the next
TOLD: Kept[datetime] = Kept("mirror-told", datetime)


async def mirrored(turn: Turn, ticket: Ticket) -> None:
    """The tool has it: what it calls it stands on the ticket from now on."""
    twin = await twin_of(turn.tx, ticket.id)
    if twin is None or (ticket.external, ticket.external_url) == (twin.id, twin.url):
        return
    known = await turn.save(replace(ticket, external=twin.id, external_url=twin.url))
    await turn.record(TicketMirrored(ticket=ticket.id, by=BOT.id, at=turn.now, external=twin.id))
    await desk.update_card(turn, known)


async def undelivered(turn: Turn, what: Undelivered) -> None:
    """Given up: admins are told, once a day at most. What follows of the same ticket waits for it."""
    mirror, before = turn.desk.mirror, await TOLD.get(turn.tx, "admins")
    if mirror is None or (before is not None and turn.now < before + QUIET):
        return
    await TOLD.put(turn.tx, "admins", turn.now)
    for admin in sorted(turn.desk.admins):
        t = await turn.tongue_for(admin)
        line = t.say("{number} and whatever else failed is kept for you at /admin/mirror, where it can be sent again.", number=number_in(what.outbox))
        await notices.notify(turn, admin, "other", [Title(t.say("“{tool}” does not take what it is told", tool=mirror.name), "warning"), Say(line)])


async def submitted(turn: Turn, values: Mapping[str, str]) -> None:
    """An admin lets what failed, or waits for another try, be sent again: in its old order and under its old id. values: keys, one a line."""
    lanes = []
    for key in values.get("keys", "").split("\n")[:MOST]:
        parcel = await turn.tx.parcel(key) if key.startswith(BEGINS) else None
        if parcel is not None and parcel.to == ADDRESS and parcel.state in ("failed", "waiting"):
            await turn.tx.not_sent(parcel.key, "waiting", turn.now, "")
            lanes.append(parcel.lane)
    if not lanes:
        raise MoveRefused("nothing_to_send")
    turn.lanes += dict.fromkeys(lanes)
    await turn.answer(Say((await turn.tongue_for(turn.person.id)).say("It is sent again.")))
