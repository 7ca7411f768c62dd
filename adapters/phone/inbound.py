"""A text message that came in, as Twilio posts it, to Inbound. Pure; what is not for us is None."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from adapters.phone.numbers import NAME, e164, is_sid, message_of, who
from adapters.plain import cleaned
from bot.domain.ids import ConversationId, PlaceId
from bot.domain.messages import Attachment, Commanded, Happening, Inbound, Reachable, Said
from bot.domain.people import Person

STOP = {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout"}  # Twilio lets nothing through to them from then on
START = {"start", "unstop"}
VERBS = {"help", "info", "new", "list", "lang", "privacy", "channels", "join"}  # commands when nothing else is written
MEANT = {"info": "help"}
NUMBERED = re.compile(r"(status|close)\s+#?(?:[A-Za-z][A-Za-z0-9]*-)?\d{1,11}", re.IGNORECASE)
ARGUED = re.compile(r"(?:lang\s+[a-z]{2}|join\s+[A-Za-z0-9_-]{10,24})", re.IGNORECASE)
MOST_FILES = 10  # of one message; Twilio, MMS
_MEDIA = re.compile(r"(?:/2010-04-01/Accounts/AC[0-9a-fA-F]{32})?/(Messages/(?:MM|SM)[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32})")
_RECORDING = re.compile(r"(?:/2010-04-01/Accounts/AC[0-9a-fA-F]{32})?/(Recordings/RE[0-9a-fA-F]{32})")


@dataclass(frozen=True, slots=True)
class Reading:
    """What must be known to read a message. own: our number."""

    own: str
    languages: Sequence[str]
    now: datetime


def of_text(form: Mapping[str, str], reading: Reading) -> Inbound | None:
    """What somebody wrote. None: short codes and names that advertise, to which nobody can answer; and what we wrote ourselves."""
    sid, number = form.get("MessageSid", ""), e164(form.get("From", ""))
    if not number or number == reading.own or not is_sid(sid):
        return None
    person = who(number, reading.languages)
    return Inbound(sid, NAME, ConversationId(person.id), person, reading.now, _meant(form, person, sid))


def _meant(form: Mapping[str, str], person: Person, sid: str) -> Happening:
    text, files = cleaned(form.get("Body", "")).strip(), attachments(form)
    word, place = text.lower().strip(" .!/"), PlaceId(person.id)
    told = form.get("OptOutType", "").upper()  # Twilio has judged by itself where it manages who wants no more
    if told in ("STOP", "START") or (not files and word in STOP | START):
        return Reachable(told == "START" or (not told and word in START))
    message, via = message_of(person.id, sid), our_number(form)
    verb, _, argument = text.strip(" .!/").partition(" ")
    if not files and (word in VERBS or NUMBERED.fullmatch(text.strip("/")) or ARGUED.fullmatch(text.strip("/"))):
        return Commanded(MEANT.get(verb.lower(), verb.lower()), argument.strip(), place, private=True, message=message, via=via)
    return Said(text, message, place, private=True, addressed=True, attachments=files, via=via)


def our_number(form: Mapping[str, str]) -> str:
    """The number of ours that was called or written to, as Said.via."""
    number = e164(form.get("To", ""))
    return f"{NAME}:{number}" if number else ""


def attachments(form: Mapping[str, str]) -> tuple[Attachment, ...]:
    """The files of a message. Only what they are called at the provider is kept: where they are fetched says the configuration, not the message."""
    count = form.get("NumMedia", "0")
    files = []
    for n in range(min(int(count) if count.isascii() and count.isdigit() else 0, MOST_FILES)):
        found = _MEDIA.fullmatch(_path(form.get(f"MediaUrl{n}", "")))
        mime = form.get(f"MediaContentType{n}", "").partition(";")[0].strip().lower() or "application/octet-stream"
        if found:
            kind = {"image": "photo", "audio": "audio", "video": "video"}.get(mime.partition("/")[0], "file")
            files.append(Attachment(f"{NAME}:{found[1]}", f"{kind}-{n + 1}{mimetypes.guess_extension(mime) or ''}", mime))
    return tuple(files)


def recording(form: Mapping[str, str]) -> Attachment | None:
    """What a caller said after the tone, as a file; None when there is nothing to listen to."""
    found = _RECORDING.fullmatch(_path(form.get("RecordingUrl", "")))
    if found is None or form.get("RecordingDuration", "") == "0":
        return None
    return Attachment(f"{NAME}:{found[1]}", "voice-message.mp3", "audio/mpeg")


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""
