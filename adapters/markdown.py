"""Answers of the knowledge base as HTML: the same for the chat page, for mail and for the curator's preview."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_SAFE_LINK = re.compile(r"(?:https?://|mailto:)[^\s]+\Z", re.I)
# Paragraphs, lists, bold, code and links are what every channel can show; the rest stays literal.
_LITERAL = ["image", "html_block", "html_inline", "heading", "lheading", "hr", "blockquote", "reference", "code"]


def to_html(markdown: str) -> Markup:
    """Safe HTML: no markup of the author's own, no images, links to http, https and mailto alone, opened without telling from where."""
    return Markup(_parser().render(markdown))  # the parser escapes everything that is not its own


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 40 ms that only a page with an answer has to wait for

    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).disable(_LITERAL)
    parser.validateLink = lambda url: _SAFE_LINK.match(url.strip()) is not None  # type: ignore[method-assign]
    parser.add_render_rule("link_open", _link_open)
    return parser


def _link_open(self: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    return str(self.renderToken(tokens, index, options, env))
