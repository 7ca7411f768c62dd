"""A piece: what one row, record or article part says about one entry in one language, and where it stands."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kb.entries import Problem, Text
from kb.language import detect

DEFAULT_LANG = "en"  # when nothing says and the words do not tell
_SPACE = re.compile(r"[^\S\xa0\u202f]+")  # spaces that do not break a line are kept: French sets one before ? and !
YES = frozenset({"true", "yes", "1", "on", "x"})


@dataclass(frozen=True, slots=True)
class Piece:
    """line: 1-based. id: empty when the source gives none."""

    file: str
    line: int
    id: str
    text: Text
    tags: tuple[str, ...] = ()
    retired: bool = False


def one_line(value: str) -> str:
    """A question, phrasing or tag as it is kept: on one line, single spaces."""
    return _SPACE.sub(" ", value).strip()


def many_lines(value: str) -> str:
    """An answer as it is kept: line ends are newlines, nothing empty around it."""
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def base_language(code: str) -> str:
    """`pt-BR` -> `pt`."""
    return one_line(code).replace("_", "-").partition("-")[0].lower()


def make_text(lang: str, question: str, phrasings: Iterable[str], answer: str) -> Text:
    """A text in the form in which it is kept; without a language the words decide."""
    question, answer = one_line(question), many_lines(answer)
    kept = tuple(dict.fromkeys(tidy for phrasing in phrasings if (tidy := one_line(phrasing))))
    code = base_language(lang) or detect(f"{question} {' '.join(kept)}", hint=DEFAULT_LANG) or DEFAULT_LANG
    return Text(code, question, answer, kept)


def pieces_of(record: Any, file: str, line: int, faults: list[Problem]) -> list[Piece]:
    """The pieces of one record: flat (`lang`, `question`, `answer`, `phrasings`) or with `texts`, a list or a mapping by language."""
    if not isinstance(record, Mapping):
        faults.append(Problem(file, line, f"expected an entry with id, lang, question and answer, found {_kind(record)}"))
        return []
    before = len(faults)
    rows: list[Any] = [record]
    if "texts" in record:
        texts = record["texts"]
        if isinstance(texts, Mapping):
            rows = [{**value, "lang": lang} if isinstance(value, Mapping) else value for lang, value in texts.items()]
        elif isinstance(texts, list):
            rows = texts
        else:
            faults.append(Problem(file, line, f"texts: expected a list or a mapping by language, found {_kind(texts)}"))
    entry_id, tags = _string(record, "id", file, line, faults), tuple(_strings(record, "tags", file, line, faults))
    retired = _string(record, "retired", file, line, faults).lower() in YES
    found = []
    for row in rows:
        if not isinstance(row, Mapping):
            faults.append(Problem(file, line, f"texts: expected question and answer, found {_kind(row)}"))
            continue
        lang, question, answer = (_string(row, key, file, line, faults) for key in ("lang", "question", "answer"))
        text = make_text(lang, question, _strings(row, "phrasings", file, line, faults), answer)
        found.append(Piece(file, line, one_line(entry_id), text, tuple(dict.fromkeys(t for tag in tags if (t := one_line(tag)))), retired))
    return found if len(faults) == before else []


def _string(record: Mapping[Any, Any], key: str, file: str, line: int, faults: list[Problem]) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if isinstance(value, str | int | float):
        return str(value)
    faults.append(Problem(file, line, f"{key}: expected text, found {_kind(value)}"))
    return ""


def _strings(record: Mapping[Any, Any], key: str, file: str, line: int, faults: list[Problem]) -> list[str]:
    value = record.get(key)
    if value is None or value == "":
        return []
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return [str(one) for one in value]
    if isinstance(value, str) and key == "tags":
        return value.split(",")
    faults.append(Problem(file, line, f"{key}: expected a list of texts, found {_kind(value)}"))
    return []


def _kind(value: Any) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return "nothing" if value is None else names.get(type(value), "something else")
