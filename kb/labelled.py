"""Labelled questions from a JSON lines file, every fault with its line."""
from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from kb.entries import Problem
from kb.loader import LoadError

_FORM = 'expected {"text": "…", "lang": "…", "expected": "ID" or null}'


@dataclass(frozen=True, slots=True)
class Query:
    """A labelled question. expected: the id of the entry that answers it; None: no entry does, a human must have it."""

    text: str
    lang: str
    expected: str | None


def read_queries(path: str | PathLike[str]) -> list[Query]:
    """The questions of a file, in its order. Raises LoadError with every faulty line, or when there is none in it."""
    faults, queries = list[Problem](), list[Query]()
    try:
        rows = Path(path).read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise LoadError([Problem(str(path), 0, f"cannot be read: {error.strerror or error}")]) from error
    except UnicodeDecodeError as error:
        line = bytes(error.object).count(b"\n", 0, error.start) + 1
        raise LoadError([Problem(str(path), line, "not UTF-8 text")]) from error
    for line, row in enumerate(rows, start=1):
        if row.strip():
            made = _query(row)
            if isinstance(made, Query):
                queries.append(made)
            else:
                faults.append(Problem(str(path), line, made))
    if not queries and not faults:
        faults.append(Problem(str(path), 0, "there is no question in it"))
    if faults:
        raise LoadError(faults)
    return queries


def _query(row: str) -> Query | str:
    """The question in a line, or what is wrong with it."""
    try:
        record = json.loads(row)
    except json.JSONDecodeError as error:
        return f"not JSON: {error.msg} at column {error.colno}"
    except (ValueError, RecursionError):
        return "not a question: nested too deeply or a number too long"
    if not isinstance(record, Mapping) or not isinstance(record.get("text"), str) or not isinstance(record.get("lang", ""), str | None):
        return _FORM
    if "expected" not in record:
        return f'{_FORM}; "expected" is missing: write null when no entry answers it'
    if not isinstance(record["expected"], str | None):
        return _FORM
    return Query(record["text"], record.get("lang") or "", record["expected"])


def languages(queries: Iterable[Query]) -> list[str]:
    """Those the questions are in, in the order of the alphabet."""
    return sorted({query.lang for query in queries})
