"""A message as lines above a page."""

from __future__ import annotations

from bot.domain.messages import Article, Facts, Outbound, Say, Small, Title, Words


def lines_of(message: Outbound) -> list[tuple[str, str]]:
    """A message as (kind, text) pairs for the line above a page."""
    lines: list[tuple[str, str]] = []
    for part in message.parts:
        match part:
            case Title() | Say() | Small() | Article():
                lines.append((part.kind, part.text))
            case Words():
                lines.append((part.kind, f"{part.author}: {part.text}" if part.author else part.text))
            case Facts():
                lines.extend(("say", f"{label}: {value}") for label, value in part.rows)
    return lines
