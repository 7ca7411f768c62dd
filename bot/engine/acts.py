"""Everything that can be done to a ticket, by name. Who may is bot/domain/roles.py, under the same names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.domain.ids import channel_of
from bot.domain.messages import Form
from bot.domain.tickets import Ticket, TicketMessage
from bot.engine import forms
from bot.engine.act import Act, Asking, Given
from bot.engine.contacts import call_log, telephone
from bot.engine.curation import entry_making
from bot.engine.departments import moving
from bot.engine.faq import comes_back, linking, review
from bot.engine.incidents import incidents
from bot.engine.practices import kinds, problems
from bot.engine.requests import mine, satisfaction, selfservice
from bot.engine.service import nudges
from bot.engine.tickets import (
    bonds,
    checks,
    computers,
    custom_fields,
    desk,
    priority,
    saved_replies,
    scheduled,
    splitting,
    tags,
    transfer,
    unfolding,
    watchers,
)
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.entries import Entry

LONGEST_ID = 15  # digits of a message's number that databases can look up


def _plain(move: Callable[[Turn, Ticket], Awaitable[None]]) -> Act:
    """Needs nothing but the ticket."""

    async def run(turn: Turn, ticket: Ticket, given: Given) -> None:
        await move(turn, ticket)

    return Act(run)


# ------------------------------------------------------------------------------------------------------------- in words
def _words_form(verb: str) -> Callable[[Asking], Awaitable[Form | None]]:
    async def form(asking: Asking) -> Form | None:
        _must_be_workable(asking.ticket, also_resolved=verb in ("note", "reply"))
        entries = _to_link(asking) if verb == "resolve" else []
        facts = custom_fields.required_above(asking) if verb == "escalate" else custom_fields.may_be_missing(asking) if verb == "back" else ()
        channel = channel_of(asking.ticket.conversation)
        unwritten = verb == "reply" and channel == telephone.CHANNEL and not asking.roster.has_channel(channel)
        told = verb == "resolve" and asking.ticket.kind == "problem"
        return forms.words_form(asking.t, verb, asking.ticket.id, entries, facts, unwritten=unwritten, told=told)

    return form


def _to_link(asking: Asking) -> list[Entry]:
    """The entries to choose from. Of a form that came back it is the chosen one, if there still is one: what ranks first may have changed meanwhile.

    Raises Unread.
    """
    if asking.given is not None:
        chosen = asking.knowledge.entry(asking.given.get("entry", ""))
        return [] if chosen is None or chosen.retired else [chosen]
    offered = [offer.entry for offer in asking.ticket.offers]
    return review.to_link(asking.knowledge, asking.ticket.question, asking.ticket.language, offered)


def _must_be_workable(ticket: Ticket, *, also_resolved: bool) -> None:
    if ticket.status == "closed" or (ticket.status == "resolved" and not also_resolved):
        raise MoveRefused(ticket.status, number=ticket.id)


async def _reply(turn: Turn, ticket: Ticket, given: Given) -> None:
    await desk.reply(turn, ticket, given.words, given.attachments, source=given.source, place=given.place)


async def _note(turn: Turn, ticket: Ticket, given: Given) -> None:
    await desk.note(turn, ticket, given.words, given.attachments, source=given.source, place=given.place)


async def _escalate(turn: Turn, ticket: Ticket, given: Given) -> None:
    await desk.escalate(turn, await custom_fields.take_required(turn, ticket, given), given.words)


async def _send_back(turn: Turn, ticket: Ticket, given: Given) -> None:
    await desk.send_back(turn, ticket, custom_fields.with_missing(turn, ticket, given))


async def _resolve(turn: Turn, ticket: Ticket, given: Given) -> None:
    if ticket.kind == "problem" and await checks.asks_first(turn, ticket, given.words, source=given.source, place=given.place, verb="resolve"):
        return
    await desk.resolve(turn, ticket, given.words, given.values.get("entry", ""))


# --------------------------------------------------------------------------------------------------- with the FAQ's help
async def _link(turn: Turn, ticket: Ticket, given: Given) -> None:
    await linking.link(turn, ticket, given.values.get("entry", given.extra))


async def _link_form(asking: Asking) -> Form | None:
    if asking.extra:
        return None
    found = _to_link(asking)
    return forms.link_form(asking.t, asking.ticket, found) if found else None


async def _reopen(turn: Turn, ticket: Ticket, given: Given) -> None:
    await desk.reopen(turn, ticket)


async def _not(turn: Turn, ticket: Ticket, given: Given) -> None:
    await selfservice.refused(turn, ticket, "refused")


async def _human(turn: Turn, ticket: Ticket, given: Given) -> None:
    await selfservice.refused(turn, ticket, "asked_for_person")


async def _choose(turn: Turn, ticket: Ticket, given: Given) -> None:
    await selfservice.choose(turn, ticket, given.extra)


async def _say_why(turn: Turn, ticket: Ticket, given: Given) -> None:
    await selfservice.say_why(turn, ticket, given.extra)


async def message_meant(turn: Turn, extra: str) -> TicketMessage | None:
    """The message whose id stands behind the number in an action, or None."""
    return await turn.tx.message(int(extra)) if extra.isdecimal() and extra.isascii() and len(extra) <= LONGEST_ID else None


async def _undo(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Whoever wrote a reply may take it back wherever the ticket is by now; so may whoever has its tier."""
    said = await message_meant(turn, given.extra)
    if said is None or said.ticket != ticket.id:
        raise MoveRefused("too_late")
    await desk.take_back(turn, ticket, said)


ACTS: dict[str, Act] = {
    "solved": _plain(selfservice.solved),
    "not": Act(_not),
    "human": Act(_human),
    "entry": Act(_choose),
    "why": Act(_say_why),
    "split": _plain(selfservice.split),
    "reopen": Act(_reopen),
    "take": _plain(desk.take),
    "release": _plain(desk.release),
    "hold": _plain(desk.hold),
    "resume": _plain(desk.resume),
    "close": _plain(desk.close_by_agent),
    "reply": Act(_reply, _words_form("reply"), needs_words=True),
    "note": Act(_note, _words_form("note"), needs_words=True),
    "escalate": Act(_escalate, _words_form("escalate"), needs_words=True),
    "back": Act(_send_back, _words_form("back"), needs_words=True),
    "resolve": Act(_resolve, _words_form("resolve"), needs_words=True),
    "link": Act(_link, _link_form, asks_itself=True),
    "undo": Act(_undo),
    **call_log.ACTS,
    **comes_back.ACTS,
    **computers.ACTS,
    **custom_fields.ACTS,
    **entry_making.ACTS,
    **unfolding.ACTS,
    **incidents.ACTS,
    **mine.ACTS,
    **nudges.ACTS,
    **satisfaction.ACTS,
    **saved_replies.ACTS,
    **scheduled.ACTS,
    **tags.ACTS,
    **priority.ACTS,
    **transfer.ACTS,
    **watchers.ACTS,
    **bonds.ACTS,
    **splitting.ACTS,
    **moving.ACTS,
    **kinds.ACTS,
    **problems.ACTS,
}
