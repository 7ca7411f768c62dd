"""Of whom nothing may go: a note for each address, with the reason."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, String, exists, literal_column, select

from bot.store.tables import notes

HOLD = "hold:"
"""Begins the notes."""


def is_held(person: Column[Any]) -> Any:
    """Did somebody say so of this person?"""
    return exists(select(notes.c.key).where(notes.c.key == literal_column(f"'{HOLD}'", String()).concat(person)))
