"""Block Kit as the real Slack checks and shows it: what it refuses, what a reader sees, and what becomes live.

Limits: docs.slack.dev/reference/block-kit, and slack_sdk.models where the pages are silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
ALL_BLOCK_TEXT = 13_200  # characters in all blocks of one message; undocumented: slackapi/bolt-js issue 2509
BLOCK_TYPES = {"section", "header", "context", "actions", "divider", "input", "rich_text", "image", "markdown"}
ELEMENT_LIMITS = {"actions": 25, "context": 10}
OPTION_LIMITS = {"static_select": 100, "multi_static_select": 100, "overflow": 5, "radio_buttons": 10, "checkboxes": 10}
INPUTS = {"plain_text_input", "number_input", "datepicker", "users_select", "file_input", "static_select", "multi_static_select", "checkboxes", "radio_buttons"}
PRESSED = {"button", "static_select", "multi_static_select", "overflow", "datepicker", "users_select", "checkboxes", "radio_buttons"}  # in an actions block
BARE = re.compile(r"https?://[^\s<>|]+")  # Slack links these by itself in mrkdwn and in a message's text
LIVE = re.compile(r"<([^<>\s][^<>]*)>")


def problems(blocks: Any, limit: int = MESSAGE_BLOCKS, view: bool = False) -> list[str]:
    """Every reason for which these blocks are refused, each with a JSON pointer; empty: they are fine."""
    if not isinstance(blocks, list):
        return ["not an array [json-pointer:/blocks]"]
    found = [f"no more than {limit} items allowed [json-pointer:/blocks]"] if len(blocks) > limit else []
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"/blocks/{index}"
        block_id = block.get("block_id", "")
        if block_id:
            found += _too_long(block_id, 255, f"{here}/block_id")
            if block_id in seen:
                found.append(f"block_id already exists [json-pointer:{here}/block_id]")
            seen.add(block_id)
        found += _block(block, here, view)
    if not view and sum(len(text) for text in _texts(blocks)) > ALL_BLOCK_TEXT:
        found.append("msg_blocks_too_long")
    return found


def view_problems(view: Json) -> list[str]:
    """Why a modal or a home tab is refused."""
    found = problems(view.get("blocks"), VIEW_BLOCKS, view=True)
    if view.get("type") not in ("modal", "home"):
        found.append("must be modal or home [json-pointer:/view/type]")
    if view.get("type") == "modal":
        for part in ("title", "submit", "close"):
            if part in view:
                found += _text_object(view[part], 24, f"/view/{part}", plain=True)
        if "title" not in view:
            found.append("missing required field: title [json-pointer:/view]")
        if "submit" not in view and any(b.get("type") == "input" for b in view.get("blocks") or []):
            found.append("submit is required when there is an input [json-pointer:/view]")
    found += _too_long(view.get("private_metadata", ""), 3000, "/view/private_metadata")
    return found + _too_long(view.get("callback_id", ""), 255, "/view/callback_id")


def _block(block: Json, here: str, view: bool) -> Iterator[str]:
    kind = block.get("type")
    if kind not in BLOCK_TYPES:
        yield f"unsupported type: {kind} [json-pointer:{here}/type]"
    if kind == "section":
        if "text" not in block and "fields" not in block:
            yield f"missing required field: text or fields [json-pointer:{here}]"
        if "text" in block:
            yield from _text_object(block["text"], 3000, f"{here}/text")
        if len(block.get("fields", [])) > 10:
            yield f"no more than 10 items allowed [json-pointer:{here}/fields]"
        for n, item in enumerate(block.get("fields", [])):
            yield from _text_object(item, 2000, f"{here}/fields/{n}")
        if "accessory" in block:
            yield from _element(block["accessory"], f"{here}/accessory")
    elif kind == "header":
        yield from _text_object(block.get("text"), 150, f"{here}/text", plain=True)
    elif kind == "input":
        if not view:
            yield f"unsupported type: input [json-pointer:{here}/type]"
        yield from _text_object(block.get("label"), 2000, f"{here}/label", plain=True)
        if "hint" in block:
            yield from _text_object(block["hint"], 2000, f"{here}/hint", plain=True)
        element = block.get("element") or {}
        if element.get("type") not in INPUTS:
            yield f"unsupported element in an input: {element.get('type')} [json-pointer:{here}/element/type]"
        yield from _element(element, f"{here}/element")
    elif kind == "rich_text":
        if not block.get("elements"):
            yield f"must have elements [json-pointer:{here}/elements]"
        yield from _rich_problems(block, here)
    elif kind in ELEMENT_LIMITS:
        elements = block.get("elements") or []
        if not elements or len(elements) > ELEMENT_LIMITS[kind]:
            yield f"1 to {ELEMENT_LIMITS[kind]} items allowed [json-pointer:{here}/elements]"
        ids = [e.get("action_id") for e in elements if e.get("action_id")]
        if len(ids) != len(set(ids)):
            yield f"`action_id` already exists [json-pointer:{here}/elements]"
        for n, element in enumerate(elements):
            if kind == "actions" and element.get("type") not in PRESSED:
                yield f"unsupported element: {element.get('type')} [json-pointer:{here}/elements/{n}/type]"
            if kind == "context" and element.get("type") in ("mrkdwn", "plain_text"):
                yield from _text_object(element, 2000, f"{here}/elements/{n}")
            else:
                yield from _element(element, f"{here}/elements/{n}")


def _rich_problems(node: Json, here: str) -> Iterator[str]:
    for n, element in enumerate(node.get("elements") or []):
        if element.get("type") == "text" and not element.get("text"):
            yield f"must be more than 0 characters [json-pointer:{here}/elements/{n}/text]"
        if element.get("type") == "link" and not element.get("url"):
            yield f"missing required field: url [json-pointer:{here}/elements/{n}]"
        yield from _rich_problems(element, f"{here}/elements/{n}")


def _element(element: Json, here: str) -> Iterator[str]:
    kind = element.get("type", "")
    yield from _too_long(element.get("action_id", ""), 255, f"{here}/action_id")
    if kind == "button":
        yield from _text_object(element.get("text"), 75, f"{here}/text", plain=True)
        yield from _too_long(element.get("value", ""), 2000, f"{here}/value")
        if element.get("style", "primary") not in ("primary", "danger"):
            yield f"must be primary or danger [json-pointer:{here}/style]"
    if "placeholder" in element:
        yield from _text_object(element["placeholder"], 150, f"{here}/placeholder", plain=True)
    if kind == "plain_text_input":
        yield from _too_long(element.get("initial_value", ""), int(element.get("max_length", 3000)), f"{here}/initial_value")
        if int(element.get("max_length", 1)) > 3000:
            yield f"must be less than 3001 [json-pointer:{here}/max_length]"
    if kind in OPTION_LIMITS:
        options = element.get("options") or []
        if not options or len(options) > OPTION_LIMITS[kind]:
            yield f"1 to {OPTION_LIMITS[kind]} items allowed [json-pointer:{here}/options]"
        for n, option in enumerate(options):
            yield from _text_object(option.get("text"), 75, f"{here}/options/{n}/text")
            yield from _too_long(option.get("value", ""), 150, f"{here}/options/{n}/value")
        begun = [*(element.get("initial_options") or []), *([element["initial_option"]] if "initial_option" in element else [])]
        if any(option not in options for option in begun) or ("initial_options" in element and not element["initial_options"]):
            yield f"initial options must be among the options [json-pointer:{here}]"
    yield from _odd_input(element, here)
    if "confirm" in element:
        yield from _text_object(element["confirm"].get("title"), 100, f"{here}/confirm/title", plain=True)
        yield from _text_object(element["confirm"].get("text"), 300, f"{here}/confirm/text")


def _odd_input(element: Json, here: str) -> Iterator[str]:
    """Dates, numbers and files. Their rules: docs.slack.dev/reference/block-kit/block-elements."""
    kind = element.get("type", "")
    if kind == "datepicker" and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", element.get("initial_date", "2026-01-01")):
        yield f"must be a date [json-pointer:{here}/initial_date]"
    if kind == "file_input" and not 1 <= int(element.get("max_files", 10)) <= 10:
        yield f"must be 1 to 10 [json-pointer:{here}/max_files]"
    if kind == "number_input":
        if not isinstance(element.get("is_decimal_allowed"), bool):
            yield f"missing required field: is_decimal_allowed [json-pointer:{here}]"
        numbers = {name: element[name] for name in ("min_value", "initial_value", "max_value") if name in element}
        if any(not isinstance(number, str) or not re.fullmatch(r"-?\d+(\.\d+)?", number) for number in numbers.values()):
            yield f"must be a number, as text [json-pointer:{here}]"
        elif list(map(float, numbers.values())) != sorted(map(float, numbers.values())):
            yield f"the initial value must be within the bounds [json-pointer:{here}]"


def _text_object(item: Any, limit: int, here: str, plain: bool = False) -> Iterator[str]:
    if not isinstance(item, dict) or item.get("type") not in ("plain_text", "mrkdwn"):
        yield f"not a text object [json-pointer:{here}]"
        return
    if plain and item["type"] != "plain_text":
        yield f"must be plain_text [json-pointer:{here}/type]"
    if not item.get("text"):
        yield f"must be more than 0 characters [json-pointer:{here}/text]"
    yield from _too_long(item.get("text", ""), limit, f"{here}/text")


def _too_long(text: str, limit: int, here: str) -> list[str]:
    return [f"must be less than {limit + 1} characters [json-pointer:{here}]"] if len(text) > limit else []


def _texts(node: Any) -> Iterator[str]:
    """Every string shown, in reading order."""
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for key, value in node.items():
            if key in ("text", "fields", "elements", "accessory", "label", "title", "blocks") and not isinstance(value, str):
                yield from _texts(value)


def shown(message: Json) -> str:
    """What a reader sees: the blocks if there are any (labels of buttons aside), else the text, entities decoded."""
    blocks = message.get("blocks") or []
    lines = [_shown_block(block) for block in blocks] if blocks else [_shown_mrkdwn(message.get("text", ""))]
    return "\n".join(line for line in lines if line)


def _shown_block(block: Json) -> str:
    if block.get("type") == "actions":
        return ""
    if block.get("type") == "rich_text":
        return "\n".join("".join(_rich(part)) for part in _paragraphs(block))
    parts = [_shown_text(block[key]) for key in ("text", "label") if isinstance(block.get(key), dict)]
    parts += [_shown_text(item) for item in [*block.get("fields", []), *block.get("elements", [])]]
    return "\n".join(part for part in parts if part)


def _paragraphs(block: Json) -> Iterator[Json]:
    for part in block.get("elements", []):
        yield from part.get("elements", []) if part.get("type") == "rich_text_list" else [part]


def _shown_text(item: Json) -> str:
    text = str(item.get("text", ""))
    return _shown_mrkdwn(text) if item.get("type") == "mrkdwn" else text


def _rich(node: Json) -> Iterator[str]:
    if "elements" in node:
        for child in node["elements"]:
            yield from _rich(child)
    elif node.get("type") == "link":
        yield node.get("text") or node.get("url", "")
    elif node.get("type") in ("user", "channel", "broadcast", "usergroup"):
        yield "@" + str(node.get("user_id") or node.get("channel_id") or node.get("range") or node.get("usergroup_id"))
    elif node.get("type") == "emoji":
        yield f":{node.get('name')}:"
    else:
        yield str(node.get("text", ""))


def _shown_mrkdwn(text: str) -> str:
    def label(match: re.Match[str]) -> str:
        target, _, name = match[1].partition("|")
        return name or target

    return LIVE.sub(label, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def live(message: Json) -> list[tuple[str, str]]:
    """What a client would make live, as (kind, target): mentions that notify, and links whose label hides where they go."""
    found = list(_live_mrkdwn(str(message.get("text", ""))))
    for block in message.get("blocks") or []:
        found += _live_node(block)
    return found


def _live_node(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _live_node(item)
    elif isinstance(node, dict):
        kind = node.get("type")
        if kind in ("mrkdwn", "markdown"):
            yield from _live_mrkdwn(str(node.get("text", "")))
        elif kind == "link":
            yield ("link" if node.get("text") not in (None, node.get("url")) else "url"), str(node.get("url"))
        elif kind in ("user", "channel", "broadcast", "usergroup") and "text" not in node:
            yield kind, str(node.get("user_id") or node.get("channel_id") or node.get("range") or node.get("usergroup_id"))
        else:
            for value in node.values():
                if isinstance(value, list | dict):
                    yield from _live_node(value)


def _live_mrkdwn(text: str) -> Iterator[tuple[str, str]]:
    yield from (("url", bare) for bare in BARE.findall(LIVE.sub("", text)))
    for match in LIVE.finditer(text):
        target, _, name = match[1].partition("|")
        if target.startswith("!subteam^"):
            yield "usergroup", target[9:]
        elif target.startswith("!date^"):
            continue
        elif target.startswith("!"):
            yield "broadcast", target[1:]
        elif target.startswith("@"):
            yield "user", target[1:]
        elif target.startswith("#"):
            yield "channel", target[1:]
        else:
            yield ("link" if name and name != target else "url"), target


def buttons(blocks: Any) -> list[Json]:
    """Every button of a message or view as it stands in the JSON, with its block_id added."""
    found = []
    for block in blocks or []:
        for element in [*block.get("elements", []), block.get("accessory") or {}]:
            if element.get("type") in ("button", "overflow", "static_select"):
                found.append({**element, "block_id": block.get("block_id", "")})
    return found
