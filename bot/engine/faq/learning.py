"""Learning from what happens: a resolved ticket proposes a way to ask, an admin decides; what is not for the FAQ is marked, and can be unmarked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.domain.events import PhrasingProposed, ProposalApproved, ProposalRejected
from bot.domain.ids import TicketId
from bot.domain.learning import MOST_LEARNED, Proposal, displaced, outgrown
from bot.domain.messages import Choice, Outbound, Part, Pressed, Say, Small, Submitted, Title, Words
from bot.domain.people import BOT
from bot.domain.tickets import Ticket
from bot.engine import forms
from bot.engine.curation import curation, gap_presses
from bot.engine.curation.entry_values import with_text
from bot.engine.faq import outside, review
from bot.engine.faq.unanswered import question_of, unanswered
from bot.engine.tongue import Tongue
from bot.engine.turn import Turn
from bot.errors import MoveRefused
from bot.ports import Homes
from kb.entries import Entry, problems
from kb.phrasing import SAME, fit, likeness

VERBS = frozenset({"learn-next", "learn-asked", "learn-yes", "learn-no", "learn-edit", "learn-save", "learn-out", "learn-outside", "learn-inside"})
LONGEST_ID = 15  # digits of a proposal's number that databases can look up


# ------------------------------------------------------------------------------------------------------------- proposing
async def propose(turn: Turn, ticket: Ticket, entry: str) -> None:
    """The ticket's question may become a way to ask this entry; nothing happens when it cannot or says nothing new.

    What an admin refused, or took out of the entry, is not proposed again.
    """
    await withdraw(turn, ticket.id, but=entry)
    text, known = fit(ticket.question), await curation.as_it_is(turn, entry)
    if not text or not question_of(ticket) or known is None or known.retired or turn.knowledge.near(entry, text) >= SAME:
        return
    earlier = await turn.tx.proposals_of(entry)
    if any(p.state != "displaced" and likeness(p.text, text) >= SAME for p in earlier):
        return
    for old in displaced([p for p in earlier if p.state == "waiting"], turn.now):
        await _displace(turn, old)
    await _store(turn, ticket, entry, text)


async def withdraw(turn: Turn, ticket: str, but: str = "") -> None:
    """The entry was not the solution after all: what waits for an admin is no longer proposed. but: not this entry's."""
    for proposal in await turn.tx.proposals_from(ticket):
        if proposal.state == "waiting" and proposal.entry != but:
            await _displace(turn, proposal.decided("displaced", BOT.id, turn.now))


async def _store(turn: Turn, ticket: Ticket, entry: str, text: str) -> Proposal:
    language = turn.knowledge.language_of(text, ticket.language)
    proposal = Proposal(0, entry, language, text, ticket.id, turn.person.id, turn.now)
    proposal = replace(proposal, id=await turn.tx.add_proposal(proposal))
    await turn.record(PhrasingProposed(ticket=ticket.id, by=turn.person.id, at=turn.now, entry=entry, proposal=proposal.id))
    return proposal


async def _displace(turn: Turn, decided: Proposal) -> None:
    await turn.tx.save_proposal(decided)
    await turn.record(ProposalRejected(ticket=decided.ticket, by=BOT.id, at=turn.now, entry=decided.entry, proposal=decided.id, displaced=True))


# -------------------------------------------------------------------------------------------------------------- deciding
async def pressed(turn: Turn, verb: str, rest: str) -> None:
    """A button of an admin; the caller has checked that. Untrusted: what it names is read again."""
    t = await turn.tongue_for(turn.person.id)
    match verb:
        case "learn-next":
            await _show_proposal(turn, t, [], after=_number(rest))
        case "learn-asked":
            await show_asked(turn, t, [], after=rest)
        case "learn-yes":
            await approve(turn, _number(rest))
        case "learn-no":
            await _reject(turn, await _waiting(turn, rest))
            await _show_proposal(turn, t, [Say(t.say("Rejected: the entry stays as it is."))])
        case "learn-edit":
            await _ask_words(turn, t, await _waiting(turn, rest))
        case "learn-out":
            proposal = await _waiting(turn, rest)
            await _reject(turn, proposal)
            await _show_proposal(turn, t, await outside.mark(turn, t, proposal.ticket))
        case "learn-outside":
            said = await outside.mark(turn, t, rest)
            for proposal in await turn.tx.proposals_from(rest):
                if proposal.state == "waiting":
                    await _reject(turn, proposal)
            await show_asked(turn, t, said)
        case "learn-inside":
            await _answer(turn, await outside.take_back(turn, t, _number(rest)))
        case _:
            raise MoveRefused("no_longer")


async def submitted(turn: Turn, verb: str, rest: str, values: Mapping[str, str]) -> None:
    """A proposal in the admin's own words. The caller has checked the right to it."""
    if verb != "learn-save":
        raise MoveRefused("no_longer")
    await approve(turn, _number(rest), values.get("question", ""))


async def words_given(turn: Turn, verb: str, rest: str, words: str) -> None:
    """The same where there are no forms."""
    t = await turn.tongue_for(turn.person.id)
    if words.strip() == "/cancel":
        await turn.answer(Say(t.say("Stopped. Nothing was changed.")))
    else:
        await submitted(turn, verb, rest, {} if words.strip() == "-" else {"question": words})


async def approve(turn: Turn, number: int, words: str = "") -> None:
    """The question is a way to ask from now on. words: as the admin changed it."""
    proposal = await _waiting(turn, str(number))
    entry = await curation.as_it_is(turn, proposal.entry)
    if entry is None or entry.retired:
        raise MoveRefused("no_longer")
    text = " ".join(words.split()) or proposal.text
    t = await turn.tongue_for(turn.person.id)
    await _show_proposal(turn, t, await publish(turn, t, proposal, entry, text))


async def publish(turn: Turn, t: Tongue, proposal: Proposal, entry: Entry, text: str) -> list[Part]:
    """Publish it in the text that is read in its language; gives what to say. The oldest learned one makes room when there are too many.

    Without a text in the language of the question it stands in the one that stands in for it: so it is found, and answered in the language there is.
    """
    known = {way for of in entry.texts for way in of.phrasings}  # what an admin took out by hand no longer counts
    learned = [p for p in await turn.tx.proposals_of(entry.id) if p.state == "approved" and p.text in known]
    old = outgrown(learned, proposal.lang, turn.now)
    changed = _without(entry, {p.text for p in old})
    there = changed.text_for(proposal.lang, turn.desk.languages)
    if all(likeness(text, way) < 1 for of in changed.texts for way in (of.question, *of.phrasings)):
        changed = with_text(changed, replace(there, phrasings=(*there.phrasings, text)))
    wrong = [*problems(changed), *_of_another(turn, t, entry, text, proposal.lang)]
    if wrong:
        return [Say(t.say("Not saved, because of this:")), Say("\n".join(wrong))]
    if changed != entry:
        await curation.make_live(turn, changed)
    for outgrown_one in old:
        await _displace(turn, outgrown_one)
    await outside.drop_same(turn, text)
    await turn.tx.save_proposal(proposal.decided("approved", turn.person.id, turn.now, text))
    edited = text != proposal.text
    await turn.record(ProposalApproved(ticket=proposal.ticket, by=turn.person.id, at=turn.now, entry=entry.id, proposal=proposal.id, edited=edited))
    said: list[Part] = [Say(t.say("Approved: “{question}” is known from now on.", question=text))]
    if old:
        said.append(Small(t.say("It took the place of “{question}”: no more than {count} are learned.", question=old[0].text, count=str(MOST_LEARNED))))
    return said


def _of_another(turn: Turn, t: Tongue, entry: Entry, text: str, language: str) -> list[str]:
    """Why not, when another entry knows it already: what two know, none can answer."""
    others = [m for m in turn.knowledge.ask(text, language).matches if m.entry_id != entry.id and likeness(m.phrasing, text) == 1]
    known = [other for m in others if (other := turn.knowledge.entry(m.entry_id)) is not None]
    return [t.say("“{question}” is a way to ask “{entry}” already.", question=text, entry=other.text_for(t.language).question) for other in known]


def _without(entry: Entry, ways: set[str]) -> Entry:
    return replace(entry, texts=tuple(replace(of, phrasings=tuple(way for way in of.phrasings if way not in ways)) for of in entry.texts)) if ways else entry


async def _reject(turn: Turn, proposal: Proposal) -> None:
    await turn.tx.save_proposal(proposal.decided("rejected", turn.person.id, turn.now))
    await turn.record(ProposalRejected(ticket=proposal.ticket, by=turn.person.id, at=turn.now, entry=proposal.entry, proposal=proposal.id))


async def _ask_words(turn: Turn, t: Tongue, proposal: Proposal) -> None:
    """Where there are no forms: the words it shall have."""
    label = forms.proposal_form(t, proposal).fields[0].label
    parts = (Say(label), Words(proposal.text), Small(t.say("Reply to this message. A dash (-) keeps or skips it, /cancel stops.")))
    await turn.answer()
    await turn.ask_words(turn.event.conversation, "", Outbound(parts, ask=label, only_for=turn.person.id), "", f"learn-save:{proposal.id}")


async def _waiting(turn: Turn, number: str) -> Proposal:
    proposal = await turn.tx.proposal(_number(number))
    if proposal is None or proposal.state != "waiting":
        raise MoveRefused("no_longer")
    return proposal


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else 0


# --------------------------------------------------------------------------------------------------------------- showing
async def _show_proposal(turn: Turn, t: Tongue, said: list[Part], after: int = 0) -> None:
    """What was done, and the next proposal to decide about; the page it was pressed on shows the rest. after: skip up to this one."""
    wishes = await review.waiting(turn.tx, turn.knowledge, turn.desk.languages)
    left = [one for one in wishes if one.proposal.id > after]
    if not left or (said and _is_on_page(turn)):
        more = [Choice(t.say("Next"), "learn-next")] if left else []
        await _answer(turn, said or [Say(t.say("No proposal waits."))], more)
        return
    choices = review.proposal_choices(t, left[0].proposal)
    if len(left) > 1:
        choices.append(Choice(t.say("Next"), f"learn-next:{left[0].proposal.id}"))
    headline = Title(t.many("{count} proposal", "{count} proposals", len(wishes)))
    await turn.answer(*said, headline, *review.proposal_parts(t, left[0]), choices=choices)


async def show_asked(turn: Turn, t: Tongue, said: list[Part], after: str = "") -> None:
    """The same for what nothing answered: what was done, and the next question. after: the number of the ticket shown before."""
    asked = await unanswered(turn.tx)
    numbers = [one.newest.id for one in asked]
    left = asked[numbers.index(TicketId(after)) + 1 :] if after in numbers else asked
    if not left or (said and _is_on_page(turn)):
        more = [Choice(t.say("Next"), "learn-asked")] if left else []
        await _answer(turn, said or [Say(t.say("Every question is sorted."))], more)
        return
    choices = review.asked_choices(t, turn.knowledge, left[0])
    if len(left) > 1:
        choices.append(Choice(t.say("Next"), f"learn-asked:{left[0].newest.id}"))
    headline = Title(t.many("{count} question without an answer", "{count} questions without an answer", len(asked)))
    await turn.answer(*said, headline, *review.asked_parts(t, left[0]), choices=choices)


async def _answer(turn: Turn, said: list[Part], next_: Sequence[Choice] = ()) -> None:
    await turn.answer(*said, choices=next_)
    if _is_on_page(turn) and not getattr(turn.event.what, "answer_to", "") and isinstance(turn.crew.channels.get(turn.event.channel), Homes):
        await curation.show_home(turn)


def _is_on_page(turn: Turn) -> bool:
    """Was it pressed on a page or filled in as a form, rather than under a message? What else waits is seen there."""
    what = turn.event.what
    return isinstance(what, Submitted) or (isinstance(what, Pressed) and what.message is None)


# --------------------------------------------------------------------------------------------------------------- erasing
async def erase(turn: Turn, ticket: str) -> None:
    """What was learned from a ticket goes with it: proposals and marks, and the ways to ask that came from it."""
    for proposal in await turn.tx.proposals_from(ticket):
        entry = await curation.as_it_is(turn, proposal.entry) if proposal.state == "approved" else None
        if entry is not None and (changed := _without(entry, {proposal.text})) != entry:
            await curation.make_live(turn, changed)
    for mark in await turn.tx.outside_questions():
        if mark.ticket == ticket:
            await outside.drop(turn, mark)
    await turn.tx.erase_learned(ticket)
    await gap_presses.forget(turn, ticket)
    await turn.tx.erase_drafts(ticket)
