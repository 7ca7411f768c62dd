"""Why tier 1 thought of an entry, in the language of whoever reads it."""

from __future__ import annotations

from bot.domain.tickets import Offer
from bot.engine.tongue import N_, Tongue

KINDS = {  # as kb.reasons begins its sentences
    "a known phrasing, word for word": N_("a known phrasing, word for word"),
    "a known phrasing, nearly": N_("a known phrasing, nearly"),
    "a known phrasing, but for slips": N_("a known phrasing, but for slips"),
    "meaning": N_("meaning"),
    "usual for this entry": N_("usual for this entry"),
    "meaning in English": N_("meaning in English"),
    "words in common": N_("words in common"),
    "read as": N_("read as"),
    "not found": N_("not found"),
    "share of the question": N_("share of the question"),
}


def because(t: Tongue, offer: Offer) -> list[str]:
    """The nearest phrasing, and what speaks for it."""
    nearest = [t.say("nearest: “{phrasing}”", phrasing=offer.phrasing)] if offer.phrasing else []
    return [*nearest, *(_told(t, reason) for reason in offer.why)]


def _told(t: Tongue, reason: str) -> str:
    kind, colon, value = reason.partition(": ")
    return f"{t.say(KINDS.get(kind, kind))}{colon}{value}"
