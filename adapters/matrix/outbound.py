"""Messages as Matrix events: pure.

`body` is for clients that show plain text, `formatted_body` for the others. What people wrote is escaped there, and nobody is mentioned
(`m.mentions` is empty), whatever names it holds.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters import plain
from adapters.matrix.addresses import Address
from bot.domain.messages import Article, Attachment, Facts, Outbound, Part, Say, Small, Title, Words

Json = dict[str, Any]

MAX_TEXT = 5000  # characters of one message: twice as text and as HTML, escaped, they stay below the 65,536 bytes of an event
KEY = "org.firstline.key"  # of our events: by which delivery finds again what it sent
INLINE = re.compile(r"\*\*(?P<bold>[^*\n]{1,1000})\*\*|`(?P<code>[^`\n]{1,1000})`|\[(?P<label>[^\[\]\n]{1,300})\]\((?P<url>https?://[^\s()]{1,1000}|mailto:[^\s()]{1,300})\)")
ITEM = re.compile(r"[ \t]*(?:[-*]|(\d{1,3})\.) +(.*)")
KINDS = {"image": "m.image", "video": "m.video", "audio": "m.audio"}  # by the first half of the media type
MOST_NAME = 200  # characters of a file's name


def fit(message: Outbound) -> list[Outbound]:
    """A message that fits stays as it is, its files apart; else in plain pieces, nothing lost."""
    return plain.kept_or_cut(message, MAX_TEXT)


def content(message: Outbound, key: str, thread: str = "", answers: str = "") -> Json:
    """The event. thread: the event whose thread it belongs into; answers: the one it visibly answers."""
    return {**text(message.parts), "m.mentions": {}, **_relation(thread, answers), **({KEY: key} if key else {})}


def text(parts: Sequence[Part]) -> Json:
    """The words in both forms."""
    parts = [_cleaned(part) for part in parts]
    return {
        "msgtype": "m.notice",
        "body": plain.text_of(parts),
        "format": "org.matrix.custom.html",
        "formatted_body": "".join(_html(part) for part in parts),
    }


def edited(message: Outbound, event: str) -> Json:
    """The event that puts other words into the place of an earlier one's."""
    new = {**text(message.parts), "m.mentions": {}}
    return {
        "msgtype": "m.notice",
        "body": f"* {new['body']}",
        "m.mentions": {},
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event},
    }


def file(attachment: Attachment, url: str, size: int, key: str, thread: str = "", answers: str = "") -> Json:
    """The event of a file that the homeserver keeps at that address."""
    name = plain.cleaned(attachment.name)[:MOST_NAME]
    kind = KINDS.get(attachment.mime.partition("/")[0], "m.file")
    info = {"mimetype": attachment.mime, **({"size": size} if size else {})}
    named = {"msgtype": kind, "body": name, "filename": name, "url": url, "info": info, "m.mentions": {}}
    return {**named, **_relation(thread, answers), **({KEY: key} if key else {})}


def reaction(event: str, sign: str) -> Json:
    """A sign on an event."""
    return {"m.relates_to": {"rel_type": "m.annotation", "event_id": event, "key": sign}}


def answered(address: Address | None, room: str) -> str:
    """The event to answer visibly, if it stands in that room."""
    return address.event if address is not None and address.room == room else ""


def _relation(thread: str, answers: str) -> Json:
    if thread:
        return {"m.relates_to": {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True, "m.in_reply_to": {"event_id": answers or thread}}}
    return {"m.relates_to": {"m.in_reply_to": {"event_id": answers}}} if answers else {}


def _cleaned(part: Part) -> Part:
    """Without signs that are no text: an event with a half of a surrogate pair is none."""
    if isinstance(part, Facts):
        return Facts(tuple((plain.cleaned(label), plain.cleaned(value)) for label, value in part.rows))
    return replace(part, text=plain.cleaned(part.text))


def _html(part: Part) -> str:
    match part:
        case Title(said):
            return f"<p><strong>{_literal(said)}</strong></p>"
        case Say(said):
            return f"<p>{_literal(said)}</p>"
        case Small(said):
            return f"<p><em>{_literal(said)}</em></p>"
        case Words(said, author):
            by = f"<strong>{_literal(author)}</strong><br>" if author else ""
            return f"<blockquote>{by}{_literal(said)}</blockquote>"
        case Article(said):
            return _article(said)
        case Facts(rows):
            return "<p>" + "<br>".join(f"<strong>{_literal(label)}:</strong> {_literal(value)}" for label, value in rows) + "</p>"


def _literal(said: str) -> str:
    return html.escape(said).replace("\n", "<br>")


def _article(said: str) -> str:
    """Paragraphs and lists, with **bold**, `code` and [text](https://…) in them; anything else is literal."""
    return "".join(_block(block.split("\n")) for block in re.split(r"\n[ \t]*\n", said) if block.strip())


def _block(lines: list[str]) -> str:
    items = [ITEM.fullmatch(line) for line in lines]
    if not all(items):
        return "<p>" + "<br>".join(map(_inline, lines)) + "</p>"
    kind = "ol" if items[0] and items[0][1] else "ul"
    return f"<{kind}>" + "".join(f"<li>{_inline(item[2])}</li>" for item in items if item) + f"</{kind}>"


def _inline(said: str) -> str:
    done, at = [], 0
    for found in INLINE.finditer(said):
        done.append(html.escape(said[at : found.start()]))
        if found["bold"]:
            done.append(f"<strong>{html.escape(found['bold'])}</strong>")
        elif found["code"]:
            done.append(f"<code>{html.escape(found['code'])}</code>")
        else:
            done.append(f'<a href="{html.escape(found["url"])}">{html.escape(found["label"])}</a>')
        at = found.end()
    return "".join([*done, html.escape(said[at:])])
