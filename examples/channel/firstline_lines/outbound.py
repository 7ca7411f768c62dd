"""Outbound to lines: pure. A message begins with "» ", its further lines with two blanks."""

from __future__ import annotations

from collections.abc import Sequence

from adapters import plain
from bot.domain.messages import Outbound

MOST = 4000  # characters of one message: more than a window of a terminal holds is read in parts
BEGINS, GOES_ON = "» ", "  "


def fit(message: Outbound) -> Sequence[Outbound]:
    """As it is, if it is short enough; else in numbered parts, then a piece for each file."""
    files = message.attachments
    fits = len(plain.text_of(message.parts)) <= MOST and (not files or (len(files) == 1 and not message.parts))
    return [message] if fits else plain.fit(message, MOST)


def lines(message: Outbound) -> str:
    """One message. A file cannot be sent here, so that it is named: what cannot be shown is said, never dropped."""
    files = [f"[file: {file.name}]" for file in message.attachments]
    text = plain.cleaned("\n".join(part for part in (plain.text_of(message.parts), *files) if part))
    return BEGINS + f"\n{GOES_ON}".join(text.split("\n")) + "\n"
