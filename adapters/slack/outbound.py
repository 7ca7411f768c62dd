"""Outbound to Slack's messages, fitted to its limits: pure.

Everything people wrote goes out as rich_text or plain_text, in which Slack reads no markup: nothing in it can mention, link or format.
Limits: docs.slack.dev/reference/block-kit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from adapters.slack import text
from bot.domain.messages import Article, Choice, Facts, Outbound, Part, Say, Small, Title, Words

Json = dict[str, Any]

MAX_BLOCK_TEXT = 2_900  # units in one block; a section takes 3,000
MAX_MESSAGE_TEXT = 9_000  # units in all blocks of a message; over about 13,200 Slack answers msg_blocks_too_long
MAX_BLOCKS = 40  # of 50, so that buttons and the part's number always fit
MAX_HEADER = 150
MAX_FACT = 200  # units of a fact's label
MAX_SMALL = 1_900
MAX_LABEL = 75  # units on a button
MAX_BUTTONS = 25  # in one row of buttons
MAX_FALLBACK = 300  # units of the notification; the whole text is in the blocks
MAX_VALUE = 2_000
MAX_MENU, MAX_OPTION_VALUE, MAX_PLACEHOLDER = 100, 150, 150

MARKS = {"open": "🟢 ", "taken": "🔵 ", "pending": "🟡 ", "resolved": "✅ ", "closed": "⚫ ", "warning": "⚠️ ", "": ""}

# A web address that stands alone is shown as the link it is; inside any markup it stays words, so that no label can hide a target.
_ADDRESS = re.compile(r"(?:(?<=\s)|^)https?://[^\s<>|\"'\[\]()]+[^\s<>|\"'\[\]().,;:!?](?=[.,;:!?)]*(?:\s|$))")
_INLINE = re.compile(r"\*\*(?P<bold>[^*\n]+)\*\*|`(?P<code>[^`\n]+)`|\[(?P<label>[^\[\]\n]+)\]\((?P<url>(?:https?://|mailto:)[^)\s]{1,2000})\)")
_BULLET, _ORDERED = re.compile(r"\s*[-*•]\s+(.*)"), re.compile(r"\s*\d{1,3}[.)]\s+(.*)")


# ----------------------------------------------------------------------------------------------------------------- fitting
def fit(message: Outbound) -> list[Outbound]:
    """The message in pieces that each fit one call: texts in numbered parts, then one file a piece.

    Buttons are on the last text piece; a card keeps them on the first, which is the message that is edited later.
    """
    groups = _grouped([piece for part in (*message.parts, *_whole_labels(message.choices)) for piece in fit_part(part)])
    bare = replace(message, parts=(), choices=(), attachments=(), card="")
    pieces = []
    for index, group in enumerate(groups):
        number = (Small(f"{index + 1}/{len(groups)}"),) if len(groups) > 1 else ()
        holder = 0 if message.card else len(groups) - 1
        card = message.card if index == 0 else ""
        pieces.append(replace(bare, parts=(*group, *number), choices=message.choices if index == holder else (), card=card))
    if not groups and (message.choices or not message.attachments):
        pieces.append(replace(bare, choices=message.choices, card=message.card))
    return [*pieces, *(replace(bare, attachments=(one,)) for one in message.attachments)]


def _whole_labels(choices: Sequence[Choice]) -> tuple[Part, ...]:
    """Labels too long for a button are written out, so that the cut ones can be understood."""
    return tuple(Say(f"• {choice.label}") for choice in choices if text.units(choice.label) > MAX_LABEL)


def fit_part(part: Part) -> Iterator[Part]:
    """The part in pieces of which each fits one block."""
    if isinstance(part, Facts):
        yield from _split_facts(part)
        return
    limit = MAX_SMALL if isinstance(part, Small) else MAX_BLOCK_TEXT
    for piece in text.parts(part.text, limit):
        if piece.strip():
            yield replace(part, text=piece)


def _split_facts(facts: Facts) -> Iterator[Facts]:
    rows: list[tuple[str, str]] = []
    for label, value in facts.rows:
        label = text.clipped(label, MAX_FACT)
        for piece in text.parts(value or "–", MAX_BLOCK_TEXT - MAX_FACT - 3):
            if rows and _length(Facts((*rows, (label, piece)))) > MAX_BLOCK_TEXT:
                yield Facts(tuple(rows))
                rows = []
            rows.append((label, piece))
    if rows:
        yield Facts(tuple(rows))


def _grouped(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    groups: list[tuple[Part, ...]] = []
    group: tuple[Part, ...] = ()
    size = 0
    for part in parts:
        length = _length(part)
        if group and (size + length > MAX_MESSAGE_TEXT or len(group) >= MAX_BLOCKS):
            groups.append(group)
            group, size = (), 0
        group, size = (*group, part), size + length
    return [*groups, group] if group else groups


def _length(part: Part) -> int:
    if isinstance(part, Facts):
        return sum(text.units(label + value) + 3 for label, value in part.rows)
    return text.units(part.text)


# ------------------------------------------------------------------------------------------------------------- rendering
def payload(message: Outbound) -> Json:
    """text and blocks of one piece. The text is what notifications and screen readers say: always literal, short when there are blocks."""
    blocks = [*(block for part in message.parts for block in blocks_of(part, big=bool(message.card))), *buttons(message.choices, message.more)]
    return {"text": fallback(message.parts, message.choices), "blocks": blocks}


def fallback(parts: Sequence[Part], choices: Sequence[Choice] = ()) -> str:
    """The message in short, escaped: never empty, never live. Web addresses lose their scheme, or Slack would link them by itself."""
    lines = [line for part in parts for line in _plain(part)]
    words = re.sub(r"https?://", "", re.sub(r"\s*\n\s*", "\n", "\n".join(lines)), flags=re.IGNORECASE).strip()
    words = words or " · ".join(choice.label for choice in choices) or "…"
    return text.escaped(text.clipped(words, MAX_FALLBACK))


def _plain(part: Part) -> Iterator[str]:
    if isinstance(part, Facts):
        yield from (f"{label}: {value}" for label, value in part.rows)
    elif isinstance(part, Title):
        yield MARKS[part.mark] + part.text
    elif isinstance(part, Words) and part.author:
        yield f"{text.name(part.author) or '?'}: {part.text}"
    elif isinstance(part, Article):
        yield _INLINE.sub(lambda m: m["bold"] or m["code"] or m["label"], part.text)
    else:
        yield part.text


def blocks_of(part: Part, big: bool = False) -> Iterator[Json]:
    """The blocks that show a part. big: a title may be a headline."""
    if isinstance(part, Title):
        shown = MARKS[part.mark] + part.text
        if big and text.units(shown) <= MAX_HEADER and "\n" not in shown:
            yield {"type": "header", "text": _plain_text(shown)}
        else:
            yield _rich(_section([_text(shown, bold=True)]))
    elif isinstance(part, Words):
        author = [_section([_text(text.name(part.author) or "?", bold=True)])] if part.author else []
        yield _rich(*author, {"type": "rich_text_quote", "elements": list(_literal(part.text))})
    elif isinstance(part, Article):
        yield _rich(*_article(part.text))
    elif isinstance(part, Facts):
        yield _rich(_section(list(_rows(part))))
    elif isinstance(part, Small):
        yield {"type": "context", "elements": [_plain_text(part.text)]}
    else:
        yield _rich(_section(list(_literal(part.text))))


def _rows(facts: Facts) -> Iterator[Json]:
    """A bold label and its value a line, literal whatever it holds (fields would read markup in it)."""
    for index, (label, value) in enumerate(facts.rows):
        yield _text(f"{label}: ", bold=True)
        yield _text((value or "–") + ("\n" if index + 1 < len(facts.rows) else ""))


def buttons(choices: Sequence[Choice], more: str = "More…") -> list[Json]:
    """Rows of buttons, and a menu of the rarer choices. An action travels as the value; the ids only have to differ."""
    rarer = [choice for choice in choices if choice.more and not choice.link][:MAX_MENU]
    made = [_button(choice, index) for index, choice in enumerate(choice for choice in choices if choice not in rarer)]
    if rarer:
        made.append(_menu(rarer, more))
    return [{"type": "actions", "elements": made[start : start + MAX_BUTTONS]} for start in range(0, len(made), MAX_BUTTONS)]


def _button(choice: Choice, index: int) -> Json:
    button: Json = {"type": "button", "text": _plain_text(text.clipped(choice.label, MAX_LABEL)), "action_id": f"choice-{index}"}
    if choice.link:
        button["url"] = choice.link
    else:
        button["value"] = choice.action[:MAX_VALUE]
    if choice.style:
        button["style"] = choice.style
    return button


def _menu(choices: Sequence[Choice], more: str) -> Json:
    """A menu keeps showing what was chosen in it while its action_id stays: the id follows what the menu offers."""
    offered = "\n".join(choice.action + choice.label for choice in choices)
    return {
        "type": "static_select",
        "action_id": f"more-{hashlib.sha256(offered.encode('utf-8', 'replace')).hexdigest()[:8]}",
        "placeholder": _plain_text(text.clipped(more, MAX_PLACEHOLDER)),
        "options": [{"text": _plain_text(text.clipped(c.label, MAX_LABEL)), "value": c.action[:MAX_OPTION_VALUE]} for c in choices],
    }


def _article(words: str) -> Iterator[Json]:
    """Paragraphs and lists of an answer."""
    lines: list[str] = []
    kind = ""
    for line in [*words.split("\n"), None]:
        bullet, ordered = (_BULLET.fullmatch(line), _ORDERED.fullmatch(line)) if line is not None else (None, None)
        now = "end" if line is None else "bullet" if bullet else "ordered" if ordered else "" if line.strip() else "gap"
        if now != kind and not (kind in ("bullet", "ordered") and now == "gap"):
            yield from _paragraph(kind, lines)
            lines, kind = [], now
        if line is not None and now != "gap":
            found = bullet or ordered
            lines.append(found[1] if found else line)


def _paragraph(kind: str, lines: list[str]) -> Iterator[Json]:
    if kind in ("bullet", "ordered"):
        yield {"type": "rich_text_list", "style": kind, "elements": [_section(list(_inline(line))) for line in lines]}
    elif lines:
        yield _section(list(_inline("\n".join(lines) + "\n")))


def _inline(words: str) -> Iterator[Json]:
    """Bold, code and links of an answer; anything else as it stands."""
    at = 0
    for match in _INLINE.finditer(words):
        yield from _literal(words[at : match.start()])
        if match["url"]:
            yield {"type": "link", "url": match["url"], "text": match["label"]}
        else:
            yield {"type": "text", "text": match["bold"] or match["code"], "style": {"bold" if match["bold"] else "code": True}}
        at = match.end()
    yield from _literal(words[at:])


def _literal(words: str) -> Iterator[Json]:
    """Words as they stand; only a bare web address becomes a link, to exactly what it says."""
    at = 0
    for match in _ADDRESS.finditer(words):
        if match.start() > at:
            yield _text(words[at : match.start()])
        yield {"type": "link", "url": match[0]}
        at = match.end()
    if words[at:]:
        yield _text(words[at:])


def _text(words: str, bold: bool = False) -> Json:
    return {"type": "text", "text": words, **({"style": {"bold": True}} if bold else {})}


def _section(elements: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": elements or [_text(" ")]}


def _rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def _plain_text(words: str) -> Json:
    return {"type": "plain_text", "text": words or " ", "emoji": False}
