"""Our messages as mails: what fits one, its headers and its bytes. Nothing that people wrote can become a header of its own. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from adapters.email.design import page
from adapters.plain import ODD, text_of
from bot.domain.messages import Attachment, Outbound, Part, Say, Small, Title, Words

MOST_FILES = 18 * 1024 * 1024  # bytes of all files of one mail: coded for transport they are the 25 MB that large providers take
SUBJECT = 150  # characters: lists of mails show fewer
_LINE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_ID = re.compile(r"<[\x21-\x3b\x3d\x3f-\x7e]{1,250}>")
_NO_LABEL = re.compile(r"[^A-Za-z0-9.-]+")
_NAME = re.compile(r'[\\/:*?"<>|]+')
_MIME = re.compile(r"(application|audio|font|image|model|text|video)/([a-z0-9][a-z0-9.+-]{0,100})")


@dataclass(frozen=True, slots=True)
class Heads:
    """What stands above a mail. to: the reader's address. message_id, references: with brackets, references oldest first. answers_to: where replies go.

    voice: as Outbound.voice: only what a person wrote says nothing of being automatic.
    """

    sender: str
    name: str
    to: str
    subject: str
    message_id: str
    answers_to: str
    references: tuple[str, ...] = ()
    voice: str = ""


def fit(message: Outbound) -> list[Outbound]:
    """One mail with all of its files; those that are too many for one, or whose size nobody knows, follow each in their own."""
    within, beyond, size = [], [], 0
    for file in message.attachments:
        if 0 < file.size <= MOST_FILES - size:
            within.append(file)
            size += file.size
        else:
            beyond.append(file)
    if not beyond or (len(message.attachments) == 1 and not message.parts):
        return [message]
    bare = replace(message, parts=(), choices=(), attachments=(), card="")
    first = replace(message, attachments=tuple(within))
    return [*([first] if message.parts or within else []), *(replace(bare, attachments=(file,)) for file in beyond)]


def letter(heads: Heads, parts: Sequence[Part], files: Sequence[tuple[Attachment, bytes]], at: datetime, foot: str) -> bytes:
    """The bytes to hand over, lines ending in CR LF, ASCII alone."""
    mail = EmailMessage(policy=SMTP)
    for name, value in _headers(heads, at):
        mail[name] = value
    mail["From"] = Address(one_line(heads.name, 80), addr_spec=heads.sender)
    mail["To"] = Address(addr_spec=heads.to)
    subject = one_line(heads.subject)
    shown = list(parts) or [Small(", ".join(file_name(file) for file, _ in files))]
    mail.set_content(_clean(f"{text_of(shown)}\n\n-- \n{foot}\n"), cte="quoted-printable")
    mail.add_alternative(_clean(page(shown, foot=foot, answers_to=heads.answers_to, subject=subject)), subtype="html", cte="quoted-printable")
    for file, content in files:
        _attach(mail, file, content)
    return mail.as_bytes()


def _headers(heads: Heads, at: datetime) -> list[tuple[str, str]]:
    """All but the addresses."""
    found = [("Subject", one_line(heads.subject)), ("Date", format_datetime(at)), ("Message-ID", heads.message_id), ("Reply-To", heads.answers_to)]
    known = [one for one in heads.references if _ID.fullmatch(one) and one != heads.message_id]
    if known:
        found += [("In-Reply-To", known[-1]), ("References", " ".join(known))]
    if heads.voice != "person":
        answered = "auto-replied" if heads.voice in ("answer", "choice") else "auto-generated"
        found += [("Auto-Submitted", answered), ("X-Auto-Response-Suppress", "All")]
    if heads.voice == "bulk":
        found += [("Precedence", "bulk"), ("List-Id", f"<notices.{_NO_LABEL.sub('-', heads.sender.replace('@', '.'))}>")]
    return found


def subject_of(parts: Sequence[Part], ticket: str, thread: str, desk: str, *, quotes: bool) -> str:
    """[IT-42] and what the talk is called. thread: the subject of its first mail. quotes: may words of theirs stand in it? Else our own first line does."""
    first = next((one_line(part.text, 80) for part in parts if isinstance(part, Title | Say)), "")
    called = (thread if quotes else "") or first or desk
    return one_line(f"[{ticket}] {called}" if ticket else called)


def without_words(parts: Sequence[Part]) -> tuple[Part, ...]:
    """What may be sent to an address nobody vouches for: none of what was written in its name."""
    return tuple(part for part in parts if not isinstance(part, Words)) or tuple(parts[:0])


def one_line(text: str, most: int = SUBJECT) -> str:
    """As it may stand in a header: line ends and control characters are blanks."""
    line = _LINE.sub(" ", text).strip()
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def file_name(file: Attachment) -> str:
    """As it may be saved anywhere."""
    return _NAME.sub("_", one_line(file.name, 120)).strip(". ") or "file"


def _clean(text: str) -> str:
    """Without what no reader can show."""
    return ODD.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


def _attach(mail: EmailMessage, file: Attachment, content: bytes) -> None:
    kind = _MIME.fullmatch(file.mime.lower().partition(";")[0].strip())
    main, sub = (kind[1], kind[2]) if kind else ("application", "octet-stream")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=file_name(file))
