"""Was it written by a program? Such a mail is never answered (RFC 3834 and what programs do besides). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from adapters.email.letters import Envelope, Letter

_NOBODY = re.compile(r"(mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|nicht[-_.]?antworten|ne[-_.]?pas[-_.]?repondre)([-+_.=].*)?@")
_PRECEDENCES = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_AUTOREPLIES = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply", "x-mail-autoreply", "x-vacation", "auto-replied")
_LISTS = ("list-id", "list-unsubscribe", "list-post", "feedback-id")
_KEYWORD = re.compile(r"^\s+|[\s;(].*$", re.DOTALL)
_SUPPRESSES = re.compile(r"\b(all|oof|autoreply|dr|rn|nrn)\b", re.IGNORECASE)


def why_automatic(letter: Letter, envelope: Envelope, own_lists: Collection[str] = ()) -> str:
    """What tells so, in a word; "" when somebody wrote it.

    own_lists: List-Ids through which people write to the desk: what a list adds to a mail does not count there.
    """
    by_list = letter.header("list-id").rpartition("<")[2].rstrip("> ").lower() in {one.lower() for one in own_lists}
    submitted = _KEYWORD.sub("", letter.header("auto-submitted")).lower()  # comments and parameters may follow
    if submitted not in ("", "no"):
        return "auto-reply" if submitted == "auto-replied" else "auto-submitted"
    if letter.report is not None or letter.content_type == "multipart/report":
        return "report"
    if _null_return_path(letter, envelope):
        return "null return path"
    if any(name in letter.headers for name in _AUTOREPLIES):
        return "auto-reply"
    if not by_list and letter.header("precedence").strip().lower() in _PRECEDENCES:
        return "precedence"
    if not by_list and any(name in letter.headers for name in _LISTS):
        return "list"
    if letter.header("x-auto-response-suppress") and _SUPPRESSES.search(letter.header("x-auto-response-suppress")):
        return "auto-response-suppress"
    if letter.header("x-loop"):
        return "loop"
    if _NOBODY.match(letter.sender):
        return "sender"
    return ""


def _null_return_path(letter: Letter, envelope: Envelope) -> bool:
    if envelope.sender is not None:
        return envelope.sender.strip() in ("", "<>")
    return letter.header("return-path").strip() == "<>"
