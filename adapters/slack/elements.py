"""The fields of a form as Block Kit's inputs, and what stands in them back to values: pure.

Limits: docs.slack.dev/reference/block-kit/block-elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.slack import text
from bot.domain.fields import as_date, fault, tidy
from bot.domain.messages import FormField

Json = dict[str, Any]

MAX_OPTIONS, MAX_OPTION = 100, 75
MAX_CHECKBOXES = 10
MAX_FILES = 10
MAX_LABEL, MAX_INPUT = 2_000, 3_000


def block(field: FormField, deciding: bool = False) -> Json:
    """The input block of a field. deciding: other fields are asked or not by what is chosen here, so Slack tells at once."""
    made: Json = {"type": "input", "block_id": field.name, "optional": not field.required, "label": _plain(field.label, MAX_LABEL)}
    hint = " ".join(part for part in (field.problem and f"⚠️ {field.problem}", field.hint) if part)
    if hint:
        made["hint"] = _plain(hint, MAX_LABEL)
    if deciding:
        made["dispatch_action"] = True
    made["element"] = {"action_id": field.name, **_element(field)}
    return made


def _element(field: FormField) -> Json:
    match field.kind:
        case "choice" | "choices":
            return _choice(field)
        case "asset" if field.options:
            return _choice(field)
        case "date":
            day = as_date(field.initial)
            return {"type": "datepicker", **({"initial_date": day.isoformat()} if day else {})}
        case "number":
            return _number(field)
        case "person":
            known = field.initial.removeprefix("slack:") if field.initial.startswith("slack:") else ""
            return {"type": "users_select", **({"initial_user": known} if known else {})}
        case "file":
            return {"type": "file_input", "max_files": MAX_FILES}
    longest = max(1, min(field.max_length, MAX_INPUT))
    initial = {"initial_value": text.clipped(field.initial, longest)} if field.initial else {}
    return {"type": "plain_text_input", "multiline": field.kind == "text", "max_length": longest, **initial}


def _choice(field: FormField) -> Json:
    options = [{"text": _plain(label, MAX_OPTION), "value": value} for value, label in field.options[:MAX_OPTIONS]]
    wanted = field.initial.split("\n") if field.kind == "choices" else [field.initial]
    chosen = [option for option in options if option["value"] in wanted]
    if field.kind != "choices":
        return {"type": "static_select", "options": options, **({"initial_option": chosen[0]} if chosen else {})}
    kind = "checkboxes" if len(options) <= MAX_CHECKBOXES else "multi_static_select"
    return {"type": kind, "options": options, **({"initial_options": chosen} if chosen else {})}


def _number(field: FormField) -> Json:
    bounds = {name: bound for name, bound in (("min_value", field.least), ("max_value", field.most)) if bound}
    initial = {"initial_value": tidy(field, field.initial)} if field.initial and fault(field, field.initial) is None else {}  # Slack refuses one out of bounds
    return {"type": "number_input", "is_decimal_allowed": True, **bounds, **initial}


def value(given: Json) -> str:
    """What stands in an element, as FormField says: of several choices one a line, of a person their id."""
    if isinstance(given.get("selected_options"), list):
        return "\n".join(_strings([option.get("value") for option in given["selected_options"] if isinstance(option, dict)]))
    option = given.get("selected_option")
    if isinstance(option, dict):
        return "".join(_strings([option.get("value")]))
    if isinstance(given.get("selected_user"), str):
        return f"slack:{given['selected_user']}"
    return "".join(_strings([given.get("selected_date") or given.get("value")]))


def _strings(found: Sequence[object]) -> list[str]:
    return [text.sound(one) for one in found if isinstance(one, str)]


def _plain(words: str, limit: int) -> Json:
    return {"type": "plain_text", "text": text.clipped(words, limit) or " ", "emoji": False}
