"""One person's channels: what is joined, joining more, undoing it, and claiming a mail address."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.domain import accounts
from bot.domain.accounts import Address
from bot.domain.events import AddressLeft
from bot.domain.ids import PersonId, TicketId, channel_name, channel_of
from bot.domain.messages import Choice, Commanded, Facts, Outbound, Part, Say, Small, Title
from bot.domain.people import EMAIL, reads_mail_at
from bot.engine.kept import Kept
from bot.engine.people import joining, rerouting
from bot.engine.people.addresses import account_of, keep_account, name_of_account
from bot.engine.people.joining import privately
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused

VERBS = frozenset({"join-yes", "join-no", "unjoin"})
MAILED = 3  # codes sent to one address in MAILED_WITHIN
MAILED_WITHIN = timedelta(days=1)

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}\Z")
_MAILED: Kept[tuple[datetime, ...]] = Kept("join-mailed", tuple[datetime, ...])


async def join(turn: Turn, what: Commanded) -> None:
    """`join`: a code. `join CODE`: gives it back. `join name@example.org`: claims that address."""
    given = what.argument.strip()
    if not given:
        await joining.give(turn)
    elif "@" in given:
        await claim_mail(turn, given)
    else:
        await joining.take(turn, given)


async def unjoin(turn: Turn, what: Commanded) -> None:
    """`unjoin`: what is joined, with a button each. `unjoin telegram`: that one, when there is one such."""
    named = what.argument.strip().lower()
    account = await account_of(turn.tx, turn.person.id)
    found = [a for a in account.addresses if named and named in (channel_of(a.id), a.id.partition(":")[2])] if account else []
    if len(found) == 1:
        await _take_out(turn, found[0].id)
    elif named and not found:
        raise MoveRefused("not_joined")
    else:
        await show(turn)


async def channels(turn: Turn, what: Commanded) -> None:
    """What is joined."""
    await show(turn)


async def pressed(turn: Turn, verb: str, rest: str) -> None:
    """A button of ours. Raises MoveRefused."""
    if verb == "unjoin":
        account = await account_of(turn.tx, turn.person.id)
        known = {sign_of(address.id): address.id for address in account.addresses} if account else {}
        if rest not in known:
            raise MoveRefused("not_joined")
        await _take_out(turn, known[rest])
    else:
        await joining.pressed(turn, verb, rest)


def sign_of(address: str) -> str:
    """What a button calls an address: it fits one, and says nothing to anybody else."""
    return hashlib.sha256(f"address:{address}".encode()).hexdigest()[:16]


# ------------------------------------------------------------------------------------------------------------------ show
async def show(turn: Turn) -> None:
    """Everything that is joined, verified or claimed."""
    t = await turn.tongue_for(turn.person.id)
    account = await account_of(turn.tx, turn.person.id)
    rows = [await _row(turn, t, address) for address in account.addresses] if account else []
    parts: list[Part] = [Title(t.say("My channels"))]
    parts.append(Facts(tuple(rows)) if rows else Say(t.say("Only this channel is known to be you.")))
    others = [a for a in account.addresses if a.id != turn.person.id] if account else []
    choices = [Choice(t.say("Join another channel"), "menu:join", "primary")]
    choices += [Choice(t.say("Undo: {address}", address=await _title(turn, a))[:70], f"unjoin:{sign_of(a.id)}", "danger") for a in others]
    await privately(turn, parts, choices)


async def _row(turn: Turn, t: Tongue, address: Address) -> tuple[str, str]:
    state = t.say("verified") if address.verified else t.say("claimed, not verified")
    here = f" · {t.say('here')}" if address.id == turn.person.id else ""
    return await _title(turn, address), f"{state}{here}"


async def _title(turn: Turn, address: Address) -> str:
    return f"{channel_name(channel_of(address.id))} · {await turn.name_of(address.id)}"


# ---------------------------------------------------------------------------------------------------------------- unjoin
async def _take_out(turn: Turn, address: PersonId) -> None:
    """That address is somebody of their own again, with the tickets that were asked from it; both sides are told."""
    await turn.tx.take(joining.LOCK)
    account = await account_of(turn.tx, turn.person.id)
    if account is None:
        raise MoveRefused("not_joined")
    left = accounts.unjoin(account, address)
    await keep_account(turn.tx, left, account)
    await turn.record(AddressLeft(ticket=TicketId(""), by=turn.person.id, at=turn.now, address=address))
    await rerouting.bring_home(turn, account.verified, address)
    told = [address] if address != turn.person.id else list(left.verified)
    for person in (turn.person.id, *told):
        t = await turn.tongue_for(person)
        other = address if person != address else next(iter(told), address)
        line = t.say("{address} is no longer joined.", address=f"{channel_name(channel_of(other))} · {await turn.name_of(other)}")
        parts: list[Part] = [Say(line), Small(t.say("Each keeps the tickets that were asked there."))]
        if person == turn.person.id:
            await privately(turn, parts)
        elif account.has(person):
            await turn.say(conversation_of(person), parts)


# ------------------------------------------------------------------------------------------------------------------ mail
async def claim_mail(turn: Turn, given: str) -> None:
    """Somebody says that a mail address is theirs: claimed, until the code sent to it is given back here."""
    address = reads_mail_at(mail_address(given))
    await turn.tx.take(joining.LOCK)
    mine = await account_of(turn.tx, turn.person.id)
    before = mine or accounts.account_for(name_of_account(), turn.person.id, turn.now)
    if before.has(address):
        raise MoveRefused("joined_already")
    recent = tuple(moment for moment in await _MAILED.get(turn.tx, address) or () if turn.now - MAILED_WITHIN < moment)
    if len(recent) >= MAILED:
        raise MoveRefused("too_many_codes")
    await _MAILED.put(turn.tx, address, (*recent, turn.now))
    await keep_account(turn.tx, accounts.claim(before, address, turn.now), before)
    code = await joining.expect_by_mail(turn, address)
    t = await turn.tongue_for(turn.person.id)
    await turn.owe(address, Outbound(tuple(_proof(t, turn.desk.name, code))), lane=address, due=turn.now, begins="proof:")
    lines: list[Part] = [Say(t.say("I sent a code to {address}; give it to me with join.", address=address.partition(":")[2]))]
    if EMAIL not in turn.crew.channels:  # what is owed to it waits until there is one
        lines.append(Small(t.say("This desk sends no mail yet: it goes out when it does.")))
    await privately(turn, lines)


def _proof(t: Tongue, desk: str, code: str) -> Sequence[Part]:
    """The mail: nobody's words in it, since whoever reads it may be a stranger."""
    return [
        Say(t.say("Somebody says that this mail address is theirs. If it was you, give this code to the bot of {desk}.", desk=desk)),
        Facts(((t.say("Code"), code),)),
        Small(t.say("If it was not you, do nothing.")),
    ]


def mail_address(given: str) -> str:
    """One plain address, in lower case. Raises MoveRefused on anything that two readers could read as two addresses."""
    address = given.strip().lower()
    if len(address) > 200 or not _ADDRESS.match(address) or ".." in address or address[0] == ".":
        raise MoveRefused("no_mail_address")
    return address
