"""HTML mail to plain text: bounded, then cleaned by one parser, and only then read by the one that lays words out."""

from __future__ import annotations

import re
from html import unescape

import nh3
from inscriptis import get_text  # type: ignore[import-untyped]
from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]

MAX_HTML = 500_000  # characters of one mail's HTML that are read
MAX_TAGS = 15_000  # elements that are laid out; of more the words are taken and the tags left
MAX_ENTITIES = 20_000
MAX_DEPTH = 150  # elements in each other: the parsers take quadratic time in it, and descend by calls
_TAGS = {
    "b", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "span", "table", "tbody", "td",
    "th", "thead", "tr", "ul",
}  # fmt: skip
_WITH_WORDS = {"script", "style", "title", "template", "noscript", "svg", "math", "object", "iframe"}  # whose text nobody sees either
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"], display_links=False, display_images=False)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_END_THEMSELVES = {"p", "li", "td", "th", "tr", "dd", "dt", "br", "hr", "img", "meta", "link", "input", "col", "wbr", "area", "base", "option"}
_BREAKS = re.compile(r"</?(?:p|div|br|tr|li|h[1-6]|blockquote|table)\b[^<>]{0,2000}>", re.IGNORECASE)
_ANY = re.compile(r"<[^<>]{0,2000}>")
_QUOTE = re.compile(r"<(/?)blockquote>")


def to_text(html: str) -> str:
    """The words, a line a paragraph; what stands in a quote of other mail has ">" before each line, as in plain mail."""
    html = html[:MAX_HTML]
    if _is_monstrous(html):
        return _tidy(unescape(_ANY.sub(" ", _BREAKS.sub("\n", html))))
    clean = nh3.clean(html, tags=_TAGS, clean_content_tags=_WITH_WORDS, attributes={}, link_rel=None)
    if "<" not in clean:
        return _tidy(unescape(clean))
    return _tidy(_quoting(clean))


def _is_monstrous(html: str) -> bool:
    """More elements, or deeper in each other, than any mail program writes."""
    depth = 0
    for count, found in enumerate(_TAG.finditer(html), 1):
        if found[2].lower() not in _END_THEMSELVES:
            depth += -1 if found[1] and depth else 1
        if depth > MAX_DEPTH or count > MAX_TAGS:
            return True
    return html.count("<") > MAX_TAGS * 3 or html.count("&") > MAX_ENTITIES


def _quoting(clean: str) -> str:
    """Laid out piece by piece, each with as many ">" as there are quotes around it."""
    told, level, pieces = [], 0, _QUOTE.split(clean)
    for at in range(0, len(pieces), 2):
        shown = get_text(pieces[at], _CONFIG) if pieces[at].strip() else ""
        sign = "> " * level
        if shown.strip():
            told.append("\n".join(f"{sign}{line.strip()}" for line in _tidy(shown).split("\n")) if level else shown)
        if at + 1 < len(pieces):
            level = max(level - 1, 0) if pieces[at + 1] else level + 1
    return "\n".join(told)


def _tidy(text: str) -> str:
    """Without spaces at the ends of lines, and at most one empty line in a row."""
    lines: list[str] = []
    for line in text.replace("\xa0", " ").split("\n"):
        if line.strip() or (lines and lines[-1]):
            lines.append(line.strip())
    return "\n".join(lines).strip()
