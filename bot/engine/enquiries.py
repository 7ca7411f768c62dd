"""What an adapter may ask while a person waits: the form a press needs, a home page, whether we talk there already."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PersonId
from bot.domain.messages import Form, Home, Refusal
from bot.domain.tickets import Ticket
from bot.engine import forms, homes, replies, review
from bot.engine.knowledge import Knowledge, Unread
from bot.engine.roster import Roster
from bot.engine.tongue import Tongue, tongue
from bot.engine.unanswered import question_of
from bot.errors import DeliveryError
from bot.ports import Clock, Store
from kb.entries import Entry

REMEMBERED = timedelta(days=30)  # how long a quiet conversation in a shared place is still listened to


class DeskEnquiries:
    """Answers from the committed state, in milliseconds."""

    def __init__(self, desk: Desk, store: Store, roster: Roster, knowledge: Knowledge, clock: Clock) -> None:
        self._desk, self._store, self._roster, self._knowledge, self._clock = desk, store, roster, knowledge, clock
        self._known: set[str] = set()

    async def load(self) -> None:
        """Remember where we talk."""
        self._known.update(await self._store.known_conversations(self._clock.now() - REMEMBERED))

    def remember(self, conversation: str) -> None:
        """We talk there from now on."""
        self._known.add(conversation)

    def is_known(self, conversation: ConversationId) -> bool:
        """Do we talk there?"""
        return conversation in self._known

    async def form(self, action: str, person: PersonId) -> Form | Refusal | None:
        """As the port says."""
        t = await self._tongue(person)
        verb, _, rest = action.partition(":")
        if verb == "ask":
            return forms.ask_form(t)
        if verb in forms.NEEDS_WORDS:
            return await self._words_form(t, verb, rest, person)
        if verb in ("faq-new", "faq-edit", "faq-draft"):
            return await self._entry_form(t, verb, rest, person)
        if verb == "link" and ":" not in rest:
            return await self._link_form(t, rest, person)
        if verb == "learn-edit":
            return await self._proposal_form(t, rest, person)
        if verb == "expired":  # what a channel makes of a form that is not the one it opened
            return Refusal(t.say(replies.REFUSALS["no_longer"]))
        return None

    async def _words_form(self, t: Tongue, verb: str, number: str, person: PersonId) -> Form | Refusal:
        ticket = await self._store.ticket(number)
        if not await self._is_agent(person):
            return Refusal(t.say(replies.REFUSALS["not_agent"]))
        if ticket is None:
            return Refusal(t.say(replies.REFUSALS["no_longer"]))
        if ticket.tier not in self._roster.levels(person):
            tier = self._desk.tier(ticket.tier)
            return Refusal(t.say(replies.REFUSALS["elsewhere"], number=ticket.id, team=tier.name if tier else ""))
        if ticket.status == "closed" or (ticket.status == "resolved" and verb not in ("note", "reply")):
            return Refusal(t.say(replies.REFUSALS[ticket.status], number=ticket.id))
        entries = await self._to_link(ticket) if verb == "resolve" else []
        return forms.words_form(t, verb, ticket.id, entries)

    async def _entry_form(self, t: Tongue, verb: str, rest: str, person: PersonId) -> Form | Refusal:
        if not await self._is_admin(person):
            return Refusal(t.say(replies.REFUSALS["not_admin"]))
        if verb == "faq-new":
            return forms.entry_form(t, self._desk.languages, None, None, rest)
        if verb == "faq-draft":
            ticket = await self._store.ticket(rest)
            if ticket is None:
                return Refusal(t.say(replies.REFUSALS["no_longer"]))
            return forms.entry_form(t, self._desk.languages, None, None, question_of(ticket), ticket.id, ticket.language)
        tag, _, language = rest.partition(":")
        entry = self._knowledge.by_tag(tag) or self._knowledge.entry(tag)
        if entry is None:
            return Refusal(t.say(replies.REFUSALS["no_longer"]))
        return forms.entry_form(t, self._desk.languages, entry, entry.text_for(language))

    async def _link_form(self, t: Tongue, number: str, person: PersonId) -> Form | Refusal | None:
        ticket = await self._store.ticket(number)
        if not await self._is_admin(person):
            if not await self._is_agent(person):
                return Refusal(t.say(replies.REFUSALS["not_agent"]))
            if ticket is not None and ticket.tier not in self._roster.levels(person):
                return None  # the press itself is refused, and says where the ticket is
        if ticket is None:
            return Refusal(t.say(replies.REFUSALS["no_longer"]))
        found = await self._to_link(ticket)
        return forms.link_form(t, ticket, found) if found else None

    async def _to_link(self, ticket: Ticket) -> list[Entry]:
        """Entries that may answer the ticket's question; it is read first where it was forgotten."""
        offered = [offer.entry for offer in ticket.offers]
        try:
            return review.to_link(self._knowledge, ticket.question, ticket.language, offered)
        except Unread as fault:
            await asyncio.to_thread(self._knowledge.consider, fault.question, fault.language)
        try:
            return review.to_link(self._knowledge, ticket.question, ticket.language, offered)
        except Unread:  # the entries were read anew meanwhile
            return [entry for id_ in offered if (entry := self._knowledge.entry(id_)) is not None and not entry.retired]

    async def _proposal_form(self, t: Tongue, rest: str, person: PersonId) -> Form | Refusal:
        if not await self._is_admin(person):
            return Refusal(t.say(replies.REFUSALS["not_admin"]))
        waiting = {str(proposal.id): proposal for proposal in await self._store.proposals()}
        if rest not in waiting:
            return Refusal(t.say(replies.REFUSALS["no_longer"]))
        return forms.proposal_form(t, waiting[rest])

    async def home(self, person: PersonId) -> Home:
        """As the port says."""
        await self._roster.refresh(person)
        return await homes.build(self._store, self._desk, self._knowledge, self._roster, await self._tongue(person), person)

    async def _is_agent(self, person: PersonId) -> bool:
        try:
            await self._roster.refresh(person)
        except DeliveryError:
            return False  # whom the platform does not vouch for now is nobody
        return bool(self._roster.levels(person))

    async def _is_admin(self, person: PersonId) -> bool:
        is_agent = await self._is_agent(person)
        return self._desk.is_admin(person) or (is_agent and self._roster.is_admin(person))

    async def _tongue(self, person: PersonId) -> Tongue:
        known = (await self._store.people([person])).get(person)
        language = known.language if known else None
        return tongue(language if language in self._desk.languages else self._desk.languages[0])
