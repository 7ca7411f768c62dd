"""Forms as modals and home pages as home tabs, and modals back to values: pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import astuple, dataclass
from typing import Any

from adapters.slack import outbound, text
from bot.domain.messages import Form, FormField, Home

Json = dict[str, Any]

FORM, SENT_BY = "form", "firstline"
MAX_TITLE = 24  # units; modal title, submit and close
MAX_VIEW_BLOCKS = 100
MAX_OPTIONS, MAX_OPTION = 100, 75
MAX_LABEL, MAX_INPUT = 2_000, 3_000


@dataclass(frozen=True, slots=True)
class Origin:
    """What a modal is about and where its press happened; travels in the modal, sealed for the person it was opened for."""

    action: str
    place: str
    conversation: str
    answer_to: str = ""


def modal(form: Form, origin: Origin, user: str, key: bytes) -> Json:
    """The view of a form. key: seals its origin for this user."""
    about = [block for part in form.about for piece in outbound.fit_part(part) for block in outbound.blocks_of(piece)]
    inputs = [_input(field) for field in form.fields]
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": _plain(form.title, MAX_TITLE),
        "submit": _plain(form.submit, MAX_TITLE),
        "close": _plain(form.cancel, MAX_TITLE),
        "private_metadata": _sealed(origin, user, key),
        "blocks": [*about[: MAX_VIEW_BLOCKS - len(inputs)], *inputs],
    }


def _input(field: FormField) -> Json:
    block: Json = {"type": "input", "block_id": field.name, "optional": not field.required, "label": _plain(field.label, MAX_LABEL)}
    if field.hint:
        block["hint"] = _plain(field.hint, MAX_LABEL)
    if field.kind == "choice":
        options = [{"text": _plain(label, MAX_OPTION), "value": value} for value, label in field.options[:MAX_OPTIONS]]
        chosen = next((option for option in options if option["value"] == field.initial), None)
        block["element"] = {
            "type": "static_select",
            "action_id": field.name,
            "options": options,
            **({"initial_option": chosen} if chosen else {}),
        }
        return block
    longest = max(1, min(field.max_length, MAX_INPUT))
    initial = {"initial_value": text.clipped(field.initial, longest)} if field.initial else {}
    block["element"] = {
        "type": "plain_text_input",
        "action_id": field.name,
        "multiline": field.kind == "text",
        "max_length": longest,
        **initial,
    }
    return block


def values(view: Json) -> dict[str, str]:
    """What was filled in, by the field's name."""
    state = view.get("state")
    blocks = state.get("values") if isinstance(state, dict) else None
    found: dict[str, str] = {}
    for block in blocks.values() if isinstance(blocks, dict) else []:
        for name, given in block.items() if isinstance(block, dict) else []:
            if isinstance(given, dict):
                option = given.get("selected_option")
                value = given.get("value") if "value" in given else option.get("value") if isinstance(option, dict) else ""
                found[str(name)] = text.sound(value) if isinstance(value, str) else ""
    return found


def _sealed(origin: Origin, user: str, key: bytes) -> str:
    return json.dumps([*astuple(origin), _seal(origin, user, key)], ensure_ascii=False)


def origin_of(view: Json, user: str, key: bytes) -> Origin | None:
    """Where this modal came from; None when it was not opened for this user, or was altered since."""
    try:
        *fields, seal = json.loads(str(view.get("private_metadata")))
        origin = Origin(*(str(field) for field in fields))
    except (ValueError, TypeError, RecursionError):
        return None
    return origin if hmac.compare_digest(str(seal).encode(), _seal(origin, user, key).encode()) else None


def _seal(origin: Origin, user: str, key: bytes) -> str:
    return hmac.new(key, json.dumps([*astuple(origin), user]).encode(), hashlib.sha256).hexdigest()


def errors(view: Json, sentence: str) -> Json:
    """The answer to a submission that keeps the modal open, words and all, and says why."""
    blocks = view.get("blocks")
    first = next((b for b in blocks if isinstance(b, dict) and b.get("type") == "input"), {}) if isinstance(blocks, list) else {}
    return {"response_action": "errors", "errors": {str(first.get("block_id", "")): sentence}}


def home_tab(home: Home) -> Json:
    """The view of a home page: its first sections, as many as Slack shows (100 blocks)."""
    blocks: list[Json] = []
    for section in home.sections:
        shown = [block for part in section.parts for piece in outbound.fit_part(part) for block in outbound.blocks_of(piece, big=True)]
        shown += outbound.buttons(section.choices)
        if len(blocks) + len(shown) > MAX_VIEW_BLOCKS:
            break
        blocks += shown
    return {"type": "home", "blocks": blocks}


def _plain(words: str, limit: int) -> Json:
    return {"type": "plain_text", "text": text.clipped(words, limit) or " ", "emoji": False}
