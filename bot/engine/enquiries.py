"""What an adapter may ask while a person waits: the form a press needs, a home page, whether we talk there already."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Literal

from bot.domain.desks import Desk
from bot.domain.ids import ConversationId, PersonId, channel_of
from bot.domain.messages import Choice, Form, Home, Refusal
from bot.domain.roles import MAY
from bot.domain.tickets import Ticket
from bot.engine import filling, forms, replies
from bot.engine.act import Asking
from bot.engine.acts import ACTS
from bot.engine.contacts import call_form
from bot.engine.curation import entry_forms
from bot.engine.faq import popular
from bot.engine.faq.knowledge import Knowledge, Unread
from bot.engine.people import homes, preferences
from bot.engine.people.addresses import addresses_of
from bot.engine.requests import own_computers, request_forms
from bot.engine.requests.smalltalk import small_talk
from bot.engine.rights import Asker, has_role, may, permit, unknown
from bot.engine.running.roster import Roster
from bot.engine.tickets import cards
from bot.engine.tongue import Tongue, tongue
from bot.errors import DeliveryError, MoveRefused
from bot.ports import Clock, Store
from kb.precedents import Floats

REMEMBERED = timedelta(days=30)  # how long a quiet conversation in a shared place is still listened to


class DeskEnquiries:
    """Answers from the committed state, in milliseconds."""

    def __init__(self, desk: Desk, store: Store, roster: Roster, knowledge: Knowledge, clock: Clock) -> None:
        self._desk, self._store, self._roster, self._knowledge, self._clock = desk, store, roster, knowledge, clock
        self._known: dict[str, None] = {}  # in the order in which we last spoke there

    async def load(self) -> None:
        """Remember where we talk."""
        self._known.update(dict.fromkeys(await self._store.known_conversations(self._clock.now() - REMEMBERED)))

    def remember(self, conversation: str) -> None:
        """We talk there from now on."""
        self._known.pop(conversation, None)
        self._known[conversation] = None

    def is_known(self, conversation: ConversationId) -> bool:
        """Do we talk there?"""
        return conversation in self._known

    async def conversation_about(self, number: str, person: PersonId) -> ConversationId | None:
        """As the port says."""
        ticket = await self._store.ticket(number)
        is_theirs = ticket is not None and ticket.requester in await addresses_of(self._store, person)
        return ticket.conversation if ticket is not None and is_theirs else None

    def conversations(self, channel: str) -> Sequence[ConversationId]:
        """As the port Remembers says."""
        return [ConversationId(one) for one in reversed(self._known) if channel_of(one) == channel]

    async def form(self, action: str, person: PersonId, given: Mapping[str, str] | None = None) -> Form | Refusal | None:
        """As the port says. given: as Asking.given."""
        t = await self._tongue(person)
        verb, _, rest = action.partition(":")
        try:
            return await self._form(t, verb, rest, person, given)
        except MoveRefused as refused:
            owner = PersonId(refused.details.get("owner", ""))
            names = await self._names([owner]) if owner else {}
            return Refusal(replies.refusal(t, refused, rest.partition(":")[0], **({"owner": names.get(owner, "")} if owner else {}))[0].text)

    async def _form(self, t: Tongue, verb: str, rest: str, person: PersonId, given: Mapping[str, str] | None) -> Form | None:
        """Raises MoveRefused."""
        if verb == "ask":
            return forms.ask_form(t)
        if verb == request_forms.VERB:
            return await own_computers.suggested(self._store, t, person, request_forms.form(self._desk, t, rest))
        if verb == call_form.VERB:
            await self._permit(person, verb)
            return await self._call_form(t, rest, given)
        if verb == preferences.VERB:
            return await preferences.form_of(self._store, t, person)
        if verb in ACTS:
            return await self._act_form(t, verb, rest, person, given)
        if verb in entry_forms.VERBS:
            await self._permit(person, verb)
            return await entry_forms.form(entry_forms.Asked(self._desk, self._store, self._knowledge, t, self._names), verb, rest)
        if verb == "learn-edit":
            await self._permit(person, verb)
            return await self._proposal_form(t, rest)
        if verb == "expired":  # what a channel makes of a form that is not the one it opened
            raise MoveRefused("no_longer")
        return None

    async def _act_form(self, t: Tongue, verb: str, rest: str, person: PersonId, given: Mapping[str, str] | None) -> Form | None:
        """The form of something done to a ticket. None, too, where the press itself is refused and says more."""
        number, _, extra = rest.partition(":")
        act, ticket = ACTS[verb], await self._store.ticket(number)
        if act.form is None:
            return None
        await self._permit(person, verb, ticket)
        if ticket is None:
            raise unknown(await self._asker(person), verb)
        asking = Asking(self._desk, self._store, self._knowledge, self._roster, t, person, ticket, extra, self._names, given)
        found = await self._considered(act.form, asking)
        return await own_computers.suggested(self._store, t, ticket.requester, found, ticket.asset) if found else None

    async def _names(self, people: Sequence[PersonId]) -> dict[PersonId, str]:
        return {known.id: known.name for known in (await self._store.people(people)).values() if known.name}

    async def _considered(self, form: Callable[[Asking], Awaitable[Form | None]], asking: Asking) -> Form | None:
        """The form; the ticket's question is read first where it was forgotten."""
        try:
            return await form(asking)
        except Unread as fault:
            await asyncio.to_thread(self._knowledge.consider, fault.question, fault.language)
        return await form(asking)

    async def _call_form(self, t: Tongue, rest: str, given: Mapping[str, str] | None) -> Form:
        asked = call_form.Asked(self._desk, self._knowledge, t, given)
        try:
            return call_form.form(asked, rest)
        except Unread as fault:
            await asyncio.to_thread(self._knowledge.consider, fault.question, fault.language)
        return call_form.form(asked, rest)

    async def _proposal_form(self, t: Tongue, rest: str) -> Form:
        waiting = {str(proposal.id): proposal for proposal in await self._store.proposals()}
        if rest not in waiting:
            raise MoveRefused("no_longer")
        return forms.proposal_form(t, waiting[rest])

    async def asked_again(self, action: str, person: PersonId, values: Mapping[str, str], files: int = 0) -> Form | None:
        """As the port says."""
        form = await self.form(action, person, values)
        if isinstance(form, Form) and action.partition(":")[0] == call_form.VERB:
            return call_form.asked_again(await self._tongue(person), self._desk, form, values)
        return filling.asked_again(await self._tongue(person), form, values, files) if isinstance(form, Form) else None

    async def choices(self, number: str, person: PersonId) -> Sequence[Choice]:
        """As the port says."""
        ticket = await self._store.ticket(number)
        if ticket is None or not ticket.is_with_humans or not await self._refreshed(person):
            return ()
        shown = await cards.all_buttons(self._store, self._desk, await self._tongue(person), ticket)
        who = await self._asker(person)
        return [choice for choice in shown if may(who, choice.action.partition(":")[0], ticket)]

    async def may(self, act: str, person: PersonId, number: str = "") -> bool:
        """As the port says."""
        ticket = await self._store.ticket(number) if number else None
        try:
            await self._permit(person, act, ticket)
        except MoveRefused:
            return False
        return ticket is not None or not number

    async def rank(self, person: PersonId) -> Literal["admin", "agent", ""]:
        """As the port says."""
        if self._desk.is_admin(person):
            return "admin"
        await self._roster.refresh(person)
        who = await self._asker(person)
        return "admin" if has_role(who, "admin", None) else "agent" if has_role(who, "agent", None) else ""

    def meanings(self, questions: Sequence[str]) -> Floats | None:
        """As the port Compares says."""
        return self._knowledge.meanings(questions)

    async def _asker(self, person: PersonId) -> Asker:
        return Asker(self._desk, self._roster, person, frozenset(await addresses_of(self._store, person)))

    async def _permit(self, person: PersonId, act: str, ticket: Ticket | None = None) -> None:
        """Raises MoveRefused. Whom the platform does not vouch for now has the rights that firstline.toml gives, and no others."""
        if not await self._refreshed(person) and not (self._desk.is_admin(person) and "admin" in MAY.get(act, ())):
            raise MoveRefused("not_agent", number=ticket.id if ticket else "")
        permit(await self._asker(person), act, ticket)

    async def home(self, person: PersonId) -> Home:
        """As the port says."""
        await self._roster.refresh(person)
        t, now = await self._tongue(person), self._clock.now()
        return await homes.build(homes.Visit(self._store, self._desk, self._knowledge, self._roster, t, person, now, self._names))

    async def popular(self, language: str) -> Sequence[Choice]:
        """As the port says."""
        return popular.choices(self._knowledge, tongue(language))

    async def suggested(self, words: str, language: str, most: int = 3) -> Sequence[str]:
        """As the port Suggests says."""
        if small_talk(words):
            return ()
        spoken = self._knowledge.language_of(words, language)
        for _ in range(2):  # once more when it is read
            try:
                verdict = self._knowledge.ask(words, spoken)
            except Unread:
                await asyncio.to_thread(self._knowledge.consider, words, spoken)
            else:
                return () if verdict.decision == "hand_over" else [match.entry_id for match in verdict.matches[:most]]
        return ()

    async def _refreshed(self, person: PersonId) -> bool:
        try:
            await self._roster.refresh(person)
        except DeliveryError:
            return False  # whom the platform does not vouch for now is nobody
        return True

    async def _tongue(self, person: PersonId) -> Tongue:
        known = (await self._store.people([person])).get(person)
        language = known.language if known else None
        return tongue(language if language in self._desk.languages else self._desk.languages[0])
