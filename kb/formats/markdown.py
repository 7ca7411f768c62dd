"""HTML as the Markdown of an answer: paragraphs, lists, bold, code and links, which every channel can show; of everything else the words."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import urljoin, urlsplit

from kb.formats.markup import RAW, Tag, tokens_of

MAX_INDENT = 20  # lists in lists
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BOLD = frozenset({"b", "strong"}) | _HEADINGS
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
        "table",
        "blockquote",
        "figure",
        "figcaption",
        "details",
        "summary",
        "dl",
        "dt",
        "dd",
        "iframe",
    }
)
_BLOCKS |= _HEADINGS
_ITEM = re.compile(r"(?:-|\d{1,4}\.)(?: |$)")
_WEB = ("http://", "https://", "mailto:")


class Writer:
    """Takes tags and texts, gives Markdown."""

    def __init__(self, plain: bool = False, base: str = "") -> None:
        """plain: leave out the marks of bold, code and links, as a question must. base: the address that relative links start from."""
        self._plain, self._base = plain, base
        self._out: list[str] = []
        self._lists: list[int] = []  # 0: bullets; n: the next number
        self._open: list[tuple[str, int, str]] = []  # what is marked and not closed yet: (bold, code, pre or link; where it began; the link's target)
        self._cells = 0  # of the row so far
        self._skip = ""

    def feed(self, token: Tag | str) -> None:
        """Take the next token."""
        if isinstance(token, str):
            if not self._skip:
                self._out.append(token if self._is_in("pre") else _spaced(token))
        elif self._skip:
            self._skip = "" if token.closing and token.name == self._skip else self._skip
        elif token.name in RAW:
            self._skip = "" if token.closing else token.name
        else:
            self._tag(token)

    def _tag(self, tag: Tag) -> None:
        if tag.name in _BLOCKS and not tag.closing:
            self._out.append("\n\n")
        if tag.name in _BOLD:
            self._mark("bold", tag, lambda text, _: _each_line(text, "**"))
        elif tag.name == "code":
            self._mark("code", tag, lambda text, _: _each_line(text.replace("`", "'"), "`"))
        elif tag.name == "pre":
            self._pre(tag)
        elif tag.name == "a":
            self._mark("link", tag, _linked, self._target(tag.attributes.get("href", "")))
        elif tag.name in ("img", "iframe") and not tag.closing:
            self._shown_elsewhere(tag)
        else:
            self._layout(tag)
        if tag.name in _BLOCKS and tag.closing:
            self._out.append("\n\n")

    def _mark(self, kind: str, tag: Tag, written: Callable[[str, str], str], target: str = "") -> None:
        """Begin a mark, or put it around what came since. One within another of its kind, or within code, adds nothing."""
        if not tag.closing:
            if not self._plain and not any(self._is_in(other) for other in (kind, "code", "pre")):
                self._open.append((kind, len(self._out), target))
            return
        at = next((n for n in range(len(self._open) - 1, -1, -1) if self._open[n][0] == kind), None)
        if at is None:
            return
        _, begin, target = self._open[at]
        del self._open[at:]
        self._out[begin:] = [written("".join(self._out[begin:]), target)]

    def _pre(self, tag: Tag) -> None:
        if not tag.closing:
            self._out.append("\n\n")
        self._mark("pre", tag, lambda text, _: "  \n".join(_each_line(line.replace("`", "'"), "`") for line in text.strip("\n").split("\n")))
        if tag.closing:
            self._out.append("\n\n")

    def _is_in(self, kind: str) -> bool:
        return any(one[0] == kind for one in self._open)

    def _target(self, href: str) -> str:
        """The whole address that a link leads to, "" when it leads nowhere that may be shown."""
        try:
            whole = urljoin(self._base or "https:", href.strip()) if not href.startswith("#") else ""
            web = whole.lower().startswith(_WEB) and (bool(urlsplit(whole).netloc) or whole.lower().startswith("mailto:"))
        except ValueError:
            return ""
        return whole.replace(" ", "%20").replace("(", "%28").replace(")", "%29").replace("<", "%3C").replace(">", "%3E") if web else ""

    def _shown_elsewhere(self, tag: Tag) -> None:
        """A picture or a film: a link to it, by its description."""
        target, alt = self._target(tag.attributes.get("src", "")), _spaced(tag.attributes.get("alt", "") or tag.attributes.get("title", "")).strip()
        if self._plain or self._is_in("link") or not target:
            self._out.append(alt)
        else:
            address = urlsplit(target)
            named = address.path.rpartition("/")[2] if tag.name == "img" else ""
            self._out.append(_linked(alt or named or address.netloc, target))

    def _layout(self, tag: Tag) -> None:
        if tag.name in ("ul", "ol"):
            if tag.closing:
                self._lists = self._lists[:-1]
            elif len(self._lists) < MAX_INDENT:
                self._lists.append(0 if tag.name == "ul" else 1)
            self._out.append("\n" if self._lists else "\n\n")
        elif tag.name == "li" and not tag.closing:
            number = self._lists[-1] if self._lists else 0
            if number:
                self._lists[-1] += 1
            self._out.append(f"\n{'   ' * (len(self._lists) - 1)}{f'{number}.' if number else '-'} ")
        elif tag.name == "br":
            self._out.append("\n" if self._is_in("pre") else "  \n")
        elif tag.name == "tr":
            self._cells = 0
            self._out.append("  \n" if tag.closing else "")
        elif tag.name in ("td", "th") and not tag.closing:
            self._out.append(" | " if self._cells else "")
            self._cells += 1

    def text(self) -> str:
        """The Markdown so far, without idle blank lines."""
        lines: list[str] = []
        bare = False  # the line before is a list's mark alone: what follows is its text
        for line in "".join(self._out).split("\n"):
            words = line.strip(" ")
            if not words:
                if lines and lines[-1] and not bare:
                    lines.append("")
                continue
            is_item = _ITEM.match(words) is not None
            if bare:
                lines[-1] += words
            else:
                if is_item and len(lines) > 1 and not lines[-1] and _ITEM.match(lines[-2].lstrip(" ")):
                    lines.pop()  # the items of a list stand together
                lines.append((" " * (len(line) - len(line.lstrip(" "))) if is_item else "") + words)
            bare = is_item and words[-1] in "-."
            lines[-1] += " " if bare else "  " if line.endswith("  ") else ""
        return "\n".join(line.rstrip(" ") if not after else line for line, after in zip(lines, [*lines[1:], ""], strict=False)).strip()


def to_markdown(html: str, plain: bool = False, base: str = "") -> str:
    """An HTML fragment as Markdown, or as its words alone (plain); text without tags stays as it is. base: as Writer."""
    if "<" not in html:
        return unescape(html).strip()
    writer = Writer(plain, base)
    for token in tokens_of(html):
        writer.feed(token)
    return writer.text()


def _spaced(text: str) -> str:
    """With single spaces, and one at an end where there was white space."""
    return " ".join(("|" + text + "|").split())[1:-1] if text.strip() else " " if text else ""


def _each_line(text: str, mark: str) -> str:
    """The mark around the words of each line, white space outside of it. Links stay as they are: bold around them is not shown everywhere."""
    lines = []
    for line in text.split("\n"):
        words = line.strip()
        begin, end = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :] if words else ""
        marked = f"{mark}{words}{mark}" if words and not (words.startswith("[") and words.endswith(")")) else words
        lines.append(f"{begin}{marked}{end}" if words else line)
    return "\n".join(lines)


def _linked(label: str, target: str) -> str:
    words = " ".join(label.replace("[", "(").replace("]", ")").split())
    before, after = " " if label[:1].isspace() else "", " " if label[-1:].isspace() else ""
    if not target or not words:
        return label
    return f"{before}[{words.replace('**', '')}]({target}){after}"
