"""An inventory comes in: which asset it is of, what changed since the one before. And whose it is, as agents say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.assets import Audit, Inventory, asset_of, differences, known_among, merged
from bot.domain.ids import PersonId
from bot.domain.messages import Say
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Transaction

GIVE, DROP = "asset-give", "asset-delete"
LANE = "asset:inventories"  # one after the other: two of the same new machine make one asset


async def keep(tx: Transaction, inventory: Inventory, now: datetime) -> Audit:
    """Keep what it says. What comes back tells what changed, whether or not anything did.

    Another program spells everything another way: its first inventory replaces what there was, and that is its only news.
    """
    await tx.take(LANE)
    found = asset_of(inventory, inventory.sections, now)
    known = known_among(await tx.assets_like(found), found)
    if known is None:
        return Audit(await tx.add_asset(found, inventory.sections), now, inventory.agent, ())
    before = await tx.asset_sections(known.id)
    after = merged(before, inventory)
    is_same_program = _program(known.agent) == _program(inventory.agent)
    audit = Audit(known.id, now, inventory.agent, tuple(differences(before, after)) if is_same_program else ())
    is_news = bool(audit.changes) or not is_same_program
    whole = asset_of(inventory, after, now)
    changed_at = now if is_news else known.changed_at
    await tx.save_asset(replace(whole, id=known.id, person=known.person, first_at=known.first_at, changed_at=changed_at), after)
    if is_news:
        await tx.add_audit(audit)
    return audit


def _program(agent: str) -> str:
    """Which one, of whatever version."""
    return agent.replace("/", "_").partition("_")[0].casefold()


async def drop(turn: Turn, number: str) -> None:
    """An admin takes one out of the list; that they did is written down."""
    if not number.isdecimal() or len(number) > 15 or not await turn.tx.drop_asset(int(number)):
        raise MoveRefused("no_longer", number="")
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("The computer is deleted.")))


async def give(turn: Turn, number: str, person: str) -> None:
    """An agent says whose it is; "": nobody's. Only somebody whom the desk knows can have one."""
    if not number.isdecimal() or (person and await turn.tx.person(PersonId(person)) is None):
        raise MoveRefused("no_longer", number="")
    if not await turn.tx.give_asset(int(number), person):
        raise MoveRefused("no_longer", number="")
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("It is noted whose computer that is.") if person else t.say("It is noted that the computer is nobody’s.")))
