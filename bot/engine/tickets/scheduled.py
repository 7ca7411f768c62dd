"""Replies that go out later, and those about which their author was asked: send, change, take back.

When its hour comes a reply is sent only if nothing has happened that its author could not know: when the requester has written meanwhile, or the ticket
was resolved or went to another team, the team is asked instead. With a closed ticket it is dropped, and the team told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.events import ReplyDropped, ReplyScheduled
from bot.domain.messages import Choice, Edited, Form, FormField, Part, Say, TimerFired, Title, Words
from bot.domain.moments import NoMoment, leading_moment, moment
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.incidents import incidents
from bot.engine.kept import Noted
from bot.engine.tickets import cards, checks, correcting, desk, unsent
from bot.engine.tickets.unsent import Unsent
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused

TIMER = "later"
MOST = 20  # unsent replies of one ticket


# ------------------------------------------------------------------------------------------------------------- scheduling
async def later_form(asking: Asking) -> Form | None:
    """When, and what."""
    if asking.ticket.status == "closed":
        raise MoveRefused("closed", number=asking.ticket.id)
    before = await unsent.one_of(asking.lists, asking.ticket.id, asking.extra) if asking.extra else None
    t = asking.t
    fields = (
        FormField("when", t.say("When?"), "line", hint=t.say("As “2h”, “tomorrow 9:00”, “mon 14:30” or “2026-12-31 09:00”."), max_length=60),
        FormField("words", t.say("What shall the requester read?"), "text", initial=before.words if before else ""),
    )
    action = f"later:{asking.ticket.id}:{asking.extra}" if before else f"later:{asking.ticket.id}"
    return Form(action, f"{t.say('Reply later')} · {asking.ticket.id}", t.say("Send later"), t.say("Cancel"), fields)


async def later(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Keep a reply until its hour. Without a field for it the moment stands before the words: "tomorrow 9:00 Is it quiet now?"."""
    if ticket.status == "closed":
        raise MoveRefused("closed", number=ticket.id)
    if len(await unsent.all_of(turn.tx, ticket.id)) >= MOST:
        raise MoveRefused("too_many_waiting", number=ticket.id)
    if given.extra:
        await unsent.drop(turn.tx, ticket.id, given.extra)
    try:
        due, words = _when_and_what(turn, given)
    except NoMoment as no:
        if given.words or given.attachments:
            await _ask_when(turn, ticket, given, no.reason)
        return
    if not words and not given.attachments:
        raise MoveRefused("no_words", number=ticket.id)
    if await checks.asks_first(turn, ticket, words, given.attachments, source=given.source, place=given.place, verb=f"later:{due.isoformat()}"):
        return
    await _keep(turn, ticket, Unsent(words, turn.person.id, turn.now, ticket.tier, due, (), given.attachments, given.source, given.place))


async def _ask_when(turn: Turn, ticket: Ticket, given: Given, reason: str) -> None:
    """The words are kept, and when is asked again."""
    kept = Unsent(given.words, turn.person.id, turn.now, ticket.tier, None, (f"when_{reason}",), given.attachments, given.source, given.place)
    await checks.ask(turn, ticket, await unsent.keep(turn.tx, ticket.id, kept), kept)


def _when_and_what(turn: Turn, given: Given) -> tuple[datetime, str]:
    zone = turn.person.timezone or turn.desk.timezone
    if "when" in given.values:
        return moment(given.values["when"], turn.now, zone), given.words
    return leading_moment(given.words, turn.now, zone)


async def _keep(turn: Turn, ticket: Ticket, waiting: Unsent) -> None:
    """Until its hour; the line in the thread can take it back."""
    assert waiting.due is not None
    which = await unsent.keep(turn.tx, ticket.id, waiting)
    await turn.set_timer(f"{TIMER}:{which}", ticket, waiting.due, waiting.due)
    await turn.record(ReplyScheduled(ticket=ticket.id, by=waiting.by, at=turn.now, due=waiting.due))
    t, name = turn.team_tongue, await turn.name_of(waiting.by)
    parts: list[Part] = [Say(t.say("{name} sends this to the requester later: {moment}", name=name, moment=t.when(waiting.due, turn.desk.timezone)))]
    parts.append(Words(waiting.words, name))
    back = Choice(t.say("Take back"), f"unsend:{ticket.id}:{which}")
    await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, [back], key=unsent.line_key(ticket.id, which))
    await cards.show(turn, ticket)
    if checks.is_in_thread(turn):
        await turn.answer()  # the line in the thread says it
        return
    own = await turn.tongue_for(turn.person.id)
    zone = turn.person.timezone or turn.desk.timezone
    await turn.answer(Say(own.say("It goes out {moment} ({zone}).", moment=own.when(waiting.due, zone), zone=zone)))


# ---------------------------------------------------------------------------------------------------------- its hour comes
async def fired(turn: Turn, ticket: Ticket, timer: TimerFired) -> None:
    """Send it, or ask when something happened that its author could not know."""
    which = timer.timer.partition(":")[2]
    waiting = await unsent.one_of(turn.tx, ticket.id, which)
    if waiting is None or waiting.due != timer.since:
        return
    t = turn.team_tongue
    why = await _overtaken(turn, t, ticket, waiting)
    if ticket.status == "closed":
        await unsent.close_line(turn, ticket, which, why)
        await unsent.drop(turn.tx, ticket.id, which)
    elif why:
        await unsent.change(turn.tx, ticket.id, which, replace(waiting, due=None))
        await unsent.close_line(turn, ticket, which, why)
        parts: list[Part] = [Title(t.say("Not sent yet"), "warning"), Say(why), Words(waiting.words, await turn.name_of(waiting.by))]
        await turn.tell_team(ticket, turn.desk.tier(ticket.tier), parts, _ways(t, ticket, which), key=f"{unsent.line_key(ticket.id, which)}:again")
        await cards.show(turn, ticket)
    else:
        await unsent.drop(turn.tx, ticket.id, which)
        await unsent.close_line(turn, ticket, which, t.say("Sent."))
        await _send_as(turn, ticket, waiting)


def _ways(t: Tongue, ticket: Ticket, which: str) -> list[Choice]:
    return [
        Choice(t.say("Send now"), f"anyway:{ticket.id}:{which}", "primary"),
        Choice(t.say("Change"), f"rewrite:{ticket.id}:{which}"),
        Choice(t.say("Take back"), f"unsend:{ticket.id}:{which}"),
    ]


async def _overtaken(turn: Turn, t: Tongue, ticket: Ticket, waiting: Unsent) -> str:
    """What has happened since it was written that speaks against it, in one sentence, or ""."""
    if ticket.status == "closed":
        return t.say("The reply that was to go out now was dropped, because {number} is closed.", number=ticket.id)
    if ticket.status == "resolved":
        return t.say("{number} was resolved meanwhile.", number=ticket.id)
    if ticket.tier != waiting.tier:
        return t.say("{number} came to another team meanwhile.", number=ticket.id)
    talk = await turn.tx.talk(ticket.id, internal=False)
    if any(said.direction == "in" and said.at > waiting.made_at for said in talk):
        return t.say("The requester has written meanwhile.")
    return ""


async def _send_as(turn: Turn, ticket: Ticket, waiting: Unsent) -> None:
    """In the name of whoever wrote it."""
    author = await turn.tx.person(waiting.by)
    if author is not None:
        turn.event = replace(turn.event, person=author)
    await desk.reply(turn, ticket, waiting.words, waiting.attachments, sure=True)
    await _card_again(turn, ticket)


async def _card_again(turn: Turn, ticket: Ticket) -> None:
    """Without what waited."""
    await cards.show(turn, await turn.tx.ticket(ticket.id) or ticket)


# ----------------------------------------------------------------------------------------------------- send, change, take back
async def send_anyway(turn: Turn, ticket: Ticket, given: Given) -> None:
    """It goes out as it is, says an agent who was asked."""
    waiting = await _kept(turn, ticket, given)
    await unsent.drop(turn.tx, ticket.id, given.extra)
    name = await turn.name_of(turn.person.id)
    await unsent.close_line(turn, ticket, given.extra, turn.team_tongue.say("{name} sent it.", name=name))
    verb, _, rest = waiting.verb.partition(":")
    if verb == "later":
        due = max(datetime.fromisoformat(rest), turn.now + timedelta(seconds=1))
        await _keep(turn, ticket, replace(waiting, due=due, doubts=(), verb="reply", made_at=turn.now))
    elif verb == "news":
        await incidents.tell_all(turn, ticket, rest, waiting.words)
    elif verb == "resolve":
        await desk.resolve(turn, ticket, waiting.words)
    elif verb == correcting.CORRECTION:
        await _correct(turn, ticket, waiting, waiting.words, sure=True)
    else:
        await desk.reply(turn, ticket, waiting.words, waiting.attachments, source=waiting.source, place=waiting.place, sure=True)
        await _card_again(turn, ticket)


async def change_form(asking: Asking) -> Form | None:
    """The words as they were, to be changed."""
    waiting = await _of(asking.lists, asking.ticket, asking.extra)
    t = asking.t
    fields = (FormField("words", t.say("What shall the requester read?"), "text", hint=t.say("This goes to the requester."), initial=waiting.words),)
    return Form(f"rewrite:{asking.ticket.id}:{asking.extra}", f"{t.say('Reply')} · {asking.ticket.id}", t.say("Send"), t.say("Cancel"), fields)


async def change(turn: Turn, ticket: Ticket, given: Given) -> None:
    """Other words in its place; without any it is taken back, to be written anew."""
    waiting = await _kept(turn, ticket, given)
    await unsent.drop(turn.tx, ticket.id, given.extra)
    t, name = turn.team_tongue, await turn.name_of(turn.person.id)
    await unsent.close_line(turn, ticket, given.extra, t.say("{name} changes it.", name=name))
    words = given.values.get("words", given.words).strip()
    if words and waiting.verb.startswith(correcting.CORRECTION):
        await _correct(turn, ticket, waiting, words)
    elif words:
        await desk.reply(turn, ticket, words, (*waiting.attachments, *given.attachments), source=given.source, place=given.place)
        await _card_again(turn, ticket)
    else:
        await _card_again(turn, ticket)
        await turn.answer(Say((await turn.tongue_for(turn.person.id)).say("It was not sent. Write it again as you want it.")))


async def _correct(turn: Turn, ticket: Ticket, waiting: Unsent, words: str, *, sure: bool = False) -> None:
    """In place of what was sent before."""
    said = await turn.tx.message(int(waiting.verb.partition(":")[2]))
    if said is not None:
        await correcting.correct(turn, ticket, said, words, sure=sure)
    await turn.answer()


async def reworded(turn: Turn, what: Edited) -> bool:
    """Its author changes the message itself while they are asked about it: the new words are their answer. False when it was none of those."""
    link = await turn.tx.linked(turn.event.conversation)
    ticket = await turn.tx.ticket(link.ticket) if link and link.ticket else None
    for which, waiting in (await unsent.all_of(turn.tx, ticket.id)).items() if ticket else ():
        if ticket is not None and waiting.source == what.message and waiting.by == turn.person.id and waiting.verb == "reply" and waiting.due is None:
            await unsent.drop(turn.tx, ticket.id, which)
            line = turn.team_tongue.say("{name} changes it.", name=await turn.name_of(waiting.by))
            await unsent.close_line(turn, ticket, which, line)
            await desk.reply(turn, ticket, what.text, waiting.attachments, source=waiting.source, place=waiting.place)
            await _card_again(turn, ticket)
            return True
    return False


async def unsend(turn: Turn, ticket: Ticket, given: Given) -> None:
    """It will not go out."""
    await _kept(turn, ticket, given)
    await unsent.drop(turn.tx, ticket.id, given.extra)
    await turn.record(ReplyDropped(ticket=ticket.id, by=turn.person.id, at=turn.now, why="taken_back"))
    name = await turn.name_of(turn.person.id)
    line = turn.team_tongue.say("{name} took the reply back. It was not sent.", name=name)
    await unsent.close_line(turn, ticket, given.extra, line)
    await cards.show(turn, ticket)
    await turn.answer(Say((await turn.tongue_for(turn.person.id)).say("Taken back. It was not sent.")))


async def _kept(turn: Turn, ticket: Ticket, given: Given) -> Unsent:
    return await _of(turn.tx, ticket, given.extra)


async def _of(notes: Noted, ticket: Ticket, which: str) -> Unsent:
    waiting = await unsent.one_of(notes, ticket.id, which)
    if waiting is None:
        raise MoveRefused("no_longer")
    return waiting


ACTS: dict[str, Act] = {
    "later": Act(later, later_form, needs_words=True),
    "anyway": Act(send_anyway),
    "rewrite": Act(change, change_form),
    "unsend": Act(unsend),
}
