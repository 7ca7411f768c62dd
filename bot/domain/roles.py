"""Who may do what: one table. Where it is asked: bot/engine/rights.py alone. What is not in it, nobody can do."""

from __future__ import annotations

from typing import Literal

Role = Literal["requester", "author", "watcher", "agent", "lead", "admin"]
"""requester: who asked, of the ticket it is about. author: who wrote the message it is about. watcher: who is told of its course. agent: a
member, now, of the place of the tier that has the ticket (of any tier where it is about no ticket). lead: an agent whom the tier names as its lead.
admin: whom the desk, or a channel of its own, names."""

REQUESTER: frozenset[Role] = frozenset({"requester"})
AUTHOR: frozenset[Role] = frozenset({"author"})
WATCHER: frozenset[Role] = frozenset({"watcher"})
AGENT: frozenset[Role] = frozenset({"agent", "lead"})
LEAD: frozenset[Role] = frozenset({"lead", "admin"})
ADMIN: frozenset[Role] = frozenset({"admin"})
ANYBODY: frozenset[Role] = frozenset({"requester", "author", "watcher", "agent", "lead", "admin"})

MAY: dict[str, frozenset[Role]] = {
    # what tier 1 offered
    "solved": REQUESTER,
    "not": REQUESTER,
    "human": REQUESTER,
    "entry": REQUESTER,
    "why": REQUESTER,
    "split": REQUESTER,
    # an answer that came back
    "helped": REQUESTER,
    "unhelped": REQUESTER,
    # what one wrote where others read it, before it is a ticket: only its author's press counts
    "private": ANYBODY,
    "public": ANYBODY,
    # one's own ticket
    "details": REQUESTER,
    "seen": REQUESTER,
    "add": REQUESTER,
    "cancel": REQUESTER,
    "rate": REQUESTER,
    "comment": REQUESTER,
    # a ticket's course
    "reopen": REQUESTER | AGENT,
    "take": AGENT,
    "release": AGENT,
    "hold": AGENT,
    "resume": AGENT,
    "close": AGENT,
    "reply": AGENT,
    "note": AGENT,
    "escalate": AGENT,
    "back": AGENT,
    "resolve": AGENT,
    "more": AGENT,
    "fields": AGENT,
    "undo": AUTHOR | AGENT,
    "link": AGENT | ADMIN,
    "draft": AGENT | ADMIN,  # of an entry, from a ticket that is solved
    # who is here, and serves what they have
    "keep": AGENT,
    "away": AGENT,
    "here": AGENT,
    "giveback": AGENT,
    # replies with care
    "saved": AGENT,
    "later": AGENT,
    "anyway": AGENT,
    "rewrite": AGENT,
    "unsend": AGENT,
    "saved-write": LEAD,
    # what is kept with it, and with which others it belongs
    "tag": AGENT,
    "asset": AGENT,  # which computer it is about
    "priority": AGENT,
    "assign": AGENT,
    "watch": AGENT,
    "unwatch": WATCHER,
    "watcher": AGENT,
    "merge": AGENT,
    "divide": AGENT,
    "move": AGENT,  # to another department
    "duplicate": AGENT,
    "unmark": AGENT,
    "relate": AGENT,
    "unrelate": AGENT,
    "bulk": AGENT,  # each of its tickets is judged by itself
    # incidents
    "incident": AGENT,
    "partof": AGENT,
    "apart": AGENT,
    "news": AGENT,
    "metoo": REQUESTER,
    # what it is, and the problem or change behind it
    "isa": REQUESTER,
    **dict.fromkeys(("kind", "problem", "noproblem", "workaround", "known", "change"), AGENT),
    "different": REQUESTER,
    # words that were written outside of a form
    "thread": AGENT,  # in the thread of a card, of whichever tier has or had it
    # telephone calls, told by whoever had them
    "call": AGENT,
    "called": AGENT,
    "told": AGENT,
    "edit-reply": AGENT,  # one's own reply, changed where it was typed
    "mark": AGENT,  # the ticket sign on somebody else's message
    # about no ticket: asking and reading
    "ask": ANYBODY,
    "new": ANYBODY,  # a request by one of the desk's forms
    "lang": ANYBODY,
    "data-export": ANYBODY,
    "data-erase": ANYBODY,
    "faq-show": ANYBODY,
    "fill": ANYBODY,  # an answer to a question of a form; the form itself is permitted when it is sent
    # one person on several channels: whose turn it is stands in the invitation
    "join-yes": ANYBODY,
    "join-no": ANYBODY,
    "unjoin": ANYBODY,
    "notify": ANYBODY,
    # the knowledge base
    "faq-new": ADMIN,
    "faq-edit": ADMIN,
    "faq-draft": ADMIN,
    "faq-save": ADMIN,
    "faq-retire": ADMIN,
    "faq-restore": ADMIN,
    "faq-bulk": ADMIN,
    "faq-checked": ADMIN,
    **dict.fromkeys(("draft-new", "draft-edit", "draft-again", "draft-save", "draft-submit"), ADMIN),
    **dict.fromkeys(("draft-back", "draft-publish", "draft-discard", "draft-terms", "draft-next"), ADMIN),
    "entry-put": ADMIN,  # whole, from a program
    "draft-show": AGENT | ADMIN,  # who is no admin reads what they began themselves
    "faq-import": ADMIN,
    "faq-export": ADMIN,
    # what tickets taught
    "learn-next": ADMIN,
    "learn-asked": ADMIN,
    "learn-yes": ADMIN,
    "learn-no": ADMIN,
    "learn-edit": ADMIN,
    "learn-save": ADMIN,
    "learn-out": ADMIN,
    "learn-outside": ADMIN,
    "learn-inside": ADMIN,
    **dict.fromkeys(("gap-write", "gap-done", "gap-outside", "gap-again"), ADMIN),
    # pages
    "home": ANYBODY,
    "see-desk": AGENT | ADMIN,
    "see-faq": ADMIN,
    "invite": ADMIN,
    # keys of programs: what each may do besides stands in bot/domain/api_keys.py
    "see-keys": ADMIN,
    "api-key-new": ADMIN,
    "api-key-revoke": ADMIN,
    # programs that are told what happens
    **dict.fromkeys(("see-webhooks", "webhook-new", "webhook-on", "webhook-off", "webhook-test", "webhook-retry", "webhook-remove", "mirror-retry"), ADMIN),
    "see-audit": LEAD,
    "see-person": ADMIN,  # all that is kept of one; to give it out, hold it and erase it
    "asset-give": AGENT,  # whose a computer is
    "asset-delete": ADMIN,
    "report-save": ADMIN,
    "report-delete": ADMIN,
    "order-save": ADMIN,  # a report goes to people regularly
    "order-delete": ADMIN,
    # typed commands that are no acts of their own
    "/start": ANYBODY,
    "/help": ANYBODY,
    "/ask": ANYBODY,
    "/new": ANYBODY,
    "/list": ANYBODY,
    "/status": REQUESTER,
    "/close": REQUESTER,
    "/human": ANYBODY,
    "/lang": ANYBODY,
    "/join": ANYBODY,
    "/unjoin": ANYBODY,
    "/channels": ANYBODY,
    "/notify": ANYBODY,
    "/privacy": ANYBODY,
    "/faq": ANYBODY,
    "/queue": AGENT,
    "/call": AGENT,
    "/find": ANYBODY,
    "/bulk": AGENT,
    **dict.fromkeys(("/tag", "/asset", "/priority", "/assign", "/watch", "/merge", "/split", "/move", "/duplicate", "/unmark", "/link", "/unlink"), AGENT),
    **dict.fromkeys(("/kind", "/problem", "/workaround", "/change"), AGENT),
    "/unwatch": ANYBODY,
    "/away": ANYBODY,  # of somebody who is no agent they are the first words of a question
    "/here": AGENT,
    "/saved": AGENT | ADMIN,
    "/banner": LEAD,
    "/report": LEAD,
}
"""Each act, by the name under which buttons, forms and commands know it."""

READING: frozenset[str] = frozenset(
    {
        *("details", "seen", "home", "more", "fill", "faq-show", "faq-edit", "faq-draft", "learn-next", "learn-asked", "learn-edit"),
        *("draft-show", "draft-next"),
        *("see-desk", "see-faq", "see-audit", "see-person", "see-keys", "see-webhooks"),
        *("/start", "/help", "/ask", "/new", "/list", "/status", "/human", "/lang", "/privacy", "/faq", "/queue", "/channels", "/report"),
    }
)
"""Acts that by themselves change nothing: whoever may is shown or asked something. All others leave an event behind."""
