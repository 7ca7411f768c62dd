"""One turn: an event being handled inside a transaction. It speaks by posting parcels, and remembers what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.desks import Desk, Tier
from bot.domain.events import Event, MoveDenied
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId, TicketId, channel_of
from bot.domain.messages import Attachment, Choice, Commanded, Inbound, Outbound, Part, Reaction, Said, Say, TimerFired, Voice
from bot.domain.people import BOT, Person
from bot.domain.tickets import INSIDE, Ticket, TicketMessage
from bot.engine import numbered
from bot.engine.contacts.telephone import CHANNEL
from bot.engine.faq.knowledge import Knowledge
from bot.engine.letters import Letters, is_held, voiced
from bot.engine.people import first_contact
from bot.engine.programs import mirroring
from bot.engine.programs.subscriptions import Subscriptions
from bot.engine.reports.figures import Figures
from bot.engine.reports.report_links import ReportLinks
from bot.engine.running.directory import Directory, Unmet
from bot.engine.running.roster import Roster
from bot.engine.tongue import Tongue, tongue
from bot.ports import Answers, Channel, Link, Parcel, Reacts, Recorded, Transaction
from bot.ports.store import Body


def _nothing() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Crew:
    """What does not change from turn to turn. judged: called after the commit when somebody judged an answer of tier 1.

    figures: reports for chat; None: they are not made here. links: that open a report without sign-in; None: there are none.
    """

    desk: Desk
    channels: Mapping[str, Channel]
    knowledge: Knowledge
    roster: Roster
    directory: Directory
    judged: Callable[[], None] = _nothing
    webhooks: Subscriptions = field(default_factory=Subscriptions)
    figures: Figures | None = None
    links: ReportLinks | None = None


class Turn:
    """One event, one transaction. Everything said is owed with the ticket's change, and sent after the commit."""

    def __init__(self, crew: Crew, tx: Transaction, event: Inbound, now: datetime) -> None:
        self.crew, self.tx, self.event, self.now = crew, tx, event, now
        self.desk, self.knowledge, self.roster = crew.desk, crew.knowledge, crew.roster
        self.changed: set[str] = {event.conversation}
        self.lanes: list[str] = []
        self.after_commit: list[Callable[[], None]] = []
        self.addresses: frozenset[PersonId] = frozenset()  # verified ones of theirs, once somebody had reason to ask (bot.engine.people.addresses)
        self.about = ""  # the number of the ticket that an act is about, once that is known
        self.recorded = 0  # events
        self.is_asking = False  # it was asked for words: nothing is done yet
        self.was_chosen = False  # words that were one of the numbers or labels offered before
        self._letters = Letters()
        self._posted = 0
        self._answered = False

    # ---- who
    async def meet(self) -> None:
        """Know who did it by name: from the event, from memory, else asked of the platform (Unmet)."""
        person = self.event.person
        if person.id == BOT.id:
            return
        directory = self.crew.directory
        known = directory.known(person.id)
        is_stored = known is not None and directory.is_stored(person.id)
        if known is None:
            stored = await self.tx.person(person.id)
            if not person.name and not (stored and stored.name):
                raise Unmet(person.id)
            known, is_stored = stored or person, stored is not None
        is_doubtful = isinstance(self.event.what, Said) and self.event.what.unverified  # nobody is renamed by whoever claims to be them
        if person.name and person.name != known.name and not (is_doubtful and known.name):
            known, is_stored = replace(known, name=person.name), False
        if not is_stored:
            known = replace(known, language=known.language or person.language, timezone=known.timezone or person.timezone)
            await self.tx.remember(known)
        self.after_commit.append(lambda: directory.keep(known))
        self.event = replace(self.event, person=known)

    async def now_speaks(self, language: str) -> None:
        """They wrote in another language than before: what is said to them outside a ticket follows."""
        person = replace(self.event.person, language=language)
        await self.tx.remember(person)
        self.after_commit.append(lambda: self.crew.directory.keep(person))
        self.event = replace(self.event, person=person)

    @property
    def person(self) -> Person:
        """Who did it."""
        return self.event.person

    async def name_of(self, person: PersonId | None) -> str:
        """A name to show: what the platform says, else the last part of the id."""
        if person is None or person == BOT.id:
            return BOT.name
        known = self.person if person == self.person.id and self.person.name else await self.tx.person(person)
        return known.name if known and known.name else person.partition(":")[2]

    async def names_of(self, people: Sequence[PersonId]) -> dict[PersonId, str]:
        """A name to show for each."""
        return {person: await self.name_of(person) for person in people}

    @property
    def team_tongue(self) -> Tongue:
        """What is said to a team: the desk's first language."""
        return tongue(self.desk.languages[0])

    async def tongue_for(self, person: PersonId) -> Tongue:
        """The language of one person outside a ticket: chosen, else last known, else the desk's first."""
        language = await self.tx.chosen_language(person)
        if not language:
            known = await self.tx.person(person)
            hint = known.language if known else self.person.language if person == self.person.id else None
            language = hint if hint in self.desk.languages else self.desk.languages[0]
        return tongue(language)

    # ---- speaking
    async def say(
        self,
        to: str,
        parts: Sequence[Part],
        choices: Sequence[Choice] = (),
        *,
        ticket: Ticket | None = None,
        attachments: Sequence[Attachment] = (),
        message: int = 0,
        delay: timedelta = timedelta(0),
        fresh: bool = False,
        reply_to: MessageId | None = None,
        key: str = "",
        voice: Voice = "",
        awaits: bool = False,
    ) -> str:
        """Owe a message to a requester's conversation; gives its key. voice: as Outbound.voice, "person" of an agent's words. awaits: as there."""
        shown = reply_to or self._visible_reply(to)
        body = Outbound(tuple(parts), tuple(choices), tuple(attachments), reply_to=shown, voice=voice, awaits=awaits)
        number = ticket.id if ticket else ""
        return await self._post(body, lane=to, to=to, ticket=number, message=message, due=self.now + delay, fresh=fresh, key=key)

    def reaches(self, conversation: str) -> bool:
        """Can anything be written there at all? Who rang a desk that has no telephone of its own can only be rung back; inside the desk is nobody."""
        channel = channel_of(conversation)
        return channel != INSIDE and (channel != CHANNEL or channel in self.crew.channels)

    def _visible_reply(self, to: str) -> MessageId | None:
        """In a shared place the answer should visibly belong to the words it answers."""
        message = getattr(self.event.what, "message", None)
        private = getattr(self.event.what, "private", True)
        return MessageId(message) if to == self.event.conversation and not private and isinstance(message, str) else None

    async def answer(self, *parts: Part, choices: Sequence[Choice] = (), refused: str = "") -> None:
        """Answer this press or command to its author alone; an empty one only stops the waiting sign. Once a turn: the first counts.

        refused: as Outbound.refused.
        """
        what = self.event.what
        handle = getattr(what, "answer_to", "")
        if self._answered or not (parts or handle):
            return
        self._answered = True
        channel = self.crew.channels.get(self.event.channel)
        if not isinstance(channel, Answers) or self._typed_in_team(handle):
            if parts:
                await self.say(self.event.conversation, parts, choices)
            return
        place = getattr(what, "place", "") or self.event.conversation
        body = Outbound(tuple(parts), tuple(choices), only_for=self.person.id, answer_to=handle, about=self.about, refused=refused)
        await self._post(body, lane=f"answer:{self.event.channel}:{self.event.key}", to=place)

    @contextmanager
    def unanswered(self) -> Iterator[None]:
        """What is done inside answers nobody: whoever does several things at once answers for all of them."""
        before, self._answered = self._answered, True
        try:
            yield
        finally:
            self._answered = before

    async def tell_alone(self, to: str, person: PersonId, parts: Sequence[Part], choices: Sequence[Choice] = ()) -> None:
        """Owe a message in a shared place that this person alone sees; where the channel has no such thing it goes to them in private."""
        if isinstance(self.crew.channels.get(channel_of(person)), Answers):
            body = Outbound(tuple(parts), tuple(choices), only_for=person)
            await self._post(body, lane=f"answer:{self.event.channel}:{self.event.key}", to=to)
        else:
            await self.say(conversation_of(person), parts, choices)

    def _typed_in_team(self, handle: str) -> bool:
        """A command typed in a team's place where nothing can be shown to one person alone: the team may see its answer."""
        what = self.event.what
        return isinstance(what, Commanded) and not handle and self.desk.tier_at(what.place) is not None

    async def react(self, message: MessageId, sign: Reaction) -> bool:
        """Put a sign on a message; False when the channel cannot."""
        if not isinstance(self.crew.channels.get(channel_of(message)), Reacts):
            return False
        await self._post(sign, lane=self.event.conversation, to=self.event.conversation)
        return True

    async def ask_words(self, place: str, thread: str, prompt: Outbound, ticket: str, action: str) -> str:
        """Ask this person for words in the thread where they pressed; their reply to it comes back as `action`. Gives the message's key."""
        self.is_asking = True
        key = await self._post(prompt, lane=f"{place}#{ticket}" if ticket else place, to=place, ticket=ticket, thread=thread)
        await self.tx.link(f"parcel:{key}", Link(ticket, f"ask:{action}"))
        return key

    async def owe(self, to: str, body: Outbound, *, lane: str, due: datetime, ticket: str = "", begins: str = "") -> str:
        """Owe a message in a lane of its own, so that it holds up nothing else; gives its key. begins: how that begins."""
        key = f"{begins}{self.event.channel}:{self.event.key}:{self._posted + 1}"
        return await self._post(body, lane=lane, to=to, ticket=ticket, due=due, key=key)

    async def publish(self, body: Body) -> None:
        """Owe something to this person's own page."""
        await self._post(body, lane=f"home:{self.person.id}", to=self.person.id)

    # ---- the team's side
    def card_key(self, ticket: str, place: PlaceId) -> str:
        """One card a ticket and place, edited in place however often the ticket comes back."""
        return f"card:{ticket}:{place}"

    async def tell_team(
        self,
        ticket: Ticket,
        tier: Tier | None,
        parts: Sequence[Part],
        choices: Sequence[Choice] = (),
        *,
        attachments: Sequence[Attachment] = (),
        but_not: str = "",
        key: str = "",
        aloud: bool = False,
    ) -> None:
        """Owe a message in the thread of the ticket's card, in each place of that tier but one. aloud: as of Outbound."""
        for place in tier.places if tier else ():
            if place == but_not:
                continue
            body = Outbound(tuple(parts), tuple(choices), tuple(attachments), aloud=aloud)
            await self._post(
                body, lane=f"{place}#{ticket.id}", to=place, ticket=ticket.id, thread=self.card_key(ticket.id, place), key=f"{key}@{place}" if key else ""
            )

    async def show_card(self, ticket: Ticket, tier: Tier, card: Outbound) -> bool:
        """Owe the card in each place of a tier: new where it was never shown, else changed in place. True when it was new in any."""
        new = False
        for place in tier.places:
            key = self.card_key(ticket.id, place)
            if await self.tx.parcel(key) is None:
                new = True
                await self._post(card, lane=f"{place}#{ticket.id}", to=place, ticket=ticket.id, key=key)
            else:
                await self._post(card, lane=f"{place}#{ticket.id}", to=place, ticket=ticket.id, edits=key)
        return new

    async def change(self, key: str, to: str, body: Outbound, ticket: str, lane: str = "") -> None:
        """Owe a change of something that was sent before."""
        await self._post(body, lane=lane or to, to=to, ticket=ticket, edits=key)

    # ---- remembering
    async def record(self, event: Event) -> None:
        """Write down what happened, and by which channel; webhooks that want to hear of it, and the mirror, are owed it."""
        number = await self.tx.record(event, self.event.channel)
        written = Recorded(number, event.ticket, event.name, event.by, self.event.channel, event.at, event.details())
        self.lanes += await self.crew.webhooks.owe(self.tx, written, self.now)
        await mirroring.owe(self, written)
        self.recorded += 1
        if event.ticket:
            self.changed.add(event.ticket)

    async def deny(self, ticket: str, move: str, reason: str) -> None:
        """Somebody tried what they may not: written down."""
        await self.record(MoveDenied(ticket=TicketId(ticket), by=self.person.id, at=self.now, move=move, reason=reason))

    async def save(self, ticket: Ticket) -> Ticket:
        """Guarded: raises StaleTicket when somebody was faster."""
        self.changed.update((ticket.id, ticket.conversation))
        return await self.tx.save_ticket(ticket)

    async def write_down(
        self,
        ticket: Ticket,
        direction: str,
        kind: str,
        text: str,
        *,
        author: PersonId | None = None,
        source: str = "",
        attachments: Sequence[Attachment] = (),
        delivery: str = "",
        at: datetime | None = None,
    ) -> TicketMessage:
        """Add to the ticket's talk; gives it with its id. Its platform id is linked to the ticket."""
        said = TicketMessage(
            0,
            ticket.id,
            "in" if direction == "in" else "out",
            kind,
            author or self.person.id,
            text,
            at or self.now,
            tuple(attachments),
            source,
            delivery,
        )
        self.changed.update((ticket.id, ticket.conversation))
        if source:
            await self.tx.link(source, Link(ticket.id, "message"))
        said = replace(said, id=await self.tx.add_message(said))
        await mirroring.comment(self, ticket, said)
        return said

    async def set_timer(self, timer: str, ticket: Ticket, due: datetime, since: datetime) -> None:
        """A timer in the requester's lane. It is void when the ticket has moved on since."""
        key = f"timer:{timer}:{ticket.id}:{since.isoformat()}"
        event = Inbound(key, "desk", ticket.conversation, BOT, self.now, TimerFired(timer, ticket.id, since))
        await self.tx.keep(event, due)

    def fitted(self, to: str, body: Body) -> Sequence[Body]:
        """The same in pieces of which each fits one message of the channel."""
        channel = self.crew.channels.get(channel_of(to))
        return channel.fit(body) if channel is not None and isinstance(body, Outbound) and not body.answer_to else (body,)

    async def _post(
        self,
        body: Body,
        *,
        lane: str,
        to: str,
        ticket: str = "",
        message: int = 0,
        due: datetime | None = None,
        thread: str = "",
        edits: str = "",
        fresh: bool = False,
        key: str = "",
    ) -> str:
        """Cut to what the channel can carry, and owe each piece under a key that is the same when the turn is tried again."""
        self._posted += 1
        key = key or f"{self.event.channel}:{self.event.key}:{self._posted}"
        if not self.reaches(to):
            return key
        if isinstance(body, Outbound) and not edits:
            body = await first_contact.with_notice(self, to, body, ticket)
        if isinstance(body, Outbound):
            answers = to in (self.event.conversation, self.person.id) and self.event.channel == channel_of(to)
            chose = self.was_chosen or isinstance(self.event.what, Commanded)
            body = voiced(body, self.crew.channels.get(channel_of(to)), answers=answers, chosen=chose)
        parcel = Parcel(key, lane, to, body, due or self.now, ticket=ticket, message=message, thread=thread, edits=edits, fresh=fresh)
        if is_held(parcel, self.crew.channels.get(channel_of(to)), self.now):
            if await self.tx.parcel(key) is not None:
                return key  # said before
            held = self._letters.hold(parcel)
            if held is not None:
                return held
        await self._owe(parcel)
        return key

    async def _owe(self, parcel: Parcel) -> None:
        body = parcel.body
        if isinstance(body, Outbound) and body.choices:
            body = await self._pressable(parcel.to, body, parcel.ticket)
        pieces = self.fitted(parcel.to, body)
        for n, piece in enumerate(pieces[:1] if parcel.edits else pieces):
            await self.tx.post(replace(parcel, key=parcel.key if n == 0 else f"{parcel.key}/{n}", body=piece))
        if parcel.lane not in self.lanes:
            self.lanes.append(parcel.lane)

    async def end(self) -> None:
        """Everything was said: letters that were held for that are owed now."""
        for parcel in self._letters.take():
            await self._owe(parcel)

    async def _pressable(self, to: str, body: Outbound, number: str) -> Outbound:
        """Where nothing can be pressed: the choices in words, and what they mean is remembered for whoever writes there next."""
        channel = self.crew.channels.get(channel_of(to))
        if channel is None:
            return body
        if channel.can.buttons and not 0 < channel.can.most_choices < len(body.choices):
            if channel.can.most_choices:  # what was offered before these is offered no longer
                await numbered.OFFERED.drop(self.tx, to)
            return body
        ticket = await self.tx.ticket(number) if number else None
        await numbered.OFFERED.put(self.tx, to, numbered.offered(body.choices))
        t = tongue(ticket.language) if ticket else await self.tongue_for(PersonId(to))
        spelt = numbered.spelt(t, body, is_letter=channel.can.letters)
        return replace(spelt, choices=body.choices) if channel.can.shortcuts else spelt


def sentence(text: str) -> tuple[Say]:
    """One sentence as the parts of a message."""
    return (Say(text),)


def conversation_of(person: PersonId) -> ConversationId:
    """The private conversation with a person: on every channel it bears the person's id."""
    return ConversationId(person)
