"""Messages to what the Cloud API takes, within its limits: developers.facebook.com, "Messages" of the WhatsApp Business Platform. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.meta.fitting import Measure, fit, utf16
from adapters.meta.sorts import type_of
from adapters.meta.whatsapp_text import shown
from bot.domain.messages import Attachment, Choice, Outbound, Say

MOST_TEXT, MOST_BESIDE_CHOICES, MOST_CAPTION = 4096, 1024, 1024  # characters
MOST_BUTTONS, MOST_ROWS = 3, 10  # of one message
MOST_BUTTON, MOST_ROW, MOST_ROW_MORE = 20, 24, 72  # characters of a button, of a row's first line, and of its second
MENU = "☰ Menu"  # what opens a list: understood in every language of ours
LARGEST = {"image": 5_000_000, "video": 16_000_000, "audio": 16_000_000, "document": 100_000_000}  # bytes
SORTS = {
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
}
OFFICE = "application/vnd.openxmlformats-officedocument"
DOCUMENTS = frozenset({
    "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
    f"{OFFICE}.wordprocessingml.document", f"{OFFICE}.spreadsheetml.sheet", f"{OFFICE}.presentationml.presentation",
    "image/jpeg", "image/png", "video/mp4", "audio/mpeg",
})  # fmt: skip
SIGNS = {"seen": "👀", "thanks": "🙏", "ticket": "🎫", "solved": "✅"}
MEASURE = Measure(shown, utf16, MOST_TEXT, MOST_BESIDE_CHOICES)


def pieces(message: Outbound) -> Sequence[Outbound]:
    """See Channel.fit. Links stand in the text; a file takes a short text along as its caption."""
    message = _with_links_in_words(message)
    if _is_captioned(message):
        return (message,)
    return fit(message, MEASURE)


def _with_links_in_words(message: Outbound) -> Outbound:
    """A list has no room for addresses, and WhatsApp makes them pressable in a text."""
    links = [f"{choice.label}: {choice.link}" for choice in message.choices if choice.link]
    if not links:
        return message
    return replace(message, parts=(*message.parts, Say("\n".join(links))), choices=tuple(choice for choice in message.choices if not choice.link))


def _is_captioned(message: Outbound) -> bool:
    if len(message.attachments) != 1 or message.choices or not message.parts:
        return False
    file = message.attachments[0]
    kind = sort_of(file)
    return kind not in ("audio", "") and 0 < file.size <= LARGEST[kind] and MEASURE.holds(message.parts, MOST_CAPTION)


def sort_of(file: Attachment) -> str:
    """As what it is sent: shown where WhatsApp can show it, else as a document, of which it takes some; "" for all others."""
    mime = type_of(file)
    for kind, mimes in SORTS.items():
        if mime in mimes and file.size <= LARGEST[kind]:
            return kind
    return "document" if mime in DOCUMENTS else ""


def content(message: Outbound) -> dict[str, Any]:
    """Type and content of a piece without a file."""
    words = shown(message.parts)
    if not message.choices:
        return {"type": "text", "text": {"body": words or "…", "preview_url": False}}
    return {"type": "interactive", "interactive": {"body": {"text": words or "…"}, **_choices(message.choices)}}


def _choices(choices: Sequence[Choice]) -> dict[str, Any]:
    """Buttons where there are few and short ones, else a list."""
    labels = [_line(choice.label) for choice in choices]
    if len(choices) <= MOST_BUTTONS and len(set(labels)) == len(labels) and all(utf16(label) <= MOST_BUTTON for label in labels):
        buttons = [{"type": "reply", "reply": {"id": choice.action, "title": label}} for choice, label in zip(choices, labels, strict=True)]
        return {"type": "button", "action": {"buttons": buttons}}
    rows = [_row(choice.action, label) for choice, label in zip(choices[:MOST_ROWS], labels, strict=False)]
    return {"type": "list", "action": {"button": MENU, "sections": [{"rows": rows}]}}


def _row(action: str, label: str) -> dict[str, str]:
    """One line where it fits; else its beginning, and all of it below."""
    if utf16(label) <= MOST_ROW:
        return {"id": action, "title": label}
    return {"id": action, "title": _begin(label, MOST_ROW), "description": _begin(label, MOST_ROW_MORE)}


def _begin(text: str, most: int) -> str:
    """As much as fits, up to a word's end where one is near."""
    if utf16(text) <= most:
        return text
    kept = text
    while utf16(kept) > most - 1:
        kept = kept[:-1]
    at = kept.rfind(" ", len(kept) // 2)
    return f"{kept[:at] if at > 0 else kept}…"


def _line(label: str) -> str:
    return " ".join(label.split()) or "…"


def file_content(file: Attachment, kind: str, media: str, message: Outbound) -> dict[str, Any]:
    """Type and content of a piece with a file that was uploaded as `media`."""
    described: dict[str, Any] = {"id": media}
    if kind == "document":
        described["filename"] = file.name
    if message.parts and kind != "audio":
        described["caption"] = shown(message.parts)
    return {"type": kind, kind: described}


def template(name: str, language: str, number: str) -> dict[str, Any]:
    """That there is news on a request."""
    body = {"type": "body", "parameters": [{"type": "text", "text": number}]}
    return {"type": "template", "template": {"name": name, "language": {"code": language}, "components": [body]}}
