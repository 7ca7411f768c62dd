"""Since when words are owed, and by whom: whatever happens to a ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import tickets
from bot.domain.events import Event, NoteWritten, TicketKept
from bot.domain.silence import Silence, after
from bot.domain.tickets import Ticket
from bot.errors import MoveRefused
from tests.builders import ANN, BEN, MONDAY, a_ticket

HOUR = timedelta(hours=1)
WAITS = a_ticket(tier=2, waits_since=MONDAY)


def test_whoever_takes_it_owes_words_from_then_on() -> None:
    taken, fact = tickets.claim(WAITS, ANN.id, MONDAY + HOUR)

    assert after(Silence(), taken, fact) == Silence(ANN.id, MONDAY + HOUR)


def test_a_note_is_no_word_to_the_requester_but_being_at_it_gives_the_whole_time_again() -> None:
    taken = replace(WAITS, assignee=ANN.id)
    owed = Silence(ANN.id, MONDAY)

    assert after(owed, taken, NoteWritten(ticket=taken.id, by=ANN.id, at=MONDAY + HOUR)) == owed
    assert after(owed, taken, TicketKept(ticket=taken.id, by=ANN.id, at=MONDAY + HOUR)).since == MONDAY + HOUR


def test_words_end_it_and_forget_who_let_it_lie() -> None:
    taken = replace(WAITS, assignee=ANN.id)
    answered, fact = tickets.reply(taken, ANN.id, MONDAY + HOUR)
    answered = replace(answered, waits_since=None)

    assert after(Silence(ANN.id, MONDAY, (BEN.id,)), answered, fact) == Silence(ANN.id, None, ())


def test_whoever_had_it_and_gave_no_words_is_remembered_once() -> None:
    taken = replace(WAITS, assignee=ANN.id)
    free, fact = tickets.put_back(taken, MONDAY, "silent")

    assert after(Silence(ANN.id, MONDAY, (BEN.id, ANN.id)), free, fact) == Silence(None, None, (BEN.id, ANN.id))
    assert after(Silence(ANN.id, MONDAY, (BEN.id,)), free, fact).passed == (BEN.id, ANN.id)


@given(st.lists(st.sampled_from(["claim", "release", "put_back", "reply", "hold", "resume", "escalate", "words"]), max_size=25))
def test_words_are_owed_by_its_assignee_while_its_requester_waits_and_by_nobody_else(moves: list[str]) -> None:
    ticket, silence, now = WAITS, Silence(), MONDAY
    for move in moves:
        now += HOUR
        try:
            ticket, fact = _done(ticket, move, now)
        except MoveRefused:
            continue
        silence = after(silence, ticket, fact)

        assert silence.person == ticket.assignee
        assert (silence.since is not None) == (ticket.assignee is not None and ticket.status == "open" and ticket.waits_since is not None)
        assert silence.since is None or silence.since <= now


def _done(ticket: Ticket, move: str, now: datetime) -> tuple[Ticket, Event]:
    match move:
        case "claim":
            return tickets.claim(ticket, ANN.id, now)
        case "release":
            return tickets.release(ticket, ANN.id, now)
        case "put_back":
            return tickets.put_back(ticket, now, "away")
        case "reply":
            said, sent = tickets.reply(ticket, ANN.id, now)
            return replace(said, waits_since=None), sent
        case "hold":
            return tickets.hold(ticket, ANN.id, now)
        case "resume":
            return tickets.resume(ticket, ANN.id, now)
        case "escalate":
            return tickets.escalate(ticket, ticket.tier + 1, "", ANN.id, now)
        case _:
            heard, fact = tickets.hear_requester(ticket, now)
            return replace(heard, waits_since=heard.waits_since or now), fact
