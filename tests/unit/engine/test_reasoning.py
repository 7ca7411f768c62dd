from __future__ import annotations

from bot.domain.tickets import Offer
from bot.engine.faq.reasoning import KINDS, because
from bot.engine.tongue import tongue
from kb.encoders import Encoders
from kb.entries import Entry, Text
from kb.matching import Matcher
from tests.hashed import Hashed

ENTRIES = [
    Entry("password", (Text("en", "How do I reset my password?", "So.", ("change the password",)),)),
    Entry("printer", (Text("en", "How do I add a printer?", "So.", ("connect a printer",)),)),
]
QUESTIONS = ("How do I reset my password?", "How do I reset my pasword?", "please help, the new printr wants a password", "printers anywhere near the kitchen")


def test_whatever_speaks_for_an_entry_can_be_said_in_the_readers_language() -> None:
    matcher = Matcher(ENTRIES, Encoders(Hashed(), Hashed()))
    reasons = {reason for question in QUESTIONS for match in matcher.rank(question) for reason in match.reasons}

    assert {reason.partition(": ")[0] for reason in reasons} <= set(KINDS)
    shares = [value for kind, _, value in (reason.partition(": ") for reason in reasons) if kind in ("meaning", "usual for this entry")]
    assert shares
    assert all(value.removesuffix(" %").lstrip("-").isdigit() for value in shares)
    told = because(tongue("de"), Offer("printer", "en", "How do I add a printer?", 90.0, "connect a printer", why=("meaning: 77 %", "not found: kitchen")))
    assert told == ["am nächsten: „connect a printer“", "Bedeutung: 77 %", "nicht gefunden: kitchen"]
