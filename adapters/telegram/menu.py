"""The command menu: which commands there are, for whom, and what the menu says about them in each language."""

from __future__ import annotations

from typing import Any

from bot.domain.desks import LANGUAGES
from bot.engine.tongue import N_, tongue

REQUESTER = ("start", "help", "faq", "new", "tickets", "status", "close", "human", "lang", "join", "channels", "notify", "privacy")
TEAM = ("take", "escalate", "resolve", "reply", "note", "queue", "find", "assign", "tag", "priority", "merge", "split", "call", "away", "here")

AMONG = {"desk": REQUESTER, "move": TEAM}  # only where there are several departments, and in whose menu

NAMES = {"tickets": "list"}  # where Telegram's word is not the core's
UNLISTED = (  # understood, too
    *("ask", "list", "release", "back", "reopen", "later", "saved", "banner", "report", "unjoin"),
    *("asset", "watch", "unwatch", "duplicate", "unmark", "link", "unlink", "bulk", "kind", "problem", "workaround", "change"),
)

WORDS = {  # what the menu says about each
    "start": N_("What I can do"),
    "help": N_("How this works"),
    "faq": N_("Browse the answers"),
    "new": N_("Open a ticket"),
    "tickets": N_("My tickets"),
    "status": N_("How a ticket stands"),
    "close": N_("Close a ticket"),
    "human": N_("Talk to a person"),
    "lang": N_("Change the language"),
    "join": N_("Join your other channels"),
    "channels": N_("My channels"),
    "notify": N_("What I tell you, and when"),
    "privacy": N_("What is kept about you"),
    "take": N_("Take this ticket"),
    "escalate": N_("Hand on to the next tier"),
    "resolve": N_("Resolve, with the solution"),
    "reply": N_("Write to the requester"),
    "note": N_("A note for the team only"),
    "queue": N_("Tickets nobody has taken"),
    "find": N_("Find tickets"),
    "assign": N_("Give it to another agent"),
    "tag": N_("Tag this ticket"),
    "priority": N_("How urgent it is"),
    "merge": N_("Let it go on as another ticket"),
    "split": N_("Make a ticket of some of its words"),
    "call": N_("Log a telephone call"),
    "away": N_("I am away: 2h, until 14:00"),
    "here": N_("I am here again"),
    "desk": N_("Talk to another department"),
    "move": N_("Move this ticket to another department"),
}


def name_of(word: str, *, several: bool = False) -> str | None:
    """The core's name for a command as typed (without slash); None when there is no such command. several: there are several departments."""
    word = word.lower()
    if word in AMONG and not several:
        return None
    if word in WORDS or word in UNLISTED:
        return NAMES.get(word, word)
    return None


def calls(team_chats: tuple[int, ...], *, several: bool = False) -> list[dict[str, Any]]:
    """The setMyCommands calls: everywhere, in private chats, in each team's group; each in every language (English without a code, as the fallback).

    several: there are several departments.
    """
    requester, team = ((*words, *(word for word, whose in AMONG.items() if several and whose is words)) for words in (REQUESTER, TEAM))
    everywhere: dict[str, Any] = {"type": "default"}
    private: dict[str, Any] = {"type": "all_private_chats"}
    scopes = [(everywhere, requester), (private, requester), *(({"type": "chat", "chat_id": chat}, (*team, "help")) for chat in team_chats)]
    return [
        {"scope": scope, "commands": [{"command": c, "description": tongue(code).say(WORDS[c])} for c in commands], **({"language_code": code} if n else {})}
        for scope, commands in scopes
        for n, code in enumerate(LANGUAGES)
    ]
