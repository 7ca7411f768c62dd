"""The contact log: a line for each time that a requester and the desk wrote or spoke to each other, or tried to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.domain.contacts import Contact
from bot.domain.people import BOT
from bot.engine.reports import tables
from bot.engine.reports.report import Asking, Narrow, Report
from bot.engine.reports.sheets import Cell, Column, Sheet
from bot.engine.tongue import N_, Tongue
from bot.ports.contacts import ContactPlace, ContactQuery
from kb.phrasing import cleaned

PAGE = 100
WHO, CHANNEL, DIRECTION = "who", "channel", "direction"
WORDS = {
    "in": N_("Incoming"),
    "out": N_("Outgoing"),
    "message": N_("Message"),
    "call": N_("Call"),
    "requester": N_("Requester"),
    "agent": N_("Agent"),
    "bot": N_("Bot"),
    "waiting": N_("waiting"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "taken_back": N_("taken back"),
    "offered": N_("Entry offered"),
    "answered": N_("Answered by the FAQ"),
    "handed_over": N_("Handed over"),
    "received": N_("Received"),
    "replied": N_("An agent answered"),
    "solved": N_("Solved"),
    "abandoned": N_("Given up"),
    "voicemail": N_("Voicemail"),
    "no_answer": N_("No answer"),
    "small_talk": N_("Small talk"),
}


async def _sheets(asking: Asking) -> Sequence[Sheet]:
    t = asking.t
    rows: list[Sequence[Cell]] = []
    place: ContactPlace | None = ContactPlace()
    while place is not None and not (asking.lines and len(rows) > asking.lines):
        only = asking.only
        query = ContactQuery(asking.begin, asking.end, channel=only.get(CHANNEL, ""), direction=only.get(DIRECTION, ""), before=place, limit=PAGE)
        page = await asking.reader.contacts(query)
        rows += await _rows(asking, page.contacts)
        place = page.older
    cut = bool(asking.lines) and (len(rows) > asking.lines)
    words = {**{name: t.say(word) for name, word in WORDS.items()}, **{name: t.say(word) for name, word in tables.CHANNEL.names.items()}}
    note = t.say(
        "Every message and call between a requester and the desk in this time, newest first, and talk that opened no ticket; notes among agents are none. "
        "About: the entry that solved the ticket, else its kind; of a call what its agent wrote. How long is known of calls alone."
    )
    note = f"{note} {t.say('Only the newest {count} are listed.', count=asking.lines)}" if cut else note
    listed = rows[: asking.lines or None]
    return [Sheet("contacts", t.say("Contacts"), _columns(t), listed, note, empty=tables.nothing(t), words=words, listed=True)]


def _columns(t: Tongue) -> list[Column]:
    return [
        Column("at", t.say("When"), "moment"),
        Column("ticket", t.say("Ticket"), "text"),
        Column("who", t.say("Who"), "text"),
        Column("channel", t.say("Channel"), "text"),
        Column("direction", t.say("Direction"), "text"),
        Column("by", t.say("By"), "text"),
        Column("agent", t.say("Agent"), "text"),
        Column("reason", t.say("About"), "text"),
        Column("delivery", t.say("Delivery"), "text"),
        Column("medium", t.say("Kind"), "text"),
        Column("outcome", t.say("Outcome"), "text"),
        Column("duration_s", t.say("How long"), "span"),
        Column("person", t.say("Address"), "text"),
    ]


async def _rows(asking: Asking, page: Sequence[Contact]) -> list[Sequence[Cell]]:
    people = sorted({person for contact in page for person in (contact.person, contact.by) if person})
    known = await asking.reader.people(people)
    names: dict[str, str] = {person: (known[person].name if person in known else "") or person for person in people}
    wanted = asking.only.get(WHO, "").casefold().split()
    found = [contact for contact in page if all(word in f"{names[contact.person]} {contact.person}".casefold() for word in wanted)]
    return [_row(asking, contact, names) for contact in found]


def _row(asking: Asking, contact: Contact, names: Mapping[str, str]) -> list[Cell]:
    is_agent = bool(contact.by) and contact.by != BOT.id
    by = "agent" if is_agent else "bot" if contact.by else "requester" if contact.direction == "in" else ""
    return [
        contact.at.astimezone(asking.zone),
        contact.ticket,
        names[contact.person],
        contact.channel,
        contact.direction,
        by,
        names[contact.by] if is_agent else "",
        cleaned(contact.reason) if contact.medium == "call" else contact.reason,
        contact.delivery,
        contact.medium,
        contact.outcome,
        contact.duration_s if contact.medium == "call" else None,
        contact.person,
    ]


CONTACTS = Report(
    "contacts", N_("Contact log"), N_("every contact between requesters and the desk, messages and calls: who, where, when, by whom, what came of it"),
    _sheets, counted=False, listed=True,
    narrows=(
        Narrow(WHO, N_("Who")),
        Narrow(CHANNEL, N_("Channel"), tuple(tables.CHANNEL.names.items())),
        Narrow(DIRECTION, N_("Direction"), (("in", WORDS["in"]), ("out", WORDS["out"]))),
    ),
)  # fmt: skip
