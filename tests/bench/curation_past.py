"""Questions of a past that never was, from the sample articles: what they answer, what nothing does, in six languages, and none asked twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.cli_matching import articles
from bot.domain.ids import ConversationId, PersonId, TicketId
from bot.domain.outcomes import Outcome
from bot.domain.tickets import Ticket
from kb.entries import Entry
from kb.loader import load
from kb.phrasing import cleaned

SEED = 20_26
MISSING = 12  # of the forty articles: nobody has written them yet
BEFORE = {
    "en": ("please help,", "quick question:", "sorry to bother you,", "since this morning", "my colleague asks:", "again:", "on my laptop:", "for my team:"),
    "es": ("por favor,", "una pregunta:", "perdón,", "desde esta mañana", "mi compañera pregunta:", "otra vez:", "en mi portátil:", "para mi equipo:"),
    "pt": ("por favor,", "uma pergunta:", "desculpe,", "desde hoje cedo", "meu colega pergunta:", "de novo:", "no meu notebook:", "para minha equipe:"),
    "fr": ("svp,", "une question :", "pardon,", "depuis ce matin", "ma collègue demande :", "encore :", "sur mon portable :", "pour mon équipe :"),
    "it": ("per favore,", "una domanda:", "scusate,", "da stamattina", "il mio collega chiede:", "di nuovo:", "sul mio portatile:", "per il mio gruppo:"),
    "de": ("bitte,", "kurze Frage:", "Entschuldigung,", "seit heute früh", "meine Kollegin fragt:", "nochmals:", "auf meinem Laptop:", "für mein Team:"),
}
AFTER = {
    "en": ("", "it is urgent", "what should I do", "can you look at it", "thank you", "it worked yesterday", "I have a meeting soon", "who can help"),
    "es": ("", "es urgente", "qué hago", "pueden mirarlo", "gracias", "ayer funcionaba", "tengo una reunión pronto", "quién me ayuda"),
    "pt": ("", "é urgente", "o que faço", "podem ver", "obrigado", "ontem funcionava", "tenho reunião logo", "quem pode ajudar"),
    "fr": ("", "c'est urgent", "que faire", "pouvez-vous regarder", "merci", "hier ça marchait", "j'ai une réunion bientôt", "qui peut m'aider"),
    "it": ("", "è urgente", "cosa faccio", "potete guardare", "grazie", "ieri funzionava", "ho una riunione tra poco", "chi mi aiuta"),
    "de": ("", "es eilt", "was soll ich tun", "könnt ihr nachsehen", "danke", "gestern ging es noch", "ich habe gleich ein Treffen", "wer kann helfen"),
}


class Past(NamedTuple):
    """A question. topic: the article it is about."""

    text: str
    lang: str
    topic: str


@dataclass(frozen=True, slots=True)
class Desk:
    """known: the FAQ, each entry with half of its phrasings. answered: questions about those; unanswered: about the rest. missing: one of the rest."""

    known: tuple[Entry, ...]
    missing: Entry
    answered: tuple[Past, ...]
    unanswered: tuple[Past, ...]


def desk(count: int, seed: int = SEED) -> Desk:
    """So many different questions of each kind, or as many as there can be."""
    picks = random.Random(seed)
    entries = load(articles())
    missing = {entry.id for entry in picks.sample(entries, MISSING)}
    known, told, untold = [], list[Past](), list[Past]()
    absent = []
    for entry in entries:
        half, rest = _halved(entry, picks)
        if entry.id in missing:
            untold += [Past(way, text.lang, entry.id) for text in entry.texts for way in (text.question, *text.phrasings)]
            absent.append(half)
        else:
            told += rest
            known.append(half)
    return Desk(tuple(known), absent[0], tuple(_varied(told, count, picks)), tuple(_varied(untold, count, picks)))


def _halved(entry: Entry, picks: random.Random) -> tuple[Entry, list[Past]]:
    """The entry with half of its phrasings, and the other half as questions."""
    texts, rest = [], list[Past]()
    for text in entry.texts:
        ways = list(text.phrasings)
        picks.shuffle(ways)
        half = len(ways) // 2
        rest += [Past(way, text.lang, entry.id) for way in ways[half:]]
        texts.append(replace(text, phrasings=tuple(ways[:half])))
    return replace(entry, texts=tuple(texts)), rest


def _varied(plain: list[Past], count: int, picks: random.Random) -> list[Past]:
    """As they are first, then as people write."""
    found = {one.text: one for one in plain[:count]}
    most = len(plain) * 32
    while len(found) < min(count, most):
        one = picks.choice(plain)
        text = _typed(one, picks)
        found.setdefault(text, Past(text, one.lang, one.topic))
    made = list(found.values())
    picks.shuffle(made)
    return made


def _typed(one: Past, picks: random.Random) -> str:
    """In other words: one or two of a slip of the finger, a small word left out, the order turned, small letters alone, words before or after."""
    text = one.text
    for way in picks.sample(("slip", "slip", "short", "turned", "small", "before", "after"), picks.choice((1, 2))):
        words = text.split()
        place = picks.randrange(len(words))
        if way == "slip" and len(words[place]) > 4:
            at = picks.randrange(1, len(words[place]) - 1)
            words[place] = words[place][:at] + words[place][at + 1] + words[place][at] + words[place][at + 2 :]
        elif way == "short" and len(words) > 3:
            words.remove(min(words, key=len))
        elif way == "turned" and len(words) > 3:
            words = words[place:] + words[:place]
        text = " ".join(words)
        text = text.lower() if way == "small" else text
        text = f"{picks.choice(BEFORE[one.lang])} {text}" if way == "before" else f"{text} {picks.choice(AFTER[one.lang])}" if way == "after" else text
    return text.strip()


def rows(made: Desk, now: datetime, scale: str, days: float = 84.0) -> Iterator[tuple[Ticket, Outcome]]:
    """Each question as a ticket with its outcome, the newest today: those that are answered at tier 1, the others by people."""
    asked = [(one, True) for one in made.answered] + [(one, False) for one in made.unanswered]
    random.Random(SEED).shuffle(asked)
    for number, (one, is_answered) in enumerate(asked, start=1):
        at = now - timedelta(days=days * (1 - number / len(asked)))
        person = f"web:p{number % 997}"
        ticket = Ticket(
            TicketId(f"IT-{number}"), PersonId(person), ConversationId(person), one.text, one.lang, at, at, status="resolved", tier=1 if is_answered else 2,
            entry=one.topic if is_answered else "", solution="" if is_answered else f"{cleaned(one.text)[:40]}: solved at the desk.",
            human_at=None if is_answered else at, changed_at=at, resolved_at=at,
        )  # fmt: skip
        decision = "answer" if is_answered else "hand_over"
        yield ticket, Outcome(
            ticket.id, at, one.lang, one.topic if is_answered else "", 90.0 if is_answered else 10.0, False, decision, scale,
            judgement="right" if is_answered else "", source="press" if is_answered else "", judged_at=at if is_answered else None,
        )  # fmt: skip
