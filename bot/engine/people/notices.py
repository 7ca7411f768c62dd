"""Notices: what somebody is told besides the talk itself, by direct message or mail, as they prefer it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.ids import PersonId, channel_of
from bot.domain.messages import Choice, Inbound, Outbound, Part, Small, TimerFired, Title, Undelivered, Voice
from bot.domain.notices import Preferences, next_at, quiet_until
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine.kept import Kept
from bot.engine.people.addresses import addresses_of
from bot.engine.turn import Turn, conversation_of

BEGINS = "notice:"  # begins the key of every parcel that is a notice
TOO_BAD_ANYWHERE = frozenset({"too_large", "invalid", "unsupported"})  # what is so wherever it is sent
AT_SET_HOURS = frozenset({"weekly", "report"})  # kinds that go to several people because it is time
DIGESTED = 25  # notices that one digest shows; the others are counted


@dataclass(frozen=True, slots=True)
class Collected:
    """What waits for somebody's digest: the parts of each notice, oldest first. more: how many came after there was room."""

    notices: tuple[tuple[Part, ...], ...] = ()
    more: int = 0


PREFERENCES: Kept[Preferences] = Kept("prefers", Preferences)
UNREACHABLE: Kept[str] = Kept("unreachable", str)
"""Why an address takes no messages now, by the address."""
_COLLECTED: Kept[Collected] = Kept("digest", Collected)


async def notify(turn: Turn, person: PersonId, kind: str, parts: Sequence[Part], ticket: Ticket | None = None, choices: Sequence[Choice] = ()) -> None:
    """Owe somebody a notice, as they prefer it: at once, after their quiet hours, in their digest, or not at all.

    kind: one of bot.domain.notices.KINDS. Nobody is told what they did themselves. It is no part of the ticket's own talk.
    """
    if person in (turn.person.id, BOT.id):
        return
    prefers = await PREFERENCES.get(turn.tx, person) or Preferences()
    way = prefers.way(kind)
    if way == "digest":
        await _collect(turn, person, prefers, parts)
    elif way == "on":
        zone = await zone_of(turn, person, prefers)
        late = quiet_until(prefers.quiet, zone, turn.now) if not prefers.is_urgent(kind) else turn.now
        to = await place_for(turn, person, prefers)
        lane = f"{BEGINS}{to}" if late == turn.now else f"{BEGINS}{to}:later"  # what waits for the morning holds up nothing urgent
        body = Outbound(tuple(parts), tuple(choices), voice=_voice(kind, person, ticket))
        await turn.owe(to, body, lane=lane, due=late, ticket=ticket.id if ticket else "", begins=BEGINS)


def _voice(kind: str, person: PersonId, ticket: Ticket | None) -> Voice:
    if kind in AT_SET_HOURS:
        return "bulk"
    return "work" if ticket is not None and person != ticket.requester else ""


async def zone_of(turn: Turn, person: PersonId, prefers: Preferences) -> str:
    """Their time zone: as they said, else as their platform says, else the desk's."""
    known = await turn.tx.person(person)
    return prefers.timezone or (known.timezone if known else None) or turn.desk.timezone


async def place_for(turn: Turn, person: PersonId, prefers: Preferences) -> str:
    """Where a notice reaches them: by the channel they prefer, else where they are, else at another verified address of theirs."""
    addresses = await addresses_of(turn.tx, person)
    wanted = [address for address in addresses if prefers.by and channel_of(address) == prefers.by]
    for address in (*wanted, *addresses):
        is_there = address in wanted or channel_of(address) in turn.crew.channels
        if is_there and (len(addresses) == 1 or await UNREACHABLE.get(turn.tx, address) is None):
            return conversation_of(address)
    return conversation_of(person)


async def undelivered(turn: Turn, what: Undelivered) -> None:
    """A notice was refused for good: it goes to another verified address of the same person, as long as there is one that takes anything."""
    parcel = await turn.tx.parcel(what.outbox)
    if parcel is None or not isinstance(parcel.body, Outbound) or what.reason in TOO_BAD_ANYWHERE:
        return
    await UNREACHABLE.put(turn.tx, parcel.to, what.reason)
    for other in (await addresses_of(turn.tx, PersonId(parcel.to)))[1:]:
        if channel_of(other) in turn.crew.channels and await UNREACHABLE.get(turn.tx, other) is None:
            await turn.owe(other, parcel.body, lane=f"{BEGINS}{other}", due=turn.now, ticket=parcel.ticket, begins=BEGINS)
            return


# ---------------------------------------------------------------------------------------------------------------- digest
async def _collect(turn: Turn, person: PersonId, prefers: Preferences, parts: Sequence[Part]) -> None:
    """Kept for the digest; whoever sends that takes the same lane, so that nothing falls between."""
    await turn.tx.take(f"digest:{person}")
    kept = await _COLLECTED.get(turn.tx, person) or Collected()
    is_full = len(kept.notices) >= DIGESTED
    await _COLLECTED.put(turn.tx, person, Collected(kept.notices, kept.more + 1) if is_full else Collected((*kept.notices, tuple(parts)), kept.more))
    due = next_at(prefers.digest_at, await zone_of(turn, person, prefers), turn.now)
    what = TimerFired("digest", "", due)
    await turn.tx.keep(Inbound(f"timer:digest:{person}:{due.isoformat()}", "desk", conversation_of(person), BOT, turn.now, what), due)


async def digest_due(turn: Turn) -> None:
    """The digest of the person in whose lane this timer fires; none when nothing happened."""
    person = PersonId(turn.event.conversation)
    await turn.tx.take(f"digest:{person}")
    kept = await _COLLECTED.get(turn.tx, person)
    if kept is None:
        return
    await _COLLECTED.drop(turn.tx, person)
    t = await turn.tongue_for(person)
    count = len(kept.notices) + kept.more
    parts: list[Part] = [Title(t.many("Your digest: {count} notice", "Your digest: {count} notices", count))]
    parts += [part for notice in kept.notices for part in notice]
    if kept.more:
        parts.append(Small(t.many("and {count} more", "and {count} more", kept.more)))
    to = await place_for(turn, person, await PREFERENCES.get(turn.tx, person) or Preferences())
    await turn.owe(to, Outbound(tuple(parts), voice="bulk"), lane=f"{BEGINS}{to}", due=turn.now, begins=BEGINS)
