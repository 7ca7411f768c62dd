"""How the help was: the one reminder, and what a requester answers."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import ratings
from bot.domain.events import ReminderSent
from bot.domain.messages import Choice, Form, FormField, Outbound, Say, Small
from bot.domain.people import BOT
from bot.domain.ratings import SCALE, is_rateable
from bot.domain.tickets import Ticket
from bot.engine.act import Act, Asking, Given
from bot.engine.people.addresses import is_theirs
from bot.engine.requests import invitation
from bot.engine.tickets import cards
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Link


async def remind(turn: Turn, ticket: Ticket) -> None:
    """Once for a ticket, however often it is resolved; not who has rated, nor whose ticket is no longer resolved."""
    if ticket.rating or not is_rateable(ticket, turn.now) or not turn.desk.ask_rating or await turn.tx.linked(invitation.reminded(ticket)) is not None:
        return
    await turn.tx.link(invitation.reminded(ticket), Link(ticket.id, "reminded"))
    t = tongue(ticket.language)
    question = t.say("How was the help with {number}? 1 is bad, 5 is very good. You will not be asked again.", number=ticket.id)
    await turn.say(ticket.conversation, [Say(question)], invitation.stars(ticket), ticket=ticket)
    await turn.record(ReminderSent(ticket=ticket.id, by=BOT.id, at=turn.now, about="rating"))


# ------------------------------------------------------------------------------------------------------------- the answer
async def rate(turn: Turn, ticket: Ticket, rating: int) -> None:
    """Kept; a word of thanks with a button for a comment, and the card shows it."""
    rated, fact = ratings.rate(ticket, rating, turn.person.id, turn.now)
    rated = await move(turn, rated, fact)
    await cards.show(turn, rated)
    await _show_on_message(turn, rated)
    t = await turn.tongue_for(turn.person.id)
    comment = Choice(t.say("Change the comment") if rated.comment else t.say("Add a comment"), f"comment:{rated.id}")
    await turn.answer(Say(t.say("Thank you. You gave {number} {rating} of 5.", number=rated.id, rating=rating)), choices=[comment])


async def _show_on_message(turn: Turn, ticket: Ticket) -> None:
    """The message that asked says what was given; its buttons stay, so that it can be changed."""
    shown = await turn.tx.newest_body(invitation.resolved_key(ticket))
    if not isinstance(shown, Outbound):
        return
    t = tongue(ticket.language)
    line = Small(t.say("You gave {rating} of 5. Press another number to change it.", rating=ticket.rating))
    parts = (*shown.parts[:-1], line) if isinstance(shown.parts[-1], Small) else (*shown.parts, line)
    await turn.change(invitation.resolved_key(ticket), ticket.conversation, replace(shown, parts=parts), ticket.id)


async def _rate(turn: Turn, ticket: Ticket, given: Given) -> None:
    chosen = given.extra or given.values.get("rating", "")
    if chosen not in {str(n) for n in SCALE}:
        raise MoveRefused("no_longer", number=ticket.id)
    await rate(turn, ticket, int(chosen))


async def _comment_form(asking: Asking) -> Form | None:
    if not asking.ticket.rating:
        raise MoveRefused("not_rateable", number=asking.ticket.id)
    t, number = asking.t, asking.ticket.id
    words = FormField("words", t.say("What was good, what was not?"), initial=asking.ticket.comment, max_length=ratings.MAX_COMMENT)
    return Form(f"comment:{number}", t.say("Comment on {number}", number=number), t.say("Send"), t.say("Cancel"), (words,))


async def _comment(turn: Turn, ticket: Ticket, given: Given) -> None:
    said, fact = ratings.comment(ticket, given.words, turn.person.id, turn.now)
    said = await move(turn, said, fact)
    await cards.show(turn, said)
    t = await turn.tongue_for(turn.person.id)
    await turn.answer(Say(t.say("Thank you, the team can see it.")))


async def typed(turn: Turn, ticket: Ticket, words: str) -> bool:
    """Somebody answers the question with a digit, where buttons are no habit: True when that was it."""
    digit = words.strip().removesuffix("★").removesuffix("/5").strip()
    if digit not in {str(n) for n in SCALE} or not turn.desk.ask_rating or not is_rateable(ticket, turn.now) or not await is_theirs(turn, ticket):
        return False
    await turn.write_down(ticket, "in", "detail", words)
    await rate(turn, ticket, int(digit))
    return True


def takes_words(action: str) -> bool:
    """Is it a judgement, or a comment on one? Whoever writes its number in a letter may write their words under it."""
    return action.partition(":")[0] in ACTS


async def with_words(turn: Turn, action: str, words: str) -> None:
    """The number of a judgement, and under it the comment. Raises MoveRefused, as the two acts do."""
    number, _, chosen = action.partition(":")[2].partition(":")
    ticket = await turn.tx.ticket(number)
    if ticket is None or not await is_theirs(turn, ticket):
        raise MoveRefused("no_longer", number=number[:24])
    turn.about = ticket.id
    if chosen:
        with turn.unanswered():
            await _rate(turn, ticket, Given(extra=chosen))
        ticket = await turn.tx.ticket(number) or ticket
    await _comment(turn, ticket, Given(words))


ACTS = {"rate": Act(_rate), "comment": Act(_comment, _comment_form, needs_words=True)}
