"""Templates to HTML, in the reader's language."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from babel.dates import format_timedelta
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.markdown import to_html
from bot.engine.tongue import Tongue

FOLDER = Path(__file__).resolve().parent
STATIC = FOLDER / "static"
OWN_NAMES = {"en": "English", "es": "Español", "pt": "Português", "fr": "Français", "it": "Italiano", "de": "Deutsch"}
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]{1,20})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*\Z")


def environment() -> Environment:
    """The templates. Everything is escaped; an unknown name in a template is an error, not nothing."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined, auto_reload=False
    )
    made.globals.update(static=static_address, markdown=to_html, once=lambda: secrets.token_hex(8), own_names=OWN_NAMES)
    return made


def voice(tongue: Tongue, timezone: str, now: datetime) -> dict[str, object]:
    """What a template says its sentences and times with."""
    return {
        "_": tongue.say,
        "ngettext": tongue.many,
        "when": lambda moment: tongue.when(moment, timezone),
        "ago": lambda moment: format_timedelta(min(moment - now, timedelta(seconds=-1)), add_direction=True, threshold=1.5, locale=tongue.language),
    }


def preferred(accept: str, languages: Sequence[str]) -> str:
    """The best of our languages for an Accept-Language header; the desk's first when none fits or the header is odd."""
    wanted: list[tuple[float, int, str]] = []
    for position, part in enumerate(accept[:500].split(",")):
        match = _RANGE.match(part)
        if match and match[1].lower() in languages:
            wanted.append((-float(match[2] or 1), position, match[1].lower()))
    best = min(wanted, default=(0.0, 0, ""))
    return best[2] if best[2] and best[0] < 0 else languages[0]


@lru_cache
def static_address(name: str) -> str:
    """The address of a file of ours; changes with its content, so that a browser may keep it for good."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]}"


def same_site_path(path: str) -> str:
    """A path to go back to: on this site alone, else the front page."""
    return path if re.match(r"/(?![/\\])[^\s\\]*\Z", path) else "/"


def kept_fields(form: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a failed form brought, without what belongs to the page it came from."""
    return [(name, value) for name, value in form.items() if name != "csrf"]
