"""[privacy] of firstline.toml: what people are told the first time they write on a channel."""

from __future__ import annotations

import re

from bot.domain.desks import PrivacyNotice
from bot.toml_table import Table

LONGEST = 300  # characters: it stands under an answer


def privacy(root: Table) -> PrivacyNotice | None:
    """The section; None where there is none: nobody is told but by `/start` and `/privacy`."""
    if "privacy" not in root.values:
        return None
    table = root.table("privacy")
    words, url = " ".join(table.text("notice").split()), table.text("url").strip()
    if len(words) > LONGEST:
        table.fault("notice", f"it has more than {LONGEST} characters; write one short sentence, and the rest on the page of url")
    if url and not re.fullmatch(r"https?://[^\s<>\"]{1,500}", url):
        table.fault("url", 'it is no web address; write it as "https://example.com/privacy", or leave it out')
    table.done()
    return PrivacyNotice(words, url)
