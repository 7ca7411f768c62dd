"""A message as a mail shows it: simple HTML with its styles inline, for small and wide windows, light and dark. Nothing is loaded from anywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from urllib.parse import quote

from adapters.markdown import to_html
from bot.domain.messages import Article, Facts, Mark, Part, Say, Small, Title, Words

FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif"
INK, MUTED, EDGE, ACCENT, GROUND = "#1b2420", "#55625b", "#d4dcd7", "#1f6b5a", "#f4f6f4"
COLOURS: dict[Mark, str] = {
    "": INK, "open": "#1b7a43", "taken": "#1f5fae", "pending": "#8a5a00", "resolved": "#1f6b5a", "closed": "#55625b", "warning": "#a8320f",
}  # fmt: skip
DARK = """:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){.ground{background:#111614!important}.card{background:#1a211e!important;border-color:#303b36!important}
.card,.card p,.card li,.card td,.ink{color:#e5ebe8!important}.muted,.card p.muted,.card td.muted{color:#a3b1aa!important}.card a{color:#84d3bc!important}
.words{border-color:#1f6b5a!important;background:#202a26!important}.choice{border-color:#71827a!important}.card code{background:#303b36!important}
.card p.open{color:#6fd497!important}.card p.taken{color:#8fbcf5!important}.card p.pending{color:#efbd62!important}.card p.resolved{color:#74cbb2!important}
.card p.closed{color:#a3b1aa!important}.card p.warning{color:#ffa88c!important}}
@media (max-width:480px){.ground{padding:0!important}.card{border-width:0 0 1px!important;border-radius:0!important;padding:16px!important}}"""

_PARAGRAPH = f"margin:0 0 14px;color:{INK}"
_LINK = f"color:{ACCENT};text-decoration:underline"
_ARTICLE = (
    ("<p>", f'<p style="{_PARAGRAPH}">'),
    ("<ul>", '<ul style="margin:0 0 14px;padding-left:22px">'),
    ("<ol>", '<ol style="margin:0 0 14px;padding-left:22px">'),
    ("<li>", f'<li style="margin:0 0 6px;color:{INK}">'),
    ("<code>", "<code style=\"font-family:ui-monospace,Consolas,monospace;font-size:14px;background:#eef2ef;padding:1px 4px;border-radius:4px\">"),
    ("<a ", f'<a style="{_LINK}" '),
)
_CHOICES = re.compile(r"(?:\d{1,2}\. [^\n]+(?:\n|\Z))+")
_CHOICE = re.compile(r"(\d{1,2})\. (.+)")
_OPENS = re.compile(r"(?P<label>[^\n]{1,200}): (?P<link>https?://[^\s<>\"]+)")


def page(parts: Sequence[Part], *, foot: str, answers_to: str = "", subject: str = "") -> str:
    """The whole document. foot: what stands below in small letters. answers_to: where a tap on a numbered choice sends its number."""
    body = "\n".join(_shown(part, answers_to, subject) for part in parts)
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(subject)}</title><style>{DARK}</style></head>\n"
        f'<body style="margin:0;padding:0"><div class="ground" style="background:{GROUND};padding:20px 8px">\n'
        f'<div class="card" style="max-width:600px;margin:0 auto;padding:22px 24px 10px;box-sizing:border-box;background:#ffffff;border:1px solid {EDGE};'
        f'border-radius:12px;font:16px/1.55 {FONT};color:{INK};overflow-wrap:anywhere;word-break:break-word">\n'
        f"{body}\n</div>\n"
        f'<p class="muted" style="max-width:600px;margin:10px auto 14px;padding:0 12px;box-sizing:border-box;font:13px/1.5 {FONT};color:{MUTED};'
        f'overflow-wrap:anywhere">{escape(foot)}</p>\n'
        "</div></body></html>\n"
    )


def _shown(part: Part, answers_to: str, subject: str) -> str:
    match part:
        case Title(text, mark):
            return f'<p class="{mark or "ink"}" style="margin:0 0 12px;font-size:19px;line-height:1.35;font-weight:650;color:{COLOURS[mark]}">{_text(text)}</p>'
        case Say(text):
            return _said(text, answers_to, subject)
        case Words(text, author):
            return _words(text, author)
        case Article(text):
            return _article(text)
        case Facts(rows):
            return _facts(rows)
        case Small(text):
            return f'<p class="muted" style="margin:0 0 12px;font-size:14px;color:{MUTED}">{_text(text)}</p>'


def _text(text: str) -> str:
    """Literal, its lines and runs of blanks as they are."""
    return escape(text).replace("  ", "&nbsp; ").replace("\n", "<br>\n")


def _said(text: str, answers_to: str, subject: str) -> str:
    """Our own sentence; a list of numbers can be tapped, and a line that leads to a page is a link."""
    if answers_to and _CHOICES.fullmatch(text):
        return "".join(_tapped(number, label, answers_to, subject) for number, label in _CHOICE.findall(text)) + '<div style="height:6px"></div>'
    lines = [_opens(line) for line in text.split("\n")]
    return f'<p style="{_PARAGRAPH}">' + "<br>\n".join(lines) + "</p>"


def _opens(line: str) -> str:
    found = _OPENS.fullmatch(line)
    if found is None:
        return _text(line)
    return f'<a href="{escape(found["link"])}" style="{_LINK};font-weight:600">{_text(found["label"])}</a>'


def _tapped(number: str, label: str, answers_to: str, subject: str) -> str:
    """An answer with that number, ready to be sent."""
    address = f"mailto:{quote(answers_to, safe='@+')}?subject={quote(f'Re: {subject}')}&body={number}"
    return (
        f'<a class="choice" href="{escape(address)}" style="display:block;margin:0 0 8px;padding:9px 14px;border:1px solid #7c8b83;border-radius:10px;'
        f'color:{ACCENT};text-decoration:none"><b>{number}.</b>&nbsp; {_text(label)}</a>'
    )


def _words(text: str, author: str) -> str:
    named = f'<p class="muted" style="margin:0 0 4px;font-size:14px;color:{MUTED}"><b>{_text(author)}</b></p>' if author else ""
    return (
        f'<div class="words" style="margin:0 0 14px;padding:10px 14px;border-left:3px solid {ACCENT};background:#f1f7f4;border-radius:0 8px 8px 0">{named}'
        f'<p style="margin:0;color:{INK}">{_text(text)}</p></div>'
    )


def _article(text: str) -> str:
    shown = str(to_html(text))
    for plain, styled in _ARTICLE:  # what people wrote is escaped, so that these signs are the parser's alone
        shown = shown.replace(plain, styled)
    return shown


def _facts(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(
        f'<tr><td class="muted" style="padding:3px 14px 3px 0;vertical-align:top;font-size:14px;color:{MUTED}">{_text(label)}</td>'
        f'<td style="padding:3px 0;vertical-align:top;color:{INK}">{_text(value)}</td></tr>'
        for label, value in rows
    )
    return f'<table role="presentation" style="border-collapse:collapse;margin:0 0 14px;font:inherit">{cells}</table>'
