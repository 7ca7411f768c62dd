"""Messages to what the Send API takes, on Messenger and on Instagram, within the limits of each. Pure.

https://developers.facebook.com/documentation/business-messaging/messenger-platform/send-messages
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters import plain
from adapters.meta import addresses
from adapters.meta.config import GRAPH_URL, INSTAGRAM_URL
from adapters.meta.fitting import Measure, fit, utf8, utf16
from adapters.meta.sorts import type_of
from bot.domain.messages import Attachment, Capabilities, Choice, Outbound, Pace, Part, Small, Words

MOST_QUICK, MOST_TITLE = 13, 20  # quick replies of one message, and characters of each
HUMAN = timedelta(days=7)  # people may answer for so long after the last message, bots for a day
KINDS = ("image", "audio", "video")


@dataclass(frozen=True, slots=True)
class Platform:
    """What differs. token: the setting that holds ours; largest: bytes of a file by kind, of other kinds nothing is taken."""

    name: str
    token: str
    can: Capabilities
    measure: Measure
    largest: Mapping[str, int]
    files: tuple[str, ...] = ()  # MIME types that "file" takes, all where none is named
    fields: str = "name"  # of somebody's profile
    urls: tuple[str, str] = (GRAPH_URL, GRAPH_URL)  # for tokens that begin with IG, and for all others


def shown(parts: Sequence[Part]) -> str:
    """In plain words. Somebody's words need no quote where nothing of ours stands below them."""
    if sum(not isinstance(part, Small) for part in parts) == 1:
        return "\n\n".join(filter(None, (_bare(part) if isinstance(part, Words) else plain.text_of([part]) for part in parts)))
    return plain.text_of(parts)


def _bare(part: Words) -> str:
    return f"{part.author}:\n{part.text}" if part.author else part.text


def _can(total_per_s: float) -> Capabilities:
    """Quick replies are gone with the next message, and Instagram's computers show none: choices are always in words, too."""
    return Capabilities(buttons=False, shortcuts=True, pace=Pace(per_place_s=1.0, burst=10, total_per_s=total_per_s))


MB = 1_000_000
MESSENGER_PLATFORM = Platform(
    addresses.MESSENGER, "MESSENGER_PAGE_TOKEN", _can(40.0), Measure(shown, utf16, 2000, 2000),
    {"image": 25 * MB, "audio": 25 * MB, "video": 25 * MB, "file": 25 * MB}, fields="first_name,last_name",
)  # fmt: skip
INSTAGRAM_PLATFORM = Platform(
    addresses.INSTAGRAM, "INSTAGRAM_TOKEN", _can(10.0), Measure(shown, utf8, 1000, 1000),
    {"image": 8 * MB, "audio": 25 * MB, "video": 25 * MB, "file": 25 * MB}, ("application/pdf",), "name,username", (INSTAGRAM_URL, GRAPH_URL),
)  # fmt: skip


def pieces(message: Outbound, platform: Platform) -> Sequence[Outbound]:
    """See Channel.fit."""
    return fit(message, platform.measure)


def is_by_a_person(message: Outbound) -> bool:
    """Did an agent write it? What they say is quoted as theirs, and files come from nobody else."""
    return bool(message.attachments) or any(isinstance(part, Words) for part in message.parts)


def content(message: Outbound) -> dict[str, Any]:
    """A text, with its choices as shortcuts."""
    made: dict[str, Any] = {"text": shown(message.parts) or "…"}
    if quick := _quick(message.choices):
        made["quick_replies"] = quick
    return made


def _quick(choices: Sequence[Choice]) -> list[dict[str, str]]:
    """By the numbers that they have in the text; what has none there is chosen by its words."""
    pressable = [choice for choice in choices if not choice.link]
    return [{"content_type": "text", "title": _begin(choice.label), "payload": choice.action} for choice in pressable[:MOST_QUICK]]


def _begin(label: str) -> str:
    kept = " ".join(label.split()) or "…"
    if utf16(kept) <= MOST_TITLE:
        return kept
    while utf16(kept) > MOST_TITLE - 1:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def sort_of(file: Attachment, platform: Platform) -> str:
    """As what it is sent, "" when it cannot be."""
    mime = type_of(file)
    kind = mime.partition("/")[0]
    if kind in KINDS and file.size <= platform.largest[kind]:
        return kind
    return "file" if not platform.files or mime in platform.files else ""
