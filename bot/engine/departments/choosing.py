""" "Which department is it for?": asked once, whatever is said meanwhile waits for the answer, and after a while goes to the first one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.departments import CHOSEN, SIGN, Department, split
from bot.domain.messages import Choice, Commanded, Inbound, Marked, Pressed, Said, Say, Small, Submitted, TimerFired
from bot.domain.people import BOT
from bot.engine import numbered
from bot.engine.departments.letters import read, written
from bot.engine.departments.talks import forward, talked
from bot.engine.kept import Kept
from bot.engine.tongue import Tongue, tongue
from bot.engine.turn import Turn, sentence

WAITS = timedelta(minutes=10)  # then whoever does not choose has chosen the first
TIMER = "choose"
ANOTHER = "another"  # the action of the button, and what is typed
WORDS = frozenset({"desk", "desks", "department", "departments", "departamento", "département", "reparto", "abteilung"})
CLOSING = frozenset({"solved", "helped", "rate", "seen"})  # presses after which nothing is said there: they go on with whom they talked
GREETINGS = frozenset({"start", "help"})  # answered to nobody who has gone


@dataclass(frozen=True, slots=True)
class Held:
    """An event that waits for its department, as text."""

    event: str


@dataclass(frozen=True, slots=True)
class Asked:
    """That they were asked, and when: the next words may be the answer."""

    at: datetime


HELD: Kept[Held] = Kept("held", Held)
ASKED: Kept[Asked] = Kept("desk-asked", Asked)


async def chosen(turn: Turn, departments: Sequence[Department]) -> Department | None:
    """The department that was pressed, or typed while one was asked for, or named in a command."""
    what = turn.event.what
    action = what.action if isinstance(what, Pressed) else ""
    if isinstance(what, Commanded) and what.name in WORDS | {"ask"}:
        return _named(what.argument, departments)
    if isinstance(what, Said) and (await waiting(turn) or await _was_asked(turn)):
        offered = await numbered.OFFERED.get(turn.tx, turn.event.conversation)
        action = numbered.meant(offered, what.text) if offered is not None else ""
        if not action:
            return _named(what.text, departments)
    key, rest = split(action)
    return next((one for one in departments if one.key == key), None) if rest == CHOSEN else None


def wants_another(what: object) -> bool:
    """Did they ask for the list?"""
    if isinstance(what, Pressed):
        return what.action == ANOTHER
    if isinstance(what, Commanded):
        return what.name in WORDS or (what.name == "ask" and _bare(what.argument) in WORDS)
    return isinstance(what, Said) and what.private and _bare(what.text) in WORDS


async def ask(turn: Turn, departments: Sequence[Department]) -> None:
    """Which one? Nothing is held yet: the next words are."""
    t = await turn.tongue_for(turn.person.id)
    choices = tuple(Choice(one.desk.name, f"{one.key}{SIGN}{CHOSEN}") for one in departments)
    await turn.answer()  # the press waits for no other sign
    await ASKED.put(turn.tx, turn.event.conversation, Asked(turn.now))
    await turn.say(turn.event.conversation, sentence(t.say("Which department is it for?")), choices, awaits=True)


async def hold(turn: Turn, departments: Sequence[Department]) -> None:
    """Keep it until they have said for whom it is; the first of several asks."""
    event, what = turn.event, turn.event.what
    held = await waiting(turn)
    await HELD.put(turn.tx, f"{event.conversation}:{len(held):06}", Held(written(event)))
    if held:
        return
    words = what.text if isinstance(what, Said | Marked) else ""
    if words and (spoken := turn.knowledge.language_of(words, turn.person.language or turn.desk.languages[0])) != turn.person.language:
        await turn.now_speaks(spoken)
    await ask(turn, departments)
    due = turn.now + WAITS
    await turn.tx.keep(Inbound(f"timer:{TIMER}:{event.channel}:{event.key}", "desk", event.conversation, BOT, turn.now, TimerFired(TIMER, "", turn.now)), due)


async def choose(turn: Turn, department: Department) -> None:
    """They talk with that one from now on; it gets what was held."""
    t = await turn.tongue_for(turn.person.id)
    await talked(turn, department)
    await ASKED.drop(turn.tx, turn.event.conversation)
    held = await _release(turn, department)
    told = t.say("This is {desk}.", desk=department.desk.name) if held else t.say("This is {desk}. What can we do for you?", desk=department.desk.name)
    await turn.answer()
    await _tell(turn, t, told)


async def overdue(turn: Turn, departments: Sequence[Department], fired: TimerFired) -> None:
    """Nobody chose: nothing that was said stays where nobody reads it."""
    held = await waiting(turn)
    if fired.timer != TIMER or not held:
        return
    department = departments[0]
    first = read(next(iter(held.values())).event)
    is_worth = any(not _is_greeting(read(one.event)) for one in held.values())
    await _release(turn, department, greetings=False)
    if is_worth:
        t = tongue(first.person.language if first.person.language in turn.desk.languages else turn.desk.languages[0])
        await talked(turn, department)
        told = t.say("No department was chosen, so {desk} has it now.", desk=department.desk.name)
        await _tell(turn, t, told)


async def _tell(turn: Turn, t: Tongue, told: str) -> None:
    """With a way to another one: a button, or a word where there are none. A number would be taken for one of the department's own."""
    channel = turn.crew.channels.get(turn.event.conversation.partition(":")[0])
    if channel is not None and channel.can.buttons:
        await turn.say(turn.event.conversation, sentence(told), (Choice(t.say("Another department"), ANOTHER, more=True),), awaits=True)
    else:
        small = Small(t.say("For another department, write: {word}", word=t.say("department")))
        await turn.say(turn.event.conversation, [Say(told), small], awaits=True)


async def hand_over(turn: Turn, department: Department, event: Inbound) -> None:
    """It is that department's; so is what waited before it."""
    what = event.what
    if isinstance(what, Said | Commanded | Submitted | Pressed):
        if isinstance(what, Said | Commanded):
            await ASKED.drop(turn.tx, turn.event.conversation)
            await _release(turn, department)
        if not (isinstance(what, Pressed) and what.action.partition(SIGN)[2].partition(":")[0] in CLOSING):
            await talked(turn, department)
    await forward(turn, department, event)


async def _release(turn: Turn, department: Department, *, greetings: bool = True) -> int:
    """Hand over what waits; how much that was."""
    held = await waiting(turn)
    for name, one in held.items():
        event = read(one.event)
        if greetings or not _is_greeting(event):
            await forward(turn, department, event)
        await HELD.drop(turn.tx, name)
    return len(held)


async def _was_asked(turn: Turn) -> bool:
    asked = await ASKED.get(turn.tx, turn.event.conversation)
    return asked is not None and turn.now - asked.at < WAITS


async def waiting(turn: Turn) -> dict[str, Held]:
    """What is held of this conversation, the oldest first, by its name."""
    return await HELD.all(turn.tx, turn.event.conversation)


def _is_greeting(event: Inbound) -> bool:
    return isinstance(event.what, Commanded) and event.what.name in GREETINGS


def _named(words: str, departments: Sequence[Department]) -> Department | None:
    """The one that is called so."""
    return next((one for one in departments if _bare(words) in (_bare(one.desk.name), one.key)), None)


def _bare(words: str) -> str:
    return " ".join(words.casefold().strip("/ .!?").split())
