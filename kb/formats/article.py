"""Articles: Markdown with a head, one entry a file (kb/articles).

```
---
id: password-reset
tags: [account, password]
valid_until: 2027-06-30
---
# en: How do I reset my password?
> I forgot my password

Open the **portal** and …
```
The lines that begin with > right under the question are its phrasings; all that follows up to the next language is the answer. A line of an
answer that would be read as a heading of this form begins with a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

import yaml

from kb.entries import Entry, Problem, Text
from kb.formats.facts import told_by
from kb.formats.pieces import Piece, make_text, pieces_of
from kb.formats.records import compose

_HEADING = re.compile(r"# ?([A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?): ?(.*)")
_FENCE = re.compile(r"---[ \t]*")
_NO_FOLD = 1_000_000  # a width no head has: its lines are not folded
_MARK = re.compile(r"(\\*)(---[ \t]*|# ?[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?:.*)", re.S)


def read_articles(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """One article, or several one after the other, each beginning with its head."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = next((number for number, line in enumerate(lines) if line.strip()), 0)
    if not _FENCE.fullmatch(lines[at]):
        faults.append(Problem(file, at + 1, "an article begins with a head: ---, then id: and tags:, then ---"))
        return
    while at < len(lines):
        end = next((number for number in range(at + 1, len(lines)) if _FENCE.fullmatch(lines[number])), None)
        if end is None:
            faults.append(Problem(file, at + 1, "the head has no end: a second line with --- is missing"))
            return
        body = end + 1
        following = next((number for number in range(body, len(lines) - 1) if _begins(lines, number)), len(lines))
        yield from _article(lines, at, end, following, file, faults)
        at = following


def _begins(lines: list[str], number: int) -> bool:
    """Whether another article's head begins here, and not a line drawn across an answer."""
    return bool(_FENCE.fullmatch(lines[number])) and lines[number + 1].startswith("id:")


def _article(lines: list[str], at: int, end: int, following: int, file: str, faults: list[Problem]) -> Iterator[Piece]:
    node, loader = compose("\n".join(lines[at + 1 : end]), file, faults, first_line=at + 2)
    if loader is None:
        return  # what is wrong with it was told
    head: Any = loader.construct_object(node, deep=True) if node is not None else {}
    if node is not None and not isinstance(head, dict):
        faults.append(Problem(file, at + 2, "the head is not of the form key: value"))
        return
    head.setdefault("id", PurePath(file).stem)
    starts = [number for number in range(end + 1, following) if _HEADING.fullmatch(lines[number])]
    stray = next((number for number in range(end + 1, starts[0] if starts else following) if lines[number].strip()), None)
    if stray is not None:
        faults.append(Problem(file, stray + 1, "expected a question first, as in: # en: How do I reset my password?"))
    elif not starts:
        faults.append(Problem(file, end + 1, "the article has no question, as in: # en: How do I reset my password?"))
    for start, stop in zip(starts, [*starts, following][1:], strict=True):
        found = _HEADING.fullmatch(lines[start])
        assert found is not None
        body = start + 1
        while body < stop and lines[body].startswith(">"):
            body += 1
        answer = "\n".join(_plain(line) for line in lines[body:stop])
        text = make_text(found.group(1), found.group(2), (line[1:] for line in lines[start + 1 : body]), answer)
        record = {**head, "lang": text.lang, "question": text.question, "phrasings": list(text.phrasings), "answer": text.answer}
        yield from pieces_of(record, file, start + 1, faults)


def _plain(line: str) -> str:
    """The line without the backslash that keeps it from being a heading."""
    found = _MARK.fullmatch(line)
    return line[1:] if found and found.group(1) else line


def _kept(line: str) -> str:
    return "\\" + line if _MARK.fullmatch(line) else line


def write_articles(entries: Iterable[Entry]) -> str:
    """The entries as articles, one after the other."""
    return "\n".join(_written(entry) for entry in entries)


def _written(entry: Entry) -> str:
    written = yaml.safe_dump({"id": entry.id}, allow_unicode=True, default_flow_style=False, width=_NO_FOLD)
    for key, value in told_by(entry).items():
        if isinstance(value, list):
            written += f"{key}: {yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=_NO_FOLD)}"
        else:
            written += f"{key}: {str(value).lower()}\n"
    return f"---\n{written}---\n" + "\n".join(_part(text) for text in entry.texts)


def _part(text: Text) -> str:
    phrasings = "".join(f"> {phrasing}\n" for phrasing in text.phrasings)
    answer = "\n".join(_kept(line) for line in text.answer.split("\n"))
    return f"# {text.lang}: {text.question}\n{phrasings}\n{answer}\n"
