"""HTML read in one pass: tags and texts.

Linear in the length whatever is fed: the standard library's parser takes seconds for a few kilobytes of unfinished tags (CVE-2025-6069).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

MAX_TAG = 4000  # characters of one tag whose attributes are read
_NAME = re.compile(r"/?[a-zA-Z][a-zA-Z0-9:-]{0,40}")
_STOP = re.compile(r"[\"'>]")
_ATTRIBUTE = re.compile(r"([a-zA-Z][a-zA-Z0-9:_-]{0,60})(?:\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?")
RAW = frozenset({"script", "style", "textarea", "title", "template", "noscript"})
VOID = frozenset({"br", "img", "meta", "link", "input", "hr", "wbr", "source", "area", "base", "col", "embed", "track"})


@dataclass(frozen=True, slots=True)
class Tag:
    """`<name …>`, or `</name>` when closing."""

    name: str
    closing: bool
    attributes: dict[str, str] = field(default_factory=dict)


def tokens_of(html: str) -> Iterator[Tag | str]:
    """Tags and the (unescaped) texts between them, in order; comments and declarations are dropped, the inside of a script is one text."""
    at, end = 0, len(html)
    while at < end:
        start = html.find("<", at)
        if start < 0:
            break
        if start > at:
            yield unescape(html[at:start])
        if html.startswith("<!--", start):
            close = html.find("-->", start)
            at = close + 3 if close >= 0 else end
            continue
        name = _NAME.match(html, start + 1)
        if name is None and html[start + 1 : start + 2] not in ("!", "?", "/"):
            yield "<"
            at = start + 1
            continue
        close = _close(html, start)
        if close < 0:
            return
        at = close + 1
        if name is not None:
            word = name.group().lower()
            yield Tag(word.lstrip("/"), word.startswith("/"), _attributes(html[name.end() : min(close, start + MAX_TAG)]))
            if word in RAW:
                inside = html.lower().find(f"</{word}", at) if end < 100_000 else _find_any_case(html, f"</{word}", at)
                inside = inside if inside >= 0 else end
                yield html[at:inside]
                at = inside
    if at < end:
        yield unescape(html[at:])


def _find_any_case(html: str, wanted: str, at: int) -> int:
    found = re.compile(re.escape(wanted), re.I).search(html, at)
    return found.start() if found else -1


def _close(html: str, start: int) -> int:
    """Where the tag's > is, not counting those in quotes; -1 when it never ends."""
    at = start + 1
    while (stop := _STOP.search(html, at)) is not None:
        if stop.group() == ">":
            return stop.start()
        quote = html.find(stop.group(), stop.end())
        if quote < 0:
            return html.find(">", stop.end())
        at = quote + 1
    return -1


def _attributes(inside: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(inside):
        found.setdefault(name.lower(), unescape(double or single or bare))
    return found
