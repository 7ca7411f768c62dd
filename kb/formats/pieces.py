"""A piece: what one row, record or article part says about one entry in one language, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kb.entries import Problem, Text
from kb.formats.facts import KEYS, NOTHING, TEXT_KEYS, Facts, facts_of, kind_of, one_line, string, strings, tell_unknown
from kb.language import detect

DEFAULT_LANG = "en"  # when nothing says and the words do not tell


@dataclass(frozen=True, slots=True)
class Piece:
    """line: 1-based. id: empty when the source gives none. draft: its source does not publish it. broken: a fault of it was told."""

    file: str
    line: int
    id: str
    text: Text
    facts: Facts = NOTHING
    draft: bool = False
    broken: bool = False


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
        faults.append(Problem(file, line, f"expected an entry with id, lang, question and answer, found {kind_of(record)}"))
        return []
    wrong: list[Problem] = []
    tell_unknown(record, KEYS, file, line, wrong)
    entry_id, facts = one_line(string(record, "id", file, line, wrong)), facts_of(record, file, line, wrong)
    texts = [_text(row, file, line, wrong) for row in _rows(record, file, line, wrong)]
    faults.extend(wrong)
    broken = any(not one.warning for one in wrong)
    return [Piece(file, line, entry_id, text, facts, broken=broken) for text in texts]


def _rows(record: Mapping[Any, Any], file: str, line: int, faults: list[Problem]) -> list[Mapping[Any, Any]]:
    if "texts" not in record:
        return [record]
    texts, rows = record["texts"], []
    if isinstance(texts, Mapping):
        rows = [{**value, "lang": lang} if isinstance(value, Mapping) else value for lang, value in texts.items()]
    elif isinstance(texts, list):
        rows = texts
    else:
        faults.append(Problem(file, line, f"texts: expected a list or a mapping by language, found {kind_of(texts)}"))
    for row in rows:
        if isinstance(row, Mapping):
            tell_unknown(row, TEXT_KEYS, file, line, faults)
        else:
            faults.append(Problem(file, line, f"texts: expected question and answer, found {kind_of(row)}"))
    return [row for row in rows if isinstance(row, Mapping)]


def _text(row: Mapping[Any, Any], file: str, line: int, faults: list[Problem]) -> Text:
    lang, question, answer = (string(row, key, file, line, faults) for key in ("lang", "question", "answer"))
    return make_text(lang, question, strings(row, "phrasings", file, line, faults), answer)
