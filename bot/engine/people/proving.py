"""An address on another channel is proved from where somebody signs in: a link is sent there, and whoever opens it is one person with that address."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain import accounts
from bot.domain.events import AddressJoined
from bot.domain.ids import TicketId, channel_of
from bot.domain.messages import AddressProved, Choice, Outbound, Part, Say, SignInAsked, Small, Title
from bot.engine.kept import Kept
from bot.engine.people import joining
from bot.engine.people.addresses import account_of, keep_account, name_of_account
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

log = logging.getLogger(__name__)

AT_ONCE, SHORTLY = 3, timedelta(minutes=15)  # links to one address: enough for somebody who finds the first one among the junk
A_DAY, DAY = 10, timedelta(days=1)  # beyond that it is a flood that somebody else has to read

_SENT: Kept[tuple[datetime, ...]] = Kept("sign-in-sent", tuple[datetime, ...])


async def send_link(turn: Turn, what: SignInAsked) -> None:
    """Owe the link to that address. Whoever asked is told nothing: neither that it is known, nor that it had too many."""
    if channel_of(what.address) not in turn.crew.channels:
        return
    await turn.tx.take(joining.LOCK)
    await _forget_old(turn)
    name = _name(what.address)
    recent = await _SENT.get(turn.tx, name) or ()
    if len(recent) >= A_DAY or sum(turn.now - SHORTLY < moment for moment in recent) >= AT_ONCE:
        log.info("no more sign-in links to one address for now", extra={"event_key": turn.event.key})
        return
    await _SENT.put(turn.tx, name, (*recent, turn.now))
    t = await turn.tongue_for(turn.person.id)
    choice = Choice(t.say("Sign in"), "open", "primary", link=what.link)
    await turn.owe(what.address, Outbound(tuple(_letter(t, turn.desk.name, what)), (choice,)), lane=what.address, due=turn.now, begins="sign-in:")


def _letter(t: Tongue, desk: str, what: SignInAsked) -> Sequence[Part]:
    """Nobody's words are in it: whoever reads it may never have heard of us."""
    return [
        Title(t.say("Sign in to {desk}", desk=desk)),
        Say(t.say("Somebody wants to sign in to {desk} with this address. If it was you, open this link and press the button there.", desk=desk)),
        Small(t.say("It works once, for {time}. If it was not you, do nothing.", time=t.span(timedelta(seconds=what.life_s)))),
    ]


async def _forget_old(turn: Turn) -> None:
    for name, moments in (await _SENT.all(turn.tx)).items():
        if left := tuple(moment for moment in moments if turn.now - DAY < moment):
            if left != moments:
                await _SENT.put(turn.tx, name, left)
        else:
            await _SENT.drop(turn.tx, name)


def _name(address: str) -> str:
    """It counts links to an address that may be nobody's here: the address itself is not kept for that."""
    return hashlib.sha256(f"sign-in:{address}".encode()).hexdigest()[:32]


async def proved(turn: Turn, what: AddressProved) -> None:
    """One person from now on, without being asked again: the proof is what the channel vouches for."""
    await turn.tx.take(joining.LOCK)
    mine = await account_of(turn.tx, turn.person.id) or accounts.account_for(name_of_account(), turn.person.id, turn.now)
    if mine.has(what.address):
        return
    other = await account_of(turn.tx, what.address) or accounts.account_for(name_of_account(), what.address, turn.now)
    try:
        joined = accounts.join(other, mine, turn.now)
    except MoveRefused as refused:
        log.warning("a proved address was not joined", extra={"person": turn.person.id, "why": refused.reason})
        return
    await keep_account(turn.tx, joined, mine, other)
    await turn.record(AddressJoined(ticket=TicketId(""), by=turn.person.id, at=turn.now, other=what.address))
