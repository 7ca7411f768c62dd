"""Questions that are not for this FAQ: an admin marks them, they and their like go to a person, and the mark can be taken back."""

from __future__ import annotations

from bot.domain.events import OutsideTakenBack, QuestionPutOutside
from bot.domain.learning import Outside
from bot.domain.messages import Part, Say
from bot.engine.faq import outcomes
from bot.engine.faq.unanswered import question_of
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.phrasing import MAX_PHRASING, likeness


async def mark(turn: Turn, t: Tongue, number: str) -> list[Part]:
    """The ticket's question is not for this FAQ; gives what to say. The caller has checked that it is an admin. Twice is once."""
    ticket = await turn.tx.ticket(number)
    text = question_of(ticket)[:MAX_PHRASING] if ticket else ""
    if ticket is None or not text:
        raise MoveRefused("no_longer")
    known = [one for one in await turn.tx.outside_questions() if one.ticket == ticket.id or likeness(one.text, text) == 1]
    if not known:
        language = turn.knowledge.language_of(text, ticket.language)
        id_ = await turn.tx.add_outside(Outside(0, text, language, ticket.id, turn.person.id, turn.now))
        turn.after_commit.append(lambda: _put(turn, id_, text))
        await turn.record(QuestionPutOutside(ticket=ticket.id, by=turn.person.id, at=turn.now, outside=id_))
        await outcomes.not_for_faq(turn, ticket.id)
    return [Say(t.say("“{question}” is not for this FAQ: it goes to a person from now on.", question=text))]


async def take_back(turn: Turn, t: Tongue, id_: int) -> list[Part]:
    """The mark is gone; gives what to say."""
    known = await turn.tx.outside(id_)
    if known is None:
        raise MoveRefused("no_longer")
    await drop(turn, known)
    await outcomes.for_faq_again(turn, known.ticket)
    return [Say(t.say("Taken back: “{question}” may be answered again.", question=known.text))]


async def drop_same(turn: Turn, text: str) -> None:
    """An admin says that an entry answers this: whatever mark says otherwise is gone."""
    for known in await turn.tx.outside_questions():
        if likeness(known.text, text) == 1:
            await drop(turn, known)


async def drop(turn: Turn, known: Outside) -> None:
    """Remove the mark, and write that down."""
    await turn.tx.drop_outside(known.id)
    turn.after_commit.append(lambda: _drop(turn, known.id))
    await turn.record(OutsideTakenBack(ticket=known.ticket, by=turn.person.id, at=turn.now, outside=known.id))


def _put(turn: Turn, id_: int, text: str) -> None:
    turn.knowledge.put_outside(id_, text)


def _drop(turn: Turn, id_: int) -> None:
    turn.knowledge.drop_outside(id_)
