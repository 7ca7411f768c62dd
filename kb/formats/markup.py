"""HTML read in one pass: tags and texts, and the Markdown an answer becomes.

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
_RAW = frozenset({"script", "style", "textarea", "title", "template", "noscript"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
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
            if word in _RAW:
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


class Writer:
    """Tags and texts to Markdown: paragraphs, lists, bold, italics, code, links, headings in bold; everything else is its text alone."""

    _MARKS = {"b": "**", "strong": "**", "i": "*", "em": "*", "code": "`"}  # noqa: RUF012
    _BLOCKS = frozenset({"p", "div", "section", "table", "tr", "blockquote", "pre"}) | _HEADINGS

    def __init__(self, plain: bool = False) -> None:
        """plain: leave out the marks of bold, code and links, as a question must."""
        self._plain = plain
        self._out: list[str] = []
        self._lists: list[int] = []  # 0: bullets; n: the next number
        self._links: list[str] = []
        self._skip = ""

    def feed(self, token: Tag | str) -> None:
        """Take the next token."""
        if isinstance(token, str):
            if not self._skip:
                self._out.append(" ".join(("|" + token + "|").split())[1:-1] if token.strip() else " ")
        elif self._skip:
            self._skip = "" if token.closing and token.name == self._skip else self._skip
        elif token.name in _RAW:
            self._skip = "" if token.closing else token.name
        elif token.name in self._MARKS:
            self._out.append("" if self._plain else self._MARKS[token.name])
        elif token.name == "a":
            if not self._plain:
                self._link(token)
        else:
            self._block(token)

    def _link(self, tag: Tag) -> None:
        if not tag.closing:
            target = tag.attributes.get("href", "")
            web = target.startswith(("http://", "https://", "mailto:"))
            self._links.append(target.replace(" ", "%20").replace(")", "%29") if web else "")
            self._out.append("[" if web else "")
        elif self._links and (target := self._links.pop()):
            self._out.append(f"]({target})")

    def _block(self, tag: Tag) -> None:
        if tag.name in ("ul", "ol"):
            if tag.closing:
                self._lists = self._lists[:-1]
            elif len(self._lists) < 20:
                self._lists.append(0 if tag.name == "ul" else 1)
            self._out.append("\n" if self._lists else "\n\n")
        elif tag.name == "li" and not tag.closing:
            number = self._lists[-1] if self._lists else 0
            if number:
                self._lists[-1] += 1
            self._out.append(f"\n{'   ' * (len(self._lists) - 1)}{f'{number}.' if number else '-'} ")
        elif tag.name == "br":
            self._out.append("  \n")
        elif tag.name in self._BLOCKS:
            bold = "**" if tag.name in _HEADINGS and not self._plain else ""
            self._out.append(f"{bold}\n\n" if tag.closing else f"\n\n{bold}")

    def text(self) -> str:
        """The Markdown so far, without idle blank lines."""
        lines: list[str] = []
        for line in "".join(self._out).split("\n"):
            tidy = line.rstrip(" ") + ("  " if line.endswith("  ") and line.strip() else "")
            indent = len(tidy) - len(tidy.lstrip(" ")) if tidy.lstrip(" ")[:1] in ("-", *"123456789") else 0
            tidy = " " * indent + tidy.lstrip(" ")
            if tidy.strip() or (lines and lines[-1].strip()):
                lines.append(tidy if tidy.strip() else "")
        return "\n".join(lines).strip()


def to_markdown(html: str, plain: bool = False) -> str:
    """An HTML fragment as Markdown, or as its words alone (plain); text without tags stays as it is."""
    if "<" not in html:
        return unescape(html).strip()
    writer = Writer(plain)
    for token in tokens_of(html):
        writer.feed(token)
    return writer.text()
