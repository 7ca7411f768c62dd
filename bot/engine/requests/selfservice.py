"""Tier 1: numbers the request, offers entries, hears "that solved it" or "not it"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain import tickets
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Attachment, Choice, Outbound, Part, Quoted
from bot.domain.people import BOT
from bot.domain.tickets import Offer, Ticket, TicketMessage
from bot.engine import replies
from bot.engine.faq import learning, outcomes
from bot.engine.faq.inside import NEAR
from bot.engine.faq.knowledge import Knowledge, entry_tag
from bot.engine.incidents import incident_offers
from bot.engine.requests import waiting
from bot.engine.requests.smalltalk import small_talk
from bot.engine.tickets import desk
from bot.engine.tickets.moving import move
from bot.engine.tongue import tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from kb.decision import Verdict
from kb.entries import Text

SURER = ("hand_over", "suggest", "answer")
LEADING, HEADING = 2, 60  # paragraphs, of so many characters at most, that may say nothing of what is asked


async def open_request(
    turn: Turn,
    question: str,
    *,
    source: str = "",
    attachments: tuple[Attachment, ...] = (),
    earlier: tuple[Quoted, ...] = (),
    follows: str = "",
    requester: PersonId | None = None,
    conversation: ConversationId | None = None,
    own_words: bool = True,
    kind: str = "question",
    language: str = "",
) -> Ticket:
    """Record a request under a new number, with the requester's own words and those before them. own_words: else they tell no language.

    kind: of the message that holds them. language: "" for what the words tell.
    """
    asker = requester or turn.person.id
    language = language or await language_of(turn, asker, question if own_words else "")
    number = await turn.tx.next_number(turn.desk.prefix)
    ticket, fact = tickets.open_ticket(number, asker, conversation or turn.event.conversation, question, language, turn.now, follows)
    await turn.tx.add_ticket(ticket)
    await turn.record(fact)
    if asker == turn.person.id and language != turn.person.language:
        await turn.now_speaks(language)
    for quoted in earlier:
        await turn.tx.remember(quoted.author)
        await turn.write_down(ticket, "in", "earlier", quoted.text, author=quoted.author.id, at=quoted.at)
    await turn.write_down(ticket, "in", kind, question, author=asker, source=source, attachments=attachments)
    return ticket


async def language_of(turn: Turn, person: PersonId, text: str) -> str:
    """The language to speak: the chosen one, else that of the words, else what is known of the person."""
    chosen = await turn.tx.chosen_language(person)
    if chosen in turn.desk.languages:
        return chosen
    known = turn.person if person == turn.person.id and turn.person.language else await turn.tx.person(person)
    return turn.knowledge.language_of(text, known.language if known else None)


async def help_with(turn: Turn, ticket: Ticket, question: str) -> Ticket:
    """Answer, suggest or hand over."""
    if small_talk(question) == "person":
        return await desk.hand_over(turn, ticket, "asked_for_person")
    if await incident_offers.offer(turn, ticket, question):
        return ticket
    verdict = _surest(turn.knowledge, question, ticket.language)
    await outcomes.asked(turn, ticket, verdict)
    if verdict.decision == "hand_over":
        near = [o for o in _offers(turn, verdict, ticket.offers) if o.score >= NEAR]
        await outcomes.came_back(turn, ticket, {o.entry for o in near})
        looked_at = tuple(replace(o, outcome="unlike") for o in near)
        return await desk.hand_over(turn, replace(ticket, offers=(*ticket.offers, *looked_at)), "no_match")
    await outcomes.came_back(turn, ticket, {verdict.matches[0].entry_id})
    shown, fact = tickets.offer(ticket, _offers(turn, verdict, ()), verdict.decision, turn.now)
    shown = await move(turn, shown, fact)
    if verdict.decision == "answer":
        await _show_answer(turn, shown, _text(turn, shown.offers[-1]))
    else:
        await _show_list(turn, shown)
    return shown


def _surest(knowledge: Knowledge, words: str, language: str) -> Verdict:
    """Of the whole message; unless that is answered, also of what is left without its first lines: a subject that says nothing, a salutation."""
    best = knowledge.ask(words, language)
    for _ in range(LEADING):
        head, gap, words = words.partition("\n\n")
        if best.decision == "answer" or not gap or len(head) > HEADING or not words.strip():
            break
        best = max(best, knowledge.ask(words, language), key=_sureness)
    return best


def _sureness(verdict: Verdict) -> tuple[int, float]:
    return SURER.index(verdict.decision), verdict.matches[0].score if verdict.matches else 0.0


async def _show_answer(turn: Turn, ticket: Ticket, text: Text) -> None:
    parts, choices = replies.answer(tongue(ticket.language), ticket, text)
    await _offer_in_words(turn, ticket, f"{text.question}\n{text.answer}", parts, choices)


async def _show_list(turn: Turn, ticket: Ticket) -> None:
    listed = [(entry_tag(o.entry), _text(turn, o)) for o in ticket.offers if o.outcome == "listed"]
    parts, choices = replies.suggestions(tongue(ticket.language), ticket, listed)
    await _offer_in_words(turn, ticket, "\n".join(text.question for _, text in listed), parts, choices)


async def _offer_in_words(turn: Turn, ticket: Ticket, words: str, parts: Sequence[Part], choices: Sequence[Choice]) -> None:
    """Say it, and write down what was said."""
    said = await turn.write_down(ticket, "out", "bot", words, author=BOT.id, delivery="waiting")
    key = _offer_key(ticket, said.id)
    await turn.say(ticket.conversation, parts, choices, ticket=ticket, message=said.id, fresh=True, key=key)
    if turn.desk.idle:
        await turn.set_timer("silent", ticket, turn.now + turn.desk.idle, turn.now)


def _offer_key(ticket: Ticket, message: int) -> str:
    return f"offer:{ticket.id}:{message}"


async def _last_offer(turn: Turn, ticket: Ticket, delivery: str) -> TicketMessage | None:
    talk = await turn.tx.talk(ticket.id, internal=True)
    return next((m for m in reversed(talk) if m.kind == "bot" and m.delivery == delivery), None)


async def drop_waiting_offer(turn: Turn, ticket: Ticket) -> None:
    """More words came before the last offer went out: one answer to all of them is enough."""
    last = await _last_offer(turn, ticket, "waiting")
    if last is not None and await turn.tx.withdraw(_offer_key(ticket, last.id)):
        await turn.tx.save_message(replace(last, delivery="taken_back"))


async def _take_buttons_away(turn: Turn, ticket: Ticket) -> None:
    """A verdict was given: what was offered stays to be read, its buttons go."""
    last = await _last_offer(turn, ticket, "sent")
    key = _offer_key(ticket, last.id) if last else ""
    body = await turn.tx.newest_body(key) if key else None
    if isinstance(body, Outbound) and body.choices:
        await turn.change(key, ticket.conversation, replace(body, choices=()), ticket.id)


def _offers(turn: Turn, verdict: Verdict, known: tuple[Offer, ...]) -> tuple[Offer, ...]:
    seen = {o.entry for o in known}
    found = []
    for match in verdict.matches:
        entry = turn.knowledge.entry(match.entry_id)
        if entry is not None and match.entry_id not in seen:
            found.append(Offer(match.entry_id, match.lang, entry.text_for(match.lang).question, match.score, match.phrasing, why=tuple(match.reasons)))
    return tuple(found)


def _text(turn: Turn, offer: Offer, language: str = "") -> Text:
    entry = turn.knowledge.answering(offer.entry)
    if entry is None:
        raise MoveRefused("no_longer")
    return entry.text_for(language or offer.lang)


# ----------------------------------------------------------------------------------------------------------- the verdict
async def choose(turn: Turn, ticket: Ticket, tag: str) -> None:
    """The requester picks one of the suggestions: its answer is shown. tag: as entry_tag gives it."""
    offer = next((o for o in ticket.offers if o.is_unjudged and entry_tag(o.entry) == tag), None)
    if offer is None or not ticket.awaits_verdict:
        raise MoveRefused("no_longer")
    text = _text(turn, offer, ticket.language)
    chosen, fact = tickets.offer(ticket, [offer], "answer", turn.now)
    chosen = await move(turn, chosen, fact)
    await outcomes.chosen(turn, chosen, offer.entry)
    await _take_buttons_away(turn, chosen)
    await _show_answer(turn, chosen, text)
    await turn.answer()


async def ask_which(turn: Turn, ticket: Ticket) -> None:
    """A yes to a list: which one? The same list once more."""
    await _take_buttons_away(turn, ticket)
    await _show_list(turn, ticket)


async def solved(turn: Turn, ticket: Ticket) -> None:
    """The last entry shown solved it: resolved at tier 1, with the entry as its documented solution."""
    shown = [o for o in ticket.offers if o.outcome == ""]
    if not shown or ticket.is_with_humans or not ticket.is_open:
        raise MoveRefused(ticket.status if not ticket.is_open else "no_longer")
    done, fact = tickets.solve_by_entry(ticket, shown[-1].entry, turn.now)
    done = await move(turn, done, fact)
    await outcomes.solved(turn, done, done.entry)
    await desk.close_later(turn, done)
    if "suggest" in [outcome.decision for outcome in (await turn.tx.outcomes_of(done.id))[-1:]]:
        await learning.propose(turn, done, done.entry)  # what is answered alone needs no other way to ask
    await _take_buttons_away(turn, done)
    await turn.say(done.conversation, replies.solved_by_entry(tongue(done.language), done), ticket=done)
    await turn.answer()


async def refused(turn: Turn, ticket: Ticket, why: str) -> None:
    """Not it, or a person is wanted: on to a person with the refusal written down."""
    if ticket.is_with_humans or not ticket.is_open:
        raise MoveRefused("with_humans" if ticket.is_open else ticket.status)
    judged, facts = tickets.refuse_offers(ticket, turn.person.id, turn.now)
    for fact in facts:
        await turn.record(fact)
    if why == "refused":  # who wants a person has not said that the entry is wrong
        await outcomes.refused(turn, judged)
        await outcomes.came_back(turn, judged, {fact.entry for fact in facts})
    await _take_buttons_away(turn, judged)
    await incident_offers.take_buttons_away(turn, judged)
    await desk.hand_over(turn, judged, why)
    await turn.answer()


async def split(turn: Turn, ticket: Ticket) -> None:
    """The words that reopened a ticket were a new question: resolved again, and asked anew."""
    talk = await turn.tx.talk(ticket.id, internal=False)
    last = next((m for m in reversed(talk) if m.direction == "in"), None)
    if last is None or not ticket.is_open or last.kind == "question":
        raise MoveRefused("no_longer")
    await desk.resolve_again(turn, ticket)
    fresh = await open_request(turn, last.text, attachments=last.attachments)
    await help_with(turn, fresh, last.text)
    await turn.answer()


async def say_why(turn: Turn, ticket: Ticket, reason: str) -> None:
    """Why the refused entries did not help; the card shows it."""
    if reason not in ("wrong_topic", "not_solved") or ticket.status == "closed":
        raise MoveRefused("no_longer")
    judged, facts = tickets.give_reason(ticket, turn.person.id, turn.now, reason)
    judged = await turn.save(judged)
    for fact in facts:
        await turn.record(fact)
    await outcomes.refused(turn, judged, reason)
    await desk.update_card(turn, judged)
    await waiting.told_why(turn, judged)
    await turn.answer(*replies.noted(tongue(judged.language)))
