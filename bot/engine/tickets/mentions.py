"""An entry named in a reply, "[[vpn]]": the requester reads its answer under the words, in their own language."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.domain.messages import Article, Part, Small, Title
from bot.domain.tickets import Ticket
from bot.engine import replies
from bot.engine.faq.knowledge import Knowledge
from bot.engine.tongue import tongue
from kb.entries import Entry

_MENTION = re.compile(r"\[\[\s*([A-Za-z0-9][\w.-]{0,63})\s*\]\]")


def named(knowledge: Knowledge, words: str) -> tuple[list[Entry], list[str]]:
    """The entries that the words name, each once, and the names that are no entry's."""
    found: dict[str, Entry] = {}
    unknown: dict[str, None] = {}
    for name in _MENTION.findall(words):
        entry = knowledge.answering(name)
        if entry is None:
            unknown[name] = None
        else:
            found[name] = entry
    return list(found.values()), list(unknown)


def reply_parts(knowledge: Knowledge, ticket: Ticket, agent: str, words: str) -> list[Part]:
    """A reply as its requester reads it."""
    entries, _ = named(knowledge, words)
    parts = replies.reply(ticket, agent, _with_questions(knowledge, ticket, words))
    t = tongue(ticket.language)
    for entry in entries:
        text = entry.text_for(ticket.language)
        parts += [Title(text.question), Article(text.answer)]
        if text.lang != ticket.language:
            parts.append(Small(t.say("This answer is not available in English yet, so here it is in another language.")))
    return parts


def in_words(knowledge: Knowledge, ticket: Ticket, words: str) -> str:
    """The same as plain text, for the talk."""
    entries, _ = named(knowledge, words)
    answers = [entry.text_for(ticket.language) for entry in entries]
    return "\n\n".join([_with_questions(knowledge, ticket, words), *(f"{text.question}\n{text.answer}" for text in answers)]).strip()


def mention(entry: str) -> str:
    """How an entry is named in a reply."""
    return f"[[{entry}]]"


def _with_questions(knowledge: Knowledge, ticket: Ticket, words: str) -> str:
    """Where an entry is named its question stands; a reply that only names entries needs no words of its own."""
    entries: Sequence[Entry] = named(knowledge, words)[0]
    if not _MENTION.sub("", words).strip(" .,;:!\n"):
        return words if not entries else ""

    def question(found: re.Match[str]) -> str:
        entry = knowledge.answering(found[1])
        return found[0] if entry is None else f"“{entry.text_for(ticket.language).question}”"

    return _MENTION.sub(question, words)
