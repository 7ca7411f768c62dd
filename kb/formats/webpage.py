"""Web pages that publish questions as schema.org FAQPage, in JSON-LD or microdata."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kb.entries import Problem
from kb.formats.facts import one_line
from kb.formats.markup import VOID, Tag, Writer, to_markdown, tokens_of
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
    found = [piece for line, block in blocks for piece in _linked(block, file, line, lang, faults)]
    seen = {piece.text.question for piece in found}
    found.extend(piece for piece in _microdata(stream, file, lang) if piece.text.question not in seen)
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
            if "Question" in (kinds if isinstance(kinds, list) else [kinds]) and isinstance(question, str) and answer:
                yield Piece(file, line, "", make_text(spoken, to_markdown(question, plain=True), (), to_markdown(answer)))
            else:
                stack.extend((child, spoken) for child in reversed(list(node.values())) if isinstance(child, list | dict))


def _answer(node: dict[str, Any]) -> str:
    """The accepted answer's text, else the first suggested one's."""
    for key in ("acceptedAnswer", "suggestedAnswer"):
        held = node.get(key)
        for one in held if isinstance(held, list) else [held]:
            if isinstance(one, dict) and isinstance(one.get("text"), str):
                return str(one["text"])
    return ""


def _microdata(stream: list[tuple[int, Tag | str]], file: str, lang: str) -> Iterator[Piece]:
    """Questions marked with itemtype Question; name and text are read up to the end of their elements."""
    depth, question_depth, line = 0, 0, 0
    name, answer = Writer(plain=True), Writer()
    into: tuple[Writer, int] | None = None
    for at, token in stream:
        opens = isinstance(token, Tag) and not token.closing and token.name not in VOID
        if isinstance(token, Tag) and token.closing and token.name not in VOID:
            if into and depth == into[1]:
                into = None
            if question_depth and depth == question_depth:
                question_depth = 0
                if one_line(name.text()) and answer.text():
                    yield Piece(file, line, "", make_text(lang, name.text(), (), answer.text()))
            depth -= 1
        if into:
            into[0].feed(token)
        if opens and isinstance(token, Tag):
            depth += 1
            prop = token.attributes.get("itemprop", "")
            if token.attributes.get("itemtype", "").rstrip("/").endswith("schema.org/Question"):
                question_depth, line, name, answer, into = depth, at, Writer(plain=True), Writer(), None
            elif question_depth and not into and prop in ("name", "text"):
                into = (name if prop == "name" and not one_line(name.text()) else answer, depth)
