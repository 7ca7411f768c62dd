"""Forms as modals and home pages as home tabs, and modals back to values: pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any

from adapters.slack import elements, outbound, text
from bot.domain.fields import asked
from bot.domain.messages import Form, Home, Title

Json = dict[str, Any]

FORM, SENT_BY = "form", "firstline"
MAX_TITLE = 24  # units; modal title, submit and close
MAX_VIEW_BLOCKS = 100


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
    deciding = {field.when[0] for field in form.fields if field.when}
    inputs = [elements.block(field, field.name in deciding) for field in asked(form.fields, {})][:MAX_VIEW_BLOCKS]
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": _plain(form.title, MAX_TITLE),
        "submit": _plain(form.submit, MAX_TITLE),
        "close": _plain(form.cancel, MAX_TITLE),
        "private_metadata": _sealed(origin, user, key),
        "blocks": [*about[: MAX_VIEW_BLOCKS - len(inputs)], *inputs],
    }


def refilled(form: Form, given: Mapping[str, str]) -> Form:
    """The form with what stands in the modal now."""
    return replace(form, fields=tuple(replace(field, initial=given.get(field.name, field.initial)) for field in form.fields))


def is_deciding(view: Json, action: Json) -> bool:
    """Did somebody choose in a field of a form, so that others may be asked now (and not press a button in it)?"""
    return view.get("callback_id") == FORM and action.get("type") != "button"


def asked_in(view: Json) -> set[str]:
    """The names of the fields that the modal shows."""
    blocks = view.get("blocks")
    return {str(b.get("block_id")) for b in blocks if isinstance(b, dict) and b.get("type") == "input"} if isinstance(blocks, list) else set()


def values(view: Json) -> dict[str, str]:
    """What was filled in, by the field's name."""
    return {name: elements.value(given) for name, given in _state(view)}


def files(view: Json) -> list[Json]:
    """The files given with it, as Slack describes them."""
    return [file for _, given in _state(view) for file in (given.get("files") or ()) if isinstance(file, dict)]


def _state(view: Json) -> Iterator[tuple[str, Json]]:
    state = view.get("state")
    blocks = state.get("values") if isinstance(state, dict) else None
    for block in blocks.values() if isinstance(blocks, dict) else []:
        for name, given in block.items() if isinstance(block, dict) else []:
            if isinstance(given, dict):
                yield str(name), given


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


def field_errors(wrong: Form) -> Json:
    """The answer to a submission that keeps the modal open and says at each field what does not hold."""
    return {"response_action": "errors", "errors": {field.name: field.problem for field in wrong.fields if field.problem}}


def errors(view: Json, sentence: str) -> Json:
    """The answer to a submission that keeps the modal open, words and all, and says why."""
    blocks = view.get("blocks")
    first = next((b for b in blocks if isinstance(b, dict) and b.get("type") == "input"), {}) if isinstance(blocks, list) else {}
    return {"response_action": "errors", "errors": {str(first.get("block_id", "")): sentence}}


def home_tab(home: Home) -> Json:
    """The view of a home page: its first sections, as many as Slack shows (100 blocks), a rule above each headline but the first."""
    blocks: list[Json] = []
    for section in home.sections:
        shown = [{"type": "divider"}] if blocks and section.parts and isinstance(section.parts[0], Title) else []
        shown += [block for part in section.parts for piece in outbound.fit_part(part) for block in outbound.blocks_of(piece, big=True)]
        shown += outbound.buttons(section.choices)
        if len(blocks) + len(shown) > MAX_VIEW_BLOCKS:
            break
        blocks += shown
    return {"type": "home", "blocks": blocks}


def _plain(words: str, limit: int) -> Json:
    return {"type": "plain_text", "text": text.clipped(words, limit) or " ", "emoji": False}
