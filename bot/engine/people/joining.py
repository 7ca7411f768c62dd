"""Joining two addresses by proof: one asks for a code, the other gives it back, and both say that they are one person. Nothing else ever joins."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain import accounts, codes
from bot.domain.api_keys import PROGRAMS
from bot.domain.codes import Invitation
from bot.domain.events import AddressJoined
from bot.domain.ids import PersonId, TicketId, channel_name, channel_of
from bot.domain.messages import Choice, Facts, Part, Say, Small, Title
from bot.domain.people import EMAIL
from bot.engine.kept import Kept
from bot.engine.people.addresses import account_of, keep_account, name_of_account
from bot.engine.people.notices import UNREACHABLE
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused
from bot.ports import Invites

NO_PEOPLE = (PROGRAMS, "webhook")  # channels on which nobody writes
LOCK = "accounts"  # whoever changes accounts or spends codes has this lane: two at once come one after the other

INVITATIONS: Kept[Invitation] = Kept("join", Invitation)
_WRONG: Kept[tuple[datetime, ...]] = Kept("join-wrong", tuple[datetime, ...])
_GIVEN: Kept[tuple[datetime, ...]] = Kept("join-given", tuple[datetime, ...])

LONGEST_NAME = 32  # of an invitation; hexadecimal


# ----------------------------------------------------------------------------------------------------------------- codes
async def give(turn: Turn) -> None:
    """A new code, to be given back from another channel. Said to this person alone."""
    await turn.tx.take(LOCK)
    await _prune(turn)
    await count(turn, _GIVEN, codes.GIVEN, "too_many_codes")
    code, token = codes.spell(secrets.token_bytes(codes.CODE_BYTES)), codes.token(secrets.token_bytes(codes.TOKEN_BYTES))
    kept = Invitation(turn.person.id, (codes.hash_of(code), codes.hash_of(token)), turn.now + codes.LIFE)
    await INVITATIONS.put(turn.tx, secrets.token_hex(8), kept)
    t = await turn.tongue_for(turn.person.id)
    parts: list[Part] = [
        Title(t.say("Join your other channels")),
        Say(t.say("Give me this code on your other channel, and both of you are one person for me.")),
        Facts(((t.say("Code"), code), *_ways(turn, t, code))),
        Small(t.say("It works once, for {time}. Give it to nobody: whoever you are joined with sees your tickets.", time=t.span(codes.LIFE))),
    ]
    await privately(turn, parts, _links(turn, t, token))


def _ways(turn: Turn, t: Tongue, code: str) -> list[tuple[str, str]]:
    """How it is given back, a row for each other channel of this desk."""
    here = "/support join" if turn.event.channel == "slack" else "/join"
    known = {
        "slack": t.say("write /support join {code}", code=code),
        "web": t.say("open My channels and give it there"),
        EMAIL: t.say("write {command} with your mail address, here", command=here),
    }
    others = [name for name in turn.crew.channels if name not in (turn.event.channel, *NO_PEOPLE)]
    return [(channel_name(name), known.get(name, t.say("write /join {code}", code=code))) for name in others]


def _links(turn: Turn, t: Tongue, token: str) -> list[Choice]:
    found = [(name, channel.invitation(token)) for name, channel in turn.crew.channels.items() if isinstance(channel, Invites) and name != turn.event.channel]
    return [Choice(t.say("Open {channel}", channel=channel_name(name)), f"open:{name}", link=link) for name, link in found if link]


async def take(turn: Turn, given: str) -> None:
    """Somebody gives a code back: it is spent. Wrong, used and late ones are told apart by nobody."""
    await turn.tx.take(LOCK)
    wrong = codes.lately(await _WRONG.get(turn.tx, turn.person.id) or (), turn.now)
    if len(wrong) >= codes.TRIES:
        raise MoveRefused("too_many_tries")
    hashed = codes.hash_of(given)
    name, found = await _find(turn, hashed)
    if found is None:
        await _WRONG.put(turn.tx, turn.person.id, (*wrong, turn.now))
        raise MoveRefused("wrong_code")
    await _must_be_another(turn, found.giver)
    if found.taker is not None:
        await _proved_by_mail(turn, name, found)
    else:
        await INVITATIONS.put(turn.tx, name, found.take(turn.person.id, turn.now))
        await _ask(turn, turn.person.id, found.giver, name, gave=False)


async def _find(turn: Turn, hashed: str) -> tuple[str, Invitation | None]:
    """The invitation of that hash that this person may take now."""
    fitting = [(name, one) for name, one in (await INVITATIONS.all(turn.tx)).items() if one.fits(hashed) and not one.is_over(turn.now)]
    mine = [(name, one) for name, one in fitting if one.taker in (None, turn.person.id)]
    return mine[0] if mine and hashed else ("", None)


async def _must_be_another(turn: Turn, giver: PersonId) -> None:
    if giver == turn.person.id:
        raise MoveRefused("own_code")
    mine = await account_of(turn.tx, turn.person.id)
    if mine is not None and mine.has(giver):
        raise MoveRefused("joined_already")


async def count(turn: Turn, kept: Kept[tuple[datetime, ...]], most: int, refusal: str) -> None:
    """One more of what a person may do only so often. Raises MoveRefused."""
    before = codes.lately(await kept.get(turn.tx, turn.person.id) or (), turn.now)
    if len(before) >= most:
        raise MoveRefused(refusal)
    await kept.put(turn.tx, turn.person.id, (*before, turn.now))


async def _prune(turn: Turn) -> None:
    """What is too old is forgotten."""
    for name, kept in (await INVITATIONS.all(turn.tx)).items():
        if kept.is_over(turn.now):
            await INVITATIONS.drop(turn.tx, name)


# ------------------------------------------------------------------------------------------------------------- agreement
async def _ask(turn: Turn, whom: PersonId, other: PersonId, name: str, *, gave: bool) -> None:
    """Both are asked, one after the other: whoever was talked into giving a code, or whose code was read by somebody, says no."""
    t = await turn.tongue_for(whom)
    said = {"name": await turn.name_of(other), "channel": channel_name(channel_of(other))}
    asked = t.say("{name} on {channel} gave your code. Is that you?", **said) if gave else t.say("This code is from {name} on {channel}. Is that you?", **said)
    parts: list[Part] = [Title(asked, "warning"), Say(t.say("Joined, you see the tickets of both, and answers find you on the other channel when one fails."))]
    choices = [Choice(t.say("Yes, that is me"), f"join-yes:{name}", "primary"), Choice(t.say("No"), f"join-no:{name}")]
    if whom == turn.person.id:
        await privately(turn, parts, choices)
    else:
        await turn.say(conversation_of(whom), parts, choices)


async def pressed(turn: Turn, verb: str, name: str) -> None:
    """Yes or no. Who may say so is in the invitation, not in the press. Raises MoveRefused."""
    await turn.tx.take(LOCK)
    kept = await INVITATIONS.get(turn.tx, name) if name.isalnum() and len(name) <= LONGEST_NAME else None
    if kept is None or kept.is_over(turn.now) or kept.taker is None or kept.stage == "given":
        raise MoveRefused("no_longer")
    awaited = kept.taker if kept.stage == "taken" else kept.giver
    if turn.person.id not in ((awaited,) if verb == "join-yes" else (kept.taker, kept.giver)):
        raise MoveRefused("no_longer")
    if verb == "join-no":
        await _declined(turn, name, kept)
    elif kept.stage == "taken":
        await INVITATIONS.put(turn.tx, name, kept.agree(turn.now))
        await _ask(turn, kept.giver, kept.taker, name, gave=True)
        t = await turn.tongue_for(turn.person.id)
        said = {"name": await turn.name_of(kept.giver), "channel": channel_name(channel_of(kept.giver))}
        await privately(turn, [Say(t.say("Now say yes there, too: I asked {name} on {channel}.", **said))])
    else:
        await INVITATIONS.drop(turn.tx, name)
        await _join(turn, kept.giver, kept.taker)


async def _declined(turn: Turn, name: str, kept: Invitation) -> None:
    await INVITATIONS.drop(turn.tx, name)
    for person in (kept.giver, kept.taker):
        if person is not None:
            t = await turn.tongue_for(person)
            parts = [Say(t.say("Nothing was joined."))]
            await (privately(turn, parts) if person == turn.person.id else turn.say(conversation_of(person), parts))


async def _join(turn: Turn, giver: PersonId, taker: PersonId) -> None:
    """One person from now on; both are told, and how to undo it."""
    now = turn.now
    first = await account_of(turn.tx, giver) or accounts.account_for(name_of_account(), giver, now)
    second = await account_of(turn.tx, taker) or accounts.account_for(name_of_account(), taker, now)
    await keep_account(turn.tx, accounts.join(first, second, now), first, second)
    await turn.record(AddressJoined(ticket=TicketId(""), by=giver, at=now, other=taker))
    for person, other in ((giver, taker), (taker, giver)):
        await UNREACHABLE.drop(turn.tx, person)  # both have just been heard
        t = await turn.tongue_for(person)
        said = {"name": await turn.name_of(other), "channel": channel_name(channel_of(other))}
        parts: list[Part] = [Say(t.say("You are joined with {name} on {channel}.", **said)), Small(t.say("My channels shows it, and undoes it."))]
        choices = [Choice(t.say("My channels"), "menu:channels")]
        await (privately(turn, parts, choices) if person == turn.person.id else turn.say(conversation_of(person), parts, choices))


# ------------------------------------------------------------------------------------------------------------------ mail
async def _proved_by_mail(turn: Turn, name: str, kept: Invitation) -> None:
    """The code that was sent to an address came back from whoever claimed it: it is theirs."""
    await INVITATIONS.drop(turn.tx, name)
    mine = await account_of(turn.tx, turn.person.id)
    if mine is None or mine.find(kept.giver) is None:
        raise MoveRefused("wrong_code")
    other = await account_of(turn.tx, kept.giver)
    if other is not None:  # whoever reads it now has proved more lately
        await keep_account(turn.tx, accounts.unjoin(other, kept.giver), other)
    await keep_account(turn.tx, accounts.verify(mine, kept.giver, turn.now), mine)
    await turn.record(AddressJoined(ticket=TicketId(""), by=turn.person.id, at=turn.now, other=kept.giver))
    t = await turn.tongue_for(turn.person.id)
    await privately(turn, [Say(t.say("{address} is verified: it is yours.", address=kept.giver.partition(":")[2]))])
    await UNREACHABLE.drop(turn.tx, kept.giver)  # what was sent there has just been read
    t = await turn.tongue_for(kept.giver)
    said = {"name": await turn.name_of(turn.person.id), "channel": channel_name(channel_of(turn.person.id))}
    parts: list[Part] = [Say(t.say("You are joined with {name} on {channel}.", **said)), Small(t.say("My channels shows it, and undoes it."))]
    await turn.say(conversation_of(kept.giver), parts, [Choice(t.say("My channels"), "menu:channels")])


async def expect_by_mail(turn: Turn, address: PersonId) -> str:
    """A code that only this person may give back, to be sent to that address."""
    code = codes.spell(secrets.token_bytes(codes.CODE_BYTES))
    for name, kept in (await INVITATIONS.all(turn.tx)).items():
        if kept.giver == address and kept.taker == turn.person.id:
            await INVITATIONS.drop(turn.tx, name)  # the newest counts
    kept = replace(Invitation(address, (codes.hash_of(code),), turn.now + codes.MAIL_LIFE), taker=turn.person.id)
    await INVITATIONS.put(turn.tx, secrets.token_hex(8), kept)
    return code


async def privately(turn: Turn, parts: Sequence[Part], choices: Sequence[Choice] = ()) -> None:
    """To this person alone: in their private conversation when that is where they are, or when a team would read along; else as an answer."""
    what = turn.event.what
    place = getattr(what, "place", "")
    if place in ("", conversation_of(turn.person.id)) or turn.desk.tier_at(place) is not None:
        await turn.say(conversation_of(turn.person.id), parts, choices)
        await turn.answer()
    else:
        await turn.answer(*parts, choices=choices)
