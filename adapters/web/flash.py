"""What is said once on the next page, carried there by a signed cookie: any process can show it."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Sequence

LIMIT = 3000  # bytes; a browser keeps 4,096 of a cookie
Line = tuple[str, str]
"""kind and text"""


def pack(lines: Sequence[Line], sign: Callable[[str], str]) -> str:
    """The lines as a cookie; those that find no room are left out."""
    kept: list[Line] = []
    size = 0
    for kind, text in lines:
        size += len(text.encode()) + 20
        if size < LIMIT * 3 // 4:
            kept.append((kind, text))
    packed = base64.urlsafe_b64encode(json.dumps(kept, ensure_ascii=False).encode()).decode()
    return f"{packed}.{sign(packed)}"


def unpack(cookie: str, sign: Callable[[str], str]) -> list[Line]:
    """The lines; none when the signature is not ours."""
    packed, _, mac = cookie.partition(".")
    if not packed or not hmac.compare_digest(mac.encode(), sign(packed).encode()):
        return []
    return [(kind, text) for kind, text in json.loads(base64.urlsafe_b64decode(packed))]
