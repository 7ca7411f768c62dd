"""What a Telegram message holds besides its plumbing: its words and its files. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.telegram.addresses import NAME
from adapters.telegram.entities import one_line
from bot.domain.messages import MAX_WORDS, Attachment

Json = Mapping[str, Any]

FILES = {  # kind: the name it gets when it has none
    "animation": "animation.mp4",
    "document": "document",
    "audio": "audio.mp3",
    "video": "video.mp4",
    "video_note": "video.mp4",
    "voice": "voice.ogg",
}
MIMES = {"photo": "image/jpeg", "video_note": "video/mp4", "voice": "audio/ogg"}
SPOKEN = frozenset(
    {
        "text",
        "caption",
        "photo",
        "sticker",
        "location",
        "venue",
        "contact",
        "poll",
        "dice",
        "story",
        "game",
        "paid_media",
        "checklist",
        *FILES,
    }
)
MAX_FILE_NAME = 120  # characters
ODD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def cleaned(text: str) -> str:
    """What every store and channel can hold: control characters and halves of surrogate pairs become U+FFFD."""
    return ODD.sub("\ufffd", text.replace("\r\n", "\n"))[:MAX_WORDS]


def is_service(message: Json) -> bool:
    """Did nobody say anything: somebody joined, a topic was made, a message was pinned …"""
    return SPOKEN.isdisjoint(message)


def text_of(message: Json) -> str:
    """The words; for what has none (a place, a poll, a card) what it shows."""
    if words := message.get("text") or message.get("caption"):
        return str(words)
    if sticker := message.get("sticker") or message.get("dice"):
        return str(sticker.get("emoji") or "")
    if venue := message.get("venue"):
        return f"📍 {venue.get('title', '')}, {venue.get('address', '')} {_map(venue['location'])}"
    if location := message.get("location"):
        return f"📍 {_map(location)}"
    if contact := message.get("contact"):
        return "👤 " + " ".join(filter(None, (contact.get("first_name"), contact.get("last_name"), contact.get("phone_number"))))
    if poll := message.get("poll"):
        return "\n".join(["📊 " + str(poll.get("question", "")), *("• " + str(option.get("text", "")) for option in poll.get("options") or ())])
    return ""


def _map(location: Json) -> str:
    latitude, longitude = float(location["latitude"]), float(location["longitude"])
    return f"https://www.openstreetmap.org/?mlat={latitude:.5f}&mlon={longitude:.5f}"


def attachments_of(message: Json) -> tuple[Attachment, ...]:
    """Its file, if any. source: telegram:<kind>:<file id>."""
    if sizes := message.get("photo"):
        largest = max(sizes, key=lambda size: int(size.get("file_size") or size.get("width") or 0))
        return (_attachment("photo", largest, "photo.jpg"),)
    for kind, name in FILES.items():
        if file := message.get(kind):
            return (_attachment(kind, file, name),)
    return ()


def _attachment(kind: str, file: Json, name: str) -> Attachment:
    shown = one_line(cleaned(str(file.get("file_name") or name))).replace("\\", "/").rpartition("/")[2][-MAX_FILE_NAME:]
    mime = str(file.get("mime_type") or MIMES.get(kind, "application/octet-stream"))
    return Attachment(f"{NAME}:{kind}:{file['file_id']}", shown or name, one_line(mime), int(file.get("file_size") or 0))


def parse_source(source: str) -> tuple[str, str] | None:
    """Kind and file id of an Attachment.source that this channel made; None for another channel's."""
    channel, _, rest = source.partition(":")
    kind, _, file_id = rest.partition(":")
    return (kind, file_id) if channel == NAME and file_id else None
