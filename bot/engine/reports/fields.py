"""What tickets can be told apart by in a report that an admin composes, custom fields included, and what the values are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.custom_fields import said
from bot.domain.desks import Desk
from bot.engine.reports.tables import CHANNEL, KIND, PRIORITIES
from bot.engine.tongue import N_, Tongue
from bot.ports.counting import FIELD, TAG

DAY, WEEK = "day", "week"


@dataclass(frozen=True, slots=True)
class TicketField:
    """name: as it is kept and counted. label, words: marked for the catalogues, or the desk's own. is_number: its values are numbers. words: of values."""

    name: str
    label: str
    words: Mapping[str, str] = field(default_factory=dict)
    is_number: bool = False


STATUS = {"open": N_("Open"), "pending": N_("Waiting for the requester"), "resolved": N_("Resolved"), "closed": N_("Closed")}
ENDED = {
    "confirmed": N_("Solved by the FAQ, confirmed"), "silent": N_("Silent after an answer"), "returned": N_("Returned"),
    "handed_over": N_("Handed over to a person"), "withdrawn": N_("Withdrawn"), "asked": N_("Not ended yet"),
}  # fmt: skip
OWN = (
    TicketField("channel", N_("Channel"), CHANNEL.names),
    TicketField("kind", N_("Kind"), KIND.names),
    TicketField("language", N_("Language")),
    TicketField("priority", N_("Priority"), PRIORITIES),
    TicketField("status", N_("Status"), STATUS),
    TicketField("tier", N_("Tier now"), is_number=True),
    TicketField("reply_tier", N_("Tier that answered"), is_number=True),
    TicketField("solved_tier", N_("Tier that solved it"), is_number=True),
    TicketField("self_service", N_("What became of the FAQ's answer"), ENDED),
    TicketField("entry", N_("Entry")),
    TicketField("made_by", N_("Made by"), {"requester": N_("Requester"), "agent": N_("Agent")}),
    TicketField("opened_hour", N_("Hour of the day"), is_number=True),
    TicketField("rating", N_("Rating"), is_number=True),
    TicketField(TAG, N_("Tag")),
)


def fields_of(desk: Desk, t: Tongue) -> dict[str, TicketField]:
    """Every one by its name, in this language."""
    own = [TicketField(one.name, t.say(one.label), {value: t.say(word) for value, word in one.words.items()}, one.is_number) for one in OWN]
    custom = [
        TicketField(
            f"{FIELD}{one.name}", said(one.label, t.language), {value.casefold(): said(words, t.language) for value, words in one.options}
        )
        for one in desk.fields
        if one.kind not in ("file", "text")
    ]  # fmt: skip
    return {one.name: one for one in (*own, *custom)}
