"""What an event means here: a question, an answer to an offer, a word in an open ticket, a press, a command."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import tickets
from bot.domain.departments import LETTER
from bot.domain.ids import MessageId, PersonId
from bot.domain.messages import (
    AddressProved,
    Bounced,
    Called,
    Commanded,
    Deleted,
    Delivered,
    Edited,
    FromDesk,
    HomeOpened,
    LetIn,
    Marked,
    Moved,
    Pressed,
    Reachable,
    Reaction,
    Said,
    SignInAsked,
    Submitted,
    TimerFired,
    Undelivered,
)
from bot.domain.tickets import Ticket
from bot.engine import audit, commands, interview, numbered, presses, replies
from bot.engine.contacts import calls
from bot.engine.contacts import talk as contact_talk
from bot.engine.curation import curation
from bot.engine.departments import passing
from bot.engine.incidents import banners, incident_offers
from bot.engine.people import homes, proving, rerouting, senders
from bot.engine.people.addresses import is_theirs
from bot.engine.requests import automatic, hearing, privately, satisfaction, selfservice
from bot.engine.requests.smalltalk import Talk, has_words, small_talk
from bot.engine.requests.sparing import may_say
from bot.engine.service import watch
from bot.engine.tickets import bonds, desk, kinship, relay
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Link, TicketQuery

MOMENTS = timedelta(minutes=2)  # several messages sent within these are one request


async def handle(turn: Turn) -> None:
    """One event. Refusals are told to its author alone; anything else that is raised is a fault of ours."""
    try:
        await banners.show_first(turn)
        await _understand(turn)
        await audit.leave_trace(turn)
    except MoveRefused as refused:
        number = refused.details.get("number", "") or turn.about or presses.number_in(turn.event.what)
        owner = refused.details.get("owner", "")
        details = {"owner": await turn.name_of(PersonId(owner))} if owner else {}
        t = await turn.tongue_for(turn.person.id)
        told = (*replies.refusal(t, _own(turn, refused), number, **details), *presses.typed(t, turn.event.what, refused.reason))
        await turn.answer(*told, refused=refused.reason)
        await audit.write_down(turn, refused, number)


def _own(turn: Turn, refused: MoveRefused) -> MoveRefused:
    """ "You already have it" rather than one's own name."""
    return MoveRefused("yours_already") if refused.reason == "already_claimed" and refused.details.get("owner") == turn.person.id else refused


async def _understand(turn: Turn) -> None:
    if await passing.passed_on(turn):
        return
    match turn.event.what:
        case Said() as said:
            await _said(turn, said)
        case Edited() as edited:
            await relay.edited(turn, edited)
        case Deleted() as deleted:
            await relay.deleted(turn, deleted)
        case Pressed() as pressed:
            await _pressed(turn, pressed)
        case Submitted() as submitted:
            await presses.submitted(turn, submitted)
            await homes.refresh(turn, submitted)
        case Commanded() as commanded:
            await commands.commanded(turn, commanded)
        case Marked() as marked:
            await relay.marked(turn, marked)
        case HomeOpened():
            await curation.show_home(turn)
        case Reachable() as reachable:
            await relay.reachable(turn, reachable)
        case TimerFired() as fired:
            await watch.fired(turn, fired)
        case Undelivered() as undelivered if undelivered.outbox.startswith(LETTER):
            await passing.not_taken(turn, undelivered)
        case Undelivered() as undelivered:
            await relay.undelivered(turn, undelivered)
        case Delivered() as done:
            await relay.delivered(turn, done)
        case Called() as called:
            await calls.called(turn, called)
        case Bounced() as bounced:
            await relay.bounced(turn, bounced)
        case LetIn() as let_in:
            await relay.let_in(turn, let_in)
        case SignInAsked() as asked:
            await proving.send_link(turn, asked)
        case AddressProved() as proved:
            await proving.proved(turn, proved)
        case FromDesk() as told:
            await passing.heard(turn, told)
        case Moved():
            pass  # the adapter follows by itself; the inbox row is the record


async def _pressed(turn: Turn, what: Pressed) -> None:
    if what.action.startswith("menu:"):
        await commands.commanded(turn, Commanded(what.action.removeprefix("menu:"), "", what.place, answer_to=what.answer_to))
    else:
        await presses.pressed(turn, what)
        await homes.refresh(turn, what)


async def _said(turn: Turn, said: Said) -> None:
    if turn.desk.tier_at(said.place) is not None:
        await relay.team_said(turn, said)
        return
    if said.automatic:
        await automatic.wrote(turn, said)
        return
    if await _chose(turn, said):
        return
    link = await turn.tx.linked(said.reply_to) if said.reply_to else None
    if link is not None and link.role.startswith("ask:"):
        await presses.words_given(turn, link, said.text, said.attachments, source=said.message, place=said.place)
        return
    if await interview.said(turn, said):
        await presses.filled(turn, await interview.words_given(turn, said.text, said.attachments))
        return
    in_thread = said.reply_to is not None and str(said.reply_to) == turn.event.conversation  # in a thread all answer its first message
    named = await turn.tx.ticket(link.ticket) if link and link.ticket and not in_thread else None
    is_mine = named is not None and named.conversation == turn.event.conversation and await is_theirs(turn, named)
    ticket = named if is_mine else await _latest_here(turn)
    if await privately.holds(turn, said, concerns_us=said.addressed or ticket is not None):
        return
    if ticket is None and not said.addressed:
        await relay.look_again(turn)  # its question may still come; if not, the thread is nobody's
        return
    asked, ticket = ticket, await kinship.current(turn.tx, ticket) if ticket else None
    if asked is not None and ticket is not None and asked.id != ticket.id and not await is_theirs(turn, ticket):
        if await bonds.hears(turn, asked, ticket, said):
            return
        ticket = asked
    if ticket is not None:
        await senders.heard(turn, ticket, said, is_new=False)
    replied = is_mine or in_thread
    if ticket is not None and not replied and await _wants_new(turn):
        ticket = None
    if ticket is None or await is_theirs(turn, ticket):
        await requester_said(turn, said, ticket, replied=replied)
    elif said.addressed:
        await requester_said(turn, said, None, replied=False)
    else:
        await relay.colleague_wrote(turn, ticket, said)


async def _chose(turn: Turn, said: Said) -> bool:
    """Where nothing can be pressed: do these words choose something? Then it is done."""
    channel = turn.crew.channels.get(turn.event.channel)
    if channel is None or (channel.can.buttons and not channel.can.most_choices) or said.attachments:
        return False
    there = await numbered.OFFERED.get(turn.tx, turn.event.conversation)
    if there is None:
        return False
    if action := numbered.meant(there, said.text):
        await _take(turn, there, action)
        await _pressed(turn, Pressed(action, said.place))
        return True
    number, _, words = said.text.strip().partition("\n")
    if words.strip() and satisfaction.takes_words(action := numbered.meant(there, number)):
        await _take(turn, there, action)
        await satisfaction.with_words(turn, action, words.strip())
        return True
    return False


async def _take(turn: Turn, there: numbered.Offered, action: str) -> None:
    """A choice, unless a machine sends back what was chosen before: that is answered as rarely as whatever machines send."""
    if action not in there.taken:
        turn.was_chosen = True
        await numbered.OFFERED.put(turn.tx, turn.event.conversation, replace(there, taken=(*there.taken, action)))


async def _latest_here(turn: Turn) -> Ticket | None:
    """The newest ticket of this conversation; in a thread that several people share, one's own before another's."""
    latest = await turn.tx.latest_ticket(turn.event.conversation)
    if latest is None or not latest.is_open:
        latest = await rerouting.come_back(turn) or latest
    if latest is None or await is_theirs(turn, latest):
        return latest
    mine = await turn.tx.tickets(TicketQuery(requester=turn.person.id, limit=100))
    return next((ticket for ticket in mine if ticket.conversation == turn.event.conversation), latest)


async def _wants_new(turn: Turn) -> bool:
    """Did this person type `new` just before? Then these words are a request of their own, whatever is open."""
    mark = f"fresh:{turn.event.conversation}"
    if await turn.tx.linked(mark) != commands.FRESH:
        return False
    await turn.tx.link(mark, Link("", ""))
    return True


async def requester_said(turn: Turn, said: Said, ticket: Ticket | None, *, replied: bool) -> None:
    """A requester's words: about `ticket` (their latest here, or the one they replied to), or a new question."""
    talk = small_talk(said.text)
    if talk is None and not has_words(said.text) and not said.attachments and not (ticket is not None and ticket.is_open and ticket.is_with_humans):
        if not await may_say(turn, "no words"):
            return
        await turn.say(turn.event.conversation, replies.no_words(await turn.tongue_for(turn.person.id)))
    elif ticket is not None and ticket.is_open and ticket.is_with_humans:
        await hearing.requester_wrote(turn, ticket, said.text, said.attachments, source=said.message)
    elif ticket is not None and incident_offers.is_quiet_part(ticket) and talk == "person":
        await _to_a_person(turn, ticket, said)
    elif ticket is not None and incident_offers.is_quiet_part(ticket) and talk is None and (replied or not _is_another_matter(turn, ticket, said.text)):
        await incident_offers.part_wrote(turn, ticket, said.text, said.attachments, source=said.message)
    elif ticket is not None and ticket.awaits_verdict and await is_theirs(turn, ticket) and talk in ("yes", "no", "person"):
        await _verdict_in_words(turn, ticket, talk, said)
    elif ticket is not None and await satisfaction.typed(turn, ticket, said.text):
        return
    elif talk == "no" and ticket is not None and ticket.status == "resolved" and await is_theirs(turn, ticket):
        await _after_resolved(turn, ticket, said)
    elif talk in ("greeting", "thanks", "yes", "no") and not said.attachments:
        await _small_talk(turn, talk, said.message)
    elif ticket is not None and ticket.is_open and (replied or not _is_another_matter(turn, ticket, said.text)):
        await _once_more(turn, ticket, said)
    elif ticket is not None and ticket.status == "resolved" and (ticket.is_with_humans or replied):
        await _after_resolved(turn, ticket, said)
    else:
        after = ticket is not None and (replied or (ticket.status == "closed" and ticket.is_with_humans))
        await new_question(turn, said, follows=ticket.id if ticket is not None and after else "")


def _is_another_matter(turn: Turn, ticket: Ticket, words: str) -> bool:
    """Some time after an offer nobody judged: words that another entry answers are a request of their own, all others belong to the first."""
    if ticket.changed_at is not None and turn.now - ticket.changed_at <= MOMENTS:
        return False
    verdict = turn.knowledge.ask(words, ticket.language)
    return verdict.decision == "answer" and verdict.matches[0].entry_id not in {o.entry for o in ticket.offers}


async def _to_a_person(turn: Turn, ticket: Ticket, said: Said) -> None:
    """Whoever waits with an incident wants somebody for themselves."""
    await turn.write_down(ticket, "in", "detail", said.text, source=said.message, attachments=said.attachments)
    await selfservice.refused(turn, ticket, "asked_for_person")


async def _verdict_in_words(turn: Turn, ticket: Ticket, talk: Talk, said: Said) -> None:
    await turn.write_down(ticket, "in", "detail", said.text, source=said.message, attachments=said.attachments)
    if talk == "yes" and ticket.awaits_choice:
        await selfservice.ask_which(turn, ticket)
    elif talk == "yes":
        await selfservice.solved(turn, ticket)
    else:
        await selfservice.refused(turn, ticket, "asked_for_person" if talk == "person" else "refused")


async def _small_talk(turn: Turn, talk: Talk, message: MessageId) -> None:
    """Greetings and thanks open nothing and reopen nothing; a "no" to nothing is invited to be a question."""
    await contact_talk.small_talk(turn)
    t = tongue(await selfservice.language_of(turn, turn.person.id, getattr(turn.event.what, "text", "")))
    if talk in ("greeting", "no"):
        if not await may_say(turn, "greeting"):
            return
        await turn.say(turn.event.conversation, replies.greeting(t, turn.desk))
    elif not await turn.react(message, Reaction(message, "thanks")) and await may_say(turn, "thanks"):
        await turn.say(turn.event.conversation, replies.thanks(t))


async def _once_more(turn: Turn, ticket: Ticket, said: Said) -> None:
    """More words while tier 1 still has it: the same request, tried with the new words."""
    await turn.write_down(ticket, "in", "detail", said.text, source=said.message, attachments=said.attachments)
    await selfservice.drop_waiting_offer(turn, ticket)
    more = await turn.save(tickets.add_words(ticket, said.text, turn.now))
    await selfservice.help_with(turn, more, said.text)


async def _after_resolved(turn: Turn, ticket: Ticket, said: Said) -> None:
    """Within the time: reopened under the same number. Later: a new ticket that links to the old one."""
    if ticket.resolved_at is not None and turn.now - ticket.resolved_at > turn.desk.reopen_within:
        await new_question(turn, said, follows=ticket.id)
        return
    again = await desk.reopen(turn, ticket, by_words=True)  # first: a card that is new brings along what was said before
    await turn.write_down(again, "in", "detail", said.text, source=said.message, attachments=said.attachments)
    await hearing.carry_to_team(turn, again, said.text, said.attachments)


async def new_question(turn: Turn, said: Said, follows: str = "") -> None:
    """A request of its own."""
    ticket = await selfservice.open_request(turn, said.text, source=said.message, attachments=said.attachments, earlier=said.earlier, follows=follows)
    await senders.heard(turn, ticket, said, is_new=True)
    if said.text.strip():
        await selfservice.help_with(turn, ticket, said.text)
    else:
        await desk.hand_over(turn, ticket, "asked_for_person")
