"""JSON, JSON lines and YAML: records with the keys of an entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from kb.entries import Entry, Problem, Text
from kb.formats import help_centres
from kb.formats.facts import told_by
from kb.formats.pieces import Piece, pieces_of

MAX_DEPTH = 50  # nesting; an entry needs five
_PLAIN_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map", "int", "float", "bool", "null")) | {"!"}
# All scalars stay text, so that `no` is a word and not a truth value, and no tag can make an object.
_Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_jsonl(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """One record a line; empty lines are skipped."""
    for line, row in enumerate(text.split("\n"), start=1):
        if row.strip():
            try:
                record = json.loads(row)
            except json.JSONDecodeError as error:
                faults.append(Problem(file, line, f"not JSON: {error.msg} at column {error.colno}"))
            except (RecursionError, ValueError):
                faults.append(Problem(file, line, "not an entry: nested too deeply or a number too long"))
            else:
                yield from _pieces(record, file, line, faults)


def read_json(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """A list of records, one record, or an object with the list under `entries`; also what help centres export."""
    decoder, at = json.JSONDecoder(), _after_space(text, 0)
    try:
        if text[at : at + 1] != "[":
            whole = decoder.decode(text)
            records = whole["entries"] if isinstance(whole, dict) and isinstance(whole.get("entries"), list) else [whole]
            if isinstance(whole, dict) and whole.get("next_page"):
                faults.append(Problem(file, 1, "it names a next page: only this one is read; save the others as well", warning=True))
            for record in records:
                yield from _pieces(record, file, 1, faults, text)
            return
        at, line, counted = _after_space(text, at + 1), 1, 0
        while text[at : at + 1] != "]":
            line, counted = line + text.count("\n", counted, at), at
            begin = at
            record, at = decoder.raw_decode(text, at)
            yield from _pieces(record, file, line, faults, text[begin:at])
            at = _after_space(text, at)
            if text[at : at + 1] == ",":
                at = _after_space(text, at + 1)
            elif text[at : at + 1] != "]":
                raise json.JSONDecodeError("expected ',' or ']' after an entry", text, at)
    except json.JSONDecodeError as error:
        faults.append(Problem(file, error.lineno, f"not JSON: {error.msg} at column {error.colno}"))
    except (RecursionError, ValueError):
        faults.append(Problem(file, 0, "not a list of entries: nested too deeply or a number too long"))


def _pieces(record: Any, file: str, line: int, faults: list[Problem], text: str = "") -> Iterator[Piece]:
    """Of an entry of ours, or of what another product exports. text: in which the record stands, beginning with that line."""
    foreign = help_centres.reader_of(record)
    yield from foreign(record, file, line, faults, text) if foreign else pieces_of(record, file, line, faults)


def _after_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def read_yaml(text: str, file: str, faults: list[Problem]) -> Iterator[Piece]:
    """A list of records, one record, or a mapping with the list under `entries`."""
    node, loader = compose(text, file, faults)
    if node is None or loader is None:
        return
    if isinstance(node, yaml.MappingNode):
        inner = [value for key, value in node.value if key.value == "entries" and isinstance(value, yaml.SequenceNode)]
        items = inner[0].value if inner else [node]
    else:
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for item in items:
        yield from pieces_of(loader.construct_object(item, deep=True), file, item.start_mark.line + 1, faults)


def compose(text: str, file: str, faults: list[Problem], first_line: int = 1) -> tuple[Any, Any]:
    """The document's node and the loader that can construct it; (None, None) for an empty or refused document.

    Refused, each with its line: what is not YAML, anchors (they grow without limit), tags that would make objects, deep nesting.
    """
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            documents += isinstance(event, yaml.DocumentStartEvent)
            line = first_line + (event.start_mark.line if event.start_mark else 0)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                return _refuse(faults, file, line, "anchors and aliases (& and *) are not taken: write it out, or put it in quotes")
            tag = getattr(event, "tag", None)
            if tag is not None and tag not in _PLAIN_TAGS:
                return _refuse(faults, file, line, f"the tag {tag!r} is not taken")
            if depth > MAX_DEPTH:
                return _refuse(faults, file, line, f"nested deeper than {MAX_DEPTH} levels")
            if documents > 1:
                return _refuse(faults, file, line, "a second document (---): put all entries in one list")
        loader = _Loader(text)
        return loader.get_single_node(), loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _refuse(faults, file, first_line + mark.line if mark else 0, f"not YAML: {error.problem or error.context}")
    except (yaml.YAMLError, RecursionError) as error:
        return _refuse(faults, file, 0, f"not YAML: {str(error).splitlines()[0][:200] or 'nested too deeply'}")


def _refuse(faults: list[Problem], file: str, line: int, what: str) -> tuple[None, None]:
    faults.append(Problem(file, line, what))
    return None, None


def _record(entry: Entry, text: Text) -> dict[str, Any]:
    """A line of the JSON lines form; the documented keys, then what only some entries have."""
    record: dict[str, Any] = {"id": entry.id, "lang": text.lang, "question": text.question, "phrasings": list(text.phrasings), "answer": text.answer}
    return {**record, **told_by(entry)}


def write_jsonl(entries: Iterable[Entry]) -> str:
    """One line for each entry and language."""
    return "".join(json.dumps(_record(entry, text), ensure_ascii=False) + "\n" for entry in entries for text in entry.texts)


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks: what a person would write."""


def _represent_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    escaped = any(c in value for c in "\x85\u2028\u2029")  # line breaks to YAML: only in double quotes do they stay what they are
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if escaped else "|" if "\n" in value else None)


_Dumper.add_representer(str, _represent_text)


def write_yaml(entries: Iterable[Entry]) -> str:
    """A list of entries, each with its texts."""
    records = []
    for entry in entries:
        record: dict[str, Any] = {"id": entry.id, **told_by(entry)}
        record["texts"] = [{"lang": text.lang, "question": text.question, "phrasings": list(text.phrasings), "answer": text.answer} for text in entry.texts]
        records.append(record)
    return str(yaml.dump(records, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120))
