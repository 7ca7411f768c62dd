"""What can be asked for by a form, a card each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.custom_fields import said
from bot.domain.desks import Desk


@dataclass(frozen=True, slots=True)
class Kind:
    """One form, as its card says it. question: what it asks first, or ""."""

    kind: str
    label: str
    question: str


def kinds(desk: Desk, language: str) -> Sequence[Kind]:
    """The forms of the desk in that language, in their order."""
    return [Kind(form.kind, said(form.label, language), said(form.question, language)) for form in desk.forms]
