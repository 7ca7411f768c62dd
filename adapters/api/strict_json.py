"""Bodies as strictly as JSON itself: what two readers might understand differently is refused."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from adapters.api.problems import Refused, unsound

DEEPEST = 20  # levels; ours need four
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def check(body: bytes) -> None:
    """Return when a body can be read in one way alone. Raises Refused."""
    if not body:
        return
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_no_name_twice, parse_constant=_no_number)
    except UnicodeDecodeError:
        raise Refused(HTTPStatus.BAD_REQUEST, "not_utf8", "The body is not UTF-8.") from None
    except json.JSONDecodeError as fault:
        raise Refused(HTTPStatus.BAD_REQUEST, "not_json", f"The body is not JSON: line {fault.lineno}, column {fault.colno}.") from None
    except (RecursionError, ValueError):
        raise Refused(HTTPStatus.BAD_REQUEST, "not_json", "The body is not JSON that can be read: it goes too deep, or a number is too long.") from None
    _check_texts(value, 0)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise unsound("The body names something twice.", code="name_twice")
    return found


def _no_number(name: str) -> None:
    raise Refused(HTTPStatus.BAD_REQUEST, "not_json", f"The body is not JSON: {name} is no number.")


def _check_texts(value: object, level: int) -> None:
    if level > DEEPEST:
        raise unsound("The body goes too deep.", code="too_deep")
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise unsound("A text holds control characters or half of a surrogate pair, which cannot be stored.", code="unstorable")
    if isinstance(value, dict):
        for name, one in value.items():
            _check_texts(name, level + 1)
            _check_texts(one, level + 1)
    elif isinstance(value, list):
        for one in value:
            _check_texts(one, level + 1)
