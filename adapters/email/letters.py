"""A mail as we understand it, and what the mail server said about it. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MAX_RAW = 25 * 1024 * 1024  # bytes of one mail that are read: what most mail servers take
MAX_PARTS = 200  # parts of one mail that are looked at
MAX_DEPTH = 20  # how deep they may lie in each other

Trouble = Literal["too_many_parts", "too_deep", "too_large_text", "too_large", "cannot_parse", "no_sender", "too_slow"]
"""What was wrong with it. Of the first three most can be read; the others are shown as they came."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the server was told, which no header says reliably. sender: "" is the null return path of automatic mail, None is not known.

    is_cut: the mail is larger than what is read, this is its beginning.
    """

    sender: str | None = None
    recipients: tuple[str, ...] = ()
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file in a mail; its name is one line, fit to be shown and saved under."""

    name: str
    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server reports of a mail of ours. action: as RFC 3464 says, lower case. final: the address it could not reach.

    original: Message-IDs named in what it sent back.
    """

    action: str
    status: str = ""
    final: str = ""
    original: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. Everything in it is what somebody wrote: one line where a header was, cleaned of control characters, bounded.

    message_id, in_reply_to, references: with their brackets, or "". sender: lower case, "" when none can be read; is_doubtful: the From header
    can be read in more than one way. answers_to: where Reply-To wants answers. recipients: every address it was sent to, as far as it is known.
    headers: by lower-case name, each time that it is there, from the top. is_shown: text is all that was written, not made of HTML.
    """

    sender: str
    name: str = ""
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    recipients: tuple[str, ...] = ()
    answers_to: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    content_type: str = "text/plain"
    sent_at: datetime | None = None
    is_doubtful: bool = False
    report: Report | None = None
    troubles: tuple[Trouble, ...] = ()

    def header(self, name: str) -> str:
        """The first one of that name, or ""."""
        return self.headers.get(name, ("",))[0]


class Unreadable(Exception):
    """It cannot be read. why: in a word; sender: whom it seems to be from, or ""."""

    def __init__(self, why: Trouble, sender: str = "") -> None:
        super().__init__(why)
        self.why: Trouble = why
        self.sender = sender
