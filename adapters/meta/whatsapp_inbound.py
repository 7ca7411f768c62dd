"""WhatsApp's payloads to what happened: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks. Pure.

Since 2026 people are known by an id of theirs towards the business, the number may be missing: it names nobody here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from adapters.meta import addresses
from adapters.meta.addresses import WHATSAPP
from adapters.meta.events import Json, Letter, Lost, Renamed, attachment, commanded, dicts, inside, line, moment, place, text
from adapters.meta.refusals import reason
from bot.domain.ids import ConversationId, MessageId, PlaceId
from bot.domain.messages import Attachment, Commanded, Deleted, Edited, Happening, Inbound, Pressed, Said
from bot.domain.people import Person

FILES = ("image", "document", "audio", "video", "sticker", "voice")
NOTHING_SAID = ("reaction", "system", "ephemeral", "request_welcome")
MAX_CONTACTS = 10  # of one message that are shown
LANGUAGES = {  # what people speak where an id was given out; they can choose another
    "ES": "es", "MX": "es", "AR": "es", "CO": "es", "CL": "es", "PE": "es", "EC": "es", "UY": "es", "VE": "es", "BO": "es", "PY": "es", "CR": "es",
    "BR": "pt", "PT": "pt", "AO": "pt", "MZ": "pt", "FR": "fr", "IT": "it", "DE": "de", "AT": "de", "GB": "en", "US": "en", "IE": "en", "AU": "en", "NZ": "en",
}  # fmt: skip
_NUMBER = re.compile(r"\d{5,20}")
_MESSAGE = re.compile(r"[\x21-\x7e]{1,500}")
_ANEW = re.compile(r"changed from (\S+) to (\S+)\Z")  # whatever the name in front says


# ------------------------------------------------------------------------------------------------------ what a body holds
def _values(body: Json, phone_id: str) -> Iterator[tuple[str, Json]]:
    """Field and value of every change that is about our number."""
    if body.get("object") != "whatsapp_business_account":
        return
    for entry in dicts(body.get("entry")):
        for change in dicts(entry.get("changes")):
            value = inside(change, "value")
            if inside(value, "metadata").get("phone_number_id") == phone_id:
                yield text(change.get("field")), value


def letters(body: Json, phone_id: str) -> list[Letter]:
    """Everything that people did, in the order in which it stands. Groups are none of ours."""
    found = []
    for field, value in _values(body, phone_id):
        if field != "messages":
            continue
        names = {one.get("user_id") or one.get("wa_id"): inside(one, "profile").get("name") for one in dicts(value.get("contacts"))}
        for message in dicts(value.get("messages")):
            user, number = _who(message.get("from_user_id"), message.get("from"), value)
            if (user or number) and _is_id(message.get("id")) and not message.get("group_id") and message.get("type") != "system":
                found.append(Letter(user, message, line(names.get(user) or names.get(number)), number))
    return found


def lost(body: Json, phone_id: str) -> list[Lost]:
    """Messages of ours that will not arrive. What else becomes of a message comes in any order and changes nothing."""
    found = []
    for field, value in _values(body, phone_id):
        for status in dicts(value.get("statuses")) if field == "messages" else ():
            key, message = status.get("biz_opaque_callback_data"), status.get("id")
            if status.get("status") != "failed" or not isinstance(key, str) or not key or not _is_id(message):
                continue
            user, number = _who(status.get("recipient_user_id"), status.get("recipient_id"), {})
            error = next(dicts(status.get("errors")), {})
            found.append(Lost(user, number, text(message), key, reason(error)))
    return found


def renamings(body: Json, phone_id: str) -> list[Renamed]:
    """People who have another id since they changed their number."""
    found = []
    for field, value in _values(body, phone_id):
        if field == "user_id_update":
            found += [Renamed(text(inside(one, "user_id").get("previous")), text(inside(one, "user_id").get("current")))
                      for one in dicts(value.get("user_id_update"))]  # fmt: skip
        for message in dicts(value.get("messages")) if field == "messages" else ():
            system = inside(message, "system")
            words = _ANEW.search(text(system.get("body")))
            if system.get("type") == "user_changed_user_id" and words and words[2] == system.get("user_id"):
                found.append(Renamed(words[1], words[2]))
    return [one for one in found if one.previous != one.current and all(addresses.is_user(WHATSAPP, each) for each in (one.previous, one.current))]


def _who(user: object, number: object, value: Json) -> tuple[str, str]:
    """The person's id and number, "" for what is not there. An id may stand beside the message alone, when there is one contact."""
    contacts = [*dicts(value.get("contacts"))]
    known = user if isinstance(user, str) and user else contacts[0].get("user_id") if len(contacts) == 1 else ""
    digits = number if isinstance(number, str) and _NUMBER.fullmatch(number) else ""
    return (known if isinstance(known, str) and addresses.is_user(WHATSAPP, known) else ""), digits


def _is_id(message: object) -> bool:
    return isinstance(message, str) and _MESSAGE.fullmatch(message) is not None


# --------------------------------------------------------------------------------------------------- what a letter means
def to_inbound(letter: Letter, user: str, now: datetime) -> Inbound | None:
    """What they did; None for what is no word of theirs. user: how we call them."""
    wire, number = letter.wire, text(letter.wire.get("id"))
    what = _happening(wire, user, number)
    if what is None:
        return None
    person = Person(addresses.person_id(WHATSAPP, user), letter.name, LANGUAGES.get(user.partition(".")[0].upper()))
    return Inbound(addresses.key(number), WHATSAPP, ConversationId(person.id), person, moment(wire.get("timestamp"), 1, now), what)


def _happening(wire: Json, user: str, number: str) -> Happening | None:
    here = PlaceId(addresses.person_id(WHATSAPP, user))
    kind = text(wire.get("type"))
    if kind in NOTHING_SAID:
        return None
    if kind == "interactive" and (pressed := _pressed(wire)):
        return Pressed(pressed, here, _message(user, inside(wire, "context").get("id")))
    if kind == "revoke" and (gone := _message(user, inside(wire, "revoke").get("original_message_id"))):
        return Deleted(gone)
    if kind == "edit" and (old := _message(user, inside(wire, "edit").get("original_message_id"))):
        return Edited(old, words_of(inside(wire, "edit", "message")))
    words, own = words_of(wire), addresses.message_id(WHATSAPP, user, number)
    answered = _message(user, inside(wire, "context").get("id"))
    if kind == "text" and not inside(wire, "context").get("forwarded") and (command := commanded(words)):
        return Commanded(*command, here, private=True, message=own, reply_to=answered)
    return Said(words, own, here, private=True, addressed=True, reply_to=answered, attachments=files_of(wire))


def _pressed(wire: Json) -> str:
    interactive = inside(wire, "interactive")
    return text(inside(interactive, "button_reply").get("id") or inside(interactive, "list_reply").get("id"))[:256]


def _message(user: str, number: object) -> MessageId | None:
    return addresses.message_id(WHATSAPP, user, number) if isinstance(number, str) and _is_id(number) else None


def words_of(wire: Json) -> str:
    """The words; for what has none (a place, contacts) what it shows; "" for what cannot be told."""
    kind = text(wire.get("type"))
    if kind == "text":
        return text(inside(wire, "text").get("body"))
    if kind == "button":
        return text(inside(wire, "button").get("text"))
    if kind == "location":
        there = inside(wire, "location")
        return place(there.get("latitude"), there.get("longitude"), there.get("name"), there.get("address"))
    if kind == "contacts":
        return "\n".join(_contact(one) for one in [*dicts(wire.get("contacts"))][:MAX_CONTACTS])
    return text(inside(wire, kind).get("caption")) if kind in FILES else ""


def _contact(card: Json) -> str:
    numbers = [line(phone.get("phone") or phone.get("wa_id"), 40) for phone in dicts(card.get("phones"))]
    mails = [line(mail.get("email"), 100) for mail in dicts(card.get("emails"))]
    return "👤 " + " ".join(filter(None, (line(inside(card, "name").get("formatted_name")), *numbers[:3], *mails[:3])))


def files_of(wire: Json) -> tuple[Attachment, ...]:
    """Its file, if any; a sticker is none. source: whatsapp:<media id>."""
    kind = text(wire.get("type"))
    file = inside(wire, kind)
    source = file.get("id")
    if kind not in FILES or kind == "sticker" or not isinstance(source, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", source):
        return ()
    return (attachment(f"{WHATSAPP}:{source}", kind, file.get("mime_type"), file.get("filename"), file.get("file_size")),)


def is_only_opening(letter: Letter) -> bool:
    """The button of our own template: it says no more than that they are there."""
    return letter.wire.get("type") == "button"
