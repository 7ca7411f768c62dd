"""What is kept of files."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.messages import Attachment
from bot.errors import DeliveryRefused

MAX_FILE = 50_000_000  # bytes; Telegram's bots may send no larger one, and a database is no file server


def capped(attachment: Attachment, content: bytes) -> Attachment:
    """The attachment with its true size. Raises DeliveryRefused("too_large")."""
    if len(content) > MAX_FILE:
        raise DeliveryRefused("too_large", f"more than {MAX_FILE} bytes")
    return replace(attachment, size=len(content))
