"""An answer as each channel will show it: what the channels themselves make of it, drawn as a page can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.markdown import to_html
from adapters.web.site import Site
from bot.domain.messages import Article, Outbound, Title
from bot.ports.world import Run
from kb.entries import Entry, Text


@dataclass(frozen=True, slots=True)
class Preview:
    """channel: its name. messages: what it takes several for, each in runs; empty for the web, whose own rendering is shown."""

    channel: str
    messages: tuple[tuple[Run, ...], ...] = ()
    html: str = ""


def all_of(site: Site, entry: Entry, text: Text) -> Sequence[Preview]:
    """The web first, then the channels that can say it."""
    if not text.question and not text.answer:
        return ()
    message = Outbound((Title(text.question), Article(text.answer)))
    drawn = [Preview(name, tuple(tuple(runs) for runs in shows(message))) for name, shows in sorted(site.previews.items())]
    return [Preview("web", html=to_html(text.answer)), *drawn]
