"""Commands that people type where a network has none of its own: "!list", "/close 41". Pure."""

from __future__ import annotations

import re

_ASKING = ("ask", "start", "help", "new", "list", "status", "close", "human", "lang", "privacy", "find")
_ONESELF = ("join", "unjoin", "channels", "notify")
_WORKING = ("faq", "queue", "take", "release", "escalate", "resolve", "reply", "note", "back", "reopen", "call")
VERBS = frozenset((*_ASKING, *_ONESELF, *_WORKING))  # those of bot.domain.messages.Commanded
_COMMAND = re.compile(r"[!/]([A-Za-z]{2,12})(?:\s+(.*))?", re.DOTALL)


def typed(text: str) -> tuple[str, str] | None:
    """The verb and the rest of what was typed; None for what is no command of ours, which is then simply said."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None or found[1].lower() not in VERBS:
        return None
    return found[1].lower(), (found[2] or "").strip()
