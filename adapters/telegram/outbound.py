"""Outbound to Bot API parameters, fitted to Telegram's limits. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.telegram import menu
from adapters.telegram.content import ODD
from adapters.telegram.entities import MAX_ENTITIES, MAX_TEXT, Formatted, cut_points, one_line, quieted, units
from bot.domain.messages import Article, Choice, Facts, Outbound, Part, Say, Small, Title, Words
from bot.errors import DeliveryRefused

Params = dict[str, Any]

MAX_DATA = 64  # bytes of callback data
MAX_BUTTONS = 100  # a keyboard
MAX_TOPIC = 128  # characters of a topic's name
MAX_PLACEHOLDER = 64  # characters
MAX_ANSWER = 200  # characters in the answer to a press
MORE = "more"  # the action of the button that stands for a card's rarer ones
ROW, ROW_UNITS = 3, 36  # buttons in a row, all of one width, and the letters that a phone shows in a row
ROW_OF_SIGNS, SIGN_UNITS = 5, 3  # of buttons with a sign or two each, as for a rating, more stand side by side
NUMBERING = 16  # units kept free for " 2/3"
WORTH_FILLING = 400  # units left in a piece below which a long part begins on the next one
MARKS = {"open": "🟢", "taken": "🔵", "pending": "🟡", "resolved": "✅", "closed": "⚫", "warning": "⚠️"}
OUR_COMMANDS = frozenset(f"/{word}" for word in menu.WORDS)


# ------------------------------------------------------------------------------------------------------------------ text
def render(parts: Sequence[Part], asked: tuple[int, str] | None = None) -> Formatted:
    """The text and entities of one message. asked: id and name of who is asked; mentioned where our words begin with the name, else in front."""
    for plainly in (False, True):
        out = Formatted()
        said = _mention(out, asked, parts) if asked else parts
        for before, part in zip((None, *said), said, strict=False):
            if before is not None:
                out.add("\n" if isinstance(before, Title) else "\n\n")
            (_plainly if plainly else _lay)(out, part)
        if len(out.entities) <= MAX_ENTITIES:
            break
    shown = out.trimmed()
    return shown if any(letter.isprintable() and not letter.isspace() for letter in shown.text) else Formatted("…", [], 1)


def _mention(out: Formatted, asked: tuple[int, str], parts: Sequence[Part]) -> Sequence[Part]:
    """Put the mention down; gives what is still to be said."""
    user, name = asked
    out.add(name, "text_mention", user={"id": user, "is_bot": False, "first_name": name})
    if parts and isinstance(parts[0], Say) and parts[0].text.startswith(name) and len(parts[0].text) > len(name):
        return [Say(parts[0].text[len(name) :]), *parts[1:]]
    out.add("\n")
    return parts


def _lay(out: Formatted, part: Part) -> None:
    """Append one part."""
    match part:
        case Title(text, mark):
            out.add(f"{MARKS[mark]} " if mark else "")
            out.add_literal(text, "bold", OUR_COMMANDS)
        case Say(text):
            out.add_literal(text, but=OUR_COMMANDS)
        case Words(text, author):
            if author:
                out.add_literal(one_line(author), "bold")
                out.add("\n")
            begin = out.length
            out.add_literal(text)
            out.mark(begin, "blockquote")
        case Article(text):
            out.add_article(text)
        case Facts(rows):
            for n, (label, value) in enumerate(rows):
                out.add(("\n" if n else "") + f"{label}: ", "bold")
                lines = [line for line in map(one_line, value.split("\n")) if line]
                out.add_literal(lines[0] if len(lines) == 1 else "".join(f"\n• {line}" for line in lines))
        case Small(text):
            out.add_literal(text, "italic", OUR_COMMANDS)


def _plainly(out: Formatted, part: Part) -> None:
    """Append one part under a single entity: for the message that would need more entities than there may be, which would then be live again."""
    alone = Formatted()
    _lay(alone, part)
    out.add(alone.text, "pre" if isinstance(part, Words) else "code")


def sendable(text: str) -> str:
    """Without what JSON in UTF-8 cannot carry and Telegram refuses; the length stays as it was."""
    return ODD.sub("\ufffd", text)


# --------------------------------------------------------------------------------------------------------------- fitting
def fit(message: Outbound) -> list[Outbound]:
    """Pieces that each fit one call: texts of at most 4096 units in numbered parts, then one file each.

    Buttons are on the last text; a card keeps them on the first, which is the message that is edited later.
    """
    texts = _pieces(message.parts)
    bare = replace(message, choices=(), attachments=(), card="", ask="", answer_to="", reply_to=None)
    pieces = [replace(bare, parts=parts) for parts in texts] or ([] if message.attachments and not message.choices else [replace(bare, parts=())])
    pieces += [replace(bare, parts=(), attachments=(file,)) for file in message.attachments]
    pieces[0] = replace(pieces[0], card=message.card, answer_to=message.answer_to, reply_to=message.reply_to)
    last = max(len(texts), 1) - 1
    pieces[last] = replace(pieces[last], ask=message.ask)
    rows = [message.choices[n : n + MAX_BUTTONS] for n in range(0, len(message.choices), MAX_BUTTONS)]
    holder = 0 if message.card else last
    if rows and not message.ask:  # a message cannot have buttons and force a reply
        pieces[holder] = replace(pieces[holder], choices=rows.pop(0))
    more = [replace(bare, parts=(Small("…"),), choices=row) for row in rows]
    return [*pieces[: last + 1], *more, *pieces[last + 1 :]]


def _pieces(parts: Sequence[Part]) -> list[tuple[Part, ...]]:
    """The parts, cut so that each group renders within the limit; numbered when there are several."""
    if _at_most(parts) <= MAX_TEXT or render(parts).length <= MAX_TEXT:
        return [tuple(parts)] if parts else []
    room, groups, current, waiting = MAX_TEXT - NUMBERING, list[list[Part]](), list[Part](), deque(_without_blank_ends(parts))
    while waiting:
        part = waiting.popleft()
        if render([*current, part]).length <= room:
            current.append(part)
            continue
        left = room - (render(current).length + 2 if current else 0)
        if left >= WORTH_FILLING or not current:
            head, tail = _cut(part, left)
            current.append(head)
            waiting.appendleft(tail)
        else:
            waiting.appendleft(part)
        groups.append(current)
        current = []
    if current:
        groups.append(current)
    return [(*group, Small(f"{n}/{len(groups)}")) for n, group in enumerate(groups, 1)]


def _without_blank_ends(parts: Sequence[Part]) -> list[Part]:
    """The same without blanks at the end of a part: they show nothing, and count once something follows them."""
    kept = [part if isinstance(part, Facts) else replace(part, text=part.text.rstrip()) for part in parts]
    return [part for part in kept if isinstance(part, Facts) or part.text]


def _at_most(parts: Sequence[Part]) -> int:
    """A cheap bound on the rendered length: every letter two units, and what we add around them."""
    letters = 0
    for part in parts:
        letters += sum(len(label) + len(value) + 2 * value.count("\n") + 4 for label, value in part.rows) if isinstance(part, Facts) else len(part.text) + 8
        letters += len(part.author) if isinstance(part, Words) else 0
    return 2 * letters


def _cut(part: Part, room: int) -> tuple[Part, Part]:
    """A part that renders too long, in two; the first renders within room."""
    if isinstance(part, Facts):
        return _cut_facts(part, room)
    margin = (units(part.author) + 1 if isinstance(part, Words) and part.author else 0) + (4 if isinstance(part, Title) else 0)
    at = cut_points(part.text, max(1, room - margin))
    while at > 1 and render([replace(part, text=part.text[:at])]).length > room:  # an address in an article is longer shown than written
        at = cut_points(part.text, units(part.text[:at]) // 2)
    return replace(part, text=part.text[:at].rstrip("\n ")), replace(part, text=part.text[at:])


def _cut_facts(part: Facts, room: int) -> tuple[Facts, Facts]:
    """Whole rows where that helps; else the value of the first is cut."""
    fitting = max((n for n in range(len(part.rows)) if render([Facts(part.rows[:n])]).length <= room), default=0)
    if fitting:
        return Facts(part.rows[:fitting]), Facts(part.rows[fitting:])
    label, value = part.rows[0]
    label = label[:64]
    at = cut_points(value, max(1, room - units(label) - 2))
    while at > 1 and render([Facts(((label, value[:at]),))]).length > room:  # each line of a value gets a bullet
        at = cut_points(value, units(value[:at]) // 2)
    return Facts(((label, value[:at]),)), Facts(((label, value[at:]), *part.rows[1:]))


# --------------------------------------------------------------------------------------------------------------- buttons
def folded(message: Outbound) -> Sequence[Choice]:
    """The buttons of a message. On a card the rarer ones stand behind one that asks the core for them; `more` empty: it was asked."""
    rarer = [choice for choice in message.choices if choice.more]
    if not (message.card and message.more and rarer):
        return message.choices
    number = rarer[0].action.split(":")[1] if ":" in rarer[0].action else ""
    return [*(choice for choice in message.choices if not choice.more), Choice(message.more, f"{MORE}:{number}")]


def keyboard(choices: Sequence[Choice]) -> list[list[Params]]:
    """Rows of inline buttons; as many in a row as phones show whole."""
    rows: list[list[Choice]] = []
    for choice in choices:
        if not rows or not _fits_in_row([*rows[-1], choice]):
            rows.append([])
        rows[-1].append(choice)
    return [[_button(choice) for choice in row] for row in rows]


def _fits_in_row(row: Sequence[Choice]) -> bool:
    longest = max(units(choice.label) for choice in row)
    return len(row) <= (ROW_OF_SIGNS if longest <= SIGN_UNITS else ROW) and longest * len(row) <= ROW_UNITS


def _button(choice: Choice) -> Params:
    label = sendable(choice.label).strip() or "…"
    if choice.link:
        if not choice.link.startswith(("https://", "http://")):
            raise DeliveryRefused("invalid", "a button may open http and https addresses only")
        return {"text": label, "url": choice.link}
    if not 1 <= len(choice.action.encode()) <= MAX_DATA:
        raise DeliveryRefused("invalid", f"callback data of {len(choice.action.encode())} bytes")
    return {"text": label, "callback_data": choice.action, **({"style": choice.style} if choice.style else {})}


# ------------------------------------------------------------------------------------------------------------ parameters
def text_params(message: Outbound, asked: tuple[int, str] | None = None) -> Params:
    """text, entities and reply_markup of one piece, for sendMessage or editMessageText."""
    shown = render(message.parts, asked)
    params: Params = {"text": sendable(shown.text), "link_preview_options": {"is_disabled": True}}
    if shown.entities:
        params["entities"] = shown.entities
    if message.ask:
        params["reply_markup"] = {"force_reply": True, "selective": True, "input_field_placeholder": message.ask[:MAX_PLACEHOLDER]}
    elif message.choices:
        params["reply_markup"] = {"inline_keyboard": keyboard(folded(message))}
    return params


def plain(params: Params) -> Params:
    """The same without entities, for the message whose entities were refused: arrives plain, and still not live."""
    return {**{k: v for k, v in params.items() if k != "entities"}, "text": quieted(params["text"])[:MAX_TEXT]}


def answer_text(message: Outbound) -> tuple[str, bool]:
    """What the answer to a press shows, and whether that is all of it."""
    text = sendable(render(message.parts).text) if message.parts else ""
    if units(text) <= MAX_ANSWER:
        return text, True
    return text[: cut_points(text, MAX_ANSWER - 1)].rstrip() + "…", False


def topic_name(card: str) -> str:
    """A topic's name: the card's title on one line, at most 128 characters."""
    name = sendable(one_line(card)) or "…"
    return name if len(name) <= MAX_TOPIC else name[: MAX_TOPIC - 1].rstrip() + "…"


def is_closed(message: Outbound) -> bool:
    """Does the card say that nothing more may change?"""
    return any(isinstance(part, Title) and part.mark == "closed" for part in message.parts)
