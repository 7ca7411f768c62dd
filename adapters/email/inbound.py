"""A letter to what it means for the desk: the words, the commands, the key under which it is known. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from adapters.email.addresses import NAME, message_id, person_id
from adapters.email.letters import Enclosure, Envelope, Letter
from adapters.email.quotes import own_words
from adapters.email.threads import plain_subject
from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Attachment, Commanded, Said
from bot.domain.people import Person
from bot.engine.tongue import Tongue

WHOLE = "mail.txt"  # what a mail was before its quotes were taken out, where that may have taken words of its sender's with it
ORIGINAL = "mail.eml"
_COMMAND = re.compile(r"/(help|start|new|list|status|close|human|lang|privacy|ask|join|unjoin|channels|notify)(?:[ \t]+([^\n]*))?\Z", re.IGNORECASE)
_HARMLESS = frozenset({"help", "start", "new", "human", "lang", "privacy", "ask"})  # whoever they are from: they change nothing and show nothing


@dataclass(frozen=True, slots=True)
class Thread:
    """The conversation a letter belongs to. name: of the mail thread.

    is_known: the desk talks there. is_signed: the letter answers what only its sender could have got. answers: our mail that it answers.
    """

    name: str
    conversation: ConversationId
    is_known: bool = False
    is_signed: bool = False
    answers: MessageId | None = None


def key_of(letter: Letter) -> str:
    """The same for one mail however often and by whatever way it comes; another's, or other words under the same Message-ID, have another.

    What servers add on the way is left out.
    """
    parts: list[str | bytes] = [letter.message_id or f"{letter.sent_at}", letter.sender, letter.subject, letter.text]
    parts += [piece for file in letter.enclosures for piece in (file.name, file.content)]
    return _digest(parts)


def key_of_raw(raw: bytes) -> str:
    """As key_of, of a mail that nobody can read: what stands below its headers, which servers add to."""
    return _digest([raw.partition(b"\r\n\r\n")[2] or raw.partition(b"\n\n")[2] or raw])


def _digest(parts: Sequence[str | bytes]) -> str:
    known = hashlib.sha256()
    for part in parts:
        content = part if isinstance(part, bytes) else part.encode("utf-8", "replace")
        known.update(len(content).to_bytes(8, "big") + content)
    return known.hexdigest()[:40]


def writer(letter: Letter, ours: bool) -> Letter:
    """Whom to answer is who wrote: one other address in Reply-To takes the place of From, which a contact form or a colleague's program filled in, and whose
    name it is.

    ours: Reply-To is an address of ours, as some lists write it; it counts for nothing.
    """
    others = [one for one in letter.answers_to if one != letter.sender]
    if ours or len(letter.answers_to) != 1 or not others:
        return letter
    return replace(letter, sender=others[0], name="", is_doubtful=letter.is_doubtful or others[0].rpartition("@")[2] != letter.sender.rpartition("@")[2])


def person(letter: Letter) -> Person:
    """Who wrote, by their address alone; without a name of theirs, by which nobody is called otherwise than before."""
    return Person(person_id(letter.sender), letter.name)


def words_of(letter: Letter, t: Tongue, *, is_answer: bool) -> tuple[str, tuple[Enclosure, ...]]:
    """What they wrote, and files: theirs, and the whole mail where something of theirs may be missing.

    A mail that begins something says its subject first, unless that is how its words begin.
    """
    own = own_words(letter.text, is_answer=is_answer)
    text, files = own.text, list(letter.enclosures)
    if "too_large_text" in letter.troubles:
        text = f"{text}\n\n{t.say('(There was more of it than one message holds. The beginning is here.)')}"
    if "too_large" in letter.troubles:
        text = f"{text}\n\n{t.say('(This mail is too large: only its beginning was read, and none of its files.)')}"
    elif letter.troubles and letter.troubles != ("too_large_text",):
        text = f"{text}\n\n{t.say('(This mail had more parts than are read. All of it is attached as it came.)')}"
    if own.taken and not own.is_quoted:
        files.append(Enclosure(WHOLE, "text/plain", letter.text.encode()))
    subject = plain_subject(letter.subject) if not is_answer else ""
    if subject and not _same_beginning(subject, text):
        text = f"{subject}\n\n{text}" if text.strip() else subject
    return text.strip(), tuple(files)


def _same_beginning(subject: str, text: str) -> bool:
    plain = " ".join(text.split()).casefold()
    return plain.startswith(" ".join(subject.split()).rstrip(".…").casefold())


def came_to(letter: Letter, envelope: Envelope, routes: frozenset[str]) -> str:
    """Which of the desk's further addresses it was written to, as Said.via; "" none of them. What the server was told comes before what is written in it."""
    given = (f"{NAME}:{address.strip().lower()}" for address in (*envelope.recipients, *letter.recipients))
    return next((address for address in given if address in routes), "")


def said(
    letter: Letter, thread: Thread, text: str, files: tuple[Attachment, ...], header: str, *, proven: bool, automatic: bool, via: str = ""
) -> Said | Commanded:
    """Words, or a command typed as in any chat. header: its Message-ID, or what stands for it. via: as of Said.

    Whom nobody vouches for commands nothing that matters.
    """
    place = PlaceId(thread.conversation)
    message = message_id(letter.sender, thread.name, header)
    command = _COMMAND.match(text.strip())
    if command and not files and not automatic and (proven or command[1].lower() in _HARMLESS):
        return Commanded(command[1].lower(), (command[2] or "").strip(), place, private=True, message=message, reply_to=thread.answers, via=via)
    return Said(
        text,
        message,
        place,
        private=True,
        addressed=True,
        reply_to=thread.answers,
        attachments=files,
        automatic=automatic,
        unverified=not proven,
        via=via,
    )
