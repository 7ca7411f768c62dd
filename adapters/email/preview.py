"""What a mail will show of a message, as runs of text: read from the very HTML that would be sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html.parser import HTMLParser

from adapters.email.design import page
from adapters.email.outbound import fit
from bot.domain.messages import Outbound
from bot.ports.world import Run, RunStyle

BLOCKS = frozenset({"p", "div", "li", "tr", "ul", "ol", "table"})
STYLES: dict[str, RunStyle] = {"b": "bold", "strong": "bold", "em": "italic", "code": "code"}


def preview(message: Outbound) -> Sequence[Sequence[Run]]:
    """The mails it takes, each in runs."""
    return [_runs(page(piece.parts, foot="")) for piece in fit(message)]


def _runs(document: str) -> list[Run]:
    reader = _Reader()
    reader.feed(document.partition("<body")[2].partition(">")[2])
    reader.close()
    return reader.found()


class _Reader(HTMLParser):
    """Collects what is shown of our own HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._runs: list[Run] = []
        self._open: list[tuple[str, RunStyle, str]] = []
        self._numbers: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("ol", "ul"):
            self._numbers.append(int(given.get("start") or 1) if tag == "ol" else 0)
        if tag == "br":
            self._runs.append(Run("\n"))
            return
        style = "quote" if given.get("class") == "words" else STYLES.get(tag, "bold" if "font-weight:650" in (given.get("style") or "") else "")
        self._open.append((tag, style, given.get("href") or ""))
        if tag == "li" and self._numbers:
            number = self._numbers[-1]
            self._runs.append(Run(f"{number}. " if number else "• "))
            self._numbers[-1] += bool(number)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "ul") and self._numbers:
            self._numbers.pop()
        while self._open and self._open.pop()[0] != tag:
            pass
        if tag in BLOCKS and self._runs and not self._runs[-1].text.endswith("\n"):
            self._runs.append(Run("\n"))

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split("\n")) if data.strip() else ""
        if text.strip():
            style: RunStyle = next((style for _, style, _ in reversed(self._open) if style), "")
            link = next((link for _, _, link in reversed(self._open) if link), "")
            self._runs.append(Run(text.replace("\xa0", " "), style, link))

    def found(self) -> list[Run]:
        """Without empty lines at the end."""
        runs = self._runs
        while runs and not runs[-1].text.strip():
            runs = runs[:-1]
        return runs
