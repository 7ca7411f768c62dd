"""Web pages that publish questions as schema.org FAQPage, in JSON-LD or microdata."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from kb.entries import Problem
from kb.formats.facts import one_line
from kb.formats.markdown import Writer, to_markdown
from kb.formats.markup import VOID, Tag, tokens_of
from kb.formats.pieces import Piece, make_text

_MAX_NODES = 200_000  # JSON-LD values looked at


def read_html(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """All questions of the page that have an answer; the page's language unless it names another."""
    lang, blocks = "", []
    stream = list(_with_lines(text))
    for number, (line, token) in enumerate(stream):
        if isinstance(token, Tag) and not token.closing:
            if token.name == "html":
                lang = token.attributes.get("lang", "")
            if token.name == "script" and token.attributes.get("type", "").strip().lower() == "application/ld+json" and number + 1 < len(stream):
                inside = stream[number + 1][1]
                blocks.append((line, inside if isinstance(inside, str) else ""))
    base = file if "://" in file else ""
    found = [piece for line, block in blocks for piece in _linked(block, file, line, lang, faults)]
    seen = {piece.text.question for piece in found}
    marked = _Microdata(base)
    for at, token in stream:
        marked.feed(at, token)
    texts = [(line, make_text(lang, name, (), answer)) for line, name, answer in marked.found]
    found.extend(Piece(file, line, "", text) for line, text in texts if text.question not in seen)
    if not found and not faults:
        faults.append(Problem(file, 0, "the page holds no schema.org FAQPage questions (JSON-LD or microdata)"))
    yield from found


def _with_lines(text: str) -> Iterator[tuple[int, Tag | str]]:
    """Each token with the line it is on, or near: line breaks inside a tag are counted after it."""
    line = 1
    for token in tokens_of(text):
        yield line, token
        if isinstance(token, str):
            line += token.count("\n")


def _linked(block: str, file: str, line: int, lang: str, faults: list[Problem]) -> Iterator[Piece]:
    """Questions in one JSON-LD block, wherever they are nested."""
    try:
        stack: list[tuple[Any, str]] = [(json.loads(block.strip().removeprefix("<!--").removesuffix("-->"), strict=False), lang)]
    except (ValueError, RecursionError) as error:
        faults.append(Problem(file, line, f"the JSON-LD block is not JSON: {str(error)[:120]}"))
        return
    for _ in range(_MAX_NODES):
        if not stack:
            return
        node, spoken = stack.pop()
        if isinstance(node, list):
            stack.extend((child, spoken) for child in reversed(node))
        elif isinstance(node, dict):
            told = node.get("inLanguage")
            spoken = told if isinstance(told, str) else spoken
            kinds = node.get("@type")
            question, answer = node.get("name") or node.get("text"), _answer(node)
            if _is_question(kinds) and isinstance(question, str) and answer:
                base = file if "://" in file else ""
                yield Piece(file, line, "", make_text(spoken, to_markdown(question, plain=True), (), to_markdown(answer, base=base)))
            else:
                stack.extend((child, spoken) for child in reversed(list(node.values())) if isinstance(child, list | dict))


def _is_question(kinds: Any) -> bool:
    """`Question`, as itself or by its whole address."""
    return any(isinstance(kind, str) and kind.replace(":", "/").rpartition("/")[2] == "Question" for kind in (kinds if isinstance(kinds, list) else [kinds]))


def _answer(node: dict[str, Any]) -> str:
    """The accepted answer's text, else the first suggested one's."""
    for key in ("acceptedAnswer", "suggestedAnswer"):
        held = node.get(key)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict) and isinstance(one.get("text"), str):
                return str(one["text"])
    return ""


class _Microdata:
    """Questions marked with itemtype Question: the name, and the text of the answer that was accepted, else of the first one suggested."""

    def __init__(self, base: str) -> None:
        self.found: list[tuple[int, str, str]] = []  # line, question and answer
        self._base = base
        self._path: list[str] = []  # the names of the open elements
        self._names: Counter[str] = Counter()  # the same, counted
        self._question, self._line = 0, 0  # where the open question began: depth and line; 0: none is open
        self._answer, self._is_accepted = 0, False
        self._name, self._accepted, self._suggested = Writer(plain=True), Writer(), Writer()
        self._into: tuple[Writer, int] | None = None
        self._full: list[Writer] = []  # those that have their words: the first count

    def feed(self, line: int, token: Tag | str) -> None:
        """Take the next token. Elements that nobody closed, as <p> may be, end with the one around them."""
        if isinstance(token, Tag) and token.closing and self._names[token.name]:
            while self._path and self._path[-1] != token.name:
                self._close()
            self._close()
        if self._into:
            self._into[0].feed(token)
        if isinstance(token, Tag) and not token.closing:
            self._opened(line, token)

    def _close(self) -> None:
        depth = len(self._path)
        if self._into and depth == self._into[1]:
            self._fill(self._into[0])
            self._into = None
        if self._answer == depth:
            self._answer = 0
        if self._question == depth:
            self._question, answer = 0, self._accepted.text() or self._suggested.text()
            if one_line(self._name.text()) and answer:
                self.found.append((self._line, self._name.text(), answer))
        self._names[self._path.pop()] -= 1

    def _opened(self, line: int, tag: Tag) -> None:
        if tag.name not in VOID:
            self._path.append(tag.name)
            self._names[tag.name] += 1
        depth = len(self._path)
        kind, prop = tag.attributes.get("itemtype", "").rstrip("/").rpartition("/")[2], tag.attributes.get("itemprop", "")
        if kind == "Question":
            self._question, self._line, self._answer, self._into = depth, line, 0, None
            self._name, self._accepted, self._suggested, self._full = Writer(plain=True), Writer(base=self._base), Writer(base=self._base), []
        elif not self._question or self._into:
            return
        elif kind == "Answer" or prop in ("acceptedAnswer", "suggestedAnswer"):
            self._answer, self._is_accepted = self._answer or depth, prop != "suggestedAnswer"
        elif (writer := self._writer(prop)) is not None and tag.name in VOID:
            writer.feed(tag.attributes.get("content", ""))
            self._fill(writer)
        elif writer is not None:
            self._into = (writer, depth)

    def _fill(self, writer: Writer) -> None:
        if writer.text():
            self._full.append(writer)

    def _writer(self, prop: str) -> Writer | None:
        """Where the words of a property go. An answer has names, too: its author's; a question may have a text of its own."""
        if prop == "name" and not self._answer:
            wanted = self._name
        elif prop == "text" and self._answer:
            wanted = self._accepted if self._is_accepted else self._suggested
        else:
            return None
        return None if any(wanted is writer for writer in self._full) else wanted
