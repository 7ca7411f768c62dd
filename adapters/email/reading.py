"""Raw bytes to a Letter. Pure, slow, and safe with whatever anybody sends: bounded before it is parsed; raises Unreadable and nothing else."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime

from imap_tools import MailMessage

from adapters.email import headers as heads
from adapters.email.html import to_text
from adapters.email.letters import MAX_DEPTH, MAX_PARTS, MAX_RAW, Enclosure, Letter, Report, Trouble, Unreadable
from bot.domain.messages import MAX_WORDS

MAX_BOUNDARIES = 64  # multiparts of one mail: the parser compares each line with the ends of all that are open
MAX_LETTERS = 200  # mails within a mail
MAX_HEADERS = 2000  # lines before the first empty one
MAX_FILE_NAME = 120
_BARE = re.compile(rb"\r(?!\n)")
_MIME = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,100}")
_SIGNATURES = ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")  # of use to mail programs alone
_LOST_DATE = (ValueError, TypeError, IndexError, OverflowError)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_FROM_LINE = re.compile(rb"^From:[ \t]*([^\r\n]{0,500})", re.IGNORECASE | re.MULTILINE)


def read(raw: bytes) -> Letter:
    """The letter. Raises Unreadable, with whoever seems to have sent it."""
    if len(raw) > MAX_RAW:
        raise Unreadable("too_large", sender_of(raw))
    if why := _is_monstrous(raw):
        raise Unreadable(why, sender_of(raw))
    try:
        return _read(raw)
    except Unreadable:
        raise
    except Exception as fault:  # the libraries raise a dozen kinds on hostile mail, RecursionError among them
        raise Unreadable("cannot_parse", sender_of(raw)) from fault


def sender_of(raw: bytes) -> str:
    """The address in the first From line, by a look at the bytes alone; "" when there is none."""
    found = _FROM_LINE.search(raw[:200_000])
    return next(iter(heads.addresses([found[1].decode("utf-8", "replace")])), "") if found else ""


def _is_monstrous(raw: bytes) -> Trouble | None:
    """More parts or headers than the parser can take in a reasonable time."""
    small = raw.lower()
    if small.count(b"boundary=") > MAX_BOUNDARIES or small.count(b"message/rfc822") > MAX_LETTERS:
        return "too_deep"
    end = min((at for at in (raw.find(b"\n\n"), raw.find(b"\r\n\r\n")) if at >= 0), default=len(raw))
    return "cannot_parse" if raw.count(b"\n", 0, end) > MAX_HEADERS or b"\0" in raw[:end] else None


def _read(raw: bytes) -> Letter:
    message = MailMessage.from_bytes(raw).obj
    named = heads.every(message)
    sender, name, doubtful = heads.one_sender(named.get("from", ()))
    if not sender:
        raise Unreadable("no_sender")
    parts, troubles = _parts(message)
    text, is_cut, attached = _contents(parts)
    report = _report(parts) if message.get_content_type() == "multipart/report" else None
    to = [value for header in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc") for value in named.get(header, ())]
    return Letter(
        sender=sender,
        name=name,
        message_id=next(iter(heads.ids(named.get("message-id", ())[:1])), ""),
        in_reply_to=heads.ids(named.get("in-reply-to", ())),
        references=heads.ids(named.get("references", ())),
        subject=heads.line(named.get("subject", ("",))[0], heads.MAX_SUBJECT),
        text=text,
        recipients=heads.addresses(to),
        answers_to=heads.addresses(named.get("reply-to", ())),
        enclosures=attached,
        headers=named,
        content_type=message.get_content_type(),
        sent_at=_moment(named.get("date", ("",))[0]),
        is_doubtful=doubtful,
        report=report,
        troubles=(*troubles, *(("too_large_text",) if is_cut else ())),
    )


def _parts(message: Message) -> tuple[list[Message], tuple[Trouble, ...]]:
    """Every part that is not made of others, in order, as many as are looked at. A mail within the mail is one part."""
    found: list[Message] = []
    troubles: list[Trouble] = []
    for part, depth in _walk(message):
        if depth > MAX_DEPTH:
            troubles.append("too_deep")
            break
        if len(found) >= MAX_PARTS:
            troubles.append("too_many_parts")
            break
        found.append(part)
    return found, tuple(troubles)


def _walk(message: Message) -> Iterator[tuple[Message, int]]:
    waiting = [(message, 0)]
    while waiting:
        part, depth = waiting.pop()
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_type() != "message/rfc822" and depth <= MAX_DEPTH and _holds_parts(part):
            waiting.extend((inner, depth + 1) for inner in reversed(payload[: MAX_PARTS + 1]) if isinstance(inner, Message))
        else:
            yield part, depth


def _holds_parts(part: Message) -> bool:
    return part.get_content_maintype() == "multipart"


# ---------------------------------------------------------------------------------------------------------------- contents
def _contents(parts: list[Message]) -> tuple[str, bool, tuple[Enclosure, ...]]:
    """The words, whether they were cut, and the files."""
    plain: list[str] = []
    html: list[str] = []
    files: list[Enclosure] = []
    for part in parts:
        kind = part.get_content_type()
        if part.is_multipart() is False and part.get_content_maintype() == "multipart":
            plain.append(_words(part))  # it has no parts, so what it says of itself is wrong
        elif kind in ("text/plain", "text/html") and part.get_content_disposition() != "attachment" and not part.get_filename():
            (plain if kind == "text/plain" else html).append(_words(part))
        elif kind not in _SIGNATURES and not kind.startswith("message/delivery-status"):
            files.append(_enclosure(part, len(files) + 1))
    words = "\n\n".join(one.strip("\n") for one in plain if one.strip())
    if not words:
        words = "\n\n".join(shown for shown in map(to_text, html) if shown)
    return words[:MAX_WORDS], len(words) > MAX_WORDS, tuple(files)


def _words(part: Message) -> str:
    content = _bytes_of(part)
    text = heads.text_of(content[: MAX_WORDS * 8], str(part.get_content_charset() or ""))
    text = heads.ODD.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _unflowed(text) if str(part.get_param("format", "")).lower() == "flowed" else text


def _unflowed(text: str) -> str:
    """Lines that a mail program broke for narrow screens, whole again (RFC 3676)."""
    lines: list[str] = []
    for line in text.split("\n"):
        flows = lines and lines[-1].endswith(" ") and lines[-1] != "-- " and not lines[-1].startswith(">") and not line.startswith(">") and line != "-- "
        if flows:
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(lines)


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _enclosure(part: Message, number: int) -> Enclosure:
    inner = part.get_payload()
    kind = part.get_content_type().lower()
    mime = kind if _MIME.fullmatch(kind) else "application/octet-stream"
    if isinstance(inner, list):
        content = b"\n".join(_as_it_came(one) for one in inner[:MAX_PARTS] if isinstance(one, Message))
        subject = inner[0].get("Subject", "") if inner and isinstance(inner[0], Message) else ""
        name = file_name(_given_name(part) or heads.line(str(subject), 80)) or f"mail-{number}"
        return Enclosure(name if name.lower().endswith(".eml") else f"{name}.eml", "message/rfc822", content)
    name = file_name(_given_name(part)) or f"file-{number}{_ending(mime)}"
    return Enclosure(name, mime, _bytes_of(part))


def _given_name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except Exception:  # noqa: BLE001 - parameters of RFC 2231 can be broken in many ways; the file counts, not its name
        return ""


def _as_it_came(message: Message) -> bytes:
    try:
        return message.as_bytes()
    except Exception:  # noqa: BLE001 - written by whoever wrote it: what cannot be put together again is in the original
        return b""


def _ending(mime: str) -> str:
    return mimetypes.guess_extension(mime) or ""


def file_name(text: str) -> str:
    """The last part of a path as one line without disguises, never hidden, and no name that a system keeps for itself; "" for none."""
    name = re.split(r"[\\/]", heads.line(text, 1000))[-1].strip().lstrip(".").strip()
    if len(name) > MAX_FILE_NAME:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: MAX_FILE_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else name[:MAX_FILE_NAME]
    return f"_{name}" if _RESERVED.fullmatch(name) else name


def _moment(value: str) -> datetime | None:
    """When it says it was sent; None for what is no date, or none of our times."""
    try:
        said = parsedate_to_datetime(value)
        said = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
    except _LOST_DATE:
        return None
    return said if 2000 <= said.year <= 2100 else None


# ----------------------------------------------------------------------------------------------------------------- reports
def _report(parts: list[Message]) -> Report | None:
    """What a mail server says of a mail of ours (RFC 3464). Several recipients: the first that failed."""
    found = Report("")
    for part in parts:
        kind, payload = part.get_content_type(), part.get_payload()
        if kind == "message/delivery-status" and isinstance(payload, list):
            found = _status(found, [block for block in payload[:MAX_PARTS] if isinstance(block, Message)])
        elif kind in ("message/rfc822", "message/rfc822-headers", "text/rfc822-headers"):
            found = replace(found, original=_named_in(part))
    return found if found.action or found.original else None


def _status(found: Report, blocks: list[Message]) -> Report:
    for block in blocks:
        said = heads.every(block)
        action = said.get("action", ("",))[0].lower()
        if action and found.action != "failed":
            final = said.get("final-recipient", said.get("original-recipient", ("",)))[0].partition(";")[2]
            found = replace(found, action=action[:20], status=said.get("status", ("",))[0][:20], final=next(iter(heads.addresses([final])), ""))
    return found


def _named_in(part: Message) -> tuple[str, ...]:
    """The Message-ID of the mail that came back, or of its headers."""
    payload = part.get_payload()
    inner = payload[0] if isinstance(payload, list) and payload else None
    if isinstance(inner, Message):
        return heads.ids(heads.every(inner).get("message-id", ()))
    text = heads.text_of(_bytes_of(part)[:100_000], "")
    found = re.search(r"^message-id:\s*(<[^<>\s]{1,250}>)", text, re.IGNORECASE | re.MULTILINE)
    return (found[1],) if found else ()
