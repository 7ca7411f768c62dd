"""What Telegram will show of a message, as runs of text: read from the very entities that would be sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from adapters.telegram.entities import Entity, Formatted
from adapters.telegram.outbound import fit, render
from bot.domain.messages import Outbound
from bot.ports.world import Run, RunStyle

STYLES: dict[str, RunStyle] = {"bold": "bold", "italic": "italic", "code": "code", "pre": "code", "blockquote": "quote"}


def preview(message: Outbound) -> Sequence[Sequence[Run]]:
    """The messages it takes, each in runs."""
    return [list(_runs(render(piece.parts))) for piece in fit(message) if piece.parts]


def _runs(said: Formatted) -> Iterator[Run]:
    """Entities count in UTF-16 units: two bytes each. Where two lie over each other the inner one, which begins later, decides."""
    text = said.text.encode("utf-16-le", "surrogatepass")
    marks = sorted({0, len(text) // 2, *(edge for e in said.entities for edge in (e["offset"], e["offset"] + e["length"]))})
    for begin, end in pairwise(marks):
        over = [e for e in said.entities if e["offset"] <= begin and end <= e["offset"] + e["length"]]
        piece = text[2 * begin : 2 * end].decode("utf-16-le", "surrogatepass")
        yield Run(piece, _style(over), next((str(e["url"]) for e in over if e["type"] == "text_link"), ""))


def _style(over: Sequence[Entity]) -> RunStyle:
    return next((STYLES[e["type"]] for e in sorted(over, key=lambda e: -int(e["offset"])) if e["type"] in STYLES), "")
