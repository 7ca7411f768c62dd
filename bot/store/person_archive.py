"""What somebody may have of their own as one ZIP: `data.json` for programs, `index.html` to read, and the files they sent and got."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from bot.engine.tongue import Tongue, tongue
from bot.store.person_export import File, person_data

_LOOK = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1d2433;background:#fff}"
    "h1,h2,h3{line-height:1.25}h2{margin-top:2.5rem}section{border-top:1px solid #d5dae3;padding:.5rem 0}"
    "dl{display:grid;grid-template-columns:10rem 1fr;gap:.25rem 1rem}dt{color:#4d5870}dd{margin:0;overflow-wrap:anywhere}"
    ".said{white-space:pre-wrap;overflow-wrap:anywhere;margin:.25rem 0 1rem;padding:.5rem .75rem;background:#f2f4f8;border-radius:.5rem}"
    ".said small{display:block;color:#4d5870}@media(max-width:30rem){dl{grid-template-columns:1fr}}"
    "@media(prefers-color-scheme:dark){body{background:#10141c;color:#e6eaf2}.said{background:#1b2230}"
    "dt,.said small{color:#a6b0c3}section{border-color:#2c3546}a{color:#8ab4ff}}"
)


async def write_archive(url: str, person: str, file: Path, language: str) -> None:
    """Write it. language: of what can be read; what was written stays in its own."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        async for piece in person_data(url, person):
            if isinstance(piece, File):
                archive.writestr(f"files/{piece.name}", piece.content)
                continue
            archive.writestr("data.json", json.dumps(piece, ensure_ascii=False, indent=2) + "\n")
            archive.writestr("index.html", page(piece, tongue(language), language, {name.removeprefix("files/") for name in archive.namelist()}))


def page(data: Mapping[str, Any], t: Tongue, language: str, files: Iterable[str] = ()) -> str:
    """All of it to read. data: as `person_data` gives it. files: those that are in the archive."""
    told = _Page(t, frozenset(files))
    title = escape(t.say("What is kept about you"))
    body = "".join(
        (
            told.part(t.say("Who you are here"), [told.facts(one) for one in data["addresses"]]),
            told.part(t.say("Your requests"), [told.ticket(one) for one in data["tickets"]]),
            told.part(t.say("What you wrote in requests of others"), [told.said(one, str(one["ticket"])) for one in data["messages_in_requests_of_others"]]),
            told.part(t.say("Contacts"), [told.facts(one) for one in data["contacts"]]),
            told.part(t.say("Computers"), [told.facts({name: value for name, value in one.items() if name != "inventory"}) for one in data["computers"]]),
        )
    )
    about = escape(t.say("The same, for programs, is in {file}.", file="data.json"))
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_LOOK}</style></head><body><h1>{title}</h1><p>{about}</p>{body}</body></html>\n"
    )


class _Page:
    def __init__(self, t: Tongue, files: frozenset[str]) -> None:
        self._t, self._files = t, files

    def part(self, title: str, sections: list[str]) -> str:
        """A headline and what stands below it."""
        inner = "".join(f"<section>{one}</section>" for one in sections) or f"<p>{escape(self._t.say('Nothing.'))}</p>"
        return f"<h2>{escape(title)} ({len(sections)})</h2>{inner}"

    def facts(self, one: Mapping[str, Any]) -> str:
        """Names and values, empty ones left out."""
        rows = "".join(
            f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(_shown(value))}</dd>" for name, value in one.items() if value not in (None, "", [], {})
        )
        return f"<dl>{rows}</dl>"

    def ticket(self, one: Mapping[str, Any]) -> str:
        """A request with its talk."""
        facts = {name: value for name, value in one.items() if name not in ("number", "messages", "questions_to_the_faq")}
        talk = "".join(self.said(message, self._t.say("You") if message["from"] == "you" else self._t.say("Help desk")) for message in one["messages"])
        asked = "".join(self.facts(question) for question in one["questions_to_the_faq"])
        return f"<h3>{escape(str(one['number']))}</h3>{self.facts(facts)}{talk}{asked}"

    def said(self, one: Mapping[str, Any], who: str) -> str:
        """Words with their files."""
        files = "".join(self._file(file) for file in one["files"])
        return f'<div class="said"><small>{escape(who)} · {escape(_shown(one["at"]))}</small>{escape(str(one["text"]))}{files}</div>'

    def _file(self, one: Mapping[str, Any]) -> str:
        name, kept = escape(str(one["name"])), str(one["saved_as"])
        return f'<br><a href="files/{escape(kept)}">{name}</a>' if kept in self._files else f"<br>{name}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, str) and len(value) > 18 and value[4:5] == "-" and value[10:11] == "T":
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M %Z}"
    return str(value)
