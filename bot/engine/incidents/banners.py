"""The banner: what everybody reads first while something large is broken. Set by a lead or an admin, shown once to each person."""

from __future__ import annotations

from bot.domain.incidents import Banner
from bot.domain.messages import Commanded, Part, Said, Say, Small, Submitted, Title, Words
from bot.engine.incidents.incident_notes import BANNER, NOW
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn, conversation_of
from bot.errors import MoveRefused

LONGEST = 600  # characters
OFF = ("off", "-", "none")
ASKING = frozenset({"start", "help", "ask", "new", "human"})  # commands of somebody who needs something


async def show_first(turn: Turn) -> None:
    """Before anything else is said to them: once to each person, for as long as this banner is up."""
    if not _is_asking(turn):
        return
    banner = await BANNER.get(turn.tx, NOW)
    if banner is None:
        return
    key = f"banner:{round(banner.at.timestamp() * 1000)}:{turn.person.id}"
    if await turn.tx.parcel(key) is not None:
        return
    where = turn.event.conversation if isinstance(turn.event.what, Said) else conversation_of(turn.person.id)
    await turn.say(where, parts(turn, tongue(await _language(turn)), banner), key=key)


def _is_asking(turn: Turn) -> bool:
    what = turn.event.what
    if isinstance(what, Said):
        return what.addressed and turn.desk.tier_at(what.place) is None
    if isinstance(what, Commanded):
        return what.name in ASKING and turn.desk.tier_at(what.place) is None
    return isinstance(what, Submitted) and what.action == "ask"


async def _language(turn: Turn) -> str:
    """That of the words they just wrote, if it can be told: they may never have written before."""
    chosen = await turn.tx.chosen_language(turn.person.id)
    words = getattr(turn.event.what, "text", "")
    return chosen if chosen in turn.desk.languages else turn.knowledge.language_of(words, turn.person.language)


def parts(turn: Turn, t: Tongue, banner: Banner) -> list[Part]:
    """As people read it: their language around the desk's own words."""
    return [Title(t.say("Please read this first"), "warning"), Words(banner.words, turn.desk.name), Small(t.when(banner.at, turn.desk.timezone))]


async def commanded(turn: Turn, what: Commanded) -> None:
    """`banner up <text>`: up. `banner off`: down. `banner`: what is up."""
    t, words = await turn.tongue_for(turn.person.id), what.argument.strip()
    words = words[2:].strip() if words[:3].lower() == "up " else words
    now = await BANNER.get(turn.tx, NOW)
    if not words:
        up: list[Part] = [Say(t.say("Everybody reads this first:")), Words(now.words)] if now else [Say(t.say("There is no banner."))]
        await turn.answer(*up, Small(t.say("“banner up <text>” puts one up, “banner off” takes it down.")))
    elif words.lower() in OFF:
        await BANNER.drop(turn.tx, NOW)
        await turn.answer(Say(t.say("The banner is down.") if now else t.say("There is no banner.")))
    elif len(words) > LONGEST:
        raise MoveRefused("long_banner", count=str(LONGEST))
    else:
        await BANNER.put(turn.tx, NOW, Banner(words, turn.person.id, turn.now))
        await turn.answer(Say(t.say("From now on everybody reads this first, once:")), Words(words))
