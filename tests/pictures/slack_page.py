"""Slack as people see it: messages, threads, App Home and modals, drawn from the wire's own blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.clouds.slack_world import Message, World
from tests.pictures.paper import face, page, style, words

Json = dict[str, Any]
STYLE = style("slack")


def chat(world: World, title: str, messages: Sequence[Message], reader: str = "", phone: bool = False) -> str:
    """Messages under each other; those in a thread are set in. reader: who alone may see ephemeral ones."""
    shown = [_message(world, message, reader) for message in messages if not message.deleted]
    return page(STYLE, f'<div class="{"phone" if phone else ""}"><div class="bar">{words(title)}</div><div class="list">{"".join(shown)}</div></div>')


def home(world: World, user: str, phone: bool = False) -> str:
    """Somebody's App Home."""
    inner = f'<div class="bar">{words(world.users["U0BOT"]["real_name"])}</div><div class="home">{blocks(world.homes[user]["blocks"])}</div>'
    return page(STYLE, f'<div class="{"phone" if phone else ""}">{inner}</div>')


def modal(view: Json) -> str:
    """A dialog."""
    ends = (
        f'<div class="ends"><span class="button">{words(view["close"]["text"])}</span><span class="button primary">{words(view["submit"]["text"])}</span></div>'
    )
    return page(STYLE, f'<div class="modal"><div class="bar">{words(view["title"]["text"])}</div><div class="home">{blocks(view["blocks"])}</div>{ends}</div>')


def _message(world: World, message: Message, reader: str) -> str:
    author = world.users[message.wire.get("user") or "U0BOT"]["real_name"]
    shown = blocks(message.wire.get("blocks") or []) or f'<p class="pre">{words(message.wire.get("text", ""))}</p>'
    edited = "(edited)" if message.edits and not message.from_bot else ""
    alone = '<div class="context">Only visible to you</div>' if message.only_for and message.only_for == reader else ""
    badge = ' <span class="app">APP</span>' if message.from_bot else ""
    kind = f"{'reply ' if message.thread else ''}{'alone' if alone else ''}"
    who = f'<div class="who">{words(author)}{badge}<small>{edited}</small></div>'
    return f'<div class="message {kind}">{face(author)}<div class="body">{alone}{who}{shown}</div></div>'


def blocks(given: Sequence[Json]) -> str:
    """Block Kit as HTML."""
    return "".join(f'<div class="b">{_block(block)}</div>' for block in given)


def _block(block: Json) -> str:
    match block["type"]:
        case "header":
            return f'<div class="header">{words(block["text"]["text"])}</div>'
        case "context":
            return "".join(f'<div class="context">{words(e["text"])}</div>' for e in block["elements"])
        case "actions":
            return f'<div class="actions">{"".join(map(_element, block["elements"]))}</div>'
        case "divider":
            return '<div class="rule"></div>'
        case "section":
            accessory = f'<div class="actions">{_element(block["accessory"])}</div>' if "accessory" in block else ""
            return f"<p>{words(block['text']['text'])}</p>{accessory}"
        case "input":
            optional = " <small>(optional)</small>" if block.get("optional") else ""
            hint = f'<div class="context">{words(block["hint"]["text"])}</div>' if "hint" in block else ""
            return f'<div class="label">{words(block["label"]["text"])}{optional}</div>{_input(block["element"])}{hint}'
        case "rich_text":
            return "".join(_rich(element) for element in block["elements"])
    return f"<pre>{words(block)}</pre>"


def _rich(element: Json) -> str:
    inner = "".join(_run(e) for e in element["elements"] if e["type"] in ("text", "link", "user", "emoji"))
    match element["type"]:
        case "rich_text_quote":
            return f'<div class="quote">{inner}</div>'
        case "rich_text_list":
            kind = "ol" if element["style"] == "ordered" else "ul"
            return f"<{kind}>{''.join(f'<li>{_rich(item)}</li>' for item in element['elements'])}</{kind}>"
    return f'<div class="pre">{inner.removesuffix("<br>")}</div>'


def _run(run: Json) -> str:
    style, inner = run.get("style") or {}, words(run.get("text") or run.get("url", ""))
    if run["type"] == "link":
        return f"<a>{inner}</a>"
    for name, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
        inner = f"<{tag}>{inner}</{tag}>" if style.get(name) else inner
    return inner


def _input(element: Json) -> str:
    ticks = element.get("options", []) if element["type"] in ("checkboxes", "radio_buttons") else []
    if ticks:
        return "".join(f"<p>☐ {words(option['text']['text'])}</p>" for option in ticks)
    chosen = (element.get("initial_option") or {"text": {"text": ""}})["text"]["text"]
    shown = element.get("initial_value") or chosen or (element.get("placeholder") or {"text": ""})["text"]
    return f'<div class="input {"tall" if element.get("multiline") else ""} {element["type"]}">{words(shown)}</div>'


def _element(element: Json) -> str:
    if element["type"] == "button":
        return f'<span class="button {element.get("style", "")}">{words(element["text"]["text"])}</span>'
    return f'<span class="button select">{words((element.get("placeholder") or {"text": "⋯"})["text"])}</span>'
