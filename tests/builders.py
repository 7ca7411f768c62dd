"""Values with good defaults: a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.desks import Desk, Tier
from bot.domain.ids import ConversationId, MessageId, PersonId, PlaceId, TicketId
from bot.domain.messages import Happening, Inbound, Said
from bot.domain.outcomes import Outcome
from bot.domain.people import Person
from bot.domain.tickets import Offer, Ticket
from bot.ports.curating import Draft
from kb.entries import Entry, Text

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ALICE = Person(PersonId("chat:alice"), "Alice", "en")
BOB = Person(PersonId("chat:bob"), "Bob", "en")
ANN = Person(PersonId("chat:ann"), "Ann Agent", "en")
BEN = Person(PersonId("chat:ben"), "Ben Agent", "en")
CLEO = Person(PersonId("chat:cleo"), "Cleo Expert", "en")
MALLORY = Person(PersonId("chat:mallory"), "Mallory", "en")
TEAM_2, TEAM_3 = PlaceId("chat:team-2"), PlaceId("chat:team-3")


def a_desk(**changes: Any) -> Desk:
    """Two human tiers with a place each; replies go out at once."""
    values: dict[str, Any] = {
        "name": "IT help",
        "prefix": "IT",
        "tiers": (Tier(2, "Service desk", (TEAM_2,), timedelta(hours=1)), Tier(3, "Specialists", (TEAM_3,), timedelta(hours=1))),
        "take_back": timedelta(0),
    }
    return Desk(**{**values, **changes})


def a_ticket(**changes: Any) -> Ticket:
    """Alice's open question at tier 1."""
    values: dict[str, Any] = {
        "id": TicketId("IT-1"),
        "requester": ALICE.id,
        "conversation": ConversationId(ALICE.id),
        "question": "My chair squeaks",
        "language": "en",
        "opened_at": MONDAY,
        "tier_since": MONDAY,
    }
    return Ticket(**{**values, **changes})


def an_offer(**changes: Any) -> Offer:
    """The password entry, shown and not judged."""
    values: dict[str, Any] = {"entry": "password", "lang": "en", "question": "How do I reset my password?", "score": 91.0}
    return Offer(**{**values, **changes})


def an_outcome(**changes: Any) -> Outcome:
    """The password entry was the best for IT-1, and answered; nobody has judged it."""
    values: dict[str, Any] = {
        "ticket": TicketId("IT-1"), "asked_at": MONDAY, "language": "en", "entry": "password", "score": 91.0, "known": False, "decision": "answer"
    }  # fmt: skip
    return Outcome(**{**values, **changes})


def an_entry(entry: str = "password", question: str = "How do I reset my password?", answer: str = "Open the portal: marmalade.", **changes: Any) -> Entry:
    """An entry in English, and in the languages given as es=("question", "answer")."""
    texts = [Text("en", question, answer, tuple(changes.pop("phrasings", ())))]
    texts += [Text(language, *changes.pop(language)) for language in ("es", "pt", "fr", "it", "de") if language in changes]
    return Entry(entry, tuple(texts), **changes)


FAQ = (
    an_entry(
        phrasings=("I forgot my password", "my password has expired"),
        es=("¿Cómo restablezco mi contraseña?", "Abra el portal: mermelada."),
    ),
    an_entry("vpn", "How do I connect to the VPN from home?", "Start the tunnel: saxophone.", phrasings=("VPN from home",)),
    an_entry("printer", "How do I add the printer on my floor?", "Open printers: accordion.", phrasings=("install the office printer",)),
)
UNKNOWN = "The ergonomic chair next to the aquarium squeaks whenever the heron looks at it"


def a_draft(entry: Entry = FAQ[0], **changes: Any) -> Draft:
    """Of the password entry, begun by Ann, not published yet."""
    values: dict[str, Any] = {"id": 1, "of": entry.id, "entry": entry, "based_on": 0, "state": "draft", "origin": "chat"}
    values |= {"by": ANN.id, "at": MONDAY, "changed_by": ANN.id, "changed_at": MONDAY}
    return Draft(**{**values, **changes})


_count = iter(range(1, 10**9))


def an_event(what: Happening, person: Person = ALICE, conversation: str = "", key: str = "", **changes: Any) -> Inbound:
    """Something that happened in this person's private conversation, under a key of its own."""
    where = ConversationId(conversation or person.id)
    return Inbound(key or f"e{next(_count)}", "chat", where, person, MONDAY, what, **changes)


def a_message(text: str, person: Person = ALICE, **changes: Any) -> Said:
    """A private message to the bot."""
    values: dict[str, Any] = {
        "message": MessageId(f"chat:m{next(_count)}"),
        "place": PlaceId(person.id),
        "private": True,
        "addressed": True,
    }
    return Said(text, **{**values, **changes})
