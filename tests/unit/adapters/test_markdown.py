"""Answers as HTML: what every channel can show, and nothing that runs."""

from __future__ import annotations

import re

import pytest

from adapters.markdown import to_html


def test_paragraphs_lists_bold_code_and_links_are_shown() -> None:
    html = to_html("First **do** this:\n\n1. run `reset`\n2. open [the portal](https://portal.example/a?b=1&c=2)\n\n- one\n- two")
    for piece in ("<strong>do</strong>", "<ol>", "<code>reset</code>", 'href="https://portal.example/a?b=1&amp;c=2"', "<ul>"):
        assert piece in html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](&#106;avascript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "[x](//evil.example)",
        "[x](/agent/sign-out)",
        "![x](https://evil.example/pixel.png)",
        "<javascript:alert(1)>",
        "[x]: javascript:alert(1)\n\n[x]",
        '[x](https://a.example "onmouseover=alert(1)")',
        "<svg/onload=alert(1)>",
        "`</code><script>alert(1)</script>`",
    ],
)
def test_nothing_hostile_becomes_markup(hostile: str) -> None:
    html = to_html(hostile)
    assert not re.search(r"<(script|img|svg|iframe|style|form|input)", html)
    assert not re.search(r"<[^>]+\son\w+=", html)
    assert all(re.match(r"(https?://|mailto:)", address) for address in re.findall(r'href="([^"]*)"', html))


def test_links_tell_the_other_site_nothing() -> None:
    assert 'rel="noopener noreferrer nofollow"' in to_html("[a](https://a.example)")


def test_headings_and_quotes_stay_literal_so_that_a_page_keeps_its_order() -> None:
    html = to_html("# Big\n\n> quote\n\nUnder\n---")
    assert not re.search(r"<(h\d|blockquote|hr)", html)
    assert "# Big" in html
